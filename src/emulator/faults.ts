import { z } from 'zod';

/** A fault as it is asked for under `/_emulator/faults`. */
export const faultSchema = z.strictObject({
  /** `METHOD /path`, `*` standing for anything; with a `?` in it the query counts too. `*` as the method means any. */
  match: z.string().regex(/^\S+ \/\S*$/, 'expected "METHOD /path", for example "POST /api/v1/apps/*"'),
  /** How many calls it hits. */
  times: z.number().int().min(1).default(1),
  /** An HTTP status, or: never answer, drop the connection, answer 200 with a page of HTML. */
  status: z.union([z.number().int().min(200).max(599), z.enum(['timeout', 'reset', 'html'])]),
  /** Whether the work is done before the answer is broken. */
  after: z.enum(['apply', 'before']).default('before'),
  /** Does the work this much later, milliseconds; the broken answer comes at once. */
  delayMs: z.number().min(0).default(0),
  /** `Retry-After` of the answer: seconds or an HTTP date. */
  retryAfter: z.union([z.string(), z.number()]).optional(),
  /** gRPC code of the answer's body; by default the one that goes with the status. */
  code: z.number().int().optional(),
  /** Message of the answer's body. */
  message: z.string().optional(),
});

/** A fault that is armed. */
export type Fault = z.output<typeof faultSchema>;

interface Armed {
  readonly fault: Fault;
  readonly pattern: RegExp;
  readonly withQuery: boolean;
  left: number;
}

/** The faults that wait for their calls. */
export class Faults {
  #armed: Armed[] = [];

  /** Arms a fault; of several that match, the oldest is used up first. */
  add(fault: Fault): void {
    const [method = '*', ...path] = fault.match.split(' ');
    const glob = `${method} ${path.join(' ')}`;
    const source = glob.split('*').map(escapeRegExp).join('.*');
    this.#armed.push({
      fault,
      pattern: new RegExp(`^${source}$`, 'i'),
      withQuery: glob.includes('?'),
      left: fault.times,
    });
  }

  /** Disarms all. */
  clear(): void {
    this.#armed = [];
  }

  /** What is armed, with the number of calls each has left. */
  list(): object[] {
    return this.#armed.map(({ fault, left }) => ({ ...fault, times: left }));
  }

  /** The fault that hits this call, if any; counts it. `url` is the path with its query. */
  take(method: string, url: string): Fault | undefined {
    const path = url.split('?')[0] ?? '';
    const hit = this.#armed.find(({ pattern, withQuery }) =>
      pattern.test(`${method} ${withQuery ? url : path}`),
    );
    if (hit === undefined) return undefined;
    hit.left -= 1;
    if (hit.left === 0) this.#armed = this.#armed.filter((armed) => armed !== hit);
    return hit.fault;
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

const codes: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  408: 4,
  409: 10,
  412: 9,
  429: 8,
  499: 1,
  500: 13,
  501: 12,
  503: 14,
  504: 4,
};

/** The gRPC code that goes with an HTTP status. */
export function codeOf(status: number): number {
  return codes[status] ?? 2;
}
