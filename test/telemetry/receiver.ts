import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A message as it arrived. */
interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** How a receiver answers: a status, with headers; `hang` never does, `reset` breaks the connection. */
type Answer =
  | number
  | { readonly status: number; readonly headers: Record<string, string> }
  | 'hang'
  | 'reset';

/** A real receiver of messages on loopback. */
export interface TestReceiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** Answers of the next messages, in order; 200 when there are none left. */
  readonly answers: Answer[];
  /** Breaks what is under way. */
  close(): Promise<void>;
}

/** Starts a receiver, on a free port if none is given. */
export async function testReceiver(port = 0): Promise<TestReceiver> {
  const received: Received[] = [];
  const answers: Answer[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, text });
      give(answers.shift() ?? 200, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function give(answer: Answer, response: ServerResponse): void {
  if (answer === 'hang') return;
  if (answer === 'reset') response.socket?.destroy();
  else if (typeof answer === 'number') response.writeHead(answer).end('ok');
  else response.writeHead(answer.status, answer.headers).end('ok');
}
