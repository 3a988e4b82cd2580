import { TerminalError } from '../core/model/errors.js';
import type { TenantRow } from '../core/status/tenant-rows.js';
import { type DaemonView, MOST_ROWS, type ObjectPage, type ObjectRow } from '../core/status/views.js';
import { kinds } from '../kinds/index.js';
import { parseTargets, UsageError } from './args.js';
import { type DaemonClient, type DaemonFlags, daemonOf, processOf } from './daemon-client.js';
import { forTenant, layout, print, printError, printJson } from './output.js';
import { renderStatus } from './render/status.js';
import { renderTenants } from './render/tenants.js';
import { unmanaged } from './unmanaged.js';

interface Flags extends DaemonFlags {
  readonly status?: string[];
  readonly watch?: boolean;
  readonly unmanaged?: boolean;
  readonly all?: boolean;
}

/** Clears a terminal. */
const CLEAR = '\u001b[H\u001b[2J\u001b[3J';

/** `c1sync status`: the status of objects, as the running daemon knows it. */
export async function status(targets: string[], flags: Flags): Promise<void> {
  if (flags.unmanaged === true) return unmanaged(targets, flags);
  if (flags.all === true) throw new UsageError('--all goes with --unmanaged');
  const several = await severalOf(targets, flags);
  if (several !== undefined) return follow(several, flags, () => showTenants(several, flags));
  const query = queryOf(targets, flags);
  const daemon = await daemonOf(flags);
  const show = async (): Promise<void> => {
    const [view, objects] = await Promise.all([daemon.get<DaemonView>('status'), allObjects(daemon, query)]);
    const { stdout } = process;
    const clear = flags.watch === true && stdout.isTTY === true ? CLEAR : '';
    if (flags.output === 'json') printJson({ ...view, rows: objects });
    else {
      stdout.write(clear);
      // Reasons first: a table breaks their lines.
      const rows = objects.map((row) => ({ ...row, reason: forTenant(row.reason, flags.tenant) }));
      print(forTenant(renderStatus(view, rows, { ...layout(stdout), now: Date.now() }), flags.tenant));
    }
    // `--status` and `-l` may filter out a named object.
    if (flags.watch !== true && !query.has('status') && !query.has('label')) requireShown(query, objects);
  };
  await follow(daemon, flags, show);
}

/** Shows once, or at every change. */
async function follow(daemon: DaemonClient, flags: Flags, show: () => Promise<void>): Promise<void> {
  // A daemon of an earlier version does not have this answer.
  const access = await daemon.access().catch(() => undefined);
  if (access?.canChange === false) printError(`note: ${access.message}`);
  if (flags.watch !== true) return show();
  // The reader of the output has gone.
  process.stdout.on('error', () => process.exit());
  for await (const _ of daemon.changes()) await show();
}

/** The daemon of several tenants where the command line names neither one nor an object of one. */
async function severalOf(targets: readonly string[], flags: Flags): Promise<DaemonClient | undefined> {
  const asksForObjects = targets.length > 0 || flags.selector !== undefined || flags.status !== undefined;
  return flags.tenant === undefined && !asksForObjects ? processOf(flags) : undefined;
}

async function showTenants(daemon: DaemonClient, flags: Flags): Promise<void> {
  const { tenants } = await daemon.get<{ readonly tenants: readonly TenantRow[] }>('tenants');
  const { stdout } = process;
  if (flags.output === 'json') return printJson({ tenants });
  if (flags.watch === true && stdout.isTTY === true) stdout.write(CLEAR);
  print(renderTenants(tenants, { ...layout(stdout), now: Date.now() }));
}

function requireShown(query: URLSearchParams, shown: readonly ObjectRow[]): void {
  const keys = new Set(shown.map(({ key }) => key));
  const missing = query.getAll('key').filter((key) => !keys.has(key));
  if (missing.length > 0)
    throw new TerminalError(
      `the daemon knows no ${missing.join(', ')}; list its objects with: c1sync status`,
    );
}

/** The query for the objects that a command line names. */
export function queryOf(
  targets: readonly string[],
  { selector = [], status = [] }: Pick<Flags, 'selector' | 'status'>,
): URLSearchParams {
  const { keys, labels } = parseTargets(targets, selector, kinds);
  const query = new URLSearchParams({ size: String(MOST_ROWS) });
  for (const key of keys) query.append('key', key);
  for (const [name, value] of labels) query.append('label', `${name}=${value}`);
  for (const one of status) query.append('status', one);
  return query;
}

/** Every object that a query matches. */
export async function allObjects(
  daemon: DaemonClient,
  query: URLSearchParams,
): Promise<readonly ObjectRow[]> {
  const rows: ObjectRow[] = [];
  for (let page = 1; ; page += 1) {
    query.set('page', String(page));
    const { objects, total } = await daemon.get<ObjectPage>(`objects?${query}`);
    rows.push(...objects);
    if (objects.length === 0 || rows.length >= total) return rows;
  }
}
