import path from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/model/events.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { textOf } from '../docs/pages.js';
import { daemonView } from '../support/views.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { FOLDER, specOf } from './built.js';
import { build, type KubernetesObject } from './kustomize.js';

/** A series by its labels; the name is the label `__name__`. */
type Labels = Readonly<Record<string, string>>;

interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

/** One selector of an expression. */
interface Selector {
  readonly name: string;
  readonly matchers: readonly Matcher[];
}

/** Labels that Prometheus adds to each series of a target. */
const TARGET = ['instance', 'job', 'namespace', 'pod'];
/** Metrics of git-sync, with their labels. */
const GIT_SYNC: readonly Labels[] = ['success', 'noop', 'error'].map((status) => ({
  __name__: 'git_sync_count_total',
  status,
}));

/** Variables of Grafana, by a value that they may have. */
const VARIABLES: readonly (readonly [variable: string, value: string])[] = [
  ['$__rate_interval', '5m'],
  ['$instance', '.*'],
];

const { version, kinds } = daemonView().about;
const metrics = new Metrics({ version, kinds });
metrics.follow({
  events: new EventBus(),
  clock: new VirtualClock(),
  daemon: () => daemonView(),
  budget: () => ({ rate: 5, limit: 10, pausedUntil: undefined, queued: 0, inFlight: 0 }),
});
const series: readonly Labels[] = [...parseSeries(await metrics.text()), ...GIT_SYNC];

function parseSeries(text: string): Labels[] {
  return [...text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)].map(([, __name__ = '', labels = '']) => ({
    __name__,
    ...Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value])),
  }));
}

/** The faults of an expression: of its grammar, selectors without a series, and labels that no series of it has. */
function faultsOf(expression: string): string[] {
  const text = VARIABLES.reduce((rest, [variable, value]) => rest.replaceAll(variable, value), expression);
  const { selectors, grouping, broken } = parsed(text);
  if (broken) return [`not PromQL: ${expression}`];
  const found = selectors.map(({ name, matchers }) => ({
    name,
    series: series.filter(
      (one) => one.__name__ === name && matchers.every((matcher) => matches(one, matcher)),
    ),
  }));
  const labels = new Set([...TARGET, ...found.flatMap((one) => one.series.flatMap(Object.keys))]);
  return [
    ...found
      .filter((one) => one.series.length === 0)
      .map(({ name }) => `no such series of ${name}: ${expression}`),
    ...grouping.filter((label) => !labels.has(label)).map((label) => `no label ${label}: ${expression}`),
  ];
}

function parsed(text: string) {
  const selectors: { name: string; matchers: Matcher[] }[] = [];
  const grouping: string[] = [];
  let broken = false;
  parser.parse(text).iterate({
    enter: ({ type, node, from, to }) => {
      const at = text.slice(from, to);
      if (type.isError) broken = true;
      if (type.name === 'VectorSelector') selectors.push({ name: '', matchers: [] });
      const selector = selectors.at(-1);
      if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector' && selector)
        selector.name = at;
      if (type.name === 'LabelName' && node.parent?.name === 'GroupingLabels') grouping.push(at);
      if (type.name !== 'UnquotedLabelMatcher') return;
      const [, label = '', operator = '', value = ''] = /^(\w+)\s*(=~|!~|!=|=)\s*"(.*)"$/.exec(at) ?? [];
      selector?.matchers.push({ label, operator, value });
    },
  });
  return { selectors: selectors as readonly Selector[], grouping, broken };
}

function matches(labels: Labels, { label, operator, value }: Matcher): boolean {
  if (TARGET.includes(label)) return true;
  const own = labels[label];
  if (own === undefined) return false;
  const isMatch = operator.endsWith('~') ? new RegExp(`^(?:${value})$`).test(own) : own === value;
  return operator.startsWith('!') ? !isMatch : isMatch;
}

async function alerts(): Promise<readonly Rule[]> {
  const objects = await build(path.join(FOLDER, 'base/sidecar'), [path.join(FOLDER, 'components/alerts')]);
  const { groups } = specOf<{ groups: { rules: Rule[] }[] }>(objects, 'PrometheusRule');
  return groups.flatMap(({ rules }) => rules);
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

/** The dashboard as Grafana gets it. */
async function dashboard(): Promise<Dashboard> {
  const objects = await build(path.join(FOLDER, 'base/sidecar'), [
    path.join(FOLDER, 'components/grafana-dashboard'),
  ]);
  const made = objects.find(({ metadata }) => metadata.name === 'c1sync-dashboard') as KubernetesObject;
  expect(made.metadata.labels).toEqual({ grafana_dashboard: '1' });
  return JSON.parse((made.data as Record<string, string>)['c1sync.json'] ?? '') as Dashboard;
}

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly datasource: { readonly uid: string };
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

it.each([
  ['a metric that does not exist', 'c1sync_object > 0', /no such series of c1sync_object/],
  ['a value that no series has', 'c1sync_objects{status="Snyced"} > 0', /no such series of c1sync_objects/],
  ['a label that no series has', 'c1sync_objects{state="Held"} > 0', /no such series/],
  ['a grouping by a label that no series has', 'sum by (state) (c1sync_objects)', /no label state/],
  ['a mistake of grammar', 'sum by (status (c1sync_objects)', /not PromQL/],
])('an expression with %s is a fault', (_what, expression, fault) => {
  expect(faultsOf(expression)).toEqual([expect.stringMatching(fault)]);
});

describe('the alerts', () => {
  it('select series that exist, and name labels that they have', async () => {
    for (const { expr, annotations } of await alerts()) {
      expect(faultsOf(expr)).toEqual([]);
      const shown = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
      for (const label of shown) expect(faultsOf(`sum by (${label}) (${selectorIn(expr)})`)).toEqual([]);
    }
  });

  it('are those that the documentation recommends', async () => {
    const table = textOf('docs/metrics.md').split('## Alerts')[1]?.split('\n## ')[0] ?? '';
    const recommended = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, selector]) => selector);
    const rules = await alerts();
    expect(rules.map(({ expr }) => selectorIn(expr)).sort()).toEqual(recommended.sort());
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });
});

/** The only selector of an expression, as it is written. */
function selectorIn(expression: string): string {
  const found = expression
    .match(/\b\w+_\w+(\{[^}]*\})?/g)
    ?.filter((text) => /^(c1sync|git_sync)_/.test(text));
  expect(found).toHaveLength(1);
  return found?.[0] ?? '';
}

describe('the dashboard', () => {
  it('selects series that exist, and names labels that they have', async () => {
    const { panels } = await dashboard();
    expect(panels.length).toBeGreaterThan(10);
    for (const { targets } of panels) {
      for (const { expr, legendFormat } of targets) {
        expect(faultsOf(expr)).toEqual([]);
        const labels = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
        for (const label of labels)
          expect([...TARGET, ...parsed(expr.replaceAll('$__rate_interval', '5m')).grouping]).toContain(label);
      }
    }
  });

  it('uses variables that it has, and the data source that is chosen', async () => {
    const { panels, templating } = await dashboard();
    const names = templating.list.map(({ name }) => name);
    const used = JSON.stringify(panels).matchAll(/\$\{?(?!__)(\w+)/g);
    for (const [, name] of used) expect(names).toContain(name);
    for (const { datasource } of panels) expect(datasource.uid).toBe(`\${${names[0]}}`);
  });

  it('has panels that do not overlap', async () => {
    const { panels } = await dashboard();
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});
