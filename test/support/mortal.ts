import type { C1Reader, C1Writer } from '../../src/c1/client.js';
import type { RecordStore } from '../../src/core/model/record.js';

/**
 * Counts the steps of a process to its death: each piece of work with the tenant or the disk is two, before it is begun
 * and after it was carried out, before its answer arrives. At the step `dies` everything stops: what was begun may
 * still arrive, and nothing goes on from there.
 */
export class Fate {
  /** Steps passed so far. */
  steps = 0;
  /** The step at which the process died. */
  last = '';
  /** Resolves at its death. */
  readonly struck: Promise<void>;
  readonly #dies: number;
  #strike = (): void => {};
  #isDead = false;
  #hasRead = false;

  /** `dies`: the number of its last step, from 1; a larger number than there are steps is a life to its end. */
  constructor(dies: number) {
    this.#dies = dies;
    this.struck = new Promise((resolve) => {
      this.#strike = resolve;
    });
  }

  /** The store, with its writes as steps. */
  store(store: RecordStore): RecordStore {
    return {
      records: () => store.records(),
      object: (key) => store.object(key),
      intent: (key) => store.intent(key),
      intents: () => store.intents(),
      keyId: store.keyId,
      keyedHash: (value) => store.keyedHash(value),
      commit: (patch) => this.#through('commit', () => store.commit(patch)),
      putObject: (record) => this.#through(`putObject ${record.key}`, () => store.putObject(record)),
      removeObject: (key) => this.#through(`removeObject ${key}`, () => store.removeObject(key)),
      putIntent: (intent) => this.#through(`putIntent ${intent.key}`, () => store.putIntent(intent)),
      removeIntent: (key) => this.#through(`removeIntent ${key}`, () => store.removeIntent(key)),
      putNote: (key, value) => this.#through(`putNote ${key}`, () => store.putNote(key, value)),
      move: (from, to) => this.#through(`move ${from}`, () => store.move(from, to)),
    };
  }

  /** The writing half of a client, with its calls as steps. */
  writer(writer: C1Writer): C1Writer {
    return {
      send: (method, path, body, options) =>
        this.#through(`${method} ${path}`, () => writer.send(method, path, body, options)),
    };
  }

  /**
   * The reading half of a client. A read leaves nothing behind: to die at any of several in a row is to die at the first
   * of them.
   */
  reader(reader: C1Reader): C1Reader {
    return {
      get requests() {
        return reader.requests;
      },
      get: (path, options) => this.#reading(`GET ${path}`, () => reader.get(path, options)),
      list: (path, options) => this.#reading(`GET ${path}`, () => reader.list(path, options)),
      search: (path, body, options) =>
        this.#reading(`search ${path}`, () => reader.search(path, body, options)),
      searchAll: (path, body, options) =>
        this.#reading(`search ${path}`, () => reader.searchAll(path, body, options)),
    };
  }

  async #through<T>(what: string, work: () => Promise<T>): Promise<T> {
    await this.#pass(`before ${what}`);
    this.#hasRead = false;
    const done = await work();
    await this.#pass(`after ${what}`);
    return done;
  }

  async #reading<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (this.#isDead || !this.#hasRead) await this.#pass(what);
    this.#hasRead = true;
    return work();
  }

  async #pass(what: string): Promise<void> {
    if (!this.#isDead) {
      this.steps += 1;
      if (this.steps < this.#dies) return;
      this.#isDead = true;
      this.last = what;
      this.#strike();
    }
    await new Promise<never>(() => {});
  }
}
