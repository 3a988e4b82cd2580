import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createReader, createWriter } from '../../src/c1/client.js';
import { connect } from '../../src/c1/connection.js';
import { systemLog } from '../../src/c1/systemlog.js';
import type { OutgoingWrite, WriteEnd } from '../../src/core/drift/own-writes.js';
import { Redactor } from '../../src/core/redact/redactor.js';
import { appOperations } from '../../src/kinds/app/api.js';
import { connectorOperations } from '../../src/kinds/connector/api.js';
import { kindModules } from '../../src/kinds/index.js';
import { type NoteWrite, objectIn, type Send, sending } from '../../src/kinds/operation.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';

const GITHUB = '2gkeVHQ9u8BtFpouw5jRmbnxjkW';

describe('the operations of the kinds', () => {
  let tenant: TestEmulator;
  let noted: { write: OutgoingWrite; end?: WriteEnd }[];
  let send: Send;
  let events: () => Promise<unknown[]>;
  beforeEach(async () => {
    tenant = await testEmulator();
    const auth = { kind: 'token', accessToken: tenant.accessToken } as const;
    const connection = connect({
      url: tenant.url,
      auth,
      requestsPerSecond: 1_000,
      concurrency: 5,
      timeoutMs: 30_000,
      version: 'test',
    });
    noted = [];
    const note: NoteWrite = (write) => {
      const entry: (typeof noted)[number] = { write };
      noted.push(entry);
      return (end) => {
        entry.end = end;
      };
    };
    send = sending(createWriter(connection), note);
    const log = systemLog(createReader(connection), new Redactor(), ['Connector']);
    events = async () =>
      (await log.read({ since: 0 }, undefined)).events.map(({ operation, ids: [id] }) => [operation, id]);
  });
  afterEach(() => tenant.close());

  it('have the names and the objects of the system log', async () => {
    const app = appOperations;
    const connector = connectorOperations;
    const idOf = (value: unknown): string => (value as { id: string }).id;
    const id = idOf(objectIn(app.create, await send(app.create, {}, { displayName: 'One' })));
    await send(app.update, { id }, { app: { description: 'x' }, updateMask: 'description' });
    await send(app.setOwners, { id }, { userIds: [] });
    await send(app.setAllOwners, { id }, { roleSlug: 'owner', userRefs: [], appEntitlementRefs: [] });
    const made = await send(connector.create, { parentId: id }, { catalogId: GITHUB, displayName: 'K' });
    const ids = { parentId: id, id: idOf(objectIn(connector.create, made)) };
    const described = { connector: { description: 'x' }, updateMask: 'description' };
    await send(connector.updateWaiting, ids, described);
    await send(connector.update, ids, described);
    await send(connector.schedule, ids, { cron: { cronSpec: '0 0 * * *' } });
    await send(connector.pause, ids, {});
    await send(connector.resume, ids, {});
    await send(connector.setOwners, ids, { roleSlug: 'owner', userRefs: [], appEntitlementRefs: [] });
    await send(connector.delete, ids, {});
    await send(app.delete, { id }, {});
    const writes = kindModules
      .flatMap(({ operations }) => Object.values(operations))
      .filter((one) => 'log' in one);
    expect(new Set(noted.map(({ write }) => write.operation))).toEqual(new Set(writes.map(({ log }) => log)));
    expect(await events()).toEqual(noted.map(({ write, end }) => [write.operation, end?.id]));
    expect(noted.every(({ end }) => end?.effect === 'done')).toBe(true);
  });

  it('report the result of a failed write', async () => {
    await expect(send(appOperations.update, { id: 'none' }, { app: {} })).rejects.toThrow('404');
    await tenant.faults({ match: 'POST /api/v1/apps', status: 'reset' });
    await expect(send(appOperations.create, {}, { displayName: 'X' })).rejects.toThrow();
    expect(noted.map(({ end }) => end)).toEqual([{ effect: 'none' }, { effect: 'unknown' }]);
  });
});
