import { messageOf, TerminalError } from '../model/errors.js';
import { fieldAt, type Kind, type KindReader, type KindWriter } from '../model/kind.js';
import { areOurs, marksOf } from '../model/marks.js';
import type { ObjectRecord } from '../model/record.js';

/** The objects of a kind, to take the marks off one. */
interface MarkedObjects {
  readonly kind: Kind;
  readonly reader: Pick<KindReader, 'get'>;
  readonly writer: Pick<KindWriter, 'write'>;
}

/**
 * Takes the marks of a record off its object, so that no sweep records the object again. An object without them stays as
 * it is, and one with marks of another address too.
 * @throws TerminalError where the marks cannot be taken off
 */
export async function releaseMarks(
  { kind, reader, writer }: MarkedObjects,
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
