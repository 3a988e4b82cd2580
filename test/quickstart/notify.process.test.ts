import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliHome, cliHome, type Finished } from '../support/cli.js';
import { file } from '../support/definitions.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { type TestReceiver, testReceiver } from '../telemetry/receiver.js';

const HUSH = '/services/T000/B000/hush-hush-hush';
const KEY = 'hush-key-of-the-receiver';

let home: CliHome;
let emulator: TestEmulator;
let receiver: TestReceiver;

beforeEach(async () => {
  [emulator, receiver, home] = await Promise.all([testEmulator(), testReceiver(), cliHome()]);
  await mkdir(path.join(home.directory, 'definitions'));
  await writeFile(path.join(home.directory, 'hook'), `${receiver.url}${HUSH}\n`);
  await writeFile(
    path.join(home.directory, 'c1sync.yaml'),
    `notify: [{ url: { valueFrom: { file: hook } }, headers: { x-key: { valueFrom: { env: KEY } } } }]\n`,
  );
});
afterEach(async () => {
  await home.remove();
  await Promise.all([emulator.close(), receiver.close()]);
});

/** One sweep with the app as its definition says. */
async function sweep(spec: Readonly<Record<string, unknown>>): Promise<Finished> {
  const definition = { kind: 'App', name: 'wiki', spec: { displayName: 'Wiki <!channel>', ...spec } };
  await writeFile(path.join(home.directory, 'definitions/wiki.yaml'), file(definition));
  return home.run(
    ['run', '--once', '--settings', path.join(home.directory, 'c1sync.yaml'), '--log-level', 'trace'],
    {
      env: {
        CONDUCTORONE_SERVER_URL: emulator.url,
        CONDUCTORONE_CLIENT_ID: emulator.clientId,
        CONDUCTORONE_CLIENT_SECRET: emulator.clientSecret,
        KEY,
      },
    },
  );
}

describe('a process with a receiver', { timeout: 180_000 }, () => {
  it('gets a problem once, over restarts too, then its recovery, and its address is shown nowhere', async () => {
    const outputs: Finished[] = [];
    outputs.push(await sweep({ grantPolicy: 'No such <!channel>' }));
    expect(receiver.received).toHaveLength(1);
    expect(receiver.received[0]).toMatchObject({ path: HUSH, headers: { 'x-key': KEY } });
    const { text } = JSON.parse(receiver.received[0]?.text ?? '') as { text: string };
    expect(text).toContain('1 failed');
    expect(text).toContain('`App/wiki`');
    expect(text).not.toContain('<!channel>');
    expect(outputs[0]?.stdout).toContain('notification sent');
    outputs.push(await sweep({ grantPolicy: 'No such <!channel>' }));
    expect(receiver.received).toHaveLength(1);
    outputs.push(await sweep({}));
    expect(receiver.received).toHaveLength(2);
    expect(receiver.received[1]?.text).toContain('1 recovered');
    for (const { stdout, stderr } of outputs) expect(stdout + stderr).not.toMatch(/hush/);
    const kept = await readdir(path.join(home.directory, 'state'), { recursive: true, withFileTypes: true });
    const files = kept.filter((entry) => entry.isFile());
    expect(files).not.toEqual([]);
    for (const { parentPath, name } of files) {
      expect(await readFile(path.join(parentPath, name), 'utf8')).not.toMatch(/hush/);
    }
  });

  it('does its work all the same when the receiver is gone', async () => {
    await receiver.close();
    const { code, stdout } = await sweep({ grantPolicy: 'No such policy' });
    expect(code).toBe(1);
    expect(stdout).toContain('notification not delivered');
    expect((await sweep({})).code).toBe(0);
  });
});
