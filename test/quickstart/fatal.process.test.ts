import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliHome, cliHome, type Finished, type LogLine } from '../support/cli.js';
import { file } from '../support/definitions.js';

let home: CliHome;
const at = (name: string): string => path.join(home.directory, name);

beforeAll(async () => {
  home = await cliHome();
  await mkdir(at('definitions'));
});
afterAll(() => home.remove());

const EMBEDDED = 'tenant: { embedded: true }\n';

async function run(settings: string, env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  await writeFile(at('c1sync.yaml'), settings);
  return home.run(['run', '--once', '--settings', at('c1sync.yaml')], { env, cwd: home.directory });
}

/** The only line about the error. Every line is JSON, and nothing is said a second time. */
function fatalOf({ code, stdout, stderr }: Finished): LogLine | undefined {
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine);
  const fatal = lines.filter(({ level }) => level === 'fatal');
  expect(fatal).toMatchObject([{ msg: 'stopped by an error' }]);
  return fatal[0];
}

describe('an error that stops the daemon is one line in the format of the log', { timeout: 120_000 }, () => {
  it.each([
    ['unknown settings', `log: { format: json }\nbogus: 1\n${EMBEDDED}`, 'c1sync.yaml:2:1: bogus'],
    ['settings of the log itself', `log: { format: xml }\n${EMBEDDED}`, 'log.format'],
    ['a file that is no YAML', 'log: [\n', 'c1sync.yaml'],
    ['a missing tenant', 'log: { format: json }\n', 'tenant'],
  ])('%s', async (_what, settings, named) => {
    const fatal = fatalOf(await run(settings));
    expect(fatal?.error).toMatchObject({ message: expect.stringContaining(named) });
  });

  it('credentials that the tenant refuses', async () => {
    const { url, clientId } = await home.emulator();
    const app = { kind: 'App', name: 'wiki', spec: { displayName: 'Wiki' } };
    await writeFile(at('definitions/wiki.yaml'), file(app));
    const auth = `{ clientId: ${JSON.stringify(clientId)}, clientSecret: a-wrong-secret }`;
    const refused = await run(`tenant: { url: ${url}, auth: ${auth} }\n`);
    expect(fatalOf(refused)?.error).toMatchObject({ message: expect.stringContaining('these credentials') });
    expect(refused.stdout).not.toContain('a-wrong-secret');
  });

  it('for people where the settings say so or a terminal reads it, also where others of them are invalid', async () => {
    const { code, stdout, stderr } = await run(`log: { format: pretty }\nbogus: 1\n${EMBEDDED}`);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d ✗ stopped by an error {2}error=.*\n.*c1sync\.yaml:2:1: bogus/);
    const variable = await run(`bogus: 1\n${EMBEDDED}`, { C1SYNC_LOG_FORMAT: 'pretty' });
    expect(variable.stdout).toContain('✗ stopped by an error');
    const node = ['--import', 'data:text/javascript,process.stdout.isTTY = true'];
    const options = { node, env: { NO_COLOR: '1' }, cwd: home.directory };
    const terminal = await home.run(['run', '--once', '--settings', at('c1sync.yaml')], options);
    expect(terminal.stdout).toContain('✗ stopped by an error');
  });

  it('on stderr where the log is silent', async () => {
    const { code, stdout, stderr } = await run(`log: { level: silent }\nbogus: 1\n${EMBEDDED}`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('bogus');
  });

  it('for a settings file that is missing', async () => {
    const missing = await home.run(['run', '--settings', at('missing.yaml')], { cwd: home.directory });
    expect(fatalOf(missing)?.error).toMatchObject({ message: expect.stringContaining('missing.yaml') });
  });
});
