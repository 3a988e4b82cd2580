import type { RecordStore } from '../core/model/record.js';
import type { Receiver } from './notify.js';
import type { ToldMemory } from './notify-news.js';

const PREFIX = 'told/';
const PRINT_LENGTH = 16;

/**
 * Keeps what receivers were told among the notes of the records, so that a restart tells nothing again. A receiver is
 * known by a keyed hash of its address and its events. What is kept for receivers that are none any more is forgotten.
 */
export function toldMemories(
  store: Pick<RecordStore, 'records' | 'putNote' | 'keyedHash'>,
  receivers: readonly Pick<Receiver, 'url' | 'events'>[],
): readonly ToldMemory[] {
  const print = (text: string): string => store.keyedHash(text).slice(0, PRINT_LENGTH);
  const prefixes = receivers.map(({ url, events }) => `${PREFIX}${print([...events, url.href].join(' '))}/`);
  const notes = [...store.records().notes].filter(([note]) => note.startsWith(PREFIX));
  for (const [note] of notes) {
    // Where that fails, the next start tries it again.
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
