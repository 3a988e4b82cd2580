import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createReader } from '../../src/c1/client.js';
import { type Connection, connect } from '../../src/c1/connection.js';
import { systemLog } from '../../src/c1/systemlog.js';
import { LogClosedError, type LogEvent, PlaceLostError } from '../../src/core/model/system-log.js';
import { Redactor } from '../../src/core/redact/redactor.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { json, ScriptedServer } from './scripted-server.js';

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
      await systemLog(createReader(connectTo(server.url, 'token')), new Redactor(), ['Connector']).read(
        PLACE,
        undefined,
      )
    ).events;
  };
  const activityOf = async (event: unknown) => (await read(event))[0]?.activity;

  it('is read with all its members', async () => {
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
  ])('that is %j is empty and no error', async (event) => {
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

  it('names the activity in several places', async () => {
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

  it('drops enormous texts, which would stay in memory', async () => {
    const long = 'x'.repeat(100_000);
    const [event] = await read({
      time: '2026-01-01T00:00:00Z',
      metadata: { uid: long },
      api: { operation: long },
      actor: { user: { uid: long, name: 'Bob', email_addr: long } },
      resources: [{ uid: long }, { uid: 'a-1' }],
    });
    expect(event).toMatchObject({ uid: '', operation: '', actor: 'Bob', ids: ['a-1'] });
    expect(event?.actorId).toBeUndefined();
  });
});

describe('a tenant’s log', () => {
  let tenant: TestEmulator;
  let connection: Connection;
  beforeEach(async () => {
    tenant = await testEmulator();
    connection = connectTo(tenant.url, tenant.accessToken);
  });
  afterEach(() => tenant.close());

  it('reports an unknown position and a missing permission', async () => {
    const log = systemLog(createReader(connection), new Redactor(), ['Connector']);
    await expect(log.read({ ...PLACE, uid: 'forgotten' }, undefined)).rejects.toThrow(PlaceLostError);
    await tenant.faults({ match: 'POST /api/v1/systemlog/events', status: 404 });
    await expect(log.read({ ...PLACE, uid: 'forgotten' }, undefined)).rejects.toThrow(PlaceLostError);
    await tenant.faults({ match: 'POST /api/v1/systemlog/events', status: 403 });
    const closed = log.read(PLACE, undefined);
    await expect(closed).rejects.toThrow(LogClosedError);
    await expect(closed).rejects.toThrow(/leave to read the system log.*systemLogInterval/);
  });
});
