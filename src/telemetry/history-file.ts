import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../core/model/errors.js';
import type { HistoryEntry, HistoryPage, HistoryQuery } from '../core/status/history.js';

/** Files beside the present one; when another one comes, the oldest goes. */
export const OLD_FILES = 7;

/** The name of a file of a history: 0 is the one that is written, higher ones are older. */
export function fileName(index: number): string {
  return index === 0 ? 'history.jsonl' : `history.jsonl.${index}`;
}

/**
 * Reads a history in a state folder from the newest file to the oldest, and no more of them than it takes. A page ends
 * before `limit` where its entries are longer than `longest` together, characters.
 */
export async function readHistory(
  directory: string,
  { limit, key, before = Number.POSITIVE_INFINITY }: HistoryQuery,
  longest = Number.POSITIVE_INFINITY,
): Promise<HistoryPage> {
  const entries: HistoryEntry[] = [];
  let length = 0;
  for await (const [entry, size] of readEntries(directory)) {
    if (entry.id >= before || (key !== undefined && !isAbout(entry, key))) continue;
    if (entries.length === limit || length >= longest) return { entries, next: entries.at(-1)?.id ?? null };
    entries.push(entry);
    length += size;
  }
  return { entries, next: null };
}

/**
 * Newest first, each with its length, with one file at a time in memory. Lines that are no entries, such as the half one that a killed process
 * left, are passed over.
 */
async function* readEntries(
  directory: string,
): AsyncGenerator<readonly [entry: HistoryEntry, length: number]> {
  // A file that is full becomes the next one while it is read: what was given already is not given again.
  let oldest = Number.POSITIVE_INFINITY;
  for (let index = 0; index <= OLD_FILES; index += 1) {
    const text = await textOf(path.join(directory, fileName(index)));
    for (const line of text.split('\n').reverse()) {
      const entry = entryOf(line);
      if (entry === undefined || entry.id >= oldest) continue;
      oldest = entry.id;
      yield [entry, line.length];
    }
  }
}

function isAbout(entry: HistoryEntry, key: string): boolean {
  if (entry.event !== 'commanded') return entry.key === key;
  return entry.targets.includes(key) || entry.keys?.includes(key) === true;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}

function entryOf(line: string): HistoryEntry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Nobody but c1sync writes these files, so that a number and a known event are enough to know an entry. */
function isEntry(value: unknown): value is HistoryEntry {
  const isObject = typeof value === 'object' && value !== null && 'id' in value && 'event' in value;
  return (
    isObject &&
    typeof value.id === 'number' &&
    ['reconciled', 'attributed', 'commanded'].includes(String(value.event))
  );
}
