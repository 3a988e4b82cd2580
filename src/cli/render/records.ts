import type { Intent, ObjectRecord } from '../../core/model/record.js';
import { safe } from '../../text/safe.js';

/** The output of `state list`. */
export interface RecordsView {
  readonly directory: string;
  readonly objects: readonly ObjectRecord[];
  readonly intents: readonly Intent[];
}

/** Records as a table, followed by unconfirmed creates. */
export function renderRecords({ directory, objects, intents }: RecordsView): string {
  const sorted = objects.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const width = Math.max(6, ...sorted.map(({ key }) => key.length));
  const rows = sorted.map((record) => {
    const success =
      record.lastSuccess === undefined ? '' : `  last written ${new Date(record.lastSuccess).toISOString()}`;
    return `${safe(record.key.padEnd(width))}  ${safe(record.id)}  ${record.origin}${success}`;
  });
  const pending = intents.map(
    (intent) => `${safe(intent.key)}: unconfirmed create, sent at ${new Date(intent.at).toISOString()}`,
  );
  return [`${objects.length} records in ${directory}`, ...rows, ...pending].join('\n');
}
