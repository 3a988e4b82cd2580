import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { load } from 'js-yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import { DRAIN_MS } from '../../src/daemon/daemon.js';
import { settingsKeys } from '../../src/settings/keys.js';
import { requireTenant, type Settings } from '../../src/settings/settings.js';
import { CLOSE_MS } from '../../src/telemetry/notify-events.js';
import { version } from '../../src/version.js';
import { root } from '../support/root.js';
import { loadOne } from '../support/settings.js';
import { build, type KubernetesObject, namedBy, readYaml } from './kustomize.js';

const FOLDER = path.join(root, 'config/kubernetes');
const FEDERATION = path.join(FOLDER, 'components/workload-federation');
const MONITOR = path.join(FOLDER, 'components/pod-monitor');

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly failureThreshold?: number;
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
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

interface Volume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly configMap?: { readonly name: string };
  readonly secret?: { readonly secretName: string; readonly defaultMode: number };
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
interface Built {
  readonly objects: readonly KubernetesObject[];
  readonly deployment: Deployment;
  readonly container: Container;
  readonly volumes: readonly Volume[];
  /** The text of the settings file, and as it is read. */
  readonly text: string;
  readonly raw: { readonly server: { readonly host: string; readonly port: number } };
}

const VARIANTS: Readonly<Record<string, () => Promise<readonly KubernetesObject[]>>> = {
  sidecar: () => build(path.join(FOLDER, 'base/sidecar')),
  standalone: () => build(path.join(FOLDER, 'base/standalone')),
  'sidecar with components': () => build(path.join(FOLDER, 'base/sidecar'), [FEDERATION, MONITOR]),
  'standalone with components': () => build(path.join(FOLDER, 'base/standalone'), [FEDERATION, MONITOR]),
};

function specOf<T>(objects: readonly KubernetesObject[], kind: string): T {
  const [object, ...more] = objects.filter((candidate) => candidate.kind === kind);
  expect(more).toEqual([]);
  return (object as KubernetesObject).spec as T;
}

async function builtOf(name: string): Promise<Built> {
  const objects = await (VARIANTS[name] as () => Promise<readonly KubernetesObject[]>)();
  const deployment = specOf<Deployment>(objects, 'Deployment');
  const [container, ...more] = deployment.template.spec.containers;
  expect(more).toEqual([]);
  const settings = objects.find(({ kind }) => kind === 'ConfigMap') as KubernetesObject;
  const text = (settings.data as Record<string, string>)['c1sync.yaml'] as string;
  return {
    objects,
    deployment,
    container: container as Container,
    volumes: deployment.template.spec.volumes,
    text,
    raw: load(text) as Built['raw'],
  };
}

/** Keys of the Secret that a settings file reads. */
function secretKeysIn(text: string): readonly string[] {
  return [...text.matchAll(/\/run\/secrets\/c1sync\/([\w-]+)/g)].map(([, key = '']) => key).sort();
}

/** The settings as c1sync would read them in the pod, with every file of the Secret there but those left out. */
async function settingsIn({ text, container }: Built, without: readonly string[] = []): Promise<Settings> {
  const folder = await mkdtemp(path.join(tmpdir(), 'c1sync-kubernetes-'));
  try {
    const secrets = path.join(folder, 'secrets');
    await mkdir(secrets);
    const keys = secretKeysIn(text).filter((key) => !without.includes(key));
    for (const key of keys) await writeFile(path.join(secrets, key), `value-of-${key}\n`);
    const file = path.join(folder, 'c1sync.yaml');
    await writeFile(file, text.replaceAll('/run/secrets/c1sync', secrets));
    const env = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value]));
    return await loadOne({ file, env, cwd: '/' });
  } finally {
    await rm(folder, { recursive: true });
  }
}

it('every file is YAML, and named by the kustomization of its folder', async () => {
  const entries = await readdir(FOLDER, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(10);
  const folders = [...new Set(files.map(({ parentPath }) => parentPath))];
  const named = (await Promise.all(folders.map(namedBy))).flat();
  const places = entries.map(({ parentPath, name }) => path.join(parentPath, name));
  expect(named.filter((place) => !places.includes(place))).toEqual([]);
  for (const { parentPath, name } of files) {
    const file = path.join(parentPath, name);
    expect(await readYaml(file), file).toBeTypeOf('object');
    if (name !== 'kustomization.yaml') expect(named, file).toContain(file);
  }
});

describe.each(Object.keys(VARIANTS))('%s', (name) => {
  let built: Built;
  beforeAll(async () => {
    built = await builtOf(name);
  });

  it('runs one pod at a time, with a volume for the state, and leaves it time to end', async () => {
    const { deployment, objects, volumes, container } = built;
    expect(deployment).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    const claim = objects.find(({ kind }) => kind === 'PersistentVolumeClaim');
    const state = volumes.find(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined);
    expect(state?.persistentVolumeClaim?.claimName).toBe(claim?.metadata.name);
    const dockerfile = await readFile(path.join(root, 'Dockerfile'), 'utf8');
    const mount = container.volumeMounts.find((candidate) => candidate.name === state?.name);
    expect(dockerfile).toMatch(new RegExp(`^VOLUME ${mount?.mountPath}$`, 'm'));
    expect(deployment.template.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(
      DRAIN_MS + CLOSE_MS + 5000,
    );
  });

  it('runs the image of this version as the user of the Dockerfile, with as few rights as it needs', async () => {
    const { objects, deployment, container } = built;
    const { spec } = deployment.template;
    expect(container.image).toBe(`c1sync:${version}`);
    const dockerfile = await readFile(path.join(root, 'Dockerfile'), 'utf8');
    const [, user, group] = /^USER (\d+):(\d+)$/m.exec(dockerfile) ?? [];
    expect(spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: Number(user),
      runAsGroup: Number(group),
      fsGroup: Number(group),
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const one of [...(spec.initContainers ?? []), ...spec.containers]) {
      expect(one.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(one.resources).toMatchObject({
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: { memory: expect.any(String) },
      });
    }
    const account = objects.find(({ kind }) => kind === 'ServiceAccount');
    expect(account).toMatchObject({
      metadata: { name: spec.serviceAccountName },
      automountServiceAccountToken: false,
    });
    expect(spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
    expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  it('mounts existing volumes at free paths, and writes only to the state and to temporary folders', () => {
    const { deployment, volumes } = built;
    const { spec } = deployment.template;
    const containers = [...(spec.initContainers ?? []), ...spec.containers];
    const mounted = containers.flatMap(({ volumeMounts }) => volumeMounts);
    expect(new Set(mounted.map((mount) => mount.name))).toEqual(
      new Set(volumes.map((volume) => volume.name)),
    );
    for (const { volumeMounts } of containers) {
      const places = volumeMounts.map(({ mountPath }) => mountPath);
      expect(new Set(places).size).toBe(places.length);
    }
    const writable = built.container.volumeMounts.filter(({ readOnly }) => readOnly !== true);
    expect(writable.map(({ mountPath }) => mountPath).sort()).toEqual(['/tmp', '/var/lib/c1sync']);
    for (const { secret } of volumes) if (secret !== undefined) expect(secret.defaultMode).toBe(0o440);
  });

  it('has valid settings, and reads them and all their secrets from mounted files', async () => {
    const { container, volumes, text, objects } = built;
    const at = (mountPath: string): Volume | undefined => {
      const mount = container.volumeMounts.find((candidate) => candidate.mountPath === mountPath);
      return volumes.find((volume) => volume.name === mount?.name);
    };
    const file = container.args[container.args.indexOf('--settings') + 1] ?? '';
    const settings = objects.find(({ kind }) => kind === 'ConfigMap') as KubernetesObject;
    expect(at(path.dirname(file))?.configMap?.name).toBe(settings.metadata.name);
    expect(Object.keys(settings.data as object)).toEqual([path.basename(file)]);
    expect(at('/run/secrets/c1sync')?.secret?.secretName).toBe('c1sync-credentials');
    expect(secretKeysIn(text).length).toBe([...text.matchAll(/valueFrom/g)].length);
    for (const { name: variable } of container.env ?? []) {
      expect(settingsKeys.map(({ env }) => env)).toContain(variable);
    }
    const isFederated = container.env !== undefined;
    const read = await settingsIn(built, isFederated ? ['client-secret'] : []);
    const tenant = requireTenant(read);
    expect(tenant).toMatchObject({ kind: 'remote', auth: { kind: isFederated ? 'oidc' : 'client' } });
    const token = at('/run/secrets/tenant')?.projected?.sources[0]?.serviceAccountToken;
    expect(token === undefined).toBe(!isFederated);
    if (token !== undefined) {
      expect(tenant).toMatchObject({
        auth: { token: { file: path.join('/run/secrets/tenant', token.path) } },
      });
      expect(token).toMatchObject({ audience: tenant.kind === 'remote' ? tenant.url : '' });
    }
  });

  it('names the keys of the Secret in its kustomization', async () => {
    const folder = path.join(FOLDER, 'base', name.split(' ')[0] ?? '');
    const comment =
      (await readFile(path.join(folder, 'kustomization.yaml'), 'utf8')).split('apiVersion')[0] ?? '';
    const text = comment.replaceAll(/[#\s,.]+/g, ' ');
    for (const key of secretKeysIn(built.text)) expect(text).toContain(` ${key} `);
  });

  it('has its probes and its service on the port that it listens on', async () => {
    const { container, raw, objects, deployment } = built;
    expect(raw.server.host).toBe('0.0.0.0');
    const [port, ...more] = container.ports;
    expect(more).toEqual([]);
    expect(port?.containerPort).toBe(raw.server.port);
    const { startupProbe, livenessProbe, readinessProbe } = container;
    for (const probe of [startupProbe, livenessProbe, readinessProbe])
      expect(probe.httpGet.port).toBe(port?.name);
    expect([startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path)).toEqual([
      '/healthz',
      '/healthz',
      '/readyz',
    ]);
    const { labels } = deployment.template.metadata;
    expect(deployment.selector.matchLabels).toEqual(labels);
    expect(specOf(objects, 'Service')).toMatchObject({
      selector: labels,
      ports: [{ targetPort: port?.name }],
    });
    expect(specOf(objects, 'NetworkPolicy')).toMatchObject({
      podSelector: { matchLabels: labels },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [{ protocol: 'TCP', port: port?.name }] }],
    });
  });
});

it('the sidecar reads the link of git-sync', async () => {
  const built = await builtOf('sidecar');
  const [sync] = built.deployment.template.spec.initContainers ?? [];
  const flag = (name: string): string =>
    sync?.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? '';
  const mounts = (container: Container | undefined) =>
    container?.volumeMounts.find(({ mountPath }) => mountPath === flag('root'))?.name;
  expect(mounts(sync)).toBe(mounts(built.container));
  expect((await settingsIn(built)).source.directory).toBe(
    path.join(flag('root'), flag('link'), 'definitions'),
  );
  expect(sync).toMatchObject({
    restartPolicy: 'Always',
    ports: [{ containerPort: Number(flag('http-bind').slice(1)) }],
  });
  const password = sync?.volumeMounts.find(
    ({ mountPath }) => mountPath === path.dirname(flag('password-file')),
  );
  expect(built.volumes.find(({ name }) => name === password?.name)?.secret?.secretName).toBe('c1sync-git');
  expect(path.basename(flag('password-file'))).toBe('token');
});

it('Prometheus sends the read-only token', async () => {
  const built = await builtOf('sidecar with components');
  const { spec, metadata } = built.objects.find(({ kind }) => kind === 'PodMonitor') as KubernetesObject;
  expect(metadata).toMatchObject({ name: 'c1sync' });
  expect(spec).toMatchObject({
    selector: { matchLabels: built.deployment.template.metadata.labels },
    podMetricsEndpoints: [
      {
        port: built.container.ports[0]?.name,
        path: '/metrics',
        authorization: {
          type: 'Bearer',
          credentials: {
            name: built.volumes.find(({ secret }) => secret !== undefined)?.secret?.secretName,
            key: 'read-token',
          },
        },
      },
    ],
  });
  expect(built.text).toMatch(/^server:(\n {2}.*)*\n {2}readToken: .*\/read-token /m);
});

it('the daemon serves every requested path', async () => {
  const folder = path.join(root, 'src/daemon');
  const files = await readdir(folder, { recursive: true });
  const sources = await Promise.all(
    files.filter((file) => file.endsWith('.ts')).map((file) => readFile(path.join(folder, file), 'utf8')),
  );
  for (const route of ['/healthz', '/readyz', '/metrics'])
    expect(sources.join('\n')).toContain(`.get('${route}'`);
});
