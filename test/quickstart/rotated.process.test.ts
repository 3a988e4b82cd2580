import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliHome, cliHome, type Running } from '../support/cli.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { until } from '../support/wait.js';

const DEFINITIONS = `apiVersion: c1sync/v1
kind: App
metadata: { name: wiki }
spec: { displayName: Wiki }
---
apiVersion: c1sync/v1
kind: Connector
metadata: { name: snyk }
spec:
  app: wiki
  catalog: snyk
  displayName: Snyk
  config:
    snyk_api_token: { valueFrom: { file: ../planted } }
`;
const PERSON = 'bob@acme.example';

let home: CliHome;
let emulator: TestEmulator;
let daemon: Running;

beforeEach(async () => {
  emulator = await testEmulator();
  home = await cliHome();
  await mkdir(path.join(home.directory, 'definitions'));
  await writeFile(path.join(home.directory, 'definitions/all.yaml'), DEFINITIONS);
  await declare('declared-first');
  await start();
  expect(await secret()).toBe('declared-first');
});
afterEach(async () => {
  await home.remove();
  await emulator.close();
});

/** Starts the daemon and waits for the end of its first sweep. */
async function start(): Promise<void> {
  daemon = home.start(['run'], {
    env: {
      CONDUCTORONE_SERVER_URL: emulator.url,
      CONDUCTORONE_CLIENT_ID: emulator.clientId,
      CONDUCTORONE_CLIENT_SECRET: emulator.clientSecret,
    },
    cwd: home.directory,
  });
  await daemon.line('the first sweep', ({ msg }) => msg === 'sweep finished');
}

async function stop(signal: NodeJS.Signals): Promise<void> {
  daemon.kill(signal);
  await daemon.end;
}

const declare = (value: string): Promise<void> => writeFile(path.join(home.directory, 'planted'), value);

async function connector() {
  const { connectors } = await emulator.state();
  return connectors.find(({ displayName }) => displayName === 'Snyk');
}

/** The token of the connector in the tenant. */
async function secret(): Promise<unknown> {
  const { configuration } = objectOf((await connector())?.config);
  return objectOf(objectOf(configuration).snyk_api_token).stringValue;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' ? { ...value } : {};
}

/** A person gives the connector another token in the web app. */
async function rotate(): Promise<void> {
  const id = String((await connector())?.id);
  const set = { config: { snyk_api_token: 'rotated-by-a-person' } };
  await emulator.webEdit({ kind: 'Connector', id, set, user: PERSON });
}

async function expectHeld(reason: RegExp): Promise<void> {
  const held = await daemon.line(
    'the connector to be held',
    ({ name, status }) => name === 'snyk' && status === 'Held',
  );
  expect(held.reason).toMatch(reason);
  expect(await secret()).toBe('rotated-by-a-person');
  const writes = (await emulator.requests()).filter(({ mask }) => mask?.includes('config'));
  expect(writes).toEqual([]);
}

describe('a secret that a person rotated while the daemon was down', { timeout: 180_000 }, () => {
  it('stays, and the connector is held, though the daemon was killed within a write of its own', async () => {
    await emulator.faults({ match: 'POST /api/v1/apps/*/connectors/*', status: 'timeout', after: 'apply' });
    await declare('declared-second');
    await until(async () => (await secret()) === 'declared-second', 'the write to arrive', 60_000);
    await stop('SIGKILL');
    await rotate();
    await emulator.clearRequests();
    await start();
    await expectHeld(/after an unconfirmed write of ours/);
  });

  it('stays, and the connector is held, though the hash key was lost meanwhile', async () => {
    await stop('SIGTERM');
    await rotate();
    const place = new URL(emulator.url).host.replace(':', '_');
    await rm(path.join(home.directory, 'state/c1sync', place, 'default/hash.key'));
    await emulator.clearRequests();
    await start();
    await expectHeld(/was last written by someone else/);
  });
});
