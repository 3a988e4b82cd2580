import type { UnmanagedObject } from '../../core/status/views.js';
import { safe } from '../../text/safe.js';
import { count } from './summary.js';

const HEAD = { object: 'OBJECT', of: 'OF', command: 'TO GET ITS DEFINITION' };

/** Unmanaged objects as a table, with the command that exports each. */
export function renderUnmanaged(objects: readonly UnmanagedObject[]): string {
  if (objects.length === 0) return 'A definition covers every object.';
  const rows = [
    HEAD,
    ...objects.map(({ kind, id, displayName, parent, note, managedBy, export: command }) => ({
      object: safe(`${kind} ${named(displayName, id)}${note === null ? '' : `, ${note}`}`),
      of: parent === null ? '' : safe(named(parent.displayName, parent.id)),
      command: safe(command ?? `managed by ${managedBy}`),
    })),
  ];
  const widest = (column: 'object' | 'of'): number => Math.max(...rows.map((row) => row[column].length));
  const [object, of] = [widest('object'), widest('of')];
  const lines = rows.map((row) => `${row.object.padEnd(object)}  ${row.of.padEnd(of)}  ${row.command}`);
  return `${count(objects.length, 'object')} without a definition.\n\n${lines.join('\n')}`;
}

function named(displayName: string, id: string): string {
  return displayName.trim() === '' ? `(no name, ${id})` : `"${displayName}"`;
}
