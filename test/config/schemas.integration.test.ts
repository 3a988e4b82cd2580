import path from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../support/root.js';
import { build, type KubernetesObject } from './kustomize.js';
import { faultsOf } from './schemas.js';

const FOLDER = path.join(root, 'config/kubernetes');
const COMPONENTS = ['alerts', 'grafana-dashboard', 'pod-monitor', 'workload-federation'].map((name) =>
  path.join(FOLDER, 'components', name),
);

it.each(['sidecar', 'standalone'])(
  '%s with all components is valid by the schemas of Kubernetes',
  async (base) => {
    const objects = await build(path.join(FOLDER, 'base', base), COMPONENTS);
    expect(new Set(objects.map(({ kind }) => kind))).toEqual(
      new Set([
        ...['ConfigMap', 'Deployment', 'NetworkPolicy', 'PersistentVolumeClaim', 'PodMonitor'],
        ...['PrometheusRule', 'Service', 'ServiceAccount'],
      ]),
    );
    expect(objects.flatMap(faultsOf)).toEqual([]);
  },
);

const service: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'c1sync', labels: { any: 'label' } },
  spec: { selector: { any: 'label' }, ports: [{ name: 'http', port: 8080 }] },
};
const rule = (fields: object): KubernetesObject => ({
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PrometheusRule',
  metadata: { name: 'c1sync' },
  spec: { groups: [{ name: 'c1sync', rules: [{ alert: 'A', expr: 'b', ...fields }] }] },
});

it.each([
  ['nothing', service, []],
  ['an unknown field at the top', { ...service, specs: {} }, [/unknown field \.specs$/]],
  [
    'an unknown field in a list',
    { ...service, spec: { ports: [{ port: 1, nam: 'http' }] } },
    [/\.spec\.ports\.0\.nam$/],
  ],
  ['a value of a wrong type', { ...service, spec: { ports: [{ port: '8080' }] } }, [/port/]],
  ['a missing field', { ...service, spec: { ports: [{ name: 'http' }] } }, [/port/]],
  ['a kind without a schema', { ...service, kind: 'Servce' }, [/Servce: no schema/]],
  ['nothing in a custom resource', rule({ for: '10m', labels: { any: 'label' } }), []],
  ['an unknown field of a custom resource', rule({ fore: '10m' }), [/rules\.0\.fore$/]],
  ['a malformed value of a custom resource', rule({ for: 'soon' }), [/for/]],
])('reports %s', (_what, object, faults) => {
  expect(faultsOf(object)).toEqual(faults.map((fault) => expect.stringMatching(fault)));
});
