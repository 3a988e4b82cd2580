import type { RecordStore } from '../../src/core/model/record.js';

/** The point at which a process dies, or its disk fails. */
export interface Crash {
  /** Which write of the store is the last. */
  readonly at: 'putObject' | 'putIntent' | 'removeIntent';
  /** How many of them still succeed. */
  readonly after?: number;
  /** `hang`: nothing goes on from there, as after a kill. `throw`: the write fails, as on a full disk. */
  readonly how: 'hang' | 'throw';
}

/**
 * A store that dies at one of its writes. `struck` resolves when it does; after a `hang` every other write hangs too.
 */
export function crashing(store: RecordStore, crash: Crash): { store: RecordStore; struck: Promise<void> } {
  let strike = (): void => {};
  const struck = new Promise<void>((resolve) => {
    strike = resolve;
  });
  let left = crash.after ?? 0;
  let dead = false;
  const guarded = (name: string, write: () => Promise<void>): Promise<void> => {
    if (!dead && name === crash.at) {
      left -= 1;
      if (left < 0) {
        strike();
        if (crash.how === 'throw') {
          left = Number.POSITIVE_INFINITY;
          return Promise.reject(new Error('cannot write: no space left on device'));
        }
        dead = true;
      }
    }
    return dead ? new Promise<void>(() => {}) : write();
  };
  const wrapped: RecordStore = {
    records: () => store.records(),
    object: (key) => store.object(key),
    intent: (key) => store.intent(key),
    intents: () => store.intents(),
    keyId: store.keyId,
    keyedHash: (value) => store.keyedHash(value),
    commit: (patch) => guarded('putObject', () => store.commit(patch)),
    putObject: (record) => guarded('putObject', () => store.putObject(record)),
    removeObject: (key) => guarded('removeObject', () => store.removeObject(key)),
    putIntent: (intent) => guarded('putIntent', () => store.putIntent(intent)),
    removeIntent: (key) => guarded('removeIntent', () => store.removeIntent(key)),
    putNote: (key, value) => store.putNote(key, value),
    move: (from, to) => guarded('move', () => store.move(from, to)),
  };
  return { store: wrapped, struck };
}
