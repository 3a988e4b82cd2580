import type { Status } from '../../src/core/model/change.js';
import { CONFIG, canonical, type FieldModel, modelsOf } from '../model/fields.js';
import { PLAIN, SECRET } from '../model/seed.js';

/** A secret of a connector's configuration. */
interface Planted {
  /** Path of the file that holds it. */
  readonly file: string;
  value: string;
}

/** How a definition was from one moment to another. */
export interface Version {
  readonly name: string;
  readonly renamedFrom: string | undefined;
  readonly pinned: string | undefined;
  readonly declared: ReadonlyMap<string, unknown>;
  readonly secret: string | undefined;
  readonly suspended: boolean;
  readonly from: number;
  /** Undefined while it is in force. */
  to: number | undefined;
}

/** An object that a definition names, or did. */
export interface Thing {
  /** The same for ever, whatever its name is. */
  readonly uid: string;
  readonly kind: 'App' | 'Connector';
  readonly app: Thing | undefined;
  /** `metadata.name`. */
  name: string;
  renamedFrom: string | undefined;
  suspended: boolean;
  /** `metadata.id`. */
  pinned: string | undefined;
  /** What the definition says, by the paths of the field models. */
  readonly declared: Map<string, unknown>;
  readonly secret: Planted | undefined;
  /** Path below the definitions folder; undefined while no definition names it. */
  file: string | undefined;
  /** Every version that was ever in force, oldest first. */
  readonly versions: Version[];
  /** Ids of objects that were made for it, or adopted, by rules that allow it. */
  readonly ids: Set<string>;
  /** True where another tool owns the object of its name. */
  readonly isForeign: boolean;
  /** Where it may stand other than `Synced`, with what was done to it that explains so. */
  readonly causes: Map<Status, string>;
  /** True once what was remembered of it was lost or replaced, until it is in sync. */
  isForgotten: boolean;
  /** When that happened last, milliseconds since the beginning. */
  forgottenAt: number;
  /** When it was in sync last as the world came to rest, milliseconds since the beginning. */
  syncedAt: number;
  /** When a person wrote its configuration last, milliseconds since the beginning. */
  rotatedAt: number | undefined;
  /** True where somebody else wrote its configuration last, or c1sync and did not hear of it. */
  isReconfigured: boolean;
  /** When c1sync heard of its last write of it, milliseconds since the beginning; infinite until it has. */
  configuredAt: number;
}

/** What is known of an object in the tenant: who made it, and for whom. */
export interface Origin {
  readonly id: string;
  readonly kind: 'App' | 'Connector';
  readonly by: 'seed' | 'daemon' | 'person';
  /** The thing it was made for, or that adopted it. */
  thing: Thing | undefined;
  /** The thing that a create made it for, and its key at that time. */
  readonly madeFor: Thing | undefined;
  readonly madeAs: string | undefined;
  /** When the call of that create left, milliseconds since the beginning. */
  readonly sentAt?: number;
  /** True where its maker had been stopped when the tenant did the work: nothing could have held it back. */
  readonly isExcused: boolean;
  /** True where the answer that said so never came as it should, until it is known for what it is. */
  isUnheard?: boolean;
  /** When it was made, milliseconds since the beginning. */
  readonly since: number;
}

/** How long a version that is not in force any more may still show in what a process sends, milliseconds. */
const LINGER_MS = 90_000;

/** A secret that {@link Model.plant} has made. */
export const PLANTED = /planted-\d+-s3cr3t-9f3a/;

/** Everything that was done to the definitions and the tenant, and what may follow from it. */
export class Model {
  readonly things: Thing[] = [];
  readonly origins = new Map<string, Origin>();
  /** Text of every secret that was ever planted. */
  readonly planted = new Set<string>();
  readonly #now: () => number;
  #unique = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Never the same twice. For parameters of actions alone, so that a replay has the same numbers. */
  unique(): number {
    this.#unique += 1;
    return this.#unique;
  }

  /** Text that must turn up nowhere; `number` is unique. */
  plant(number: number): string {
    const secret = `planted-${number}-s3cr3t-9f3a`;
    this.planted.add(secret);
    return secret;
  }

  add(
    given: Pick<Thing, 'kind' | 'app' | 'isForeign'> & {
      readonly displayName: string;
      readonly hasSecret?: boolean;
      /** Unique. */
      readonly number: number;
    },
  ): Thing {
    const { displayName, hasSecret = false, number, ...rest } = given;
    const uid = `${rest.kind.toLowerCase()}-${number}`;
    const thing: Thing = {
      ...rest,
      uid,
      name: uid,
      renamedFrom: undefined,
      suspended: false,
      pinned: undefined,
      declared: new Map([['displayName', displayName]]),
      secret: hasSecret ? { file: `/secrets/${uid}`, value: this.plant(number) } : undefined,
      file: undefined,
      versions: [],
      ids: new Set(),
      causes: new Map(),
      isForgotten: false,
      forgottenAt: 0,
      syncedAt: 0,
      rotatedAt: undefined,
      isReconfigured: false,
      configuredAt: Number.NEGATIVE_INFINITY,
    };
    this.things.push(thing);
    return thing;
  }

  /** The thing that has always been called so. */
  thing(uid: string): Thing | undefined {
    return this.things.find((thing) => thing.uid === uid);
  }

  get defined(): Thing[] {
    return this.things.filter(({ file }) => file !== undefined);
  }

  under(app: Thing): Thing[] {
    return this.things.filter((thing) => thing.app === app);
  }

  /** Notes that a thing's definition says now what the thing says; without a file, that it is gone. */
  publish(thing: Thing): void {
    const now = this.#now();
    const last = thing.versions.at(-1);
    if (last !== undefined && last.to === undefined) last.to = now;
    if (thing.file === undefined) return;
    const { name, renamedFrom, pinned, declared, secret, suspended } = thing;
    thing.versions.push({
      name,
      renamedFrom,
      pinned,
      declared: new Map(declared),
      secret: secret?.value,
      suspended,
      from: now,
      to: undefined,
    });
  }

  /** Versions of a thing that a process may still act on at this moment. `since`: since when it may have slept. */
  recent(thing: Thing, since = this.#now()): Version[] {
    const from = Math.min(since, this.#now()) - LINGER_MS;
    return thing.versions.filter(({ to }) => to === undefined || to >= from);
  }

  /** True where the definition of a thing came back after a moment: there was none before. */
  isBackSince({ versions }: Thing, at: number): boolean {
    return versions.some(({ from }, index) => {
      const before = versions[index - 1];
      return from > at && before !== undefined && before.to !== from;
    });
  }

  /** Notes that nobody can tell any more whose objects these were: they are nobody's. */
  release(origins: readonly Origin[]): void {
    for (const origin of origins) {
      origin.thing?.ids.delete(origin.id);
      origin.thing = undefined;
    }
  }

  /** Notes an object of the tenant that is there from now on. */
  note({ thing, ...noted }: Omit<Origin, 'since' | 'madeFor'>): void {
    const origin: Origin = { ...noted, thing, madeFor: thing, since: this.#now() };
    this.origins.set(origin.id, origin);
    if (origin.thing !== undefined) origin.thing.ids.add(origin.id);
  }
}

/** `Kind/name`. */
export function keyOf({ kind, name }: Pick<Thing, 'kind' | 'name'>): string {
  return `${kind}/${name}`;
}

/** The type of a connector. */
export function catalogOf({ secret }: Thing): string {
  return secret === undefined ? PLAIN : SECRET;
}

/** The field models of a thing. */
export function fieldsOf(thing: Thing): readonly FieldModel[] {
  return modelsOf(thing.kind, catalogOf(thing));
}

/** True where a version declares this value for a field, sets in any order. */
export function declares(version: Version, path: string, value: unknown): boolean {
  if (!version.declared.has(path)) return false;
  const wanted = version.declared.get(path);
  const sorted = path === 'owners' && Array.isArray(wanted) ? [...wanted].sort() : wanted;
  return canonical(sorted) === canonical(value);
}

/** True for the field of a configuration. */
export function isConfig(path: string): boolean {
  return path === CONFIG || path.startsWith(`${CONFIG}.`);
}

/** Why an object is held whose configuration somebody else may have written last. */
const CONFIGURED = 'its configuration was written by somebody else';

/** Notes that somebody else may have written a configuration; another cause of a hold stays. */
export function noteConfigured(thing: Thing): void {
  thing.isReconfigured = true;
  if (!thing.causes.has('Held')) thing.causes.set('Held', CONFIGURED);
}

/**
 * Notes that somebody else wrote a field. Where the last write of c1sync has no time of the tenant, it cannot tell them from a
 * tenant that does not keep the value.
 */
export function noteContested(thing: Thing, path: string): void {
  thing.causes.set('Contested', `${path} was written`);
  thing.causes.set('NotConverging', `${path} was written`);
}

/** The definition of a configuration changes: who wrote it before is no cause of a hold any more. */
export function noteReconfigured(thing: Thing): void {
  thing.rotatedAt = undefined;
  if (thing.causes.get('Held') === CONFIGURED) thing.causes.delete('Held');
}
