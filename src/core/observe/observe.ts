import type { LogSource } from '../drift/change-log.js';
import type { Clock } from '../model/clock.js';
import type { Definition, Load } from '../model/definition.js';
import {
  type Kind,
  type KindReader,
  type LiveObject,
  type Lookup,
  type Principal,
  parentRef,
} from '../model/kind.js';
import type { Records } from '../model/record.js';
import { Look, type LookMemory } from './look.js';
import type { AdoptMode, Match } from './matching.js';
import { onlyOurs } from './only-ours.js';
import { lookAtOrphans, type Orphan } from './orphans.js';
import type { Recovery } from './recovery.js';
import {
  type Desired,
  type LookupTable,
  lookUp,
  resolveDefinition,
  wantedContexts,
  wantedNames,
} from './resolve.js';

/** What to look at: everything, or what these keys name (and the parents they need). */
export type LookScope = 'all' | ReadonlySet<string>;

/** One look at the tenant, matched to the definitions. */
export interface Observation {
  /** When the look began, milliseconds since the epoch: nothing in it is older. */
  readonly at: number;
  /** True when everything was looked at. */
  readonly isFull: boolean;
  readonly desired: ReadonlyMap<string, Desired>;
  readonly matches: ReadonlyMap<string, Match>;
  readonly statedParents: ReadonlyMap<string, LiveObject>;
  readonly readErrors: ReadonlyMap<string, string>;
  readonly lookups: LookupTable;
  readonly self: Principal | undefined;
  /** Keys whose unfinished writes of write-only values are ours, as the tenant's log tells. */
  readonly onlyOurs: ReadonlySet<string>;
  /** Recorded objects that no definition names any more and that may have to be deleted, by key. */
  readonly orphans: ReadonlyMap<string, Orphan>;
  /** Objects with our marks that neither a definition nor a record knows: what is left of lost records. */
  readonly strays: readonly Stray[];
  /** Set while what lost records told of has to be found again. */
  readonly recovery: Recovery | undefined;
  /** Ids on the lists that were read in full, for judging whether an object is absent or new: `Kind` or `Kind@parent`. */
  readonly lists: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What an observer works with. */
export interface ObserverParts {
  /** Kinds with their readers, parents first. */
  readonly readers: readonly { readonly kind: Kind; readonly reader: KindReader }[];
  readonly lookups: ReadonlyMap<string, Lookup>;
  /** Who c1sync is; asked once. Undefined where the tenant does not tell. */
  readonly whoAmI: (signal?: AbortSignal) => Promise<Principal | undefined>;
  readonly workspace: string;
  readonly adopt: AdoptMode;
  /** The setting `sync.prune`. */
  readonly prune: boolean;
  /** The setting `sync.onDeleted`. */
  readonly onDeleted: 'hold' | 'recreate';
  /** How long a create whose answer was lost may still be carried out, milliseconds. */
  readonly createWindowMs: number;
  /** How long an owner write may take to show, milliseconds. */
  readonly settleMs: number;
  readonly clock: Clock;
  /** The tenant's log. */
  readonly log: LogSource;
}

/** An object with our marks, and the address that they give. */
export interface Stray {
  readonly kind: Kind;
  readonly live: LiveObject;
  /** `Kind/name`. */
  readonly key: string;
}

/**
 * Reads the tenant for a load. A part that cannot be read is marked as such and never counts as absent;
 * only a whole look that fails at its first step (no list of the top kind) throws.
 */
export class Observer {
  readonly #parts: ObserverParts;
  readonly #memory: LookMemory = { listed: new Map(), conflicts: new Set() };
  #self: Promise<Principal | undefined> | undefined;

  constructor(parts: ObserverParts) {
    this.#parts = parts;
  }

  async observe(load: Load, records: Records, scope: LookScope, signal?: AbortSignal): Promise<Observation> {
    const at = this.#parts.clock.now();
    const kinds = new Map(this.#parts.readers.map(({ kind }) => [kind.name, kind]));
    const needed = withParents(load.definitions, kinds, withClaimants(load, records, scope));
    const self = await this.#whoAmI(signal);
    const names = await lookUp(this.#parts.lookups, wantedNames(kinds, needed, load.definitions), signal);
    const desired = resolveAll(load.definitions, kinds, names);
    const look = new Look(
      this.#parts,
      records,
      desired,
      new Set(needed.map(({ key }) => key)),
      scope === 'all',
      this.#memory,
      self?.userId,
    );
    for (const { kind, reader } of this.#parts.readers) await look.readKind(kind, reader, signal);
    const contexts = await lookUp(this.#parts.lookups, wantedContexts(look.pairs()), signal);
    return {
      at,
      desired,
      matches: look.matches,
      statedParents: look.statedParents,
      readErrors: look.readErrors,
      lookups: new Map([...names, ...contexts]),
      self,
      onlyOurs: await onlyOurs(
        look.matches,
        records,
        { source: this.#parts.log, clock: this.#parts.clock, self },
        signal,
      ),
      lists: look.lists,
      isFull: scope === 'all',
      strays: look.strays,
      recovery: look.recovery,
      orphans: await lookAtOrphans(
        {
          load,
          records,
          readers: this.#parts.readers,
          wants: (key) => scope === 'all' || scope.has(key),
          prune: this.#parts.prune,
        },
        signal,
      ),
    };
  }

  async #whoAmI(signal?: AbortSignal): Promise<Principal | undefined> {
    this.#self ??= this.#parts.whoAmI(signal);
    try {
      return await this.#self;
    } catch (error) {
      this.#self = undefined;
      throw error;
    }
  }
}

function resolveAll(
  definitions: readonly Definition[],
  kinds: ReadonlyMap<string, Kind>,
  names: LookupTable,
): Map<string, Desired> {
  const desired = new Map<string, Desired>();
  for (const definition of definitions) {
    const kind = kinds.get(definition.kind);
    if (kind !== undefined) desired.set(definition.key, resolveDefinition(kind, definition, names));
  }
  return desired;
}

/** A look at what lost its definition is one at every definition, too, that may have come to mean it. */
function withClaimants({ definitions }: Load, { objects }: Records, scope: LookScope): LookScope {
  if (scope === 'all') return scope;
  const defined = new Set(definitions.map(({ key }) => key));
  const orphans = [...scope].filter((key) => objects.has(key) && !defined.has(key));
  if (orphans.length === 0) return scope;
  const claimants = definitions.filter(({ key, id }) => id !== undefined || !objects.has(key));
  return new Set([...scope, ...claimants.map(({ key }) => key)]);
}

/** The definitions in scope and those of their parents. */
function withParents(
  definitions: readonly Definition[],
  kinds: ReadonlyMap<string, Kind>,
  scope: LookScope,
): readonly Definition[] {
  if (scope === 'all') return definitions;
  const keys = keysWithParents(definitions, kinds, scope);
  return definitions.filter(({ key }) => keys.has(key));
}

/** Keys of a scope, and of what the defined objects among them live under. */
export function keysWithParents(
  definitions: readonly Definition[],
  kinds: ReadonlyMap<string, Kind>,
  scope: ReadonlySet<string>,
): ReadonlySet<string> {
  const keys = new Set(scope);
  for (const definition of definitions) {
    const kind = kinds.get(definition.kind);
    if (kind?.parent === undefined || !scope.has(definition.key)) continue;
    const ref = parentRef(kind, definition);
    if (ref !== undefined && 'name' in ref) keys.add(`${kind.parent.kind}/${ref.name}`);
  }
  return keys;
}
