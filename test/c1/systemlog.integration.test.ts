import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type C1Writer, createReader, createWriter } from '../../src/c1/client.js';
import { type Connection, connect } from '../../src/c1/connection.js';
import { notingWriter } from '../../src/c1/sent.js';
import { systemLog } from '../../src/c1/systemlog.js';
import type { OutgoingWrite, WriteEnd } from '../../src/core/drift/own-writes.js';
import { LogClosedError, type LogEvent, PlaceLostError } from '../../src/core/model/system-log.js';
import { Redactor } from '../../src/core/redact/redactor.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { json, ScriptedServer } from './scripted-server.js';

const GITHUB = '2gkeVHQ9u8BtFpouw5jRmbnxjkW';
const PLACE = { since: Date.parse('2026-01-01T00:00:00Z') };

function connectTo(url: string, accessToken: string): Connection {
  return connect({
    url,
    auth: { kind: 'token', accessToken },
    requestsPerSecond: 1_000,
    concurrency: 5,
    timeoutMs: 30_000,
    version: 'test',
  });
}

describe('an event', () => {
  let server: ScriptedServer;
  beforeEach(async () => {
    server = await ScriptedServer.start();
  });
  afterEach(() => server.stop());

  const read = async (...list: unknown[]): Promise<readonly LogEvent[]> => {
    server.script(json({ list, nextPageToken: '' }));
    return (
      await systemLog(createReader(connectTo(server.url, 'token')), new Redactor()).read(PLACE, undefined)
    ).events;
  };
  const activityOf = async (event: unknown) => (await read(event))[0]?.activity;

  it('is read with all that it tells', async () => {
    const [event] = await read({
      metadata: { uid: 'e-1' },
      time: 1_700_000_000_000,
      activity_id: 3,
      api: { operation: 'c1.api.app.v1.Apps.Update' },
      actor: { user: { uid: 'u-bob', name: 'Bob', email_addr: 'bob@acme.example' } },
      resources: [{ uid: 'a-1', type: 'App', name: 'One' }],
    });
    expect(event).toEqual({
      uid: 'e-1',
      at: 1_700_000_000_000,
      activity: 'update',
      operation: 'c1.api.app.v1.Apps.Update',
      actor: 'bob@acme.example',
      actorId: 'u-bob',
      ids: ['a-1'],
    });
  });

  it.each([
    undefined,
    null,
    'text',
    7,
    [],
    {},
    { metadata: null, actor: [], resources: 'x', api: 3, time: 'soon' },
  ])('that is %j tells nothing and breaks nothing', async (event) => {
    expect(await read(event)).toEqual([{ uid: '', activity: 'other', operation: '', ids: [] }]);
  });

  it('names who did it without the characters that steer a terminal or turn a text around', async () => {
    const name = 'bob\u001b[2J\u202e\u200b\n@acme.example';
    const [event] = await read({ actor: { user: { email_addr: name } } });
    expect(event?.actor).toBe('bob\\u001b[2J\\u202e\\u200b\\n@acme.example');
  });

  it('of a connector is not one of its app', async () => {
    const resources = [
      { uid: 'a-1', type: 'App' },
      { uid: 'k-1', type: 'AppConnector' },
    ];
    expect((await read({ resources }))[0]?.ids).toEqual(['k-1']);
    expect((await read({ resources: [{ uid: 'a-1' }, { uid: 'k-1' }] }))[0]?.ids).toEqual(['a-1', 'k-1']);
  });

  it('tells in several places what was done', async () => {
    const operation = (method: string) => ({ api: { operation: `c1.api.app.v1.Apps.${method}` } });
    expect(await activityOf({ activity_name: 'Update' })).toBe('update');
    expect(await activityOf({ type_uid: 600_302, ...operation('Update') })).toBe('read');
    expect(await activityOf({ activity_id: 99, ...operation('Get') })).toBe('read');
    expect(await activityOf({ activity_id: 0, ...operation('Update') })).toBe('other');
    // A call that was refused changed nothing.
    expect(await activityOf({ activity_id: 3, status_id: 2 })).toBe('read');
  });

  it('may write its time and its call in other ways', async () => {
    const [event] = await read({
      time: '2026-01-01T00:00:00Z',
      api: { operation: '/c1.api.app.v1.Apps/Update' },
      actor: { user: { name: 'Bob' } },
    });
    expect(event).toMatchObject({ at: PLACE.since, operation: 'c1.api.app.v1.Apps.Update', actor: 'Bob' });
  });

  it('names nobody and nothing by enormous texts, which would be remembered', async () => {
    const long = 'x'.repeat(100_000);
    const [event] = await read({
      time: '2026-01-01T00:00:00Z',
      metadata: { uid: long },
      api: { operation: long },
      actor: { user: { uid: long, name: 'Bob', email_addr: long } },
      resources: [{ uid: long }, { uid: 'a-1' }],
    });
    expect(event).toMatchObject({ uid: '', operation: '', actor: 'Bob', ids: ['a-1'] });
    expect(event).not.toHaveProperty('actorId');
  });
});

describe('a tenant’s log', () => {
  let tenant: TestEmulator;
  let connection: Connection;
  let noted: { write: OutgoingWrite; end?: WriteEnd }[];
  let writer: C1Writer;
  beforeEach(async () => {
    tenant = await testEmulator();
    connection = connectTo(tenant.url, tenant.accessToken);
    noted = [];
    writer = notingWriter(createWriter(connection), (write) => {
      const entry: (typeof noted)[number] = { write };
      noted.push(entry);
      return (end) => {
        entry.end = end;
      };
    });
  });
  afterEach(() => tenant.close());

  const events = async () =>
    (await systemLog(createReader(connection), new Redactor()).read(PLACE, undefined)).events;

  it('names every write of ours by the call and the object that we note', async () => {
    const { app } = (await writer.send('POST', '/api/v1/apps', { displayName: 'One' })) as {
      app: { id: string };
    };
    const base = `/api/v1/apps/${app.id}`;
    await writer.send('POST', base, { app: { description: 'x' }, updateMask: 'description' });
    await writer.send('PUT', `${base}/owners`, { userIds: [] });
    const answer = await writer.send('POST', `${base}/connectors`, { catalogId: GITHUB, displayName: 'K' });
    const { id } = (answer.connectorView as { connector: { id: string } }).connector;
    const connector = `${base}/connectors/${id}`;
    const described = { connector: { description: 'x' }, updateMask: 'description' };
    await writer.send('POST', `${connector}/delegated`, described);
    await writer.send('POST', connector, described);
    await writer.send('POST', `${connector}/schedule`, { cronSpec: '0 0 * * *' });
    await writer.send('POST', `${connector}/pause`);
    await writer.send('POST', `${connector}/resume`);
    const owners = { roleSlug: 'owner', userRefs: [], appEntitlementRefs: [] };
    await writer.send('PUT', `/api/v2/apps/${app.id}/connectors/${id}/owners`, owners);
    await writer.send('DELETE', connector);
    await writer.send('DELETE', base);
    const known = noted.map(({ write, end }) => [write.operation, write.id ?? end?.id, end?.effect]);
    expect(known).toHaveLength(12);
    expect((await events()).map(({ operation, ids: [id] }) => [operation, id, 'done'])).toEqual(known);
  });

  it('is told how a write ended that did not succeed', async () => {
    await expect(writer.send('POST', '/api/v1/apps/none', { app: {} })).rejects.toThrow('404');
    await tenant.faults({ match: 'POST /api/v1/apps', status: 'reset' });
    await expect(writer.send('POST', '/api/v1/apps', { displayName: 'X' })).rejects.toThrow();
    expect(noted.map(({ end }) => end)).toEqual([{ effect: 'none' }, { effect: 'unknown' }]);
  });

  it('says when it does not know a place, and when it is not for us', async () => {
    const log = systemLog(createReader(connection), new Redactor());
    await expect(log.read({ ...PLACE, uid: 'forgotten' }, undefined)).rejects.toThrow(PlaceLostError);
    await tenant.faults({ match: 'POST /api/v1/systemlog/events', status: 403 });
    const closed = log.read(PLACE, undefined);
    await expect(closed).rejects.toThrow(LogClosedError);
    await expect(closed).rejects.toThrow(/leave to read the system log.*systemLogInterval/);
  });
});
