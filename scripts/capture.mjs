// Records the sessions shown in README.md: runs the built command against `c1sync emulator` and puts what it prints
// between the markers. Ids and times differ from one recording to the next, so nothing checks that these are the last.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { replacePart } from './markers.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const main = path.join(root, 'dist/main.js');
const demo = path.join(root, 'config/demo.env');
const readme = path.join(root, 'README.md');

const home = mkdtempSync(path.join(tmpdir(), 'c1sync-capture-'));
const base = { PATH: process.env.PATH, HOME: home, NO_COLOR: '1' };
const started = [];

try {
  cpSync(path.join(root, 'config/definitions'), path.join(home, 'work/definitions'), { recursive: true });
  cpSync(path.join(root, 'config/demo-secrets'), path.join(home, 'work/demo-secrets'), { recursive: true });
  const tenant = await emulator();
  const env = {
    ...base,
    CONDUCTORONE_SERVER_URL: tenant.url,
    CONDUCTORONE_CLIENT_ID: tenant.clientId,
    CONDUCTORONE_CLIENT_SECRET: tenant.clientSecret,
  };
  const session = ['ping', 'apply App/slack Connector/slack --yes', 'plan App/slack Connector/slack'];
  const captures = new Map([
    ['session', session.map((line) => command(line, env)).join('\n')],
    ['drift', await drift(tenant, env)],
  ]);
  const text = [...captures].reduce(
    (all, [name, shown]) => replacePart(all, name, `\`\`\`console\n${shown.trimEnd()}\n\`\`\``),
    readFileSync(readme, 'utf8'),
  );
  writeFileSync(readme, text);
} finally {
  for (const child of started) child.kill();
  await Promise.all(started.map((child) => child.exitCode ?? once(child, 'exit')));
  rmSync(home, { recursive: true, force: true });
}

/** A command as a person sees it: what was typed and what came. */
function command(line, env) {
  const { stdout, stderr } = spawnSync(process.execPath, [`--env-file=${demo}`, main, ...line.split(' ')], {
    cwd: path.join(home, 'work'),
    env,
    encoding: 'utf8',
  });
  return `$ c1sync ${line}\n${stderr}${stdout}`;
}

/** What the daemon logs when another client of the API changes something that it manages. */
async function drift(tenant, env) {
  const lines = follow(['run', '-f', 'definitions'], {
    ...env,
    C1SYNC_SYNC_INTERVAL: '1s',
    C1SYNC_SERVER_PORT: '0',
  });
  await next(lines, ({ msg }) => msg === 'sweep finished');
  const headers = { authorization: `Bearer ${tenant.accessToken}`, 'content-type': 'application/json' };
  const { list } = await (await fetch(`${tenant.url}/api/v1/apps?page_size=100`, { headers })).json();
  const app = list.find(({ displayName }) => displayName === 'Slack');
  await fetch(`${tenant.url}/api/v1/apps/${app.id}`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ app: { description: 'Changed by a script' }, updateMask: 'description' }),
  });
  return next(lines, ({ msg, action }) => msg === 'reconciled' && action === 'update');
}

/** The first line of JSON that matches, as it was printed. More lines can be asked for afterwards. */
async function next(lines, matches) {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error('the process ended before it printed what was waited for');
    if (matches(JSON.parse(value))) return value;
  }
}

async function emulator() {
  return JSON.parse(await next(follow(['emulator', '--port', '0'], base), ({ url }) => url !== undefined));
}

/** The lines that a process prints; it is ended with the script. */
function follow(args, env) {
  const child = spawn(process.execPath, [`--env-file=${demo}`, main, ...args], {
    cwd: path.join(home, 'work'),
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  return createInterface(child.stdout)[Symbol.asyncIterator]();
}
