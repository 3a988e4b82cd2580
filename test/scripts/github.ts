import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A comment of a pull request. */
interface Comment {
  readonly id: number;
  readonly user: { readonly login: string; readonly type: 'Bot' | 'User' };
  body: string;
}

/** The API of GitHub for comments of pull request 7 of acme/access, on loopback. */
export class GitHub {
  readonly comments: Comment[] = [];
  /** Requests that write, as `METHOD path`. */
  readonly writes: string[] = [];
  readonly token = 'a-token-of-the-run';
  /** True for the token of a pull request from a fork. */
  readOnly = false;
  /** The user of the token; the token of a run has none. */
  login: string | undefined;
  readonly #server: Server = createServer((request, response) => {
    void this.#answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Adds a comment of a person. */
  add(login: string, body: string): void {
    this.comments.push({ id: this.comments.length + 1, user: { login, type: 'User' }, body });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const { method = '', headers } = request;
    const url = new URL(request.url ?? '', this.url);
    if (headers.authorization !== `Bearer ${this.token}`) return { status: 401, body: {} };
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const list = '/repos/acme/access/issues/7/comments';
    if (method === 'GET' && url.pathname === '/user')
      return this.login === undefined
        ? { status: 403, body: { message: 'Resource not accessible by integration' } }
        : { status: 200, body: { login: this.login } };
    if (method === 'GET' && url.pathname === list) return { status: 200, body: this.#page(url) };
    if (this.readOnly) return { status: 403, body: {} };
    this.writes.push(`${method} ${url.pathname}`);
    const { body } = JSON.parse(Buffer.concat(chunks).toString()) as { body: string };
    if (body.length > 65_536) return { status: 422, body: {} };
    if (method === 'POST' && url.pathname === list) return { status: 201, body: this.#create(body) };
    const id = Number(/^\/repos\/acme\/access\/issues\/comments\/(\d+)$/.exec(url.pathname)?.[1]);
    const comment = this.comments.find((one) => one.id === id);
    if (method !== 'PATCH' || comment === undefined) return { status: 404, body: {} };
    comment.body = body;
    return { status: 200, body: comment };
  }

  #page({ searchParams }: URL): readonly Comment[] {
    const [size, page] = [Number(searchParams.get('per_page') ?? 30), Number(searchParams.get('page') ?? 1)];
    return this.comments.slice((page - 1) * size, page * size);
  }

  #create(body: string): Comment {
    const user =
      this.login === undefined
        ? { login: 'github-actions[bot]', type: 'Bot' as const }
        : { login: this.login, type: 'User' as const };
    const comment = { id: this.comments.length + 1, user, body };
    this.comments.push(comment);
    return comment;
  }
}
