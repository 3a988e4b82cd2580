import type { HistoryPage } from '../core/status/history.js';
import { kinds } from '../kinds/index.js';
import { parseTargets } from './args.js';
import { type DaemonFlags, daemonOf } from './daemon-client.js';
import { layout, printResult } from './output.js';
import { renderHistory } from './render/history.js';

interface Flags extends DaemonFlags {
  readonly limit: number;
  readonly by?: string;
  readonly action?: string;
  readonly since?: { readonly ms: number };
  readonly before?: number;
}

/** `c1sync history`: changes with their causes and authors, newest first. */
export async function history(object: string | undefined, flags: Flags): Promise<void> {
  const [key] = object === undefined ? [] : parseTargets([object], [], kinds).keys;
  const query = new URLSearchParams({ limit: String(flags.limit) });
  if (key !== undefined) query.set('key', key);
  if (flags.by !== undefined) query.set('person', flags.by);
  if (flags.action !== undefined) query.set('action', flags.action);
  if (flags.since !== undefined) query.set('since', new Date(Date.now() - flags.since.ms).toISOString());
  if (flags.before !== undefined) query.set('before', String(flags.before));
  const daemon = await daemonOf(flags);
  const page = await daemon.get<HistoryPage>(`history?${query}`);
  printResult(flags, page, () => renderHistory(page, layout(process.stdout)));
}
