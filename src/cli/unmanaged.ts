import type { UnmanagedObject, UnmanagedPage } from '../core/status/views.js';
import { UsageError } from './args.js';
import { type DaemonFlags, daemonOf } from './daemon-client.js';
import { printResult } from './output.js';
import { renderUnmanaged } from './render/unmanaged.js';

/** The flags of `c1sync status --unmanaged`, with those that it refuses. */
interface Flags extends DaemonFlags {
  readonly all?: boolean;
  readonly status?: string[];
  readonly watch?: boolean;
}

/** `c1sync status --unmanaged`: the objects of the tenant that no definition covers, as the daemon reads them now. */
export async function unmanaged(targets: readonly string[], flags: Flags): Promise<void> {
  if (
    targets.length > 0 ||
    flags.selector !== undefined ||
    flags.status !== undefined ||
    flags.watch === true
  )
    throw new UsageError('--unmanaged takes no objects, -l, --status or --watch: no definition names them');
  const daemon = await daemonOf(flags);
  const objects: UnmanagedObject[] = [];
  const query = new URLSearchParams({ all: String(flags.all === true) });
  for (let next: string | null = ''; next !== null; ) {
    if (next !== '') query.set('after', next);
    const page: UnmanagedPage = await daemon.get<UnmanagedPage>(`unmanaged?${query}`);
    objects.push(...page.objects);
    next = page.next;
  }
  printResult(flags, { objects }, () => renderUnmanaged(objects));
}
