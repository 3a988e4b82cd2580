import {
  type Load,
  type LoadStart,
  type Problem,
  problemCount,
  revisionFields,
} from '../model/definition.js';
import type { EventBus } from '../model/events.js';
import type { RecordStore } from '../model/record.js';
import type { SweepScope } from '../model/scope.js';
import { withRecordedFiles } from '../observe/recorded-files.js';
import { changedKeys } from './changed-keys.js';

/** The parts of definitions. */
export interface DefinitionsParts {
  readonly load: (signal?: AbortSignal, from?: LoadStart) => Promise<Load>;
  readonly store: Pick<RecordStore, 'records' | 'keyedHash'>;
  readonly events: EventBus;
}

/** Revisions that are remembered. */
const MOST_PASSED = 1000;

/** The definitions in force. Loads follow each other, never two at once. */
export class Definitions {
  readonly #parts: DefinitionsParts;
  #loaded: Load | undefined;
  /** The last load that started from nothing. */
  #whole: Load | undefined;
  /** The load that changes are counted from; later ones may have been observed without acting on all of them. */
  #acted: Load | undefined;
  /** Revisions that were acted on before, the latest last. */
  readonly #passed = new Set<string>();
  #loading: Promise<unknown> = Promise.resolve();

  constructor(parts: DefinitionsParts) {
    this.#parts = parts;
  }

  /** The last load; undefined before the first one. */
  get loaded(): Load | undefined {
    return this.#loaded;
  }

  /** The last load on which sweeps act in full. */
  get acted(): Load | undefined {
    return this.#acted;
  }

  /** Revisions on which sweeps acted before the present one, the last ones of this process. */
  get passed(): ReadonlySet<string> {
    return this.#passed;
  }

  /** True where nothing has changed since a load. */
  isInForce(load: Load): boolean {
    const last = this.#loaded;
    if (last === undefined || last === load) return last === load;
    const isAlike = last.complete === load.complete && last.problems.length === load.problems.length;
    return isAlike && this.#changedKeys(load, last).size === 0;
  }

  /**
   * Loads the definitions to reconcile a scope. All of it is read for a full one. Before a deletion, which takes an
   * object whose definition an earlier load has missed, the load starts from nothing.
   */
  loadFor(scope: SweepScope, signal?: AbortSignal): Promise<Load> {
    if (this.mayDelete(scope)) return this.load(signal, 'nothing');
    return this.load(signal, scope === 'all' ? 'files' : 'changes');
  }

  /** The last load, to refresh a scope; where that may delete an object, it starts from nothing. */
  async latestFor(scope: SweepScope, signal?: AbortSignal): Promise<Load> {
    const last = this.#loaded;
    const isCertain = last === this.#whole || !this.mayDelete(scope);
    return last !== undefined && isCertain ? last : this.loadFor(scope, signal);
  }

  /** True where a plan of a scope may delete an object. */
  mayDelete(scope: SweepScope): boolean {
    const { objects } = this.#parts.store.records();
    const isAbsent = (key: string): boolean => objects.get(key)?.absentSince !== undefined;
    return [...(scope === 'all' ? objects.keys() : scope)].some(isAbsent);
  }

  /** Loads the definitions without a request to the tenant, and adds the recorded files. */
  load(signal?: AbortSignal, from?: LoadStart): Promise<Load> {
    const loading = this.#loading.then(async () => {
      const load = withRecordedFiles(await this.#parts.load(signal, from), this.#parts.store.records());
      this.#report(load);
      this.#loaded = load;
      if (from === 'nothing') this.#whole = load;
      return load;
    });
    this.#loading = loading.catch(() => {});
    return loading;
  }

  /** Notes that a full sweep acts on a load. */
  acting(load: Load): void {
    if (this.#acted !== undefined && this.#acted.revision !== load.revision) {
      this.#passed.add(this.#acted.revision);
      for (const oldest of this.#passed) {
        if (this.#passed.size <= MOST_PASSED) break;
        this.#passed.delete(oldest);
      }
    }
    this.#passed.delete(load.revision);
    this.#acted = load;
  }

  /**
   * Loads the definitions and returns the keys that changed since the last call or full sweep: new, changed, moved to
   * another file, with another secret value, invalid, or gone. Everything when there was neither.
   */
  async changed(from?: LoadStart, signal?: AbortSignal): Promise<SweepScope> {
    const after = await this.load(signal, from);
    const before = this.#acted;
    this.acting(after);
    return before === undefined ? 'all' : this.#changedKeys(before, after);
  }

  #changedKeys(before: Load, after: Load): ReadonlySet<string> {
    return changedKeys(before, after, (value) => this.#parts.store.keyedHash(value));
  }

  /** Problems are reported when they are new, not at every load. */
  #report(load: Load): void {
    const { events } = this.#parts;
    const text = ({ position, message }: Problem): string => `${position.file}:${position.line}:${message}`;
    const known = new Set(this.#loaded?.problems.map(text));
    for (const problem of load.problems) if (!known.has(text(problem))) events.emit('problem', problem);
    if (load.revision === this.#loaded?.revision && load.problems.length === this.#loaded.problems.length)
      return;
    events.emit('definitions loaded', {
      ...revisionFields(load),
      definitions: load.definitions.length,
      problems: problemCount(load.problems),
      complete: load.complete,
    });
  }
}
