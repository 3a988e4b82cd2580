import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderStatus } from '../../../src/cli/render/status.js';
import { failingRows } from '../../../src/cli/wait.js';
import { STATUSES, type Status } from '../../../src/core/model/change.js';
import { PHASE_NAMES, PHASES, phaseOf } from '../../../src/core/model/phase.js';
import type { DaemonView, ObjectPage } from '../../../src/core/status/views.js';
import { file } from '../../support/definitions.js';
import { Served } from '../../support/served.js';

let served: Served;
beforeEach(async () => {
  served = await Served.start();
});
afterEach(() => served.stop());

/** The text of a page, without its tags. */
const plain = (html: string): string => html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
/** The sum of all series of a metric with these labels. */
function sumOf(metrics: string, labels: string): number {
  const lines = metrics.split('\n').filter((line) => line.includes(labels) && !line.startsWith('#'));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Gives the daemon these objects and no others. */
function stand(statuses: readonly Status[]): void {
  const { statusStore } = served.session;
  statusStore.keep(new Set());
  statuses.forEach((status, index) => {
    const kind = index % 2 === 0 ? 'App' : 'Connector';
    const name = `a-${index}`;
    const facts = { kind, name, status, reason: '', unverified: false, facts: {} };
    statusStore.note({ key: `${kind}/${name}`, ...facts });
  });
}

describe('headline, counts, metrics, exit code and pages', () => {
  it('agree for any mixture of statuses', async () => {
    const property = async (statuses: readonly Status[]): Promise<void> => {
      stand(statuses);
      const inPhase = Object.fromEntries(
        PHASES.map((phase) => [phase, statuses.filter((status) => phaseOf(status) === phase).length]),
      );
      const { objects } = (await served.get('/api/v1/status')).body as DaemonView;
      const rows = ((await served.get('/api/v1/objects?size=500')).body as ObjectPage).objects;
      const overview = plain((await served.get('/', { accept: 'text/html' })).text);
      const metrics = (await served.get('/metrics')).text;
      const terminal = renderStatus((await served.get('/api/v1/status')).body as DaemonView, rows, {
        colour: false,
        width: 200,
        now: Date.now(),
      });
      expect(objects.byPhase).toEqual(inPhase);
      expect(Object.values(objects.byPhase).reduce((sum, number) => sum + number, 0)).toBe(statuses.length);
      for (const phase of PHASES) {
        const number = inPhase[phase] ?? 0;
        const page = await served.get(`/objects?status=${phase}`, { accept: 'text/html' });
        expect(sumOf(metrics, `phase="${phase}"`), phase).toBe(number);
        expect(rows.filter((row) => row.phase === phase).length, phase).toBe(number);
        expect(plain(page.text)).toContain(number === 0 ? 'No object matches' : `${number} object`);
        if (number === 0) continue;
        expect(overview).toContain(`${number} ${PHASE_NAMES[phase]}`);
        expect(terminal).toContain(`${number} ${PHASE_NAMES[phase]}`);
      }
      const bar = (await served.get('/', { accept: 'text/html' })).text.match(
        /<rect class="\w+" x="[\d.]+" width="([\d.]+)"/g,
      );
      expect(bar?.length ?? 0).toBe(PHASES.filter((phase) => inPhase[phase] !== 0).length);
      const outOfSync = inPhase['out-of-sync'] ?? 0;
      const waiting = inPhase.waiting ?? 0;
      const progressing = inPhase.progressing ?? 0;
      expect(failingRows(rows, false)).toHaveLength(outOfSync + progressing);
      expect(failingRows(rows, true)).toHaveLength(outOfSync + progressing + waiting);
      expect(overview.includes('The tenant is in sync')).toBe(
        statuses.length > 0 && outOfSync + waiting + progressing === 0,
      );
    };
    const statuses = fc.array(fc.constantFrom(...STATUSES), { maxLength: 20 });
    await fc.assert(fc.asyncProperty(statuses, property), {
      numRuns: 25,
      examples: [[[...STATUSES]], [['Suspended', 'Orphaned']], [['Synced', 'Orphaned']]],
    });
  });
});

describe('the health of objects in the tenant', () => {
  it('is counted, and shown beside the status', async () => {
    const { statusStore } = served.session;
    const healths = ['Healthy', 'Failing', 'Failing', 'Unknown'];
    healths.forEach((health, index) => {
      const name = `c-${index}`;
      const standing = { kind: 'Connector', name, status: 'Synced' as const, reason: '', unverified: false };
      statusStore.note({ key: `Connector/${name}`, ...standing, facts: { health } });
    });
    const view = (await served.get('/api/v1/status')).body as DaemonView;
    expect(view.objects.byHealth).toEqual({ Healthy: 1, Syncing: 0, Paused: 0, Failing: 2, Unknown: 1 });
    const text = '1 Healthy, 2 Failing, 1 Unknown';
    expect(plain((await served.get('/', { accept: 'text/html' })).text)).toContain(text);
    expect(plain((await served.get('/objects', { accept: 'text/html' })).text)).toContain(
      'Synced Health: Failing',
    );
    expect((await served.get('/metrics')).text).toContain('c1sync_objects_by_health{health="Failing"} 2');
    const { objects } = (await served.get('/api/v1/objects')).body as ObjectPage;
    expect(renderStatus(view, objects, { colour: false, width: 200, now: Date.now() })).toContain(text);
  });
});

describe('a complete sweep', () => {
  it('is one that observed everything, whatever it found', async () => {
    await served.stop();
    const text = file(
      { kind: 'App', name: 'lost', spec: { displayName: 'Lost', grantPolicy: 'No such policy' } },
      { kind: 'App', name: 'wrong', spec: { displayNam: 'Wrong' } },
    );
    served = await Served.start({ text });
    const { sweeps, objects } = (await served.get('/api/v1/status')).body as DaemonView;
    expect(sweeps.last?.outcome).toBe('done');
    expect(sweeps.lastSuccess).not.toBeNull();
    expect(objects.byPhase['out-of-sync']).toBe(2);
    const metrics = (await served.get('/metrics')).text;
    expect(sumOf(metrics, 'c1sync_last_successful_sweep_timestamp_seconds ')).toBeGreaterThan(0);
    expect(sumOf(metrics, 'c1sync_sweeps_total{scope="full",outcome="failed"}')).toBe(0);
  });
});
