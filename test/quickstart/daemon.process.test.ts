import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliHome, cliHome, type LogLine, type Running } from '../support/cli.js';
import { root } from '../support/root.js';
import { until } from '../support/wait.js';

const OBJECTS = 15;

let home: CliHome;
let definitions: string;

beforeEach(async () => {
  home = await cliHome();
  await cp(path.join(root, 'config'), path.join(home.directory, 'config'), { recursive: true });
  definitions = path.join(home.directory, 'config/definitions');
});
afterEach(() => home.remove());

/** The daemon as `npm start` starts it, on a copy of the quick start. */
function start(env: Readonly<Record<string, string>> = {}): Running {
  const settings = path.join(home.directory, 'config/c1sync.yaml');
  return home.start(['run', '--settings', settings], {
    node: [`--env-file=${path.join(root, 'config/demo.env')}`],
    env,
  });
}

const reconciled = (daemon: Running): readonly LogLine[] =>
  daemon.log.filter(({ msg }) => msg === 'reconciled');

const firstSweep = (daemon: Running): Promise<LogLine> =>
  daemon.line('the first sweep', ({ msg, trigger }) => msg === 'sweep finished' && trigger === 'start');

async function edit(file: string, from: string, to: string): Promise<void> {
  const place = path.join(definitions, file);
  const text = await readFile(place, 'utf8');
  expect(text).toContain(from);
  await writeFile(place, text.replace(from, to));
}

/** Calls that could have changed something. */
function writes(log: readonly LogLine[]): readonly LogLine[] {
  const reading = /^\/api\/v1\/(search\/|connectorcatalog$)|^\/auth\/v1\/token$/;
  return log.filter(
    ({ msg, method, path: called }) => msg === 'call' && method !== 'GET' && !reading.test(String(called)),
  );
}

describe('the daemon of the quick start', { timeout: 180_000 }, () => {
  it('brings every object in sync, applies an edit, and stops on a signal', async () => {
    const daemon = start();
    const sweep = await firstSweep(daemon);
    expect(sweep).toMatchObject({ outcome: 'done', summary: { create: 9, adopt: 6, held: 0, failed: 0 } });
    // An object that another trigger named meanwhile is reconciled with that one.
    await until(() => reconciled(daemon).length >= OBJECTS, 'every object to be reconciled');
    const first = reconciled(daemon);
    expect(first).toHaveLength(OBJECTS);
    expect(new Set(first.map(({ kind, name }) => `${kind}/${name}`)).size).toBe(OBJECTS);
    expect(first.filter(({ outcome }) => outcome !== 'done')).toEqual([]);

    await edit('business/slack.yaml', 'Chat of the whole company', 'Where everybody talks');
    const line = await daemon.line(
      'the edit to arrive',
      ({ msg, trigger }) => msg === 'reconciled' && trigger === 'file',
    );
    expect(line).toMatchObject({
      kind: 'App',
      name: 'slack',
      action: 'update',
      fields: ['description'],
      updateMask: 'description',
      outcome: 'done',
      status: 'Synced',
    });

    daemon.kill('SIGTERM');
    const { code, stderr } = await daemon.end;
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(daemon.log.slice(-2)).toMatchObject([{ msg: 'stopping', signal: 'SIGTERM' }, { msg: 'stopped' }]);
  });

  it('changes nothing in a second sweep', async () => {
    const daemon = start({ C1SYNC_LOG_LEVEL: 'debug' });
    await firstSweep(daemon);
    const before = daemon.log.length;
    expect(writes(daemon.log).length).toBeGreaterThan(OBJECTS);

    daemon.kill('SIGHUP');
    const second = await daemon.line(
      'the second sweep',
      ({ msg, trigger }) => msg === 'sweep finished' && trigger === 'signal',
    );
    expect(second).toMatchObject({
      outcome: 'done',
      summary: { create: 0, update: 0, adopt: 0, unchanged: OBJECTS, held: 0, unverified: 0, unmarked: 0 },
    });
    const after = daemon.log.slice(before);
    expect(after.filter(({ msg, action }) => msg === 'reconciled' && action !== 'none')).toEqual([]);
    expect(writes(after)).toEqual([]);
  });

  it('keeps the last valid version of a broken file, logs the place of the error, and applies its repair', async () => {
    const daemon = start();
    await firstSweep(daemon);
    await edit('business/slack.yaml', '  monthlyCostUsd: 8', '  monthlyCost: 8');
    const problem = await daemon.line('the error to be logged', ({ msg }) => msg === 'definition invalid');
    expect(problem).toMatchObject({ key: 'App/slack', path: 'spec.monthlyCost', line: 9 });
    expect(String(problem.reason)).toContain('monthlyCostUsd');
    await edit('business/slack.yaml', '  monthlyCost: 8', '  monthlyCostUsd: 9');
    await daemon.line(
      'the repaired file to be applied',
      ({ msg, action, updateMask }) =>
        msg === 'reconciled' && action === 'update' && updateMask === 'monthlyCostUsd',
    );
    expect(daemon.log.filter(({ action }) => action === 'delete')).toEqual([]);
  });

  it('notices a secret that was rotated in its file', async () => {
    const daemon = start();
    await firstSweep(daemon);
    const rotated = 'rotated-in-its-file';
    await writeFile(path.join(home.directory, 'config/demo-secrets/github-token'), rotated);
    const line = await daemon.line(
      'the new secret to arrive',
      ({ msg, trigger }) => msg === 'reconciled' && trigger === 'file',
    );
    expect(line).toMatchObject({
      kind: 'Connector',
      name: 'github-cloud',
      fields: ['config.github_access_token'],
      updateMask: 'config',
      outcome: 'done',
    });
    expect(daemon.stdout).not.toContain(rotated);
  });
});
