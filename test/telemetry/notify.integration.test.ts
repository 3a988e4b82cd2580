import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Standing } from '../../src/core/model/change.js';
import {
  EventBus,
  type HealthAfterChange,
  type Reconciled,
  type SweepFinished,
} from '../../src/core/model/events.js';
import { EMPTY_SUMMARY } from '../../src/core/plan/summary.js';
import { Redactor } from '../../src/core/redact/redactor.js';
import { StatusStore } from '../../src/core/status/status-store.js';
import { createLog, type Log } from '../../src/telemetry/log.js';
import { LATER_MS, Notifier, type Receiver, WINDOW_MS } from '../../src/telemetry/notify.js';
import { CLOSE_MS, type Notifications, notify } from '../../src/telemetry/notify-events.js';
import { notifyMemories } from '../../src/telemetry/notify-memory.js';
import { whileTimePasses } from '../support/pace.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { until } from '../support/wait.js';
import { Lines } from './lines.js';
import { type TestReceiver, testReceiver } from './receiver.js';

const PATH = '/services/T0/B0/hush-hush';
const sweep: SweepFinished = {
  trigger: 'interval',
  scope: 'full',
  outcome: 'done',
  summary: EMPTY_SUMMARY,
  failures: 0,
  durationMs: 1,
  requests: 1,
  revision: 'abc',
};

let receiver: TestReceiver;
let clock: VirtualClock;
let lines: Lines;
let log: Log;
let redactor: Redactor;
let notes: Map<string, unknown>;
let events: EventBus;
let statusStore: StatusStore;
let notifications: Notifications;

/** Starts the notifications as a process would, with the notes that earlier ones left. */
function start(options: Partial<Receiver> = {}): void {
  const to: Receiver = {
    name: 'notify[0]',
    url: new URL(receiver.url + PATH),
    events: ['drift', 'held', 'failed', 'takenOver', 'recovered'],
    format: 'json',
    headers: {},
    ...options,
  };
  events = new EventBus((error) => {
    throw error;
  });
  statusStore = new StatusStore(clock);
  const store = {
    records: () => ({ objects: new Map(), intents: new Map(), notes: new Map(notes) }),
    putNote: async (key: string, value: unknown) => {
      if (value === undefined) notes.delete(key);
      else notes.set(key, value);
    },
    keyedHash: (value: unknown) => Buffer.from(String(value)).toString('hex').split('').reverse().join(''),
  };
  const origin = { tenant: 'acme.conductor.one', workspace: 'production' };
  const notifiers = notifyMemories(store, [to]).map(
    (memory) => new Notifier({ receiver: to, origin, memory, clock, log, redactor }),
  );
  notifications = notify(events, notifiers, statusStore);
}

beforeEach(async () => {
  receiver = await testReceiver();
  clock = new VirtualClock();
  lines = new Lines();
  redactor = new Redactor();
  log = createLog({ level: 'debug', format: 'json', destination: lines, redactor });
  notes = new Map();
  start();
});

afterEach(async () => {
  await whileTimePasses(clock, notifications.close());
  await receiver.close();
});

function emit(name: string, event: Partial<Reconciled> = {}): void {
  const status = event.status ?? 'Synced';
  const standing: Standing = {
    key: `App/${name}`,
    kind: 'App',
    name,
    status,
    reason: '',
    unverified: false,
    facts: {},
  };
  statusStore.note(standing);
  events.emit('reconciled', {
    reconcileId: `r-${name}`,
    kind: 'App',
    name,
    action: 'none',
    trigger: 'interval',
    fields: [],
    updateMask: '',
    outcome: 'unchanged',
    durationMs: 0,
    requests: 0,
    revision: 'abc',
    status,
    ...event,
  });
}

const held = (name: string, reason = 'a freeze window is open') =>
  emit(name, { status: 'Held', outcome: 'held', reason });
const corrected = (name: string, event: Partial<Reconciled> = {}) =>
  emit(name, { outcome: 'done', action: 'update', drift: true, fields: ['description'], ...event });

interface Body {
  readonly counts: Record<string, number>;
  readonly items: readonly Record<string, unknown>[];
  readonly omitted: number;
}

/** The messages after this many, once they are there. */
async function messages(count: number): Promise<readonly Body[]> {
  await until(() => receiver.received.length >= count, `message ${count}`);
  return receiver.received.map(({ text }) => JSON.parse(text) as Body);
}

/**
 * Lets time pass until the end of a window, and no further, since a message under way has its own limits; then what
 * it starts comes to its end.
 */
async function notified(count: number, ms = WINDOW_MS): Promise<Body | undefined> {
  await clock.advance(ms);
  const all = await messages(count);
  await until(() => lines.all.split('notification sent').length > count, 'the answer to be read');
  return all[count - 1];
}

/** Waits until this many tries have failed and the wait before the next one has begun. */
async function retrying(times: number): Promise<void> {
  await until(() => lines.all.split('notification failed').length > times, `failure ${times}`);
}

/** Passes time without a notification: nothing arrives, and nothing is in flight. */
async function silence(count: number): Promise<void> {
  await clock.advance(WINDOW_MS);
  expect(clock.pending).toBe(0);
  expect(receiver.received).toHaveLength(count);
}

describe('events within a window', () => {
  it('are one message, with the author of a change even if it is known a moment later', async () => {
    corrected('github', { actor: 'bob@acme.example' });
    corrected('slack', { id: 'id-slack' });
    held('jira');
    emit('okta', { status: 'TakenOver', outcome: 'held', reason: 'bob edited it in the web app' });
    await clock.advance(WINDOW_MS - 1);
    expect(receiver.received).toHaveLength(0);
    events.emit('attributed', {
      reconcileId: 'r-slack',
      kind: 'App',
      name: 'slack',
      actor: 'eve@acme.example',
    });
    const body = await notified(1, 1);
    expect(body).toMatchObject({
      source: 'c1sync',
      tenant: 'acme.conductor.one',
      workspace: 'production',
      counts: { drift: 2, held: 1, takenOver: 1 },
      omitted: 0,
    });
    expect(body?.items).toEqual(
      expect.arrayContaining([
        { event: 'held', subject: 'App/jira', status: 'Held', fields: [], reason: 'a freeze window is open' },
        {
          event: 'drift',
          subject: 'App/github',
          status: 'Synced',
          fields: ['description'],
          actor: 'bob@acme.example',
        },
        expect.objectContaining({ subject: 'App/slack', id: 'id-slack', actor: 'eve@acme.example' }),
      ]),
    );
    expect(receiver.received[0]).toMatchObject({
      path: PATH,
      headers: { 'content-type': 'application/json' },
    });
    await silence(1);
  });

  it('notify of no trouble that has ended within it', async () => {
    emit('github', { status: 'Failed', outcome: 'failed', reason: 'HTTP 503' });
    events.emit('sweep finished', { ...sweep, outcome: 'failed', reason: 'no connection' });
    emit('github', { outcome: 'done' });
    events.emit('sweep finished', sweep);
    await silence(0);
  });

  it('with a status in sync, settling, suspended or orphaned are no news', async () => {
    for (const status of ['Synced', 'Settling', 'Pending', 'Suspended', 'Orphaned'] as const)
      emit('github', { status });
    await silence(0);
  });
});

describe('a lasting trouble', () => {
  it('is notified once, with any times and counts in its reason, and again when it changes', async () => {
    held('github', 'limit 3 reached, wait until 2026-11-22 14:05 UTC');
    await notified(1);
    held('github', 'limit 4 reached, wait until 2026-11-22 15:05 UTC');
    await silence(1);
    held('github', 'spec.catalog cannot change in place');
    expect((await notified(2))?.counts).toEqual({ held: 1 });
    emit('github');
    expect(await notified(3)).toMatchObject({ counts: { recovered: 1 }, items: [{ subject: 'App/github' }] });
    await silence(3);
  });

  it('is not repeated after a restart, and its end is notified even if it came between two processes', async () => {
    held('github');
    held('slack');
    await notified(1);
    await notifications.close();
    start();
    held('github');
    held('slack');
    await silence(1);
    await notifications.close();
    start();
    held('github');
    emit('slack');
    expect(await notified(2)).toMatchObject({ counts: { recovered: 1 }, items: [{ subject: 'App/slack' }] });
  });

  it('is forgotten with its object and with its receiver', async () => {
    held('github');
    await notified(1);
    expect(notes.size).toBe(1);
    statusStore.keep(new Set());
    events.emit('sweep finished', { ...sweep, scope: 'targeted' });
    expect(notes.size).toBe(1);
    events.emit('sweep finished', sweep);
    expect(notes.size).toBe(0);
    held('slack');
    await notified(2);
    await notifications.close();
    start({ url: new URL(`${receiver.url}/another`) });
    await silence(2);
    expect(notes.size).toBe(0);
  });

  it('may be a file or a failed sweep', async () => {
    const position = { file: 'definitions/a.yaml', line: 3, column: 1 };
    events.emit('problem', { position, path: 'spec.x', message: 'Unknown name "x".' });
    events.emit('sweep finished', { ...sweep, outcome: 'failed', reason: 'HTTP 401' });
    expect((await notified(1))?.items).toEqual([
      {
        event: 'failed',
        subject: 'file definitions/a.yaml',
        fields: [],
        reason: 'line 3: spec.x: Unknown name "x".',
      },
      { event: 'failed', subject: 'sweep', fields: [], reason: 'HTTP 401' },
    ]);
    events.emit('sweep finished', { ...sweep, outcome: 'failed', reason: 'no connection' });
    expect((await notified(2))?.items).toMatchObject([{ subject: 'sweep', reason: 'no connection' }]);
    events.emit('definitions loaded', { revision: 'b', definitions: 1, problems: 1, complete: false });
    await silence(2);
    events.emit('definitions loaded', { revision: 'c', definitions: 1, problems: 0, complete: true });
    events.emit('sweep finished', sweep);
    expect((await notified(3))?.items.map(({ event, subject }) => [event, subject])).toEqual([
      ['recovered', 'file definitions/a.yaml'],
      ['recovered', 'sweep'],
    ]);
  });
});

describe('the health after a change', () => {
  const ended = (health: HealthAfterChange['health'], reason?: string): void => {
    events.emit('health after change', {
      kind: 'App',
      name: 'a',
      id: 'id',
      health,
      reason,
      waitedMs: 60_000,
    });
  };
  const standing = (health: string): void => {
    const facts = { health };
    const about = {
      key: 'App/a',
      kind: 'App',
      name: 'a',
      status: 'Synced',
      reason: '',
      unverified: false,
    } as const;
    statusStore.note({ ...about, facts });
  };
  const subject = 'health of App/a';

  it('is notified where it failed, and recovers with a healthy outcome', async () => {
    standing('Failing');
    ended('Failing', 'its last error: no access');
    emit('a');
    const failed = { event: 'failed', subject, id: 'id', fields: [], reason: 'its last error: no access' };
    expect((await notified(1))?.items).toEqual([failed]);
    events.emit('sweep finished', sweep);
    await silence(1);
    ended('Healthy');
    expect((await notified(2))?.items).toEqual([{ event: 'recovered', subject, fields: [] }]);
  });

  it('recovers when a sweep finds it healthy, unless no run has ended', async () => {
    standing('Healthy');
    ended('Unknown', 'no sync has ended');
    expect((await notified(1))?.items).toMatchObject([{ event: 'failed', subject }]);
    events.emit('sweep finished', sweep);
    await silence(1);
    ended('Failing', 'its last error: no access');
    expect((await notified(2))?.items).toMatchObject([{ event: 'failed', subject }]);
    events.emit('sweep finished', sweep);
    expect((await notified(3))?.items).toMatchObject([{ event: 'recovered', subject }]);
  });

  it('is forgotten with its object, and no news where it is healthy or paused', async () => {
    standing('Healthy');
    ended('Healthy');
    ended('Paused');
    await silence(0);
    ended('Failing', 'its last error: no access');
    await notified(1);
    statusStore.drop('App/a');
    events.emit('sweep finished', sweep);
    await until(() => [...notes.keys()].every((note) => !note.includes(subject)), 'the note to go');
    await silence(1);
  });
});

describe('a trouble without an object', () => {
  const down = { fault: 'network', reason: 'The git server cannot be reached' };
  const load = { revision: 'b', definitions: 1, problems: 0, complete: true };

  it('may be the git source, for each cause, with its end', async () => {
    events.emit('source unavailable', down);
    events.emit('definitions loaded', load);
    expect((await notified(1))?.items).toEqual([
      { event: 'failed', subject: 'git source', fields: [], reason: down.reason },
    ]);
    // A sweep goes on with the last commit.
    events.emit('sweep finished', sweep);
    await silence(1);
    events.emit('source unavailable', { fault: 'credentials', reason: 'The git server refuses access' });
    expect((await notified(2))?.items).toMatchObject([{ reason: 'The git server refuses access' }]);
    events.emit('source available', { downMs: 60_000 });
    expect((await notified(3))?.items).toEqual([{ event: 'recovered', subject: 'git source', fields: [] }]);
  });

  it('may be a git source that recovered between two processes', async () => {
    events.emit('source unavailable', down);
    await notified(1);
    await notifications.close();
    start();
    events.emit('definitions loaded', load);
    expect((await notified(2))?.items).toMatchObject([{ event: 'recovered', subject: 'git source' }]);
  });

  it('may be lost records, until the end of the recovery', async () => {
    events.emit('recovery begun', { marked: 12 });
    const body = await notified(1);
    expect(body?.items).toMatchObject([{ event: 'failed', subject: 'records' }]);
    expect(body?.items[0]?.reason).toContain('state.path');
    events.emit('sweep finished', sweep);
    await silence(1);
    events.emit('recovery ended', { undecided: 0 });
    expect((await notified(2))?.items).toMatchObject([{ event: 'recovered', subject: 'records' }]);
  });
});

it('sends a receiver only its selected events', async () => {
  await notifications.close();
  start({ events: ['failed'], headers: { authorization: 'Bearer hush-token' } });
  corrected('github');
  held('slack');
  await silence(0);
  emit('slack', { status: 'Failed', outcome: 'failed', reason: 'HTTP 500' });
  expect((await notified(1))?.counts).toEqual({ failed: 1 });
  expect(receiver.received[0]?.headers.authorization).toBe('Bearer hush-token');
  emit('slack');
  await silence(1);
  expect(notes.size).toBe(0);
});

describe('a receiver in trouble', () => {
  it.each([
    ['answers 503', 503],
    ['breaks the connection', 'reset'],
    ['says that it is too much', { status: 429, headers: { 'retry-after': '7' } }],
  ] as const)('that %s gets the message again', async (_, answer) => {
    receiver.answers.push(answer, answer);
    held('github');
    await clock.advance(WINDOW_MS);
    await messages(1);
    const waits = async (ms: number, count: number) => {
      await retrying(count);
      await clock.advance(ms - 1);
      expect(receiver.received).toHaveLength(count);
      await clock.advance(1);
      await messages(count + 1);
    };
    const isLimited = typeof answer === 'object';
    await waits(isLimited ? 7000 : 1000, 1);
    await waits(isLimited ? 7000 : 2000, 2);
    await until(() => lines.all.includes('notification sent'), 'the answer to be read');
    expect(new Set(receiver.received.map(({ text }) => text)).size).toBe(1);
    await silence(3);
  });

  it.each([400, 404, 302])('that answers %s gets no retry, and the log names it', async (status) => {
    receiver.answers.push({ status, headers: { location: `${receiver.url}/elsewhere` } });
    held('github');
    await clock.advance(WINDOW_MS);
    await until(() => lines.all.includes('notification refused'), 'the refusal in the log');
    expect(lines.parsed.at(-1)).toMatchObject({
      level: 'error',
      receiver: 'notify[0]',
      reason: `HTTP ${status}`,
    });
    await silence(1);
    held('slack');
    await clock.advance(WINDOW_MS);
    expect((await messages(2))[1]).toMatchObject({ counts: { held: 1 }, items: [{ subject: 'App/slack' }] });
  });

  it('that was unreachable gets the current state and each correction', async () => {
    const port = Number(new URL(receiver.url).port);
    await receiver.close();
    held('github');
    held('slack');
    corrected('jira', { fields: ['description'], actor: 'bob@acme.example' });
    await clock.advance(WINDOW_MS);
    const failures = () => lines.all.split('notification not delivered').length - 1;
    await until(async () => {
      await clock.advance(1000);
      return failures() === 1;
    }, 'giving up');
    expect(lines.parsed.at(-1)).toMatchObject({
      level: 'warn',
      reason: expect.stringMatching(/^no answer/),
      waitMs: LATER_MS,
    });
    emit('slack');
    corrected('jira', { fields: ['owners'] });
    held('okta');
    receiver = await testReceiver(port);
    await clock.advance(LATER_MS - 1000);
    expect(receiver.received).toHaveLength(0);
    await clock.advance(1000);
    const [body] = await messages(1);
    expect(body?.counts).toEqual({ held: 2, drift: 1 });
    expect(body?.items).toContainEqual(
      expect.objectContaining({
        subject: 'App/jira',
        fields: ['description', 'owners'],
        actor: 'bob@acme.example',
      }),
    );
    expect(failures()).toBe(1);
  });

  it('that is slow gets later events as the next message', async () => {
    receiver.answers.push('hang');
    held('github');
    await clock.advance(WINDOW_MS);
    await messages(1);
    held('slack');
    await clock.advance(10_000);
    await retrying(1);
    await clock.advance(1000);
    expect((await messages(2))[1]?.items).toMatchObject([{ subject: 'App/github' }]);
    await until(() => lines.all.includes('notification sent') && clock.pending === 1, 'the next window');
    await clock.advance(WINDOW_MS);
    expect((await messages(3))[2]?.items).toMatchObject([{ subject: 'App/slack' }]);
  });

  it('that hangs delays nothing, and the end of the process only for a bounded time', async () => {
    receiver.answers.push('hang');
    held('github');
    await clock.advance(WINDOW_MS);
    await messages(1);
    for (let i = 0; i < 100; i += 1) corrected(`app-${i}`);
    let closed = false;
    const closing = notifications.close().then(() => {
      closed = true;
    });
    await clock.advance(CLOSE_MS - 1);
    expect(closed).toBe(false);
    await clock.advance(1);
    await closing;
    expect(clock.pending).toBe(0);
    expect(notes.size).toBe(0);
  });
});

it('sends pending events at the end of the process, and nothing afterwards', async () => {
  held('github');
  await notifications.close();
  expect((await messages(1))[0]?.counts).toEqual({ held: 1 });
  held('slack');
  await silence(1);
  expect(notes.size).toBe(1);
});

it('sends ten thousand events as one shortened message', async () => {
  for (let i = 0; i < 10_000; i += 1)
    held(`held-${i}`, i % 2 === 0 ? 'a limit' : `its owner-${i % 7} is away`);
  for (let i = 0; i < 10_000; i += 1) corrected(`put-back-${i}`);
  const body = await notified(1);
  expect(body?.counts).toEqual({ held: 10_000, drift: 10_000 });
  expect(body?.items).toHaveLength(200);
  expect(body?.omitted).toBe(19_800);
  expect(receiver.received[0]?.text.length).toBeLessThan(50_000);
  await silence(1);
  expect(notes.size).toBe(10_000);
});

it('shows no secret and no address of any reason or name', async () => {
  redactor.add(['s3cr3t-of-the-tenant', receiver.url + PATH, 'hush-header']);
  await notifications.close();
  start({ headers: { 'x-key': 'hush-header' } });
  held('github', 'the tenant said: bad value s3cr3t-of-the-tenant');
  corrected('slack', { actor: 's3cr3t-of-the-tenant', fields: ['config.s3cr3t-of-the-tenant'] });
  receiver.answers.push('reset', 404);
  await clock.advance(WINDOW_MS);
  await messages(1);
  await retrying(1);
  await clock.advance(1000);
  await until(() => lines.all.includes('notification refused'), 'the refusal');
  for (const { text } of receiver.received) {
    expect(text).not.toContain('s3cr3t-of-the-tenant');
    expect(text).toContain('[secret]');
  }
  expect(lines.all).not.toMatch(/hush/);
  expect(JSON.stringify([...notes])).not.toMatch(/hush|s3cr3t|services/);
});
