import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The answers of the server in place of those of git. */
export type Mood = 'well' | 'silent' | 'broken' | 'reset';

/** Environment of the git of a test, without any configuration. */
const ENV = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Alice Example',
  GIT_AUTHOR_EMAIL: 'alice@acme.example',
  GIT_COMMITTER_NAME: 'Build',
  GIT_COMMITTER_EMAIL: 'build@acme.example',
};

/** A bare repository behind a real git server on loopback, and a working copy to push from. */
export class GitServer {
  /** Bytes and requests that reached the server. */
  readonly requests: { readonly url: string; readonly authorization: string | undefined }[] = [];
  mood: Mood = 'well';
  /** The credentials that it requires; undefined for none. */
  credentials: { readonly username: string; readonly password: string } | undefined;
  /** Another server that every request is redirected to. */
  redirect: string | undefined;
  readonly folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'c1sync-git-server-')));
  readonly bare = path.join(this.folder, 'served', 'config.git');
  readonly work = path.join(this.folder, 'work');
  readonly #http: Server;

  private constructor() {
    this.#http = createServer((request, response) => this.#answer(request, response));
  }

  /** Starts one with an empty repository. */
  static async start(): Promise<GitServer> {
    const server = new GitServer();
    mkdirSync(path.join(server.folder, 'served'));
    await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', server.bare], { env: ENV });
    await run('git', ['init', '--quiet', '--initial-branch=main', server.work], { env: ENV });
    await server.git('remote', 'add', 'origin', server.bare);
    await server.listen();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/config.git`;
  }

  #port = 0;

  /** Serves again, on the port it had. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#http.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#http.address() as AddressInfo).port;
  }

  /** Makes it unreachable. */
  async hangUp(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  /** Connections that somebody holds open. */
  connections(): Promise<number> {
    return promisify(this.#http.getConnections.bind(this.#http))();
  }

  /** Runs git in the working copy. */
  async git(...words: string[]): Promise<string> {
    const { stdout } = await run('git', ['-C', this.work, ...words], { env: ENV });
    return stdout.trim();
  }

  write(name: string, text: string): void {
    const file = path.join(this.work, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Commits what is in the working copy. Gives the commit. */
  async commit(message = 'change'): Promise<string> {
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--allow-empty', `--message=${message}`);
    return this.git('rev-parse', 'HEAD');
  }

  /** Writes files, commits them and pushes the branch `main`. Gives the commit. */
  async push(files: Readonly<Record<string, string>>): Promise<string> {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
    const commit = await this.commit();
    await this.git('push', '--quiet', '--force', 'origin', 'HEAD:main');
    return commit;
  }

  async close(): Promise<void> {
    if (this.#http.listening) await this.hangUp();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { authorization } = request.headers;
    this.requests.push({ url: request.url ?? '', authorization });
    if (this.mood === 'silent') return;
    if (this.mood === 'reset') return void request.socket.destroy();
    if (this.mood === 'broken') return void response.writeHead(500).end();
    if (this.redirect !== undefined) {
      const location = this.redirect + (request.url ?? '').replace(/^\/config\.git/, '');
      return void response.writeHead(302, { location }).end();
    }
    if (this.credentials !== undefined) {
      const { username, password } = this.credentials;
      const wanted = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
      if (authorization !== wanted)
        return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    }
    this.#backend(request, response);
  }

  /** The CGI of git itself. */
  #backend(request: IncomingMessage, response: ServerResponse): void {
    const [pathInfo = '', query = ''] = (request.url ?? '').split('?');
    const backend = spawn('git', ['http-backend'], {
      env: {
        ...ENV,
        GIT_PROJECT_ROOT: path.dirname(this.bare),
        GIT_HTTP_EXPORT_ALL: '1',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
        REQUEST_METHOD: request.method ?? '',
        PATH_INFO: pathInfo,
        QUERY_STRING: query,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        REMOTE_ADDR: '127.0.0.1',
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    request.pipe(backend.stdin).on('error', () => {});
    const parts: Buffer[] = [];
    backend.stdout.on('data', (part: Buffer) => parts.push(part));
    backend.on('close', () => {
      const all = Buffer.concat(parts);
      const end = all.indexOf('\r\n\r\n');
      const headers = all
        .subarray(0, end)
        .toString()
        .split('\r\n')
        .map((line) => line.split(/:\s*/, 2));
      const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200';
      response.statusCode = Number.parseInt(status, 10);
      for (const [name = '', value = ''] of headers) if (name !== 'Status') response.setHeader(name, value);
      response.end(all.subarray(end + 4));
    });
  }
}
