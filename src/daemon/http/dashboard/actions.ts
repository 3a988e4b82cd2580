import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Control } from '../../../core/reconcile/control.js';
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
  reason: z.string().trim().min(1, 'Say why, for whoever reads this next.').max(200),
  hours: z.union([z.literal('').transform(() => undefined), z.coerce.number().positive().max(10_000)]),
});

/** What a page says after it was done, by what the address of the page carries. */
export const DONE: Readonly<Record<string, string>> = {
  approved: 'Approved. The changes are carried out now.',
  suspended: 'Suspended. The daemon leaves it alone from now on.',
  resumed: 'Resumed. The daemon looks at it again now.',
  looking: 'The daemon looks again now.',
};

/**
 * What the forms of the pages send: `POST /approve`, `/suspend`, `/resume` and `/look`. Each goes back to the page it
 * came from, which says what was done.
 */
export function addActions(server: FastifyInstance, control: Control): void {
  const on = <T extends { readonly back: string }>(
    path: string,
    schema: z.ZodType<T>,
    done: keyof typeof DONE,
    act: (order: T, by: FastifyRequest['by']) => Promise<unknown>,
  ): void => {
    server.post(path, async (request, reply) => {
      const order = bodyOf(schema, request);
      await act(order, request.by);
      return reply.redirect(withQuery(order.back, { done }), 303);
    });
  };
  on('/approve', approveSchema, 'approved', ({ hash }, by) => control.approve(hash, by));
  on('/suspend', suspendSchema, 'suspended', ({ target, reason, hours }, by) =>
    control.suspend({ target, reason, forMs: hours && hours * HOUR_MS }, by),
  );
  on('/resume', targetSchema, 'resumed', ({ target }, by) => control.resume(target, by));
  on('/look', targetSchema, 'looking', ({ target }, by) => control.reconcile([target], by));
}
