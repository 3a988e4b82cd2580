import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { DRAIN_MS } from '../../src/daemon/daemon.js';
import { settingsKeys } from '../../src/settings/keys.js';
import { requireTenant, type Settings } from '../../src/settings/settings.js';
import { CLOSE_MS } from '../../src/telemetry/notify-events.js';
import { version } from '../../src/version.js';
import { blocksOf, pages, textOf } from '../docs/pages.js';
import { root } from '../support/root.js';
import { loadOne } from '../support/settings.js';
import { type Built, builtOf, type Container, FOLDER, specOf, type Volume } from './built.js';
import { type KubernetesObject, namedBy, readYaml } from './kustomize.js';

const FEDERATION = path.join(FOLDER, 'components/workload-federation');
const MONITOR = path.join(FOLDER, 'components/pod-monitor');

const VARIANTS: Readonly<Record<string, () => Promise<Built>>> = {
  sidecar: () => builtOf(path.join(FOLDER, 'base/sidecar')),
  standalone: () => builtOf(path.join(FOLDER, 'base/standalone')),
  'sidecar with components': () => builtOf(path.join(FOLDER, 'base/sidecar'), [FEDERATION, MONITOR]),
  'standalone with components': () => builtOf(path.join(FOLDER, 'base/standalone'), [FEDERATION, MONITOR]),
};

const variant = (name: string): Promise<Built> => (VARIANTS[name] as () => Promise<Built>)();

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
    built = await variant(name);
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

  it('takes secrets of connectors from two Secrets that need not be there, and watches the one with files', () => {
    const { container, volumes } = built;
    expect(container.envFrom).toEqual([{ secretRef: { name: 'c1sync-connector-env', optional: true } }]);
    const mount = container.volumeMounts.find(({ mountPath }) => mountPath === '/run/secrets/connectors');
    // The kubelet never replaces files below a subPath.
    expect(Object.keys(mount ?? {}).sort()).toEqual(['mountPath', 'name', 'readOnly']);
    expect(volumes.find(({ name: volume }) => volume === mount?.name)?.secret).toMatchObject({
      secretName: 'c1sync-connector-files',
      optional: true,
    });
  });

  it('reaches the DNS of the cluster in any namespace', () => {
    const { egress } = specOf<{ egress: { to?: object; ports: { port: number }[] }[] }>(
      built.objects,
      'NetworkPolicy',
    );
    const dns = egress.filter(({ ports }) => ports.some(({ port }) => port === 53));
    expect(dns).toEqual([{ ports: expect.arrayContaining([{ protocol: 'UDP', port: 53 }]) }]);
    expect(dns[0]?.ports).toContainEqual({ protocol: 'TCP', port: 53 });
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
      ingress: [
        {
          ports: [
            { protocol: 'TCP', port: port?.name },
            { protocol: 'TCP', port: 'git-sync' },
          ],
        },
      ],
    });
  });
});

it('the overlay of the documentation builds on the remote base, with its settings and its repository', async () => {
  const [overlay, ...more] = pages
    .flatMap(blocksOf)
    .filter(({ text }) => text.includes('kind: Kustomization'))
    .map(({ text }) => text);
  expect(more).toEqual([]);
  const local = overlay?.replaceAll(/https:\/\/\S+\/\/(\S+)\?ref=v(\S+)/g, (_address, place, ref) => {
    expect(ref).toBe(version);
    return path.join(root, place);
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'c1sync-overlay-'));
  try {
    await writeFile(path.join(folder, 'kustomization.yaml'), local ?? '');
    await writeFile(path.join(folder, 'c1sync.yaml'), 'workspace: of-the-overlay\n');
    const built = await builtOf(folder);
    expect(built.text).toBe('workspace: of-the-overlay\n');
    const [sync] = built.deployment.template.spec.initContainers ?? [];
    expect(sync?.env).toContainEqual({
      name: 'GITSYNC_REPO',
      value: 'https://git.acme.example/platform/access.git',
    });
    expect(sync?.env).toContainEqual({ name: 'GITSYNC_REF', value: 'main' });
    expect(built.objects.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['PodMonitor', 'PrometheusRule']),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('the documentation names every Secret and its keys', async () => {
  const page = textOf('docs/deployment.md');
  for (const name of ['sidecar', 'standalone']) {
    const { volumes, container, text } = await variant(name);
    const secrets = volumes.flatMap(({ secret }) => secret?.secretName ?? []);
    const variables = container.envFrom?.map(({ secretRef }) => secretRef.name) ?? [];
    for (const one of [...secrets, ...variables]) expect(page).toContain(`| \`${one}\` |`);
    for (const key of secretKeysIn(text)) expect(page).toContain(`\`${key}\``);
  }
});

it('the sidecar reads the link of git-sync', async () => {
  const built = await variant('sidecar');
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
  expect(flag('max-failures')).toBe('-1');
  const names = sync?.env?.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['GITSYNC_REPO', 'GITSYNC_REF', 'GITSYNC_USERNAME']));
  // A flag would win over its variable, and a patch of the variable would do nothing.
  for (const name of ['repo', 'ref', 'username']) expect(flag(name)).toBe('');
});

it('Prometheus sends the read-only token, and reads the metrics of git-sync', async () => {
  const built = await variant('sidecar with components');
  const [sync] = built.deployment.template.spec.initContainers ?? [];
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
      { port: sync?.ports[0]?.name, path: '/metrics' },
    ],
  });
  expect(sync?.args).toContain('--http-metrics');
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
