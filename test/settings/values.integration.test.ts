import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { settingsKeys } from '../../src/settings/keys.js';
import { loadSettings } from '../../src/settings/load.js';
import { SettingsError, type SettingsProblem } from '../../src/settings/problems.js';

async function refusalOf(name: string, value: string): Promise<string> {
  const cwd = mkdtempSync(path.join(tmpdir(), 'c1sync-values-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  const error = await loadSettings({ env: { HOME: cwd, [name]: value }, cwd }).then(
    () => new Error('accepted'),
    (thrown: unknown) => thrown,
  );
  return String(error);
}

const SPAN = 'a span of time such as 200ms, 30s, 10m or 1h30m';
const LIMIT =
  'Must be a whole number from 0, or a share of the managed objects such as "50%", "100%" at most.';

test.each([
  ['SYNC_SYSTEM_LOG_INTERVAL', 'true', `Must be "off", or ${SPAN}, at least 1s and ten years at most.`],
  ['SYNC_INTERVAL', '500ms', `Must be ${SPAN}, at least 1s and ten years at most.`],
  ...['CREATES', 'UPDATES', 'DELETES', 'ADOPTS'].flatMap((name) =>
    ['1.5', '-1', '101%', 'few', 'true'].map((value) => [`SYNC_LIMITS_${name}`, value, LIMIT]),
  ),
  ['SERVER_PORT', '70000', 'Must be a whole number from 0 to 65535.'],
  [
    'SYNC_FREEZE',
    'always',
    'Must be a list of windows with cron, duration, timezone; in the variable: as JSON.',
  ],
])('%s=%s names the allowed values', async (name, value, message) => {
  expect(await refusalOf(`C1SYNC_${name}`, value)).toContain(message);
});

const EMPTY_TEXT = 'Must not be empty: write a value, or leave the line out.';
const EMPTY_PATH = 'Must not be empty: write a path, or leave the line out.';
const EMPTY_SECRET =
  'Must not be empty: write it in quotes, take it from { valueFrom: ... }, or leave the line out.';
const NUMBER = 'Must be text, not a number: put it in quotes.';

/** A value that each key refuses, as the file holds it, and all that is said of it. */
const refusals: Readonly<Record<string, readonly (readonly [value: unknown, message: string])[]>> = {
  'tenant.url': [
    [5, NUMBER],
    ['', 'Must not be empty: write https://<tenant>.conductor.one, or leave the line out.'],
  ],
  'tenant.auth.clientId': [['', EMPTY_TEXT]],
  'tenant.auth.clientSecret': [['', EMPTY_SECRET]],
  'tenant.auth.accessToken': [['', EMPTY_SECRET]],
  'tenant.auth.oidcTokenFile': [['', EMPTY_PATH]],
  'tenant.embedded': [
    [
      'maybe',
      'Must be true or false, or a mapping with any of seed, latencyMs, requestsPerSecond, ownerDelayMs.',
    ],
  ],
  'tenant.embedded.seed': [['', EMPTY_PATH]],
  'tenant.embedded.latencyMs': [['slow', 'Must be a number from 0.']],
  'tenant.embedded.requestsPerSecond': [[-1, 'Must be a number from 0.']],
  'tenant.embedded.ownerDelayMs': [[-1, 'Must be a number from 0.']],
  workspace: [
    ['a b', 'Must be letters, digits, ".", "_" and "-", beginning with a letter or digit, 128 at most.'],
  ],
  'source.directory': [['', EMPTY_PATH]],
  'source.git.url': [
    [
      'acme',
      'Must be the address of a repository: https://host/path, ssh://user@host/path or user@host:path.',
    ],
    ['https://me:pw@acme.example/x', 'Holds a user or a password: remove it and use source.git.auth.'],
    [
      'http://acme.example/x',
      'Must be https:// or ssh://; http:// is for loopback only, since others on the network path could change the definitions.',
    ],
  ],
  'source.git.ref': [['-x', 'Must be the name of a branch or a tag, or a whole commit hash.']],
  'source.git.path': [
    ['../x', 'Must be a folder in the repository, such as "tenants/acme", without "." and ".." in it.'],
  ],
  'source.git.pollInterval': [['1ms', `Must be ${SPAN}, at least 1s and ten years at most.`]],
  'source.git.auth.token': [['', EMPTY_SECRET]],
  'source.git.auth.username': [['', EMPTY_TEXT]],
  'source.git.auth.sshKeyFile': [['', EMPTY_PATH]],
  'source.git.auth.knownHostsFile': [['', EMPTY_PATH]],
  'source.git.webhookSecret': [['', EMPTY_SECRET]],
  'sync.mode': [['dry', 'Must be "enforce" or "observe".']],
  'sync.interval': [[30, `Must be ${SPAN}, at least 1s and ten years at most.`]],
  'sync.debounce': [['soon', `Must be ${SPAN}, ten years at most.`]],
  'sync.adopt': [['all', 'Must be "matching" or "marked" or "never".']],
  'sync.settle': [['-1s', `Must be ${SPAN}, ten years at most.`]],
  'sync.systemLogInterval': [['500ms', `Must be "off", or ${SPAN}, at least 1s and ten years at most.`]],
  'sync.prune': [['yes', 'Must be true or false.']],
  'sync.onTakeover': [['x', 'Must be "once" or "always" or "hold".']],
  'sync.onSecretDrift': [['x', 'Must be "hold" or "reassert".']],
  'sync.onDeleted': [['x', 'Must be "hold" or "recreate".']],
  'sync.limits.creates': [['few', LIMIT]],
  'sync.limits.updates': [[1.5, LIMIT]],
  'sync.limits.deletes': [[-1, LIMIT]],
  'sync.limits.adopts': [['101%', LIMIT]],
  'sync.freeze': [
    ['always', 'Must be a list of windows with cron, duration, timezone; in the variable: as JSON.'],
  ],
  'api.requestsPerSecond': [[0, 'Must be a number above 0.']],
  'api.concurrency': [[1.5, 'Must be a whole number from 1.']],
  'api.timeout': [['0s', `Must be ${SPAN}, at least 1ms and ten years at most.`]],
  'api.maxPause': [['10ms', `Must be ${SPAN}, at least 1s and ten years at most.`]],
  'api.connectorOwnerRole': [['', EMPTY_TEXT]],
  'server.host': [['', EMPTY_TEXT]],
  'server.port': [['http', 'Must be a whole number from 0 to 65535.']],
  'server.token': [['', EMPTY_SECRET]],
  'server.readToken': [['', EMPTY_SECRET]],
  'server.tokens': [['ci', 'Must be a list of tokens with name, token, can; in the variable: as JSON.']],
  'server.userHeader': [
    ['', 'Must be the name of an HTTP header.'],
    ['x user', 'Must be the name of an HTTP header.'],
    ['Authorization', 'Must not be a header with credentials: names are shown.'],
  ],
  'server.url': [['', EMPTY_TEXT]],
  tenants: [['acme', 'Must be a list of at least one tenant; without it, the top level is the tenant.']],
  'state.path': [['', EMPTY_PATH]],
  'state.hashKey': [['', EMPTY_SECRET]],
  notify: [
    ['me', 'Must be a list of receivers with url, events, format, headers; in the variable: as JSON.'],
  ],
  'log.level': [
    ['loud', 'Must be "trace" or "debug" or "info" or "warn" or "error" or "fatal" or "silent".'],
  ],
  'log.format': [['xml', 'Must be "json" or "pretty".']],
};

async function problemsOf(text: string): Promise<readonly SettingsProblem[]> {
  const cwd = mkdtempSync(path.join(tmpdir(), 'c1sync-values-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  writeFileSync(path.join(cwd, 'c1sync.yaml'), text);
  const error = await loadSettings({ env: { HOME: cwd }, cwd }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof SettingsError ? error.problems : [];
}

function fileWith(key: string, value: unknown): string {
  const nested = key.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
  return JSON.stringify(nested);
}

test('every key is in the table', () => {
  expect(Object.keys(refusals).sort()).toEqual(settingsKeys.map((key) => key.path.join('.')).sort());
});

test.each(Object.entries(refusals).flatMap(([key, rows]) => rows.map((row) => [key, ...row] as const)))(
  '%s: %j names the allowed values',
  async (key, value, message) => {
    const found = (await problemsOf(fileWith(key, value))).filter((problem) => problem.path === key);
    expect(found.map((problem) => problem.message)).toEqual([message]);
  },
);

const HOOK = 'https://hooks.example/x';
test.each<[key: string, value: unknown, at: string, message: string]>([
  [
    'sync.freeze',
    [{ cron: 'x', duration: '1h' }],
    'sync.freeze[0].cron',
    'Must be a cron expression of five fields, such as "0 18 * * 5".',
  ],
  [
    'sync.freeze',
    [{ cron: '0 0 * * *', duration: '1' }],
    'sync.freeze[0].duration',
    `Must be ${SPAN}, at least 1s and ten years at most.`,
  ],
  [
    'sync.freeze',
    [{ cron: '0 0 * * *', duration: '1h', timezone: 'Mars' }],
    'sync.freeze[0].timezone',
    'Must be the name of a time zone, such as "Europe/Berlin".',
  ],
  [
    'notify',
    [{ url: 'http://hooks.example/x' }],
    'notify[0].url',
    'Must be an https address without user and password; http is for loopback addresses only.',
  ],
  [
    'notify',
    [{ url: HOOK, events: [] }],
    'notify[0].events',
    'Must be a list of at least one of drift, held, failed, takenOver, recovered.',
  ],
  [
    'notify',
    [{ url: HOOK, events: 'drift' }],
    'notify[0].events',
    'Must be a list of at least one of drift, held, failed, takenOver, recovered.',
  ],
  ['notify', [{ url: HOOK, format: 'xml' }], 'notify[0].format', 'Must be "slack" or "json".'],
  [
    'notify',
    [{ url: HOOK, headers: { 'a b': 'c' } }],
    'notify[0].headers.a b',
    'Must be the name of an HTTP header.',
  ],
  [
    'server.tokens',
    [{ name: 'a b', token: 'one', can: 'read' }],
    'server.tokens[0].name',
    'Must be letters, digits, ".", "_", "@", "+" and "-", beginning with a letter or digit, 64 at most.',
  ],
  [
    'server.tokens',
    [{ name: 'token', token: 'one', can: 'read' }],
    'server.tokens[0].name',
    'Must not be one of token, readToken, api, dashboard, which are reserved.',
  ],
  ['server.tokens', [{ name: 'ci', token: '', can: 'read' }], 'server.tokens[0].token', EMPTY_SECRET],
  [
    'server.tokens',
    [{ name: 'ci', token: 'one', can: 'write' }],
    'server.tokens[0].can',
    'Must be "read" or "change".',
  ],
  [
    'server.tokens',
    [
      { name: 'ci', token: 'one', can: 'read' },
      { name: 'alice', token: 'two', can: 'change' },
      { name: 'ci', token: 'three', can: 'change' },
    ],
    'server.tokens[2].name',
    'Is the name of server.tokens[0] too: give each token a name of its own.',
  ],
  [
    'server.tokens',
    [
      { name: 'ci', token: 'one', can: 'read' },
      { name: 'alice', token: 'one', can: 'change' },
    ],
    'server.tokens[1].token',
    'Is the token of server.tokens[0] too: give each name a token of its own.',
  ],
  [
    'server.tokens',
    [{ name: 'ci', token: { valueFrom: { env: 'C1_NOT_SET' } }, can: 'read' }],
    'server.tokens[0].token',
    'Has no value: it is taken from env C1_NOT_SET: the variable is not set.',
  ],
  [
    'notify',
    [{ url: HOOK, headers: { a: 'é' } }],
    'notify[0].headers.a',
    'Must be one line of plain ASCII text.',
  ],
])('%s: %j names the place and the allowed values', async (key, value, at, message) => {
  expect(await problemsOf(fileWith(key, value))).toMatchObject([{ path: at, message }]);
});

test('45,000 unknown keys are refused by the size of the file, and thousands are counted', async () => {
  const keys = (count: number): string =>
    Array.from({ length: count }, (_, index) => `wrong${index}: 1\n`).join('');
  expect(await problemsOf(keys(45_000))).toEqual([
    {
      where: expect.stringMatching(/^c1sync\.yaml:/),
      message:
        'The document holds more than 10000 values once its aliases are written out: split it, or use fewer aliases.',
    },
  ]);
  const counted = await problemsOf(keys(4_000));
  expect(counted).toHaveLength(51);
  expect(counted[50]?.message).toBe('And 3950 more problems: repair those listed first.');
});

test('a bomb of aliases is refused', async () => {
  const levels = Array.from(
    { length: 9 },
    (_, level) => `a${level}: &a${level} [${Array(10).fill(level === 0 ? 'x' : `*a${level - 1}`)}]`,
  );
  expect(await problemsOf(levels.join('\n'))).toMatchObject([
    { message: expect.stringMatching(/grows more than 10 times/) },
  ]);
});

test('what is wrong with a valueFrom is counted too', async () => {
  const wrong = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`wrong${index}`, 1]));
  const problems = await problemsOf(fileWith('server.token', { valueFrom: { env: 'X', ...wrong } }));
  expect(problems.filter(({ path: at }) => at === 'server.token').at(-1)).toMatchObject({
    message: 'And 10 more problems: repair those listed first.',
  });
});
