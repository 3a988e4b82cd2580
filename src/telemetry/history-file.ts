import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../core/model/errors.js';
import type { HistoryEntry, HistoryPage, HistoryQuery } from '../core/status/history.js';
import { matchesQuery } from '../core/status/history-words.js';

/** Rotated files beside the current one; a new one replaces the oldest. */
export const OLD_FILES = 7;

/** The name of a file of a history: 0 is the current one, higher ones are older. */
export function fileName(index: number): string {
  return index === 0 ? 'history.jsonl' : `history.jsonl.${index}`;
}

/**
 * Reads a page of the history in a state folder, newest first, with as few files as possible. A page ends before `limit`
 * where its entries exceed `longest` characters together.
 */
export async function readHistory(
  directory: string,
  query: HistoryQuery,
  longest = Number.POSITIVE_INFINITY,
): Promise<HistoryPage> {
  const { limit, before = Number.POSITIVE_INFINITY } = query;
  const entries: HistoryEntry[] = [];
  let length = 0;
  for await (const [entry, size] of readEntries(directory)) {
    if (entry.id >= before || !matchesQuery(entry, query)) continue;
    if (entries.length === limit || length >= longest) return { entries, next: entries.at(-1)?.id ?? null };
    entries.push(entry);
    length += size;
  }
  return { entries, next: null };
}

/**
 * Reads entries with their lengths, newest first, with one file at a time in memory. Skips lines that are no entries, such
 * as the half line of a killed process.
 */
async function* readEntries(
  directory: string,
): AsyncGenerator<readonly [entry: HistoryEntry, length: number]> {
  // A rotation during the read moves entries to the next file: those already read are skipped.
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

/** Only c1sync writes these files, so a number and a known event identify an entry. */
function isEntry(value: unknown): value is HistoryEntry {
  const isObject = typeof value === 'object' && value !== null && 'id' in value && 'event' in value;
  return (
    isObject &&
    typeof value.id === 'number' &&
    ['reconciled', 'attributed', 'health', 'commanded'].includes(String(value.event))
  );
}
