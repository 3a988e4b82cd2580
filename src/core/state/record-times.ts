import { z } from 'zod';
import type { Intent, ObjectRecord } from '../model/record.js';
import type { RecordsContent } from './record-format.js';

/** The base of the times in a records file. */
export interface TimeBase {
  /** The run of the machine in which they were noted; missing where it has no boot id. */
  readonly boot?: string;
  /** Their milliseconds since the epoch when the monotonic clock of that run was at zero. */
  readonly epoch: number;
}

/** The present moment of a process that opens records, and the base of its times. */
export interface Present extends TimeBase {
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Times that differ by less are those of one base: no clock is set more exactly, milliseconds. */
const SAME_MS = 1_000;

const baseSchema = z.looseObject({ boot: z.string().exactOptional(), epoch: z.number() });

/** The base in the first line of a records file; undefined for a file of an earlier version. */
export function baseIn({ clock }: Readonly<Record<string, unknown>>): TimeBase | undefined {
  const parsed = baseSchema.safeParse(clock);
  return parsed.success ? parsed.data : undefined;
}

/**
 * Moves the times of past events to the base of the current process: by the monotonic clock within one run of the machine,
 * otherwise by the time of day. A time in the future becomes now. Ends that people set stay. True when a time was moved or
 * the base changed.
 */
export function moveTimes(content: RecordsContent, base: TimeBase | undefined, present: Present): boolean {
  const isSameRun = base?.boot !== undefined && base.boot === present.boot;
  const apart = isSameRun ? present.epoch - base.epoch : 0;
  const shift = Math.abs(apart) < SAME_MS ? 0 : Math.round(apart);
  let isMoved = !isSameRun || shift !== 0;
  const past = (at: number): number => {
    const moved = Math.min(at + shift, present.now);
    if (moved !== at) isMoved = true;
    return moved;
  };
  for (const [key, record] of content.objects) content.objects.set(key, movedRecord(record, past));
  for (const [key, intent] of content.intents) content.intents.set(key, movedIntent(intent, past));
  for (const [key, note] of content.notes) content.notes.set(key, movedNote(key, note, past, shift));
  return isMoved;
}

type Past = (at: number) => number;

function movedRecord(record: ObjectRecord, past: Past): ObjectRecord {
  const { yielded, putBack, unsure } = record;
  return {
    ...record,
    ...movedAt(record, ['lastAttempt', 'lastSuccess', 'putBackBegun', 'absentSince'], past),
    sent: eachAt(record.sent, past),
    corrections: eachAt(record.corrections, past),
    ...(unsure === undefined ? {} : { unsure: movedWrites(unsure, past) }),
    ...(yielded === undefined ? {} : { yielded: { ...yielded, at: past(yielded.at) } }),
    ...(putBack === undefined ? {} : { putBack: putBack.map(past) }),
  };
}

function movedWrites(
  unsure: NonNullable<ObjectRecord['unsure']>,
  past: Past,
): NonNullable<ObjectRecord['unsure']> {
  const moved = Object.entries(unsure).map(([path, writes]) => [
    path,
    writes.map((write) => ({ ...write, at: past(write.at), ...movedAt(write, ['lostAt'], past) })),
  ]);
  return Object.fromEntries(moved);
}

function movedIntent(intent: Intent, past: Past): Intent {
  return { ...intent, at: past(intent.at) };
}

const timesSchema = z.array(z.number());
const countSchema = z.looseObject({
  at: z.number().exactOptional(),
  within: timesSchema.exactOptional(),
  approved: timesSchema.exactOptional(),
});
const waitSchema = z.looseObject({ until: z.number() });

/** A count of changes, or a wait, whose length has a limit of its own; other notes hold no time that a span starts at. */
function movedNote(key: string, note: unknown, past: Past, shift: number): unknown {
  if (key.startsWith('executed/')) {
    const count = countSchema.safeParse(note);
    if (!count.success) return note;
    const { at, within, approved } = count.data;
    return {
      ...count.data,
      ...(at === undefined ? {} : { at: past(at) }),
      ...(within === undefined ? {} : { within: within.map(past) }),
      ...(approved === undefined ? {} : { approved: approved.map(past) }),
    };
  }
  if (!key.startsWith('wait/')) return note;
  const wait = waitSchema.safeParse(note);
  return wait.success ? { ...wait.data, until: wait.data.until + shift } : note;
}

function eachAt<T extends { readonly at: number }>(
  values: Readonly<Record<string, T>>,
  past: Past,
): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { ...value, at: past(value.at) }]),
  );
}

function movedAt<K extends string>(
  record: Partial<Readonly<Record<K, number>>>,
  names: readonly K[],
  past: Past,
): Partial<Record<K, number>> {
  const moved: Partial<Record<K, number>> = {};
  for (const name of names) {
    const at: number | undefined = record[name];
    if (at !== undefined) moved[name] = past(at);
  }
  return moved;
}
