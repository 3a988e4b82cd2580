import type { Definition, Load } from '../model/definition.js';
import { definitionsByKey } from '../model/definition-index.js';
import type { Kind, Known, Principal } from '../model/kind.js';
import type { Records } from '../model/record.js';
import type { SweepScope } from '../model/scope.js';
import { DesiredMap } from './desired-map.js';
import {
  type LookupTable,
  lookUp,
  lookUpTitles,
  naturalNamesOf,
  type Titles,
  type Wanted,
  wantedNames,
} from './lookups.js';
import type { ObserverMemory } from './object-reads.js';
import type { Observation, ObserverParts } from './observation.js';
import { ObservationBuilder } from './observation-builder.js';
import { onlyOurs } from './only-ours.js';
import { observeOrphans } from './orphans.js';
import { References } from './references.js';
import { type Desired, type Refer, resolveDefinition, wantedContexts } from './resolve.js';

/**
 * Reads the tenant for a load. A part that cannot be read is marked as such and never counts as absent;
 * only a full observation that fails at its first step (no list of the top kind) throws.
 */
export class Observer {
  readonly #parts: ObserverParts;
  readonly #memory: ObserverMemory = { listed: new Map(), conflicts: new Set() };
  /** Definitions that name nothing, so that they resolve to the same values each time. */
  readonly #plain = new WeakMap<Definition, Desired>();
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #naturalNames: ReturnType<typeof naturalNamesOf>;
  #self: Promise<Principal | undefined> | undefined;

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#kinds = new Map(parts.readers.map(({ kind }) => [kind.name, kind]));
    this.#naturalNames = naturalNamesOf(this.#kinds);
  }

  async observe(load: Load, records: Records, scope: SweepScope, signal?: AbortSignal): Promise<Observation> {
    const at = this.#parts.clock.now();
    const kinds = this.#kinds;
    const definitions = definitionsByKey(load.definitions);
    const references = new References(kinds, load.definitions);
    const needed = withReferred(load.definitions, references, withClaimants(load, records, scope));
    const self = await this.#whoAmI(scope === 'all', signal);
    const known = references.known(records);
    const wanted = wantedNames(kinds, known, needed, this.#naturalNames(definitions));
    const names = await lookUp(this.#parts.lookups, wanted, signal);
    const referFrom =
      (kind: Kind): Refer =>
      (referred, name) => {
        const key = references.named(referred, name);
        if (key === undefined) return undefined;
        const match = this.#isBefore(referred.kind, kind) ? builder.matches.get(key) : undefined;
        if (match?.type === 'found') return { key, id: match.live.id };
        return { key, isAbsent: match?.type === 'missing' || match?.type === 'gone' };
      };
    const desired = new DesiredMap(
      definitions,
      kinds,
      (kind, definition) =>
        this.#plain.get(definition) ?? this.#resolved(kind, definition, [names, referFrom(kind), known]),
    );
    const builder = new ObservationBuilder({
      parts: this.#parts,
      records,
      definitions,
      desired,
      needed: new Set(needed.map(({ key }) => key)),
      reserved: new Set([...load.invalid.keys(), ...load.lost.keys()]),
      hasNameless: load.hasNameless,
      root: load.seen.root,
      isFull: scope === 'all',
      memory: this.#memory,
      selfId: self?.userId,
    });
    for (const { kind, reader } of this.#parts.readers) await builder.readKind(kind, reader, signal);
    const contexts = await lookUp(this.#parts.lookups, wantedContexts(builder.pairs()), signal);
    return {
      at,
      records,
      desired,
      matches: builder.matches,
      statedParents: builder.statedParents,
      readErrors: builder.readErrors,
      lookups: new Map([...names, ...contexts]),
      self,
      onlyOurs: await onlyOurs(
        builder.matches,
        records,
        { source: this.#parts.log, clock: this.#parts.clock, self },
        signal,
      ),
      lists: builder.lists,
      isFull: scope === 'all',
      untracked: builder.untracked,
      recovery: builder.recovery,
      orphans: await observeOrphans(
        {
          load,
          records,
          readers: this.#parts.readers,
          scope,
          prune: this.#parts.prune,
        },
        signal,
      ),
    };
  }

  /** True for a kind whose objects were matched before those of another one. */
  #isBefore(name: string, { name: other }: Kind): boolean {
    const order = [...this.#kinds.keys()];
    return order.indexOf(name) < order.indexOf(other);
  }

  #resolved(kind: Kind, definition: Definition, [names, refer, known]: [LookupTable, Refer, Known]): Desired {
    const desired = resolveDefinition(kind, definition, names, refer, known);
    const isPlain = kind.fields.every(({ sugar }) => sugar === undefined || !(sugar.path in definition.spec));
    if (isPlain) this.#plain.set(definition, desired);
    return desired;
  }

  /** Names of ids for people; those that cannot be looked up are missing. */
  titles(wanted: Wanted, signal?: AbortSignal): Promise<Titles> {
    return lookUpTitles(this.#parts.lookups, wanted, signal);
  }

  /** Our principal. A full observation asks again where the tenant has not named it. */
  async #whoAmI(isFull: boolean, signal?: AbortSignal): Promise<Principal | undefined> {
    if (isFull && (await this.#self) === undefined) this.#self = undefined;
    this.#self ??= this.#parts.whoAmI(signal);
    try {
      return await this.#self;
    } catch (error) {
      this.#self = undefined;
      throw error;
    }
  }
}

/** The scope with every definition that may claim an orphan in it. */
function withClaimants({ definitions }: Load, { objects }: Records, scope: SweepScope): SweepScope {
  if (scope === 'all') return scope;
  const defined = definitionsByKey(definitions);
  const orphans = [...scope].filter((key) => objects.has(key) && !defined.has(key));
  if (orphans.length === 0) return scope;
  const claimants = definitions.filter(({ key, id }) => id !== undefined || !objects.has(key));
  return new Set([...scope, ...claimants.map(({ key }) => key)]);
}

/** The definitions in scope and those that they refer to. */
function withReferred(
  definitions: readonly Definition[],
  references: References,
  scope: SweepScope,
): readonly Definition[] {
  if (scope === 'all') return definitions;
  const byKey = definitionsByKey(definitions);
  return [...references.with(scope)].sort().flatMap((key) => byKey.get(key) ?? []);
}
