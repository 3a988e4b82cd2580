import type { RecordStore } from '../core/model/record.js';
import type { Receiver } from './notify.js';
import type { NotifyMemory } from './notify-news.js';

const PREFIX = 'told/';
const PRINT_LENGTH = 16;

/**
 * Keeps the last notifications of each receiver in the notes of the records, so that a restart repeats none. A receiver is
 * identified by a keyed hash of its address and its events. Notes of removed receivers are deleted.
 */
export function notifyMemories(
  store: Pick<RecordStore, 'records' | 'putNote' | 'keyedHash'>,
  receivers: readonly Pick<Receiver, 'url' | 'events'>[],
): readonly NotifyMemory[] {
  const print = (text: string): string => store.keyedHash(text).slice(0, PRINT_LENGTH);
  const prefixes = receivers.map(({ url, events }) => `${PREFIX}${print([...events, url.href].join(' '))}/`);
  const notes = [...store.records().notes].filter(([note]) => note.startsWith(PREFIX));
  for (const [note] of notes) {
    // After a failure, the next start deletes it.
    if (!prefixes.some((prefix) => note.startsWith(prefix))) store.putNote(note, undefined).catch(() => {});
  }
  return prefixes.map((prefix) => ({
    kept: new Map(
      notes.flatMap(([note, value]) =>
        note.startsWith(prefix) && typeof value === 'string' ? [[note.slice(prefix.length), value]] : [],
      ),
    ),
    keep: async (prints) => {
      await Promise.all([...prints].map(([subject, text]) => store.putNote(prefix + subject, text)));
    },
    print,
  }));
}
