import path from 'node:path';
import { load } from 'js-yaml';
import { root } from '../support/root.js';
import { build, type KubernetesObject } from './kustomize.js';

/** The folder of the bases and components. */
export const FOLDER = path.join(root, 'config/kubernetes');

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly failureThreshold?: number;
}

/** A container of the pod. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly envFrom?: readonly {
    readonly secretRef: { readonly name: string; readonly optional?: boolean };
  }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly resources: { readonly requests: object; readonly limits: object };
  readonly securityContext: object;
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
  }[];
}

/** A volume of the pod. */
export interface Volume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly configMap?: { readonly name: string };
  readonly secret?: {
    readonly secretName: string;
    readonly defaultMode: number;
    readonly optional?: boolean;
  };
  readonly emptyDir?: { readonly sizeLimit: string };
  readonly projected?: {
    readonly sources: readonly { readonly serviceAccountToken: { readonly path: string } }[];
  };
}

interface Deployment {
  readonly replicas: number;
  readonly strategy: { readonly type: string };
  readonly selector: { readonly matchLabels: object };
  readonly template: {
    readonly metadata: { readonly labels: object };
    readonly spec: {
      readonly serviceAccountName: string;
      readonly automountServiceAccountToken: boolean;
      readonly terminationGracePeriodSeconds: number;
      readonly securityContext: { readonly runAsUser: number; readonly fsGroup: number };
      readonly initContainers?: readonly Container[];
      readonly containers: readonly Container[];
      readonly volumes: readonly Volume[];
    };
  };
}

/** The parsed result of a build. */
export interface Built {
  readonly objects: readonly KubernetesObject[];
  readonly deployment: Deployment;
  readonly container: Container;
  readonly volumes: readonly Volume[];
  /** The text of the settings file, and as it is read. */
  readonly text: string;
  readonly raw: { readonly server: { readonly host: string; readonly port: number } };
}

/** The `spec` of the only object of a kind. Throws where there is none, or more than one. */
export function specOf<T>(objects: readonly KubernetesObject[], kind: string): T {
  const [object, ...more] = objects.filter((candidate) => candidate.kind === kind);
  if (object === undefined || more.length > 0) throw new Error(`there is not exactly one ${kind}`);
  return object.spec as T;
}

/** Builds a folder with components on top, and parses what it is about. */
export async function builtOf(folder: string, components: readonly string[] = []): Promise<Built> {
  const objects = await build(folder, components);
  const deployment = specOf<Deployment>(objects, 'Deployment');
  const [container, ...more] = deployment.template.spec.containers;
  if (container === undefined || more.length > 0) throw new Error('the pod has not exactly one container');
  const settings = objects.find(({ metadata }) => metadata.name === 'c1sync-settings') as KubernetesObject;
  const text = (settings.data as Record<string, string>)['c1sync.yaml'] as string;
  return {
    objects,
    deployment,
    container,
    volumes: deployment.template.spec.volumes,
    text,
    raw: load(text) as Built['raw'],
  };
}
