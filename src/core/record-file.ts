import { open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { codeOf, messageOf, TerminalError } from './errors.js';
import type { Intent, ObjectRecord } from './record.js';

/** Version of the format of a records file. A newer one is refused, since rewriting it would lose what it says. */
const FORMAT = 1;

const RECORDS_FILE = 'records.json';

/** What a records file holds, by key. */
export interface RecordsContent {
  readonly objects: Map<string, ObjectRecord>;
  readonly intents: Map<string, Intent>;
  /** Other members of the file, kept as they are. */
  readonly rest: Readonly<Record<string, unknown>>;
}

// Loose objects: members that this build does not know pass through.
const objectSchema = z.looseObject({
  key: z.string().min(1),
  id: z.string().min(1),
  parentId: z.string().exactOptional(),
  displayName: z.string(),
  origin: z.enum(['created', 'adopted', 'pinned', 'recovered']),
  marked: z.boolean(),
  definitionHash: z.string().exactOptional(),
  sent: z.record(z.string(), z.looseObject({ hash: z.string(), at: z.number() })),
  secrets: z.record(z.string(), z.looseObject({ hash: z.string(), stamp: z.string() })),
  corrections: z.record(
    z.string(),
    z.looseObject({
      hash: z.string(),
      count: z.number(),
      at: z.number(),
      updatedAt: z.string().exactOptional(),
    }),
  ),
  lastAttempt: z.number().exactOptional(),
  lastSuccess: z.number().exactOptional(),
});

const intentSchema = z.looseObject({
  key: z.string().min(1),
  kind: z.string(),
  parentId: z.string().exactOptional(),
  natural: z.record(z.string(), z.unknown()),
  at: z.number(),
  knownIds: z.array(z.string()),
  misses: z.number(),
  reason: z.string().exactOptional(),
});

const fileSchema = z.looseObject({
  format: z.literal(FORMAT),
  objects: z.array(objectSchema),
  intents: z.array(intentSchema),
});

/**
 * What is recorded in a folder, and whether there was a file. Rejects with a TerminalError that says how to mend
 * a file that cannot be read or understood.
 */
export async function readRecords(directory: string): Promise<{ content: RecordsContent; existed: boolean }> {
  const file = join(directory, RECORDS_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw unusable(file, error);
    return { content: { objects: new Map(), intents: new Map(), rest: {} }, existed: false };
  }
  return { content: parseRecords(text, file), existed: true };
}

/**
 * Writes the records file, sorted by key so that two states can be compared by eye. On disk when it resolves;
 * when it rejects, the former file is still whole.
 */
export async function writeRecords(directory: string, content: RecordsContent): Promise<void> {
  const file = join(directory, RECORDS_FILE);
  const text = JSON.stringify(
    {
      format: FORMAT,
      ...content.rest,
      objects: sortedValues(content.objects),
      intents: sortedValues(content.intents),
    },
    undefined,
    1,
  );
  try {
    await writeFileAtomic(file, '', {
      mode: 0o600,
      // The library writes with a single call, which a full disk may cut short without an error, and would then
      // put the stump over the good file. This goes on to the last byte or fails.
      tmpfileCreated: (draft) => writeFile(draft, `${text}\n`),
    });
    await syncDirectory(directory);
  } catch (error) {
    throw new Error(`cannot write ${file}: ${messageOf(error)}`, { cause: error });
  }
}

/** Makes a rename outlast a power failure, where the file system can be asked to. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (codeOf(error) !== 'EINVAL' && codeOf(error) !== 'EPERM') throw error;
  } finally {
    await handle.close();
  }
}

/** Removes what killed processes left of their writes; only for the holder of the lock. */
export async function removeLeftovers(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => /^(records|owner)\.json\.\d+$/.test(name));
  await Promise.all(names.map((name) => rm(join(directory, name), { force: true })));
}

/** The error for a state that cannot be used as it is, with the mend. */
export function unusable(path: string, error: unknown): TerminalError {
  return new TerminalError(
    `cannot use the state in ${path}: ${messageOf(error)}; make it readable and writable for this user, ` +
      'or name another folder in state.path',
    { cause: error },
  );
}

function parseRecords(text: string, file: string): RecordsContent {
  const value = parseJson(text, file);
  const header = z.object({ format: z.number() }).safeParse(value);
  if (header.success && header.data.format > FORMAT) {
    throw new TerminalError(
      `${file} has format ${header.data.format}, written by a newer c1sync; this one reads up to ${FORMAT}: ` +
        'run the newer version, or give this one a state.path of its own',
    );
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw damaged(file, issue === undefined ? 'unknown shape' : `${issue.path.join('.')}: ${issue.message}`);
  }
  const { format: _, objects, intents, ...rest } = parsed.data;
  return {
    objects: new Map<string, ObjectRecord>(objects.map((record) => [record.key, record])),
    intents: new Map<string, Intent>(intents.map((intent) => [intent.key, intent])),
    rest,
  };
}

function sortedValues<T>(map: ReadonlyMap<string, T>): T[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw damaged(file, text.trim() === '' ? 'it is empty' : 'it is no JSON');
  }
}

function damaged(file: string, what: string): TerminalError {
  return new TerminalError(
    `${file} is damaged (${what}): restore it from a backup, or move it away to start a recovery, ` +
      'which finds managed apps by their marks and writes each connector config once more',
  );
}
