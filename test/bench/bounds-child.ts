import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import Fastify from 'fastify';
import { createReader } from '../../src/c1/client.js';
import { connect } from '../../src/c1/connection.js';
import { systemLog } from '../../src/c1/systemlog.js';
import { ChangeLog } from '../../src/core/drift/change-log.js';
import { systemClock } from '../../src/core/model/clock.js';
import { messageOf } from '../../src/core/model/errors.js';
import { Secret } from '../../src/core/model/secret.js';
import { Redactor } from '../../src/core/redact/redactor.js';
import { diffLines } from '../../src/core/status/diff-lines.js';
import { controlAccess } from '../../src/daemon/http/access.js';
import { Sessions } from '../../src/daemon/http/sessions.js';
import { DocumentCheck } from '../../src/definitions/document.js';
import type { Transport } from '../../src/http/exchange.js';
import { retryAfter } from '../../src/http/retry-after.js';
import { kinds } from '../../src/kinds/index.js';
import { loadSettings } from '../../src/settings/load.js';
import { suggestion } from '../../src/text/nearest.js';
import { parseYaml } from '../../src/yaml/parse.js';

/** The cost of one input of one size. */
export interface Cost {
  readonly cpuMs: number;
  /** The most memory of the process at any time. */
  readonly peakMb: number;
}

const MAX_NODES = 100_000;
const KIB = 1024;

/** Handles an input of `size`, by its name. */
const acts: Readonly<Record<string, (size: number) => unknown>> = {
  'unknown names': (size) => checkAll(head(lines(size, (at) => `  wrong${at}: 1`))),
  'aliases of one text': (size) => checkAll(head(`  a: &a x\n${lines(size, (at) => `  k${at}: *a`)}`)),
  'documents with aliases': (size) =>
    checkAll(lines(size, () => `---\na: &a [${'1,'.repeat(20)}]\nb: [${'*a,'.repeat(20)}]`)),
  suggestions: (size) => {
    const known = Array.from({ length: size }, (_, at) => `name-${at}`);
    return [suggestion('n'.repeat(size), known), suggestion('nam-1', known)];
  },
  'lines that differ': (size) =>
    diffLines(
      { path: 'x', from: lines(size, (at) => `a${at}`), to: lines(size, (at) => `b${at}`) },
      { width: 80, isNew: false, isDone: false },
    ),
  'KiB of an answer': (size) => refused(createReader(tenantOf(size)).get('/api/v1/apps/a')),
  'KiB of a log page': (size) =>
    new ChangeLog(
      systemLog(createReader(tenantOf(size)), new Redactor(), ['Connector']),
      systemClock,
      () => undefined,
    ).poll(),
  'digits of a Retry-After': (size) =>
    retryAfter(new Headers({ 'retry-after': '9'.repeat(size) }), 0, 900_000),
  'unknown settings': async (size) => {
    const folder = await mkdtemp(join(tmpdir(), 'c1sync-bench-'));
    await writeFile(
      join(folder, 'c1sync.yaml'),
      lines(size, (at) => `wrong${at}: x`),
    );
    await refused(loadSettings({ env: {}, cwd: folder }));
    await rm(folder, { recursive: true });
  },
  'wrong tokens': async (size) => {
    const server = Fastify();
    await server.register(cookie);
    await server.register(rateLimit, { max: Number.MAX_SAFE_INTEGER, timeWindow: 60_000 });
    const token = new Secret('right', 'bench');
    const tokens = [{ name: 'token', token, can: 'change' } as const];
    controlAccess(server, { tokens, sessions: new Sessions(systemClock) });
    server.get('/', async () => 'let in');
    const ask = (authorization: string) => server.inject({ url: '/', headers: { authorization } });
    for (let at = 0; at < size; at += 1) await ask(`Bearer wrong${at}`);
    if ((await ask('Bearer right')).statusCode !== 200) throw new Error('the right token was not let in');
  },
};

function checkAll(text: string): void {
  const check = new DocumentCheck(kinds);
  for (const document of parseYaml(text, MAX_NODES).documents) {
    const { start, value } = document;
    const at = (place: typeof start) => ({ file: 'x.yaml', ...place });
    check.check({
      value,
      file: 'x.yaml',
      position: at(start),
      locate: (path, target) => at(document.locate(path, target)),
    });
  }
}

function head(spec: string): string {
  return `apiVersion: c1sync/v1\nkind: App\nmetadata: { name: a }\nspec:\n  displayName: a\n${spec}`;
}

function lines(size: number, line: (at: number) => string): string {
  return Array.from({ length: size }, (_, at) => line(at)).join('\n');
}

/** A tenant that answers everything with so many KiB. */
function tenantOf(kib: number) {
  async function* body(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{"list":[{"pad":"');
    for (let sent = 0; sent < kib; sent += 1) {
      if (sent % KIB === 0) await nextTurn();
      yield Buffer.alloc(KIB, 'x');
    }
    yield Buffer.from('"}]}');
  }
  const transport: Transport = async () => ({ status: 200, headers: new Headers(), body: body() });
  return connect({
    url: 'https://acme.example',
    auth: { kind: 'token', accessToken: 'token' },
    requestsPerSecond: 10,
    concurrency: 5,
    timeoutMs: 60_000,
    version: 'bench',
    transport,
  });
}

async function refused(act: Promise<unknown>): Promise<string> {
  return act.then(() => '', messageOf);
}

const [name = '', size = '0'] = process.argv.slice(2);
const before = process.cpuUsage();
await acts[name]?.(Number(size));
const { user, system } = process.cpuUsage(before);
const cost: Cost = { cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / KIB };
process.stdout.write(JSON.stringify(cost));
