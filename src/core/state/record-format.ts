import { z } from 'zod';
import { messageOf, TerminalError } from '../model/errors.js';
import type { Intent, ObjectRecord, RecordPatch } from '../model/record.js';

/**
 * Version of the format of a records file. It grows with everything that an older c1sync would lose by rewriting the
 * file, a new collection for instance; a newer version is refused.
 */
const FORMAT = 3;

/** The records and notes, by key. */
export interface RecordsContent {
  readonly objects: Map<string, ObjectRecord>;
  readonly intents: Map<string, Intent>;
  readonly notes: Map<string, unknown>;
}

/** The content of a records file. */
export interface RecordsText {
  readonly content: RecordsContent;
  /** Members of the first line beside `format`, kept as they are. */
  readonly rest: Readonly<Record<string, unknown>>;
  /** Values and removals that were read: more than what is left wherever one took the place of another. */
  readonly entries: number;
  /** True when the last line has no end: its write was cut short and never reported as done. */
  readonly isTorn: boolean;
  /** True for a file of an earlier format. */
  readonly isOld: boolean;
}

const unsureSchema = z.looseObject({
  at: z.number(),
  stamp: z.string(),
  hash: z.string(),
  key: z.string(),
  lostAt: z.number().exactOptional(),
});

// Loose objects: members that this build does not know pass through.
const objectSchema = z.looseObject({
  key: z.string().min(1),
  id: z.string().min(1),
  parentId: z.string().exactOptional(),
  displayName: z.string(),
  origin: z.enum(['created', 'adopted', 'pinned', 'recovered']),
  movedFrom: z.string().exactOptional(),
  marked: z.boolean(),
  putBack: z.array(z.number()).exactOptional(),
  putBackBegun: z.number().exactOptional(),
  yielded: z
    .looseObject({ at: z.number(), print: z.string(), actor: z.string().exactOptional() })
    .exactOptional(),
  prune: z.string().exactOptional(),
  position: z.looseObject({ file: z.string(), line: z.number(), column: z.number() }).exactOptional(),
  source: z.looseObject({ root: z.string(), path: z.string() }).exactOptional(),
  absentSince: z.number().exactOptional(),
  unfinished: z.string().exactOptional(),
  definitionHash: z.string().exactOptional(),
  sent: z.record(z.string(), z.looseObject({ hash: z.string(), at: z.number() })),
  secrets: z.record(
    z.string(),
    z.looseObject({ hash: z.string(), stamp: z.string(), key: z.string().exactOptional() }),
  ),
  // Until format 2 there was one of a value.
  unsure: z
    .record(z.string(), z.union([z.array(unsureSchema), unsureSchema.transform((write) => [write])]))
    .exactOptional(),
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
  movedFrom: z.string().exactOptional(),
  parentId: z.string().exactOptional(),
  natural: z.record(z.string(), z.unknown()),
  at: z.number(),
  knownIds: z.array(z.string()),
  misses: z.number(),
  print: z.string().exactOptional(),
  root: z.string().exactOptional(),
  reason: z.string().exactOptional(),
  isAnswered: z.boolean().exactOptional(),
});

const headSchema = z.looseObject({ format: z.number() });

const patchSchema = z.strictObject({
  objects: z.record(z.string().min(1), objectSchema.nullable()).exactOptional(),
  intents: z.record(z.string().min(1), intentSchema.nullable()).exactOptional(),
  notes: z.record(z.string().min(1), z.unknown()).exactOptional(),
});

/** A patch that changes nothing. */
export function emptyPatch(): RecordPatch {
  return { objects: new Map(), intents: new Map(), notes: new Map() };
}

/** The number of values and removals in a patch. */
export function sizeOf({ objects, intents, notes }: RecordPatch | RecordsContent): number {
  return objects.size + intents.size + notes.size;
}

/** A patch as one line. */
export function patchLine({ objects, intents, notes }: RecordPatch): string {
  const line = {
    ...(objects.size === 0 ? {} : { objects: Object.fromEntries(objects) }),
    ...(intents.size === 0 ? {} : { intents: Object.fromEntries(intents) }),
    ...(notes.size === 0 ? {} : { notes: Object.fromEntries(notes) }),
  };
  return `${JSON.stringify(line)}\n`;
}

/** A whole file: the first line, then a line a record, sorted by key so that two states can be compared by eye. */
export function wholeText(content: RecordsContent, rest: RecordsText['rest']): string {
  const lines = [`${JSON.stringify({ ...rest, format: FORMAT })}\n`];
  for (const [key, record] of sorted(content.objects)) {
    lines.push(patchLine({ ...emptyPatch(), objects: new Map([[key, record]]) }));
  }
  for (const [key, intent] of sorted(content.intents)) {
    lines.push(patchLine({ ...emptyPatch(), intents: new Map([[key, intent]]) }));
  }
  for (const [key, note] of sorted(content.notes)) {
    lines.push(patchLine({ ...emptyPatch(), notes: new Map([[key, note]]) }));
  }
  return lines.join('');
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

/**
 * Reads what {@link wholeText} and {@link patchLine} wrote; a last line without an end does not count.
 * Throws a TerminalError that names `file` and the remedy for any other content.
 */
export function parseRecords(text: string, file: string): RecordsText {
  const lines = text.split('\n');
  const isTorn = lines.pop() !== '';
  const [first, ...patches] = lines;
  if (first === undefined) throw damaged(file, isTorn ? 'its first line has no end' : 'it is empty');
  const { format, ...rest } = parseHead(first, file);
  const content: RecordsContent = { objects: new Map(), intents: new Map(), notes: new Map() };
  let entries = 0;
  for (const [index, line] of patches.entries()) {
    const { objects = {}, intents = {}, notes = {} } = parseLine(patchSchema, line, index + 2, file);
    entries +=
      apply(content.objects, objects) + apply(content.intents, intents) + apply(content.notes, notes);
  }
  return { content, rest, entries, isTorn, isOld: format < FORMAT };
}

function parseHead(line: string, file: string): z.infer<typeof headSchema> {
  const head = parseLine(headSchema, line, 1, file);
  const { format } = head;
  if (format > FORMAT) {
    throw new TerminalError(
      `${file} has format ${format}, written by a newer c1sync; this one reads up to ${FORMAT}: ` +
        'run the newer version, or give this one a state.path of its own',
    );
  }
  return head;
}

function parseLine<T>(schema: z.ZodType<T>, line: string, number: number, file: string): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw damaged(file, `line ${number} is no JSON`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const what = issue === undefined ? 'unknown shape' : `${issue.path.join('.')}: ${issue.message}`;
  throw damaged(file, `line ${number}: ${what}`);
}

/** Applies values and removals to a map and returns their number. */
function apply<T>(map: Map<string, T>, values: Readonly<Record<string, T | null>>): number {
  const entries = Object.entries(values);
  for (const [key, value] of entries) {
    if (value === null) map.delete(key);
    else map.set(key, value);
  }
  return entries.length;
}

function damaged(file: string, what: string): TerminalError {
  return new TerminalError(
    `${file} is damaged (${what}): restore it from a backup, or move it away to start a recovery, ` +
      'which finds managed objects by their marks and writes their secrets once more',
  );
}

/** Adds the id of the present hash key to every keyed hash without one. */
export function nameKey(content: RecordsContent, keyId: string): void {
  for (const [key, record] of content.objects) {
    const secrets = Object.entries(record.secrets).map(([path, written]) => [
      path,
      { key: keyId, ...written },
    ]);
    content.objects.set(key, { ...record, secrets: Object.fromEntries(secrets) });
  }
}

/** The error for an unusable state folder, with the remedy. */
export function unusable(path: string, error: unknown): TerminalError {
  return new TerminalError(
    `cannot use the state in ${path}: ${messageOf(error)}; make it readable and writable for this user, ` +
      'or name another folder in state.path',
    { cause: error },
  );
}
