import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Caller } from '../../../core/model/events.js';
import type { Control } from '../../../core/reconcile/control.js';
import { callerOf } from '../access.js';
import { bodyOf } from '../input.js';
import { withQuery } from './html.js';

const HOUR_MS = 3_600_000;

/** A page of this server to come back to. */
const back = z.string().regex(/^\/(?![/\\])/, 'Must be a path on this server.');
const target = z.string().min(1).max(1000);

const approveSchema = z.strictObject({ hash: z.string().max(100), back });
const targetSchema = z.strictObject({ target, back });
const suspendSchema = z.strictObject({
  target,
  back,
  reason: z.string().trim().min(1, 'Give a reason, for the next reader.').max(200),
  hours: z.union([z.literal('').transform(() => undefined), z.coerce.number().positive().max(10_000)]),
});

/** The message a page shows after a command, by the `done` parameter of its address. */
export const DONE: Readonly<Record<string, string>> = {
  approved: 'Approved. The changes are carried out now.',
  suspended: 'Suspended. The daemon changes nothing there until it is resumed.',
  resumed: 'Resumed. The daemon reconciles it now.',
  triggered: 'Triggered. The daemon reconciles now.',
};

/**
 * Adds the commands of the pages: `POST /approve`, `/suspend`, `/resume` and `/look`. Each redirects to the page it came
 * from, which confirms it.
 */
export function addActions(server: FastifyInstance, control: Control): void {
  const on = <T extends { readonly back: string }>(
    path: string,
    schema: z.ZodType<T>,
    done: keyof typeof DONE,
    act: (order: T, caller: Caller) => Promise<unknown>,
  ): void => {
    server.post(path, async (request, reply) => {
      const order = bodyOf(schema, request);
      await act(order, callerOf(request, 'dashboard'));
      return reply.redirect(withQuery(order.back, { done }), 303);
    });
  };
  on('/approve', approveSchema, 'approved', ({ hash }, caller) => control.approve(hash, caller));
  on('/suspend', suspendSchema, 'suspended', ({ target, reason, hours }, caller) =>
    control.suspend({ target, reason, forMs: hours && hours * HOUR_MS }, caller),
  );
  on('/resume', targetSchema, 'resumed', ({ target }, caller) => control.resume(target, caller));
  on('/look', targetSchema, 'triggered', ({ target }, caller) => control.reconcile([target], caller));
}
