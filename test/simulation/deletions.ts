import type { Change } from '../../src/core/model/change.js';
import type { Json } from '../model/client.js';
import { declares, keyOf, type Model, type Origin, type Thing } from './model.js';

/** What of a process its deletions are judged by. */
export interface Deleter {
  /** True where it may delete. */
  readonly prunes: boolean;
  /** Where it loads definitions from. */
  readonly directory: string;
  /** When it loaded the definitions that it acts on, where it loads them once; undefined for a daemon. */
  readonly loadedAt: number | undefined;
  /** Where the last definition of an object was, by its record; undefined where none says so. */
  rootOf(id: string): string | undefined;
}

/** A deletion that arrives at the tenant. */
export interface Deletion {
  readonly sender: Deleter;
  /** When it left, milliseconds since the beginning: its effect may come long after. */
  readonly sentAt: number;
  readonly change: Pick<Change, 'key' | 'kind'>;
  /** What the records of its sender said: ids of objects by the keys of their definitions. */
  readonly records: ReadonlyMap<string, string>;
  readonly origin: Origin;
  /** The object as it is. */
  readonly live: Json | undefined;
  /** True where a person approved it. */
  readonly isReleased: boolean;
}

/** Since when a key has had no definition, and how it was before. */
interface Absence {
  /** Milliseconds; 0 while it is defined. */
  readonly ms: number;
  /** When its present definition came back, and how long there had been none, milliseconds. */
  readonly back?: { readonly at: number; readonly afterMs: number };
}

/** How long a deletion may be on its way after its definition came back, milliseconds. */
const RETURN_MS = 10_000;

/** The rules of deleting, kept from what was defined where. */
export class Deletions {
  /** What the folders beside the usual one held, oldest first, by folder. */
  readonly #elsewhere = new Map<string, { readonly at: number; readonly keys: ReadonlySet<string> }[]>();
  /** Since when no load had a definition, by folder and key: it may have come and gone while nobody looked. */
  readonly #missing = new Map<string, Map<string, number>>();
  /** The file in which a load found a definition last, by its key. */
  readonly #seenIn = new Map<string, string>();
  readonly #model: Model;
  readonly #now: () => number;
  readonly #afterMs: number;

  /** `afterMs`: how long a definition must have been gone. */
  constructor(model: Model, now: () => number, afterMs: number) {
    this.#model = model;
    this.#now = now;
    this.#afterMs = afterMs;
  }

  /** A folder beside the usual one holds the definitions of these things from now on. */
  holds(directory: string, things: readonly Thing[]): void {
    const loads = this.#elsewhere.get(directory) ?? [];
    this.#elsewhere.set(directory, [...loads, { at: this.#now(), keys: new Set(things.map(keyOf)) }]);
  }

  /** When the definitions that a load of a folder beside the usual one found were written; undefined for the usual one. */
  writtenAt(directory: string, loadedAt: number): number | undefined {
    return this.#elsewhere.get(directory)?.findLast(({ at }) => at <= loadedAt)?.at;
  }

  /** A process that keeps records has loaded a folder and found the definitions of these keys. */
  loaded(directory: string, keys: ReadonlySet<string>): void {
    const missing = this.#missing.get(directory) ?? new Map<string, number>();
    this.#missing.set(directory, missing);
    for (const thing of this.#model.things) {
      const key = keyOf(thing);
      if (keys.has(key)) {
        missing.delete(key);
        this.#seenIn.set(key, placeOf(directory, thing));
      } else if (!missing.has(key)) missing.set(key, this.#now());
    }
  }

  /** True where loads have missed a definition long enough, the first and the last one at least. */
  #isMissed(directory: string, key: string): boolean {
    const since = this.#missing.get(directory)?.get(key);
    return since !== undefined && this.#now() - since >= this.#afterMs;
  }

  /**
   * True for a definition that may be in a broken file of which no record says so: the state is older than that, or lost, or
   * the last load that found it found it elsewhere.
   */
  #isHidden(directory: string, key: string): boolean {
    const thing = this.#model.things.find((one) => keyOf(one) === key);
    return thing !== undefined && (thing.isForgotten || this.#seenIn.get(key) !== placeOf(directory, thing));
  }

  /** True where the definition of a thing is in a folder. No record says that of a file which is broken since before a loss. */
  defines(directory: string, thing: Thing): boolean {
    const key = keyOf(thing);
    const last = this.#elsewhere.get(directory)?.at(-1);
    if (last !== undefined) return last.keys.has(key);
    const isUnknown = this.#isHidden(directory, key) && this.#missing.get(directory)?.has(key) === true;
    return thing.file !== undefined && !isUnknown;
  }

  /** Why an object must not be deleted; undefined where it may be. */
  against(deletion: Deletion): string | undefined {
    const { sender, sentAt, change, records, origin, isReleased } = deletion;
    if (!sender.prunes) return 'nothing is to be deleted';
    const { key } = change;
    const loads = this.#elsewhere.get(sender.directory);
    const absence = loads === undefined ? this.#absence(key) : this.#absenceFrom(loads, key);
    const root = sender.rootOf(origin.id);
    // Where no source is recorded, a person has approved the absence that loads of any source have counted.
    const isElsewhere = root === undefined && isReleased && (this.#absence(key)?.ms ?? 0) >= this.#afterMs;
    if (absence === undefined && !isElsewhere) return `no definition was ever called ${key} there`;
    const isGone = (absence?.ms ?? 0) > 0 || this.#isHidden(sender.directory, key);
    const isLong =
      (absence !== undefined && this.#isGone(absence, sentAt, sender)) ||
      (isGone && this.#isMissed(sender.directory, key));
    if (!isLong && !isElsewhere) return `the definition of ${key} is there, or was a moment ago`;
    if (records.get(key) !== origin.id) return `it is not the recorded object of ${key}`;
    if (root === undefined && !isReleased) return 'nobody knows where its last definition was';
    if (root !== undefined && root !== sender.directory) return `its last definition was in ${root}`;
    return loads === undefined ? this.#againstClaim(deletion) : undefined;
  }

  /** What another definition claims is not to be deleted. */
  #againstClaim({ change: { key, kind }, origin, records, live }: Deletion): string | undefined {
    const claimant = this.#model.defined.find((thing) => {
      const { app, pinned, renamedFrom } = thing;
      if (thing.kind !== kind || keyOf(thing) === key) return false;
      if (pinned !== undefined) return pinned === origin.id;
      if (records.has(keyOf(thing))) return false;
      if (renamedFrom !== undefined && keyOf({ kind, name: renamedFrom }) === key) return true;
      const isUnderIt = app === undefined || records.get(keyOf(app)) === live?.appId;
      const versions = this.#model.recent(thing);
      return isUnderIt && versions.every((version) => declares(version, 'displayName', live?.displayName));
    });
    return claimant && `${keyOf(claimant)} (${claimant.uid}) claims it`;
  }

  #isGone({ ms, back }: Absence, sentAt: number, { loadedAt }: Deleter): boolean {
    if (ms >= this.#afterMs) return true;
    if (back === undefined || back.afterMs < this.#afterMs) return false;
    return sentAt - back.at <= RETURN_MS || (loadedAt !== undefined && back.at >= loadedAt);
  }

  #versionsOf(key: string): Thing['versions'] {
    return this.#model.things.flatMap(({ kind, versions }) =>
      versions.filter(({ name }) => keyOf({ kind, name }) === key),
    );
  }

  #absence(key: string): Absence | undefined {
    const versions = [...this.#versionsOf(key)].sort((a, b) => a.from - b.from);
    const last = versions.at(-1);
    if (last === undefined) return undefined;
    if (last.to !== undefined) return { ms: this.#now() - last.to };
    // Versions of one stay in the definitions follow each other at once.
    const first = versions.findLastIndex(({ from }, index) => versions[index - 1]?.to !== from);
    const [now, before] = [versions[first], versions[first - 1]];
    if (now === undefined || before?.to === undefined) return { ms: 0 };
    return { ms: 0, back: { at: now.from, afterMs: now.from - before.to } };
  }

  #absenceFrom(
    loads: readonly { readonly at: number; readonly keys: ReadonlySet<string> }[],
    key: string,
  ): Absence | undefined {
    const has = loads.map(({ keys }) => keys.has(key));
    const last = has.lastIndexOf(true);
    if (last < 0) return undefined;
    const next = loads[last + 1];
    if (next !== undefined) return { ms: this.#now() - next.at };
    const lost = has.lastIndexOf(false);
    const before = has.lastIndexOf(true, lost - 1);
    const [gone, back] = [loads[before + 1], loads[lost + 1]];
    if (lost < 1 || before < 0 || gone === undefined || back === undefined) return { ms: 0 };
    return { ms: 0, back: { at: back.at, afterMs: back.at - gone.at } };
  }
}

function placeOf(directory: string, { file }: Thing): string {
  return `${directory} ${file}`;
}
