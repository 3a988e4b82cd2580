import { z } from 'zod';

/** A fault in the form of `POST /_emulator/faults`. */
export const faultSchema = z.strictObject({
  /** `METHOD /path`; `*` matches anything, also as the method. A pattern with `?` also matches the query. */
  match: z.string().regex(/^\S+ \/\S*$/, 'expected "METHOD /path", for example "POST /api/v1/apps/*"'),
  /** The number of calls that the fault breaks. */
  times: z.number().int().min(1).default(1),
  /** An HTTP status, no answer (`timeout`), a dropped connection (`reset`) or 200 with HTML (`html`). */
  status: z.union([z.number().int().min(200).max(599), z.enum(['timeout', 'reset', 'html'])]),
  /** Whether the call takes effect before its answer breaks. */
  after: z.enum(['apply', 'before']).default('before'),
  /** The call takes effect this much later, milliseconds; the broken answer comes at once. */
  delayMs: z.number().min(0).default(0),
  /** `Retry-After` of the answer: seconds or an HTTP date. */
  retryAfter: z.union([z.string(), z.number()]).optional(),
  /** gRPC code of the answer's body; by default the code of the status. */
  code: z.number().int().optional(),
  /** Message of the answer's body. */
  message: z.string().optional(),
});

/** An armed fault. */
export type Fault = z.output<typeof faultSchema>;

interface Armed {
  readonly fault: Fault;
  readonly pattern: RegExp;
  readonly withQuery: boolean;
  left: number;
}

/** The armed faults. */
export class Faults {
  #armed: Armed[] = [];

  /** Arms a fault. Of several faults that match a call, the oldest breaks it. */
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

  /** Disarms all faults. */
  clear(): void {
    this.#armed = [];
  }

  /** The armed faults, each with the number of calls left. */
  list(): object[] {
    return this.#armed.map(({ fault, left }) => ({ ...fault, times: left }));
  }

  /** The fault that breaks this call, if any; counts the call. `url` is the path with its query. */
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

/** The gRPC code of an HTTP status. */
export function codeOf(status: number): number {
  return codes[status] ?? 2;
}
