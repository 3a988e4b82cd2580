import { describe, expect, it } from 'vitest';
import { jsonAnswer } from '../../../src/emulator/exchange.js';
import { deviationsOf } from './check.js';

const get = { method: 'GET', path: '/api/v1/apps/a-1', headers: {}, body: '' };
const list = '/api/v1/apps/a-1/connectors?page_size=10';

const inApp = (member: object) => jsonAnswer({ app: { id: 'a-1', ...member } });
const inConnector = (member: object) => jsonAnswer({ connectorView: { connector: member } });

describe('a call', () => {
  it.each([
    [{}, []],
    [{ createdAt: null, connectorVersion: 3, userCount: '7' }, []],
    [{ matchBatonRef: null }, ['answer.app.matchBatonRef: null']],
    [{ colour: 'red' }, ['answer.app.colour: unknown member of App']],
    [{ accessModel: null }, ['answer.app.accessModel: null']],
    [{ appUserMapper: null }, ['answer.app.appUserMapper: null']],
    [{ userCount: 7 }, ['answer.app.userCount: int64 expected']],
    [{ connectorVersion: -1 }, ['answer.app.connectorVersion: uint32 expected']],
    [{ createdAt: '2026-01-01' }, ['answer.app.createdAt: time expected']],
    [{ annotations: { team: 1 } }, ['answer.app.annotations.team: text expected']],
    [{ appOwners: [{ id: 1 }] }, ['answer.app.appOwners[0].id: text expected']],
    [{ matchBatonRef: { appId: 'a', connectorId: 'c' } }, ['answer.app.matchBatonRef.externalId: required']],
  ])('that answers an app with %j deviates in %j', (member, expected) => {
    const deviations = expected.map((deviation) => `GET /api/v1/apps/a-1: ${deviation}`);
    expect(deviationsOf(get, inApp(member))).toEqual(deviations);
  });

  it.each([
    [{ connectorSyncCronSchedule: null }, ['connectorSyncCronSchedule: null']],
    [{ connectorSyncCronSchedule: { start: null } }, ['connectorSyncCronSchedule.start: null']],
    [{ status: { startedAt: null } }, []],
    [{ config: null }, ['config: null']],
  ])('that answers a connector with %j deviates in %j', (member, expected) => {
    const path = '/api/v1/apps/a-1/connectors/c-1';
    expect(deviationsOf({ ...get, path }, inConnector(member))).toEqual(
      expected.map((deviation) => `GET ${path}: answer.connectorView.connector.${deviation}`),
    );
  });

  it('deviates in members of its body and in its query', () => {
    const update = { ...get, method: 'POST', body: '{"app":{"colour":1},"mask":"colour"}' };
    expect(deviationsOf(update, inApp({}))).toEqual([
      'POST /api/v1/apps/a-1: request.app.colour: unknown member of App',
      'POST /api/v1/apps/a-1: request.mask: unknown member of UpdateAppRequestInput',
    ]);
    expect(deviationsOf({ ...get, path: `${list}&size=3` }, jsonAnswer({ list: [] }))).toEqual([
      'GET /api/v1/apps/a-1/connectors: query size: unknown',
    ]);
    expect(deviationsOf({ ...get, path: list }, jsonAnswer({ list: [] }))).toEqual([]);
  });

  it('that the API lacks deviates when it succeeds, and a refused one does not', () => {
    const patch = { ...get, method: 'PATCH' };
    expect(deviationsOf(patch, jsonAnswer({}))).toEqual(['PATCH /api/v1/apps/a-1: no such operation']);
    expect(deviationsOf(patch, jsonAnswer({ code: 5 }, 404))).toEqual([]);
    expect(deviationsOf(get, 'timeout')).toEqual([]);
  });
});
