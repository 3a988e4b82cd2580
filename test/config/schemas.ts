import { PodMonitor, PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { Deployment } from 'kubernetes-models/apps/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { ConfigMap, PersistentVolumeClaim, Service, ServiceAccount } from 'kubernetes-models/v1';
import type { KubernetesObject } from './kustomize.js';

/** A kind of object with the check that comes from its OpenAPI schema. */
interface Model {
  readonly apiVersion: string;
  readonly kind: string;
  readonly prototype: { validate(): void };
}

const MODELS: readonly Model[] = [
  ...[ConfigMap, Deployment, NetworkPolicy, PersistentVolumeClaim, PodMonitor, PrometheusRule],
  ...[Service, ServiceAccount],
];

/**
 * The faults of an object by the schema of its kind: values of a wrong type, missing fields, and fields that the schema does
 * not have. The last ones are those that the check of the schema never reads.
 */
export function faultsOf(object: KubernetesObject): readonly string[] {
  const model = MODELS.find(
    ({ apiVersion, kind }) => apiVersion === object.apiVersion && kind === object.kind,
  );
  if (model === undefined) return [`${object.apiVersion} ${object.kind}: no schema of this kind is there`];
  const read = new Set<string>();
  try {
    model.prototype.validate.call(observed(object, '', read));
  } catch (error) {
    return [String(error)];
  }
  return unread(object, '', read).map((place) => `${object.kind}: unknown field ${place}`);
}

/** A view of a value that records the path of each member that is read. */
function observed<T>(value: T, at: string, read: Set<string>): T {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, name) {
      const place = `${at}.${String(name)}`;
      read.add(place);
      return observed(Reflect.get(target, name), place, read);
    },
  });
}

function unread(value: unknown, at: string, read: ReadonlySet<string>): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const place = `${at}.${name}`;
    return read.has(place) ? unread(member, place, read) : [place];
  });
}
