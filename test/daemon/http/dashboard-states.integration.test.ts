import { afterEach, describe, expect, it } from 'vitest';
import { EMPTY_SUMMARY } from '../../../src/core/plan/summary.js';
import type { ChangeJson } from '../../../src/core/status/shown.js';
import { deedOf, tally } from '../../../src/daemon/http/dashboard/change.js';
import { headline, notices } from '../../../src/daemon/http/dashboard/state.js';
import { Served } from '../../support/served.js';
import { daemonView, objectsView } from '../../support/views.js';

const NOW = Date.parse('2026-01-01T01:00:00Z');
/** A last sweep that failed, for a reason. */
const failed = (reason: string) => ({
  last: {
    at: '2026-01-01T00:59:00Z',
    trigger: 'interval' as const,
    scope: 'full' as const,
    outcome: 'failed' as const,
    reason,
    summary: EMPTY_SUMMARY,
    failures: 0,
    durationMs: 1,
    requests: 0,
    revision: '',
  },
  lastSuccess: '2026-01-01T00:30:00Z',
  next: null,
  open: [],
  revision: null,
});

const inSync = objectsView({ Synced: 3 });
const usual = { started: true, objects: inSync };

describe('the headline', () => {
  it.each([
    ['a start', {}, 'The first sweep is under way', 'busy'],
    ['no definitions', { started: true }, 'No objects are defined', 'paused'],
    ['all in sync', usual, 'The tenant is in sync', 'ok'],
    [
      'work to do',
      { started: true, objects: objectsView({ Synced: 1, Pending: 1, Settling: 1 }) },
      '2 progressing of 3 objects',
      'busy',
    ],
    [
      'a decision to make',
      { started: true, objects: objectsView({ Synced: 2, Held: 1 }) },
      '1 waiting for a person of 3 objects',
      'attention',
    ],
    [
      'failures',
      { started: true, objects: objectsView({ Held: 1, Failed: 1, Contested: 1 }) },
      '2 out of sync, 1 waiting for a person of 3 objects',
      'bad',
    ],
    [
      'objects set aside',
      { started: true, objects: objectsView({ Synced: 1, Suspended: 1, Orphaned: 1 }) },
      'The tenant is in sync, 2 set aside',
      'ok',
    ],
    [
      'a tenant that is away',
      { ...usual, tenant: { reachable: false, since: null, reason: 'x' } },
      'The tenant cannot be reached',
      'bad',
    ],
    ['unreadable definitions at the start', { sweeps: failed('x') }, 'Nothing could be observed yet', 'bad'],
  ])('after %s', (_, facts, text, tone) => {
    expect(headline(daemonView(facts))).toEqual({ tone, text });
  });
});

describe('the notices of a page', () => {
  const said = (facts: Parameters<typeof daemonView>[0]): string =>
    notices(daemonView(facts), [], NOW)
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ');

  it('are none in the usual state', () => {
    expect(said(usual)).toBe('');
  });

  it('show the progress of the first sweep', () => {
    expect(said({})).toContain('loads the definitions and observes the tenant');
    expect(said({ objects: inSync, queue: { waiting: 2, running: 1 } })).toContain(
      '3 objects observed; 3 changes in the queue',
    );
  });

  it('name the cause and the start of an outage of the tenant, and the age of the page', () => {
    const tenant = { reachable: false, since: '2026-01-01T00:50:00Z', reason: 'the connection was refused' };
    const text = said({ ...usual, tenant, sweeps: failed('the connection was refused') });
    expect(text).toContain('The connection was refused. Unreachable since 10 minutes ago');
    expect(text).toContain('the last complete sweep: 30 minutes ago');
    expect(text).not.toContain('The last sweep failed');
  });

  it('name the cause of a failed sweep', () => {
    expect(said({ ...usual, sweeps: failed('the folder definitions is not there') })).toContain(
      'The last sweep failed The folder definitions is not there. It failed 1 minute ago',
    );
  });

  it('report a recovery, an empty set of definitions, and observe mode', () => {
    expect(said({ ...usual, recovering: true })).toContain('The records were lost and are being recovered');
    expect(said({ started: true })).toContain('Nothing is managed yet');
    const { about } = daemonView();
    expect(said({ ...usual, about: { ...about, mode: 'observe' } })).toContain('nothing is written');
  });
});

describe('a change', () => {
  const change: ChangeJson = {
    kind: 'Connector',
    name: 'one',
    id: null,
    action: 'create',
    source: 'a.yaml:1',
    fields: [],
    updateMask: '',
    risk: null,
    held: null,
    hash: 'sha256:1',
  };
  const held = { status: 'Held', reason: 'x' } as const;
  const enforce = { mode: 'enforce' } as const;

  it('names its effect, in the conditional where it is held, and counts deletions first', () => {
    expect(deedOf(change, enforce)).toBe('will be created');
    expect(deedOf(change, { mode: 'observe' })).toBe('would be created');
    expect(deedOf({ ...change, held }, enforce)).toBe('would be created');
    expect(deedOf({ ...change, action: 'adopt', held }, enforce)).toBe('would be adopted');
    expect(tally({ create: 1, update: 1200, adopt: 0, delete: 2 })).toBe(
      '2 deletions, 1 creation, 1,200 updates',
    );
  });
});

describe('the first page', () => {
  let served: Served | undefined;
  afterEach(() => served?.stop());

  it('lists the errors in the definitions with their places', async () => {
    served = await Served.start({
      text: 'apiVersion: c1sync/v1\nkind: App\nmetadata: { name: one }\nspec: { displayNam: One }\n',
    });
    const { text } = await served.get('/');
    expect(text).toContain('1 mistake in the definitions');
    expect(text).toMatch(
      /<code>\S*definitions\/all\.yaml:4<\/code> <code>spec\.displayNam<\/code>: [^<]*displayName/,
    );
  });

  it('counts all errors, also those that a load does not list', async () => {
    const wrong = Array.from({ length: 300 }, (_, index) => `  wrong${index}: 1\n`).join('');
    served = await Served.start({
      text: `apiVersion: c1sync/v1\nkind: App\nmetadata: { name: one }\nspec:\n  displayName: One\n${wrong}`,
    });
    expect((await served.get('/')).text).toContain('300 mistakes in the definitions');
    expect((await served.get('/api/v1/status')).body).toMatchObject({ definitions: { problems: 300 } });
  });

  it('shows an outage of the tenant, and its end', async () => {
    served = await Served.start();
    served.session.events.emit('tenant unreachable', { reason: 'no answer within 30 seconds' });
    expect((await served.get('/')).text).toContain('No answer within 30 seconds.');
    served.session.events.emit('tenant reachable', { downMs: 1000 });
    expect((await served.get('/')).text).not.toContain('cannot be reached');
  });
});
