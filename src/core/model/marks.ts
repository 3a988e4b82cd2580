import type { Kind, LiveObject, Marks } from './kind.js';

/** True for marks that this workspace of c1sync wrote. */
export function areOurs(marks: Marks | undefined, workspace: string): boolean {
  return marks?.managedBy === 'c1sync' && marks.workspace === workspace;
}

/** The marks on a live object; undefined when it carries none or its kind cannot. */
export function marksOf(kind: Kind, live: LiveObject): Marks | undefined {
  return kind.marks?.fromEntries(live.values[kind.marks.field]);
}
