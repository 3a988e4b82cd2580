import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { program } from '../../src/cli/index.js';
import { until } from '../support/wait.js';

const TLS = path.join(import.meta.dirname, '../emulator/tls');

let directory: string;
let out: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'c1sync-emulator-'));
  out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true });
});

async function write(name: string, text: string): Promise<string> {
  const file = path.join(directory, name);
  await writeFile(file, text);
  return file;
}

const run = (flags: string[]) => program().parseAsync(['emulator', ...flags], { from: 'user' });

/** Runs the command until `use` is done with what it printed, then stops it and waits for its end. */
async function serving(
  flags: string[],
  use: (ready: Record<string, string>) => Promise<void>,
): Promise<void> {
  const end = run(['--port', '0', ...flags]);
  await Promise.race([end, until(() => out.endsWith('\n'), 'the line to be printed')]);
  try {
    await use(JSON.parse(out) as Record<string, string>);
  } finally {
    process.emit('SIGTERM');
  }
  await end;
}

const get = (url: string, token = ''): Promise<Response> =>
  fetch(url, { headers: { authorization: `Bearer ${token}` } });

describe('the emulator command', () => {
  it('prints one line with the credentials, serves, and stops on a signal', async () => {
    let address = '';
    await serving([], async (ready) => {
      expect(Object.keys(ready)).toEqual([
        'url',
        'clientId',
        'clientSecret',
        'accessToken',
        'userAccessToken',
      ]);
      expect(out.trimEnd()).not.toContain('\n');
      address = ready.url ?? '';
      expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      for (const token of [ready.accessToken, ready.userAccessToken]) {
        expect((await get(`${address}/api/v1/auth/introspect`, token)).status).toBe(200);
      }
    });
    await expect(get(`${address}/api/v1/apps`)).rejects.toThrow('fetch failed');
  });

  it('accepts a seed, latency, a rate limit and a delay of owners', async () => {
    const seed = await write('seed.json', '{"apps":[{"id":"a-1","displayName":"Mine"}]}');
    const flags = ['--seed', seed, '--latency', '1', '--requests-per-second', '50', '--owner-delay', '60000'];
    await serving(flags, async ({ url = '', accessToken }) => {
      const { list } = (await (await get(`${url}/api/v1/apps`, accessToken)).json()) as { list: unknown };
      expect(list).toMatchObject([{ displayName: 'Mine' }]);
      const settings = await (await get(`${url}/_emulator/settings`)).json();
      expect(settings).toMatchObject({ latencyMs: 1, requestsPerSecond: 50, ownerDelayMs: 60_000 });
    });
  });

  it('speaks https with a certificate', async () => {
    const cert = path.join(TLS, 'cert.pem');
    const flags = ['--tls-cert', cert, '--tls-key', path.join(TLS, 'key.pem')];
    const ca = await readFile(cert);
    await serving(flags, async ({ url = '', accessToken }) => {
      expect(url).toMatch(/^https:/);
      const headers = { authorization: `Bearer ${accessToken}` };
      const status = await new Promise((resolve, reject) => {
        https
          .get(`${url}/api/v1/apps`, { ca, headers, agent: false }, (response) => {
            response.resume();
            resolve(response.statusCode);
          })
          .on('error', reject);
      });
      expect(status).toBe(200);
    });
  });

  it('names the port in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await until(() => other.listening, 'the port to be taken');
    const address = other.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    try {
      await expect(run(['--port', port])).rejects.toThrow(`port ${port} of 127.0.0.1 is in use`);
      expect(out).toBe('');
    } finally {
      other.close();
    }
  });

  it.each([
    ['{"apps":[{"displayName":1}]}', 'apps[0]: invalid value for displayName'],
    ['{', 'is not JSON'],
  ])('names the error of the seed %j', async (text, message) => {
    const seed = await write('seed.json', text);
    await expect(run(['--port', '0', '--seed', seed])).rejects.toThrow(message);
    await expect(run(['--port', '0', '--seed', seed])).rejects.toThrow(seed);
    expect(out).toBe('');
  });

  it('wants a certificate and its key together', async () => {
    await expect(run(['--port', '0', '--tls-cert', 'cert.pem'])).rejects.toThrow('--tls-key');
  });

  it.each([
    ['--port', '70000'],
    ['--latency', 'long'],
    ['--owner-delay', '-1'],
  ])('refuses %s %s', async (flag, value) => {
    await expect(run([`${flag}=${value}`])).rejects.toThrow(flag);
  });
});
