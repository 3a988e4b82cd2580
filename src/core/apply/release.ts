import { messageOf, TerminalError } from '../model/errors.js';
import { fieldAt } from '../model/kind.js';
import { areOurs, marksOf } from '../model/marks.js';
import type { ObjectRecord } from '../model/record.js';
import type { KindAccess } from './execution.js';

/**
 * Takes the marks of a record off its object, so that no sweep records the object again. An object without them stays as
 * it is, and one with marks of another address too.
 * @throws TerminalError where the marks cannot be taken off
 */
export async function releaseMarks(
  { kind, reader, writer }: Pick<KindAccess, 'kind' | 'reader' | 'writer'>,
  record: Pick<ObjectRecord, 'key' | 'id' | 'parentId' | 'movedFrom'>,
  { workspace, mayWrite }: { readonly workspace: string; readonly mayWrite: boolean },
): Promise<void> {
  const { key, movedFrom } = record;
  const carrier = kind.marks;
  if (carrier === undefined) return;
  try {
    const live = await reader.get(record);
    const marks = live && marksOf(kind, live);
    if (live === undefined || marks === undefined || !areOurs(marks, workspace)) return;
    if (marks.address !== key && marks.address !== movedFrom) return;
    if (!mayWrite) throw new TerminalError('sync.mode: observe writes nothing; set sync.mode: enforce');
    const removed = Object.keys(carrier.toEntries(marks)).map((name) => [name, '']);
    const values = { [carrier.field]: Object.fromEntries(removed) };
    await writer.write(fieldAt(kind, carrier.field)?.write ?? 'update', live, values);
  } catch (error) {
    throw new TerminalError(
      `the marks of ${key} could not be removed, so it was not released: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
