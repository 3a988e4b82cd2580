import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { STATUSES } from '../../core/model/change.js';
import { keyOf } from '../../core/model/definition.js';
import type { Control } from '../../core/reconcile/control.js';
import type { HistoryReader } from '../../core/status/history.js';
import { HISTORY_ACTIONS } from '../../core/status/history-actions.js';
import { type Overview, suspensionView } from '../../core/status/overview.js';
import type { Revisions } from '../../core/status/revisions.js';
import type { Unmanaged } from '../../core/status/unmanaged.js';
import { type AccessView, MOST_ROWS } from '../../core/status/views.js';
import { LONGEST_DURATION, parseDuration } from '../../text/duration.js';
import { callerOf } from './access.js';
import { closingOf } from './closing.js';
import { bodyOf, queryOf } from './input.js';
import { Refusal } from './refusal.js';

/** The sources of the API's answers. */
export interface ApiParts {
  readonly overview: Overview;
  readonly control: Control;
  readonly history: HistoryReader;
  readonly unmanaged: Pick<Unmanaged, 'page'>;
  readonly revisions: Pick<Revisions, 'standing'>;
}

/** Entries or changes in one answer: the default and the maximum. */
const USUAL = 100;
const MOST = 1000;

const target = () => z.string().min(1).max(1000);

/** A parameter that may be repeated. */
const several = <T extends z.ZodType>(one: T) =>
  z.union([one.transform((value) => [value]), z.array(one).max(MOST_ROWS)]);

const label = z
  .string()
  .regex(/^[^=]+=.*$/, 'Must be a label such as team=platform.')
  .transform((text): readonly [string, string] => {
    const at = text.indexOf('=');
    return [text.slice(0, at), text.slice(at + 1)];
  });

const objectsSchema = z.strictObject({
  key: several(target()).optional(),
  kind: target().optional(),
  status: several(z.enum(STATUSES)).optional(),
  label: several(label).optional(),
  q: z.string().max(200).optional(),
  page: z.coerce.number().int().min(1).optional(),
  size: z.coerce.number().int().min(1).max(MOST_ROWS).optional(),
});

const unmanagedSchema = z.strictObject({
  all: z.stringbool().optional(),
  after: z.string().max(4000).optional(),
  size: z.coerce.number().int().min(1).max(MOST_ROWS).optional(),
});

const limit = z.coerce.number().int().min(1).max(MOST).prefault(USUAL);

const historySchema = z.strictObject({
  limit,
  key: target().optional(),
  person: z.string().max(200).optional(),
  action: z.enum(HISTORY_ACTIONS).optional(),
  sweep: target().optional(),
  since: z.iso.datetime().optional(),
  before: z.coerce.number().int().min(0).optional(),
});

const revisionSchema = z.strictObject({ revision: z.string().regex(/^[\w.:-]{4,200}$/) });

const planSchema = z.strictObject({ limit });

const reconcileSchema = z.strictObject({ targets: z.array(target()).max(MOST).prefault([]) });

const suspendSchema = z.strictObject({
  target: target(),
  reason: z.string().trim().min(1).max(1000),
  for: z
    .string()
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== undefined && ms > 0) return ms;
      context.addIssue({
        code: 'custom',
        message: `Must be a span of time such as 30m, 2h or 1d, ${LONGEST_DURATION} at most; leave it out to suspend until it is resumed.`,
      });
      return z.NEVER;
    })
    .optional(),
});

const resumeSchema = z.strictObject({ target: target() });

const acceptSchema = z.strictObject({
  key: target(),
  secrets: z
    .array(z.strictObject({ path: target(), stamp: target(), hash: target() }))
    .min(1)
    .max(MOST),
});

const approveSchema = z.strictObject({ hash: z.string().max(100) });

const forgetSchema = z.strictObject({ key: target() });

const moveSchema = z.strictObject({ from: target(), to: target() });

/** The sources of the answer to a request. Throws a Refusal where it has none. */
export type PartsOf = (request: FastifyRequest) => ApiParts;

/** Adds the JSON API of a tenant: queries and commands. */
export function addApi(server: FastifyInstance, partsOf: PartsOf): void {
  addQueries(server, partsOf);
  addCommands(server, partsOf);
}

/** No cache keeps an answer of the API. */
export function forbidCaches(server: FastifyInstance): void {
  server.addHook('onSend', async (request, reply) => {
    if (request.url.startsWith('/api/') && !reply.hasHeader('cache-control')) {
      reply.header('cache-control', 'no-store');
    }
  });
}

/** `GET access`: the right of who asks. */
export function addAccess(server: FastifyInstance): void {
  server.get('/access', async ({ client }): Promise<AccessView> => {
    return { name: client?.name ?? null, can: client?.can ?? 'read' };
  });
}

function addQueries(server: FastifyInstance, partsOf: PartsOf): void {
  const closing = closingOf(server);
  server.get('/status', async (request) => partsOf(request).overview.daemon());
  server.get('/revision', async (request) =>
    partsOf(request).revisions.standing(queryOf(revisionSchema, request).revision),
  );
  addAccess(server);
  server.get('/objects', async (request) => {
    const { key, kind, status, label, q, page, size } = queryOf(objectsSchema, request);
    return partsOf(request).overview.objects({
      keys: key,
      kind,
      statuses: status,
      labels: label,
      text: q,
      page,
      size,
    });
  });
  server.get<{ Params: { kind: string; name: string } }>('/objects/:kind/:name', async (request) => {
    const key = keyOf(request.params.kind, request.params.name);
    const object = partsOf(request).overview.object(key);
    if (object === undefined) throw new Refusal(404, `there is no ${key}`);
    return object;
  });
  server.get('/unmanaged', async (request) =>
    partsOf(request).unmanaged.page(queryOf(unmanagedSchema, request), closing),
  );
  server.get('/history', async (request) => partsOf(request).history.page(queryOf(historySchema, request)));
  server.get('/plan', async (request) => partsOf(request).overview.plan(queryOf(planSchema, request).limit));
}

function addCommands(server: FastifyInstance, partsOf: PartsOf): void {
  const controlOf = (request: FastifyRequest): Control => partsOf(request).control;
  server.post('/reconcile', async (request, reply) => {
    const { targets } = bodyOf(reconcileSchema, request);
    const { scope, ticket } = await controlOf(request).reconcile(targets, callerOf(request, 'api'));
    return reply.code(202).send({ objects: scope === 'all' ? 'all' : scope.size, sweep: ticket });
  });
  server.post('/suspend', async (request) => {
    const { target, reason, for: forMs } = bodyOf(suspendSchema, request);
    return suspensionView(
      await controlOf(request).suspend({ target, reason, forMs }, callerOf(request, 'api')),
    );
  });
  server.post('/resume', async (request) => {
    const { suspensions, reclaimed } = await controlOf(request).resume(
      bodyOf(resumeSchema, request).target,
      callerOf(request, 'api'),
    );
    return { suspensions: suspensions.map(({ target }) => target), reclaimed };
  });
  server.post('/accept', async (request) => {
    const { key, secrets } = bodyOf(acceptSchema, request);
    await controlOf(request).accept(key, secrets, callerOf(request, 'api'));
    return { keys: [key] };
  });
  server.post('/forget', async (request) => {
    const { key } = bodyOf(forgetSchema, request);
    await controlOf(request).forget(key, callerOf(request, 'api'));
    return { forgotten: key };
  });
  server.post('/move', async (request) => {
    const { from, to } = bodyOf(moveSchema, request);
    await controlOf(request).move(from, to, callerOf(request, 'api'));
    return { moved: from, to };
  });
  server.post('/approve', async (request) => {
    const { hash } = bodyOf(approveSchema, request);
    return { keys: await controlOf(request).approve(hash, callerOf(request, 'api')) };
  });
}
