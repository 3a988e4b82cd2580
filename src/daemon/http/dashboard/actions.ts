import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Caller } from '../../../core/model/events.js';
import { sha256 } from '../../../core/model/hash.js';
import type { Control } from '../../../core/reconcile/control.js';
import { callerOf } from '../access.js';
import type { ApiParts } from '../api.js';
import { bodyOf } from '../input.js';
import { baseOf } from '../paths.js';
import { SHOWN_CHANGES } from './held-page.js';
import { sendHtml, withQuery } from './html.js';
import { reclaimPage } from './reclaim-page.js';

const HOUR_MS = 3_600_000;

/** A page of this tenant to come back to. */
const back = z.string().regex(/^\/(?![/\\])/, 'Must be a path on this server.');
const target = z.string().min(1).max(1000);

const approveSchema = z.strictObject({ hash: z.string().max(100), back });
const targetSchema = z.strictObject({ target, back });
/** `confirmed`: a print of the objects that the reader agreed to overwrite or create again. */
const resumeSchema = z.strictObject({ target, back, confirmed: z.string().max(100).optional() });
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
  released: 'Released. c1sync does not manage it any more.',
  forgotten: 'Forgotten. The next sweep treats the object as new.',
  triggered: 'Triggered. The daemon reconciles now.',
};

/** The parts that the commands of the pages need. */
export type ActionParts = (request: FastifyRequest) => Pick<ApiParts, 'control' | 'overview'>;

/**
 * Adds the commands of the pages: `POST /approve`, `/suspend`, `/resume`, `/release`, `/forget` and `/look`. Each redirects to the page it came
 * from, which confirms it. A resumption that overwrites edits of people, or creates a deleted object again, asks first.
 */
export function addActions(server: FastifyInstance, partsOf: ActionParts): void {
  const on = <T extends { readonly back: string }>(
    path: string,
    schema: z.ZodType<T>,
    done: keyof typeof DONE,
    act: (control: Control, order: T, caller: Caller) => Promise<unknown>,
  ): void => {
    server.post(path, async (request, reply) => {
      const order = bodyOf(schema, request);
      await act(partsOf(request).control, order, callerOf(request, 'dashboard'));
      return reply.redirect(baseOf(request) + withQuery(order.back, { done }), 303);
    });
  };
  on('/approve', approveSchema, 'approved', (control, { hash }, caller) => control.approve(hash, caller));
  on('/suspend', suspendSchema, 'suspended', (control, { target, reason, hours }, caller) =>
    control.suspend({ target, reason, forMs: hours && hours * HOUR_MS }, caller),
  );
  on('/look', targetSchema, 'triggered', (control, { target }, caller) =>
    control.reconcile([target], caller),
  );
  on('/release', targetSchema, 'released', (control, { target }, caller) => control.forget(target, caller));
  on('/forget', targetSchema, 'forgotten', (control, { target }, caller) => control.forget(target, caller));
  server.post('/resume', async (request, reply) => {
    const { target, back, confirmed } = bodyOf(resumeSchema, request);
    const { control, overview } = partsOf(request);
    const base = baseOf(request);
    const { taken, gone } = control.reclaims(target);
    const keys = [...taken, ...gone];
    const proof = sha256(keys.join('\n'));
    if (keys.length > 0 && confirmed !== proof) {
      const objects = keys.slice(0, SHOWN_CHANGES).flatMap((key) => overview.object(key) ?? []);
      const isGone = gone.length > 0;
      return sendHtml(reply, reclaimPage({ target, back, proof, objects, total: keys.length, isGone, base }));
    }
    await control.resume(target, callerOf(request, 'dashboard'));
    return reply.redirect(base + withQuery(back, { done: 'resumed' }), 303);
  });
}
