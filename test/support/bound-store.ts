import type { RecordStore } from '../../src/core/model/record.js';

/** The methods of a store as own members, so that some of them can be replaced. */
export function bound(store: RecordStore): RecordStore {
  return {
    records: () => store.records(),
    object: (key) => store.object(key),
    intent: (key) => store.intent(key),
    intents: () => store.intents(),
    keyId: store.keyId,
    keyedHash: (value) => store.keyedHash(value),
    commit: (patch) => store.commit(patch),
    putObject: (record) => store.putObject(record),
    removeObject: (key) => store.removeObject(key),
    putIntent: (intent) => store.putIntent(intent),
    removeIntent: (key) => store.removeIntent(key),
    putNote: (key, value) => store.putNote(key, value),
    move: (from, to) => store.move(from, to),
  };
}
