import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { openSession, openState } from '../compose.js';
import { codeOf, TerminalError } from '../core/model/errors.js';
import { withAccepted } from '../core/plan/accept.js';
import { LockedError } from '../core/state/lock.js';
import type { AmendedFile } from '../definitions/amend.js';
import type { Settings } from '../settings/settings.js';
import { acceptAll } from './acceptance.js';
import { UsageError } from './args.js';
import { selectTargets, settingsFor } from './common.js';
import { type DaemonFlags, daemonOf } from './daemon-client.js';
import { layout, printResult } from './output.js';
import { type Accepted, acceptedToJson, renderAccepted } from './render/accepted.js';

interface Flags extends DaemonFlags {
  readonly out?: string;
}

/** `c1sync accept`: writes the present values of objects into their definitions. */
export async function accept(targets: string[], flags: Flags): Promise<void> {
  if (targets.length === 0 && (flags.selector ?? []).length === 0)
    throw new UsageError('name the objects to accept, as Kind/name, or give labels with -l');
  const settings = await settingsFor(flags);
  if (settings.source.git !== undefined && flags.out === undefined) {
    throw new UsageError(
      'the definitions come from a git repository: give --out with your working copy of it, or an empty directory',
    );
  }
  const session = await openSession(settings, { mode: 'plan', command: 'accept' });
  try {
    await selectTargets(session, targets, flags.selector);
    const planned = await session.reconciler.plan('all');
    const { directory } = session.definitions;
    const { accepted, files } = await acceptAll({ ...session, directory }, planned);
    const places = files.map((file) => ({ ...file, target: placeOf(file, settings, flags.out) }));
    for (const { target, before } of places) if (flags.out !== undefined) await requireSame(target, before);
    for (const { target, after } of places) await write(target, after);
    for (const one of accepted) await acceptSecrets(one, settings, flags);
    printResult(flags, acceptedToJson(accepted, places, session.redactor), () =>
      renderAccepted(accepted, places, session.redactor, layout(process.stdout)),
    );
  } finally {
    await session.close();
  }
}

/** Files of a repository are named from its root, others from the directory of the definitions. */
function placeOf(
  { file, shown, path: below }: AmendedFile,
  { source }: Settings,
  out: string | undefined,
): string {
  if (out === undefined) return file;
  return path.resolve(out, source.git === undefined ? below : shown);
}

async function requireSame(file: string, before: string): Promise<void> {
  const present = await readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return before;
    throw error;
  });
  if (present === before) return;
  throw new TerminalError(
    `${file} is not the file that c1sync loaded, so nothing was written: bring it to the same revision first`,
  );
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFileAtomic(file, text);
}

/** Through the daemon where one runs, since it holds the lock of the records. */
async function acceptSecrets(
  { key, acceptance: { secrets } }: Accepted,
  settings: Settings,
  flags: Flags,
): Promise<void> {
  if (secrets.length === 0) return;
  const store = await openState(settings, 'write', 'accept').catch((error: unknown) => {
    if (error instanceof LockedError) return undefined;
    throw error;
  });
  if (store === undefined) {
    const daemon = await daemonOf(flags);
    await daemon.post('accept', { key, secrets });
    return;
  }
  try {
    const record = store.object(key);
    const accepted = record && withAccepted(record, secrets);
    if (accepted === undefined)
      throw new TerminalError(`${key} has changed meanwhile; run the command again`);
    await store.putObject(accepted);
  } finally {
    await store.close();
  }
}
