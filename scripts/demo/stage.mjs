import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const main = path.join(root, 'dist/main.js');

/** The limit of a wait, also on a busy machine, milliseconds. */
const BOUND_MS = 60_000;
/** The limit of a stop, milliseconds. */
const STOP_MS = 10_000;

/** Short intervals, and deleting is on. */
const SETTINGS = `sync: { interval: 3s, systemLogInterval: 1s, prune: true }
api: { requestsPerSecond: 50 }
server: { port: 0 }
`;

/** A temporary folder with the definitions of the quick start, and the processes in it. */
export class Stage {
  #children = [];
  #emulator;
  #signal;

  /** `signal` ends every wait. Call {@link Stage.close} in any case. */
  constructor(signal) {
    this.#signal = signal;
  }

  /** Creates the folder and starts the embedded tenant as a process. */
  async open() {
    this.folder = await mkdtemp(path.join(tmpdir(), 'c1sync-demo-'));
    for (const part of ['definitions', 'demo-secrets', 'demo.env']) {
      await cp(path.join(root, 'config', part), path.join(this.folder, part), { recursive: true });
    }
    await writeFile(path.join(this.folder, 'c1sync.yaml'), SETTINGS);
    this.env = { PATH: process.env.PATH, HOME: this.folder, NO_COLOR: '1' };
    this.#emulator = this.start('emulator', '--port', '0');
    this.tenant = await this.#emulator.line('the embedded tenant is ready', ({ url }) => url !== undefined);
    this.env.CONDUCTORONE_SERVER_URL = this.tenant.url;
    this.env.CONDUCTORONE_CLIENT_ID = this.tenant.clientId;
    this.env.CONDUCTORONE_CLIENT_SECRET = this.tenant.clientSecret;
  }

  /** Ends every process and removes the folder. */
  async close() {
    await Promise.all(this.#children.map((child) => child.stop()));
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
  }

  /** Starts a command in the folder. */
  start(...args) {
    const child = spawn(process.execPath, ['--env-file=demo.env', main, ...args], {
      cwd: this.folder,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const running = new Running(`c1sync ${args.join(' ')}`, child, this.#signal);
    this.#children.push(running);
    return running;
  }

  /** Starts the daemon, whose token for changes is that of Alice; later commands use it. */
  async startDaemon() {
    const token = randomBytes(24).toString('hex');
    this.env.C1SYNC_SERVER_TOKENS = JSON.stringify([{ name: 'alice', token, can: 'change' }]);
    this.daemon = this.start('run');
    const { url } = await this.daemon.line('the daemon listens', ({ msg }) => msg === 'listening');
    delete this.env.C1SYNC_SERVER_TOKENS;
    Object.assign(this.env, { C1SYNC_SERVER_URL: url, C1SYNC_SERVER_TOKEN: token });
  }

  /** The output of a command. Throws when it fails. */
  async run(...args) {
    const running = this.start(...args);
    await running.end();
    if (running.code !== 0) throw new Error(`c1sync ${args.join(' ')} failed: ${running.text}`);
    return running.text.trimEnd();
  }

  /** Replaces a piece of text in a file of the folder. */
  async edit(file, before, after) {
    const place = path.join(this.folder, file);
    const text = await readFile(place, 'utf8');
    if (!text.includes(before)) throw new Error(`${file} does not contain "${before}"`);
    await writeFile(place, text.replace(before, after));
  }

  /** Calls the tenant with the API key of a person. */
  async call(method, where, body) {
    const answer = await fetch(`${this.tenant.url}${where}`, {
      method,
      headers: { authorization: `Bearer ${this.tenant.userAccessToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: this.#signal,
    });
    if (!answer.ok) throw new Error(`${method} ${where} was answered with ${answer.status}`);
    return answer.json();
  }

  /** The app with the display name. */
  app(displayName) {
    return this.#named('apps', displayName);
  }

  /** The connector with the display name. */
  connector(displayName) {
    return this.#named('connectors', displayName);
  }

  async #named(sort, displayName) {
    const state = await this.call('GET', '/_emulator/state');
    const found = state[sort].find((one) => one.displayName === displayName);
    if (found === undefined) throw new Error(`the tenant holds none of ${sort} named "${displayName}"`);
    return found;
  }

  /** The values that no output may show. */
  async secrets() {
    const files = await readdir(path.join(this.folder, 'demo-secrets'));
    const values = await Promise.all(
      files.map((name) => readFile(path.join(this.folder, 'demo-secrets', name), 'utf8')),
    );
    const variables = await readFile(path.join(this.folder, 'demo.env'), 'utf8');
    const fromVariables = [...variables.matchAll(/^\w+=(.+)$/gm)].map(([, value]) => value);
    return [...values, ...fromVariables, this.tenant.clientSecret].map((value) => value.trim());
  }

  /** The output of all processes, without the ready line of the tenant, and all files of the daemon. */
  async traces() {
    const kept = await readdir(path.join(this.folder, '.local'), { recursive: true, withFileTypes: true });
    const files = kept.filter((entry) => entry.isFile());
    const texts = await Promise.all(
      files.map(({ parentPath, name }) => readFile(path.join(parentPath, name))),
    );
    const printed = this.#children.filter((child) => child !== this.#emulator).map(({ text }) => text);
    return [...printed, ...texts.map(String)];
  }
}

/** A process and its output. */
class Running extends EventEmitter {
  /** The output so far. */
  text = '';
  /** The lines of its log. */
  log = [];
  #name;
  #child;
  #signal;
  #from = 0;
  #hasEnded = false;

  constructor(name, child, signal) {
    super();
    this.#name = name;
    this.#child = child;
    this.#signal = signal;
    child.stderr.on('data', (data) => {
      this.text += data;
    });
    createInterface(child.stdout).on('line', (line) => {
      this.text += `${line}\n`;
      if (!line.startsWith('{')) return;
      this.log.push(JSON.parse(line));
      this.emit('more');
    });
    child.on('close', (code) => {
      this.#hasEnded = true;
      this.code = code;
      this.emit('more');
    });
  }

  /** Excludes the lines so far from {@link Running.line}. */
  forget() {
    this.#from = this.log.length;
  }

  /** Waits for a line since the last {@link Running.forget}. Throws with the last output when no line matches in time. */
  async line(what, matches) {
    const bound = AbortSignal.timeout(BOUND_MS);
    for (let at = this.#from; ; at += 1) {
      while (at >= this.log.length) await this.#more(what, bound);
      if (matches(this.log[at])) return this.log[at];
    }
  }

  /** Waits for the end of the process and of its output. The exit code is in `code`. */
  async end() {
    const bound = AbortSignal.timeout(BOUND_MS);
    while (!this.#hasEnded) await this.#more('it ends', bound);
  }

  /** Waits for more output or the end. */
  async #more(what, bound) {
    const last = () => this.text.trimEnd().split('\n').slice(-3).join('\n');
    if (this.#hasEnded) throw new Error(`${this.#name} ended before this: ${what}\n${last()}`);
    try {
      await once(this, 'more', { signal: AbortSignal.any([bound, this.#signal]) });
    } catch (error) {
      if (!bound.aborted) throw error;
      const limit = `${BOUND_MS / 1000} s`;
      throw new Error(`this did not happen within ${limit}: ${what}\n${last()}`, { cause: error });
    }
  }

  kill(signal) {
    this.#child.kill(signal);
  }

  /** Stops the process and waits for its end. */
  async stop() {
    const tooLate = setTimeout(() => this.kill('SIGKILL'), STOP_MS);
    this.kill('SIGTERM');
    while (!this.#hasEnded) await once(this, 'more');
    clearTimeout(tooLate);
  }
}
