import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the server saw it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** When it arrived, by the clock of the machine. */
  readonly at: number;
}

/** Answers one request; may break it instead. */
export type Responder = (seen: Seen, response: ServerResponse) => void;

/** A server on loopback that answers as a test says and remembers what it was asked. */
export class ScriptedServer {
  readonly seen: Seen[] = [];
  readonly #server: Server;
  #respond: Responder;

  private constructor(respond: Responder) {
    this.#respond = respond;
    this.#server = createServer((request, response) => {
      const at = Date.now();
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => {
        body += chunk;
      });
      request.on('end', () => {
        const seen = {
          method: request.method ?? '',
          url: request.url ?? '',
          headers: request.headers,
          body,
          at,
        };
        this.seen.push(seen);
        this.#respond(seen, response);
      });
    });
  }

  static async start(respond: Responder = json({})): Promise<ScriptedServer> {
    const scripted = new ScriptedServer(respond);
    await new Promise<void>((resolve) => scripted.#server.listen(0, '127.0.0.1', resolve));
    return scripted;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Answers from now on with each of `responders` in turn, and with the last one ever after. */
  script(...responders: [Responder, ...Responder[]]): void {
    const queue = [...responders];
    this.#respond = (seen, response) => {
      const next = queue.length > 1 ? queue.shift() : queue[0];
      next?.(seen, response);
    };
  }

  /** The paths asked for, with their method, without query. */
  get calls(): string[] {
    return this.seen.map((seen) => `${seen.method} ${seen.url.split('?')[0]}`);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Answers with JSON. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Responder {
  return text(JSON.stringify(body), status, { 'content-type': 'application/json', ...headers });
}

/** Answers with any text. */
export function text(body: string, status = 200, headers: Record<string, string> = {}): Responder {
  return (_seen, response) => {
    response.writeHead(status, headers);
    response.end(body);
  };
}

/** Never answers. */
export const silence: Responder = () => undefined;

/** Cuts the connection without an answer. */
export const reset: Responder = (_seen, response) => response.destroy();

/** Begins an answer and never ends it. */
export const halfAnswer: Responder = (_seen, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"list": [');
};

/** Hands out tokens at the token endpoint (`token-1`, `token-2`, ...) and everything else to `api`. */
export function withTokens(api: Responder, expiresIn: number | undefined = 600): Responder {
  let issued = 0;
  return (seen, response) => {
    if (seen.url !== '/auth/v1/token') {
      api(seen, response);
      return;
    }
    issued += 1;
    json({ access_token: `token-${issued}`, token_type: 'Bearer', expires_in: expiresIn })(seen, response);
  };
}
