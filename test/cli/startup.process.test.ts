import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliHome, cliHome } from '../support/cli.js';

const RECORDER = pathToFileURL(path.join(import.meta.dirname, 'record-loads.mjs')).href;

/** Packages and folders that take long to load. */
const SERVING = ['/fastify/', '/pino/', '/pino-pretty/', '/prom-client/', '/chokidar/', '/jose/'];
const OURS = ['/dist/emulator/', '/dist/daemon/', '/dist/telemetry/', '/dist/compose.js'];
const READING = ['/zod/', '/js-yaml/', '/dist/kinds/', '/dist/settings/', '/dist/definitions/'];

let home: CliHome;

beforeEach(async () => {
  home = await cliHome();
});
afterEach(() => home.remove());

/** Which of `parts` the command loads. */
async function loaded(args: readonly string[], parts: readonly string[]): Promise<string[]> {
  const file = path.join(home.directory, 'loaded');
  const options = { node: ['--import', RECORDER], env: { LOADED_MODULES: file } };
  expect(await home.run(args, options)).toMatchObject({ code: 0 });
  return recorded(file, parts);
}

async function recorded(file: string, parts: readonly string[]): Promise<string[]> {
  const urls = (await readFile(file, 'utf8')).split('\n');
  return parts.filter((part) => urls.some((url) => url.includes(part)));
}

describe('a command loads', () => {
  it.each([['--version'], ['--help']])('next to nothing for %s', async (flag) => {
    expect(await loaded([flag], ['/commander/', ...SERVING, ...OURS, ...READING])).toEqual(['/commander/']);
  });

  it('the kinds for the examples in the help of a command', async () => {
    const parts = [...SERVING, ...OURS, '/js-yaml/', '/dist/kinds/'];
    expect(await loaded(['plan', '--help'], parts)).toEqual(['/dist/kinds/']);
  });

  it('the reader of definitions, and no server, for validate', async () => {
    const git = '/dist/definitions/git.js';
    const parts = [...SERVING, ...OURS, git, ...READING];
    expect(await loaded(['validate', '-f', 'config/definitions'], parts)).toEqual(READING);
  });

  it('what signs in before the other parts of apply', async () => {
    const file = path.join(home.directory, 'loaded');
    await writeFile(path.join(home.directory, 'empty.yaml'), '');
    const { env } = await home.emulator();
    const options = { node: ['--import', RECORDER], env: { ...env, LOADED_MODULES: file } };
    expect(await home.run(['apply', '--yes', '-f', home.directory], options)).toMatchObject({ code: 0 });
    const urls = (await readFile(file, 'utf8')).split('\n');
    const places = ['/dist/tenant.js', '/jose/', '/dist/compose.js'].map((part) =>
      urls.findIndex((url) => url.includes(part)),
    );
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  it('no calendar, format, compiler or second HTTP client that a daemon has no use for', async () => {
    const file = path.join(home.directory, 'loaded');
    const definitions = path.join(home.directory, 'definitions');
    await mkdir(definitions);
    await writeFile(path.join(definitions, 'empty.yaml'), '');
    const { env } = await home.emulator();
    const daemon = home.start(['run', '-f', definitions], {
      node: ['--import', RECORDER],
      env: { ...env, LOADED_MODULES: file, C1SYNC_SERVER_PORT: '0' },
    });
    await daemon.line('a sweep', ({ msg }) => msg === 'sweep finished');
    daemon.kill('SIGTERM');
    expect(await daemon.end).toMatchObject({ code: 0 });
    const parts = [
      '/luxon/',
      '/jose/',
      '/pino-pretty/',
      '/ajv/',
      '/fast-json-stringify/index',
      '/avvio/',
      'NativeModule http',
      '/undici/',
    ];
    expect(await recorded(file, parts)).toEqual(['/jose/', '/avvio/', 'NativeModule http']);
  });

  it('the client and no server for plan', async () => {
    const settings = ['--settings', 'config/c1sync.yaml'];
    expect(await loaded(['plan', ...settings], ['/dist/compose.js', '/dist/daemon/'])).toEqual([
      '/dist/compose.js',
    ]);
  });
});
