import { grouped } from '../../text/grouped.js';
import { mapAtOnce } from '../model/at-once.js';
import { keyOf } from '../model/definition.js';
import type { DefinitionsByKey } from '../model/definition-index.js';
import { messageOf } from '../model/errors.js';
import { type Kind, type KindReader, type LiveObject, parentRef } from '../model/kind.js';
import { areOurs, marksOf } from '../model/marks.js';
import type { Intent } from '../model/record.js';
import { recordsById } from '../model/record-index.js';
import { isRecovering } from '../state/decision-store.js';
import { claimantsOf } from './claimants.js';
import type { DesiredMap } from './desired-map.js';
import { candidatesOf } from './intent.js';
import { matchKind } from './match.js';
import type { Scope } from './match-index.js';
import { type Footing, liveOf, type Match, parentIdOf } from './matching.js';
import { isEmpty, ObjectReads, type ReadsInput } from './object-reads.js';
import type { ObserverParts, Recovery, UntrackedObject } from './observation.js';
import type { Desired } from './resolve.js';

/** The input of an {@link ObservationBuilder}. */
export interface BuilderInput extends ReadsInput {
  readonly parts: ObserverParts;
  readonly definitions: DefinitionsByKey;
  readonly desired: DesiredMap;
  /** Keys of the definitions to observe. */
  readonly needed: ReadonlySet<string>;
  /** Keys of definitions that are not valid, or lost their file. */
  readonly reserved: ReadonlySet<string>;
  /** As in {@link MatchInput}. */
  readonly hasNameless: boolean;
  readonly root: string;
  /** Id of the user that c1sync acts as. */
  readonly selfId: string | undefined;
}

/** Builds one observation: kind after kind, parents first. */
export class ObservationBuilder {
  readonly matches = new Map<string, Match>();
  /** Definitions by the id of their object. */
  readonly #definedAs = new Map<string, string>();
  readonly statedParents = new Map<string, LiveObject>();
  readonly untracked: UntrackedObject[] = [];
  readonly #input: BuilderInput;
  readonly #reads: ObjectReads;
  /** Ids of objects with our marks. */
  readonly #marked = new Set<string>();

  constructor(input: BuilderInput) {
    this.#input = input;
    this.#reads = new ObjectReads(input);
  }

  /** Objects whose own reads failed, with the reason, by id. */
  get readErrors(): ReadonlyMap<string, string> {
    return this.#reads.readErrors;
  }

  /** Ids on every list that was read in full, by its name. */
  get lists(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#reads.lists;
  }

  async readKind(kind: Kind, reader: KindReader, signal?: AbortSignal): Promise<void> {
    const needed = this.#neededOf(kind);
    if (needed.length === 0) return;
    await this.#readStatedParents(kind, needed, signal);
    const scopes = new Map<string, Scope>();
    await mapAtOnce(this.#byParent(kind, needed), async ([parent, under]) => {
      const parentId = parent === '' ? undefined : parent;
      scopes.set(parent, await this.#reads.scope(kind, reader, parentId, under, signal));
    });
    await this.#readParentless(kind, reader, needed, signal);
    await this.#readCandidateOwners(kind, reader, scopes, signal);
    for (const { objects } of scopes.values()) this.#noteMarked(kind, objects);
    const claimants = claimantsOf(kind, this.#input.definitions, {
      needed,
      records: this.#input.records,
      reads: this.#reads,
      read: [...scopes.values()].flatMap(({ objects }) => objects),
    });
    const matches = matchKind({
      kind,
      desired:
        claimants?.flatMap((key) => this.#input.desired.get(key) ?? []) ?? this.#input.desired.ofKind(kind),
      isDefined: (key) => this.#input.definitions.get(key)?.kind === kind.name,
      reserved: this.#input.reserved,
      hasNameless: this.#input.hasNameless,
      root: this.#input.root,
      records: this.#input.records,
      workspace: this.#input.parts.workspace,
      adopt: this.#input.parts.adopt,
      parentId: (desired) => this.#parentId(desired),
      footing: (desired) => this.#footing(desired),
      scope: (parentId) => scopes.get(parentId ?? ''),
      goneIds: this.#reads.goneIds,
      recreate: this.#input.parts.onDeleted === 'recreate',
      elsewhere: this.#reads.elsewhere,
      selfId: this.#input.selfId,
      ownersSettle: (intent) => this.#ownersSettle(intent),
    });
    for (const [key, match] of matches) {
      if (!this.#input.needed.has(key)) continue;
      this.matches.set(key, match);
      if (match.type === 'found') this.#definedAs.set(match.live.id, key);
      if (match.type === 'conflict') this.#input.memory.conflicts.add(key);
      else this.#input.memory.conflicts.delete(key);
    }
    if (this.#input.isFull) this.untracked.push(...this.#untrackedOf(kind, scopes.get('')));
    await this.#enrich(kind, reader, needed, signal);
  }

  /** The definitions of a kind to observe. */
  #neededOf(kind: Kind): readonly Desired[] {
    const { isFull, needed, desired, definitions } = this.#input;
    if (isFull) return desired.ofKind(kind);
    const keys = [...needed].filter((key) => definitions.get(key)?.kind === kind.name);
    return keys.flatMap((key) => desired.get(key) ?? []);
  }

  /** Set while managed objects are found again after the records were lost: marks without any record begin it. */
  get recovery(): Recovery | undefined {
    const begins = isEmpty(this.#input.records) && this.#marked.size > 0;
    return begins || isRecovering(this.#input.records) ? { marked: this.#marked.size } : undefined;
  }

  /** Reads the owners of possible results of lost creates: the only evidence for a kind without marks. */
  async #readCandidateOwners(
    kind: Kind,
    reader: KindReader,
    scopes: Map<string, Scope>,
    signal?: AbortSignal,
  ): Promise<void> {
    const { owners } = kind;
    if (kind.marks !== undefined || owners === undefined) return;
    const recorded = recordsById(this.#input.records.objects);
    const isTaken = ({ id }: LiveObject): boolean => recorded.has(id);
    const { workspace } = this.#input.parts;
    await mapAtOnce(scopes, async ([parent, scope]) => {
      const { objects } = scope;
      const candidates = new Set(
        [...this.#input.records.intents.values()]
          .filter((intent) => intent.kind === kind.name && (intent.parentId ?? '') === parent)
          .flatMap((intent) => candidatesOf(intent, { kind, workspace, objects, isTaken })),
      );
      if (candidates.size === 0) return;
      const read = await Promise.all(
        objects.map((live) =>
          candidates.has(live) ? this.#reads.enriched(reader, live, [owners], signal) : live,
        ),
      );
      scopes.set(parent, { ...scope, objects: read });
    });
  }

  /** True while the owners of a lost create may not show yet, however late it was carried out. */
  #ownersSettle({ at, reason }: Intent): boolean {
    const { clock, callWindowMs, settleMs } = this.#input.parts;
    return reason === undefined || clock.now() < at + callWindowMs + settleMs;
  }

  #noteMarked(kind: Kind, objects: Iterable<LiveObject>): void {
    for (const live of objects) {
      if (areOurs(marksOf(kind, live), this.#input.parts.workspace)) this.#marked.add(live.id);
    }
  }

  /** Objects with our marks, without a definition and a record. */
  #untrackedOf(kind: Kind, scope: Scope | undefined): UntrackedObject[] {
    const recorded = recordsById(this.#input.records.objects);
    const claimed = new Set([...this.matches.values()].map((match) => liveOf(match)?.id));
    return (scope?.objects ?? []).flatMap((live) => {
      const marks = marksOf(kind, live);
      if (marks === undefined || !areOurs(marks, this.#input.parts.workspace)) return [];
      const isKnown =
        recorded.has(live.id) || claimed.has(live.id) || this.#input.records.objects.has(marks.address);
      const isOfKind = marks.address.startsWith(`${kind.name}/`) && !this.#input.desired.has(marks.address);
      return isKnown || !isOfKind ? [] : [{ kind, live, key: marks.address }];
    });
  }

  /** Reads recorded objects whose parent has no id now under their former parent: they may be gone with it. */
  async #readParentless(
    kind: Kind,
    reader: KindReader,
    needed: readonly Desired[],
    signal?: AbortSignal,
  ): Promise<void> {
    if (kind.parent === undefined) return;
    const refs = needed
      .filter((desired) => this.#parentId(desired) === undefined)
      .flatMap((desired) => this.#reads.knownRef(desired, undefined) ?? [])
      .filter(({ parentId }) => parentId !== undefined);
    const found = { objects: this.#reads.elsewhere, unread: new Map<string, string>() };
    await mapAtOnce(refs, (ref) => this.#reads.byId(reader, ref, found, signal));
  }

  /** The needed definitions with their live objects. */
  pairs(): { desired: Desired; live: LiveObject | undefined }[] {
    return [...this.#input.needed].flatMap((key) => {
      const desired = this.#input.desired.get(key);
      return desired === undefined ? [] : [{ desired, live: liveOf(this.matches.get(key)) }];
    });
  }

  /** Groups by parent id, `''` for a kind without parents; definitions without a parent yet are left out. */
  #byParent(kind: Kind, needed: readonly Desired[]): ReadonlyMap<string, readonly Desired[]> {
    const placed = needed.filter(
      (desired) => kind.parent === undefined || this.#parentId(desired) !== undefined,
    );
    return grouped(placed, (desired) => this.#parentId(desired) ?? '');
  }

  async #readStatedParents(kind: Kind, needed: readonly Desired[], signal?: AbortSignal): Promise<void> {
    const parent = this.#input.parts.readers.find((entry) => entry.kind.name === kind.parent?.kind);
    if (parent === undefined) return;
    const ids = needed.flatMap(({ definition }) => {
      const ref = parentRef(kind, definition);
      return ref !== undefined && 'id' in ref ? [ref.id] : [];
    });
    await mapAtOnce(new Set(ids), async (id) => {
      try {
        const live = await parent.reader.get({ id }, signal);
        if (live !== undefined) this.statedParents.set(id, live);
      } catch (error) {
        signal?.throwIfAborted();
        this.#reads.readErrors.set(id, messageOf(error));
      }
    });
    this.#noteMarked(parent.kind, this.statedParents.values());
  }

  /** Reads sub-objects, but only of objects that manage them. */
  async #enrich(
    kind: Kind,
    reader: KindReader,
    needed: readonly Desired[],
    signal?: AbortSignal,
  ): Promise<void> {
    const subRead = kind.fields.filter((field) => field.subRead === true).map(({ path }) => path);
    await mapAtOnce(needed, async (desired) => {
      const { key } = desired.definition;
      const match = this.matches.get(key);
      const paths = subRead.filter((path) => path in desired.values);
      if (match?.type !== 'found' || paths.length === 0) return;
      this.matches.set(key, {
        ...match,
        live: await this.#reads.enriched(reader, match.live, paths, signal),
      });
    });
  }

  #parentId(desired: Desired): string | undefined {
    return parentIdOf(desired, this.matches);
  }

  /** The footing of an object: without marks it belongs to the owner of its parent. */
  #footing(desired: Desired): Footing {
    const ref = parentRef(desired.kind, desired.definition);
    const parent = this.#input.parts.readers.find(({ kind }) => kind.name === desired.kind.parent?.kind);
    if (ref === undefined || parent === undefined) return 'joining';
    const isOurs = (live: LiveObject | undefined): boolean =>
      live !== undefined && areOurs(marksOf(parent.kind, live), this.#input.parts.workspace);
    const ours = this.recovery === undefined ? 'ours' : 'recovered';
    // A parent that is named by its id may have a definition of this load, too.
    const key = 'id' in ref ? this.#definedAs.get(ref.id) : keyOf(parent.kind.name, ref.name);
    if (key === undefined) return 'id' in ref && isOurs(this.statedParents.get(ref.id)) ? ours : 'strange';
    const match = this.matches.get(key);
    if (match?.type !== 'found' || !isOurs(match.live)) return 'joining';
    return match.by === 'marks' && !this.#input.records.objects.has(key) ? 'recovered' : ours;
  }
}
