import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { STATUSES, type Status } from '../../../core/model/change.js';
import type { Clock } from '../../../core/model/clock.js';
import { keyOf } from '../../../core/model/definition.js';
import { PHASES, type Phase, statusesIn } from '../../../core/model/phase.js';
import { HISTORY_ACTIONS } from '../../../core/status/history-actions.js';
import { linesOf } from '../../../core/status/history-sweeps.js';
import type { PartsOf } from '../api.js';
import { closingOf } from '../closing.js';
import { queryOf } from '../input.js';
import { baseOf } from '../paths.js';
import { Refusal } from '../refusal.js';
import { addActions, DONE } from './actions.js';
import { addAssets } from './assets.js';
import { loginPage } from './bare-pages.js';
import { heldPage, SHOWN_CHANGES } from './held-page.js';
import { entriesOf, historyPage, WITHIN } from './history-page.js';
import { sendHtml, withQuery } from './html.js';
import { type Page, type PageAccess, type PageContext, renderPage } from './layout.js';
import { formerObjectPage, objectPage } from './object-page.js';
import { objectsPage } from './objects-page.js';
import { overviewPage } from './overview-page.js';
import { unmanagedPage } from './unmanaged-page.js';

/** The sources of the dashboard. */
export interface DashboardParts {
  readonly partsOf: PartsOf;
  readonly clock: Clock;
  /** True when the daemon has a token, with which a person can sign in. */
  readonly hasToken: boolean;
}

/** Objects and entries that a page shows of a list with a page of its own. */
const FEW = 10;
const ROWS = 50;
/** Entries of which the latest lines are made. */
const LATEST = 200;

const text = z.string().max(200).prefault('');
const number = z.coerce.number().int().min(0);

const pageSchema = z.object({ done: z.enum(['', ...Object.keys(DONE)]).catch('') });
const objectsSchema = z.object({
  q: text,
  status: z.enum(['', 'attention', ...PHASES, ...STATUSES]).catch(''),
  kind: text,
  page: number.min(1).catch(1),
});
const historySchema = z.object({
  key: z.string().max(1000).prefault(''),
  person: text,
  action: z.enum(['', ...HISTORY_ACTIONS]).catch(''),
  within: z.enum(['', '1h', '24h', '7d']).catch(''),
  sweep: text,
  before: number.optional(),
});

const unmanagedSchema = z.object({
  all: z.enum(['', '1']).catch(''),
  after: z.string().max(4000).optional(),
});

/** The files of all pages, and the page to sign in on. */
export function addFrame(server: FastifyInstance, { hasToken }: Pick<DashboardParts, 'hasToken'>): void {
  addAssets(server);
  addLoginPage(server, hasToken);
}

/** The pages and forms of a tenant. Access is decided before any of them is reached. */
export function addDashboard(server: FastifyInstance, parts: DashboardParts): void {
  const { partsOf } = parts;
  addActions(server, partsOf);
  addUnmanagedPage(server, parts);
  server.get('/', async (request, reply) => {
    const { overview, history } = partsOf(request);
    const { lines } = linesOf(await history.page({ limit: LATEST }), FEW);
    return show(parts, request, reply, (context) => {
      const first = (phase: Phase) => overview.objects({ statuses: statusesIn(phase), size: FEW }).objects;
      const needy = [...first('out-of-sync'), ...first('waiting')].slice(0, FEW);
      const problems = overview.problems(FEW);
      return overviewPage({ problems, needy, latest: lines, activity: history.activity() }, context);
    });
  });
  server.get('/objects', async (request, reply) => {
    const { page, ...filter } = queryOf(objectsSchema, request);
    const { q, kind, status } = filter;
    const found = partsOf(request).overview.objects({
      text: q,
      page,
      size: ROWS,
      kind: kind || undefined,
      statuses: status === '' ? undefined : statusesOf(status),
    });
    return show(parts, request, reply, (context) => objectsPage(found, filter, context));
  });
  server.get<{ Params: { kind: string; name: string } }>('/objects/:kind/:name', async (request, reply) => {
    const key = keyOf(request.params.kind, request.params.name);
    const { overview, history } = partsOf(request);
    const object = overview.object(key);
    const entries = await history.page({ key, limit: FEW });
    if (object === undefined && entries.entries.length === 0)
      throw new Refusal(404, `there is no ${key}; the page Objects lists all objects`);
    if (object === undefined)
      return show(parts, request, reply, ({ now }) => formerObjectPage(key, entries, now));
    const approval = object.change?.held?.approval;
    const group =
      approval === undefined
        ? undefined
        : overview.plan(SHOWN_CHANGES).held.find(({ hash }) => hash === approval);
    return show(parts, request, reply, (context) => objectPage({ object, history: entries, group }, context));
  });
  server.get('/held', async (request, reply) =>
    show(parts, request, reply, (context) =>
      heldPage(partsOf(request).overview.plan(SHOWN_CHANGES), context),
    ),
  );
  server.get('/history', async (request, reply) => {
    const { before, ...filter } = queryOf(historySchema, request);
    const { key, person, action, within, sweep } = filter;
    const page = await partsOf(request).history.page({
      limit: entriesOf(filter),
      before,
      key: key || undefined,
      person: person.trim() || undefined,
      action: action || undefined,
      sweep: sweep || undefined,
      since: within === '' ? undefined : new Date(parts.clock.now() - WITHIN[within].ms).toISOString(),
    });
    return show(parts, request, reply, ({ now }) =>
      historyPage(page, filter, { isLater: before !== undefined, now }),
    );
  });
}

function addUnmanagedPage(server: FastifyInstance, parts: DashboardParts): void {
  const closing = closingOf(server);
  server.get('/unmanaged', async (request, reply) => {
    const { all, after } = queryOf(unmanagedSchema, request);
    const found = await parts
      .partsOf(request)
      .unmanaged.page({ all: all === '1', after, size: ROWS }, closing);
    return show(parts, request, reply, () =>
      unmanagedPage(found, { all: all === '1', isLater: after !== undefined }),
    );
  });
}

function addLoginPage(server: FastifyInstance, hasToken: boolean): void {
  server.get<{ Querystring: { failed?: string } }>(
    '/login',
    { config: { open: true } },
    async (request, reply) => {
      const failed = request.query.failed !== undefined;
      return sendHtml(reply.code(failed ? 401 : 200), loginPage({ hasToken, failed }));
    },
  );
}

function show(
  { partsOf, clock, hasToken }: DashboardParts,
  request: FastifyRequest,
  reply: FastifyReply,
  make: (context: PageContext) => Page,
): FastifyReply {
  const context: PageContext = {
    daemon: partsOf(request).overview.daemon(),
    base: baseOf(request),
    url: withoutDone(request.url),
    now: clock.now(),
    access: accessOf(request, hasToken),
    client: request.client,
    done: DONE[queryOf(pageSchema, request).done],
  };
  return sendHtml(reply, renderPage(make(context), context));
}

/** The rights of the reader. */
export function accessOf({ client }: FastifyRequest, hasToken: boolean): PageAccess {
  if (client?.can === 'change') return 'change';
  return hasToken ? 'sign in' : 'none';
}

function statusesOf(filter: Status | Phase | 'attention'): readonly Status[] {
  if (filter === 'attention') return statusesIn('out-of-sync', 'waiting');
  const phase = PHASES.find((one) => one === filter);
  return phase === undefined ? STATUSES.filter((one) => one === filter) : statusesIn(phase);
}

/** A confirmation shows once, not at every refresh of the page. */
function withoutDone(url: string): string {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  searchParams.delete('done');
  return withQuery(pathname, Object.fromEntries(searchParams));
}
