import { foldedText } from '../../src/core/model/spelling.js';
import type { Json } from '../model/client.js';
import { keyOf, type Model, type Origin, type Thing } from './model.js';
import { WORKSPACE } from './settings.js';
import { asObject, type State } from './tenant.js';

/** What decides whether a name may be enough. */
export interface ClaimRules {
  readonly adopt: 'matching' | 'marked' | 'never';
}

/** How a process came to what it does. */
export interface Look {
  /** What its records say: ids of objects by the keys of their definitions. */
  readonly records: ReadonlyMap<string, string>;
  /** True where a person approved it for a key. */
  readonly isReleased: (key: string) => boolean;
  /** Since when it may act on what it saw, and what it may not have seen, milliseconds since the beginning. */
  readonly since: number;
  readonly seenAt: number;
  /** Since when it may act on the definitions that it loaded, milliseconds since the beginning. */
  readonly loadedAt: number;
  /** True where the definitions that it loads have that of a thing. */
  readonly defines: (thing: Thing) => boolean;
}

/** A definition under one of its names. */
interface Claimant {
  readonly key: string;
  readonly thing: Thing;
}

/** A create that is under way. */
export interface Creation {
  readonly displayName: unknown;
  /** The app that it is under. */
  readonly appId: string | undefined;
  readonly catalogId: unknown;
}

const EMPTY: State = { apps: [], connectors: [] };

/** The order in which objects are matched with definitions: pinned id, record, marks, name; asked of records as they are. */
export class Claims {
  readonly #model: Model;
  readonly #rules: ClaimRules;
  /** Ids of the objects that a key was ever right to have: an older state may say so again. */
  readonly #founded = new Map<string, Set<string>>();
  /** What the records said last. */
  #records: ReadonlyMap<string, string> = new Map();
  /** What records said that may be lost: a process that still has them may move them. */
  #doubtful: ReadonlyMap<string, string> = new Map();

  constructor(model: Model, rules: ClaimRules) {
    this.#model = model;
    this.#rules = rules;
  }

  /** The thing that a key has ever named. */
  thingOf(key: string): Thing | undefined {
    return this.#model.things.find(({ kind, versions }) =>
      versions.some(({ name }) => keyOf({ kind, name }) === key),
    );
  }

  /** The objects of a thing that are there. */
  alive(thing: Thing): Origin[] {
    return [...thing.ids]
      .flatMap((id) => this.#model.origins.get(id) ?? [])
      .filter((origin) => origin.thing === thing);
  }

  /** What was recorded is lost or replaced; with a key, of that alone. */
  forgets(key?: string): void {
    if (key === undefined) this.#doubtful = this.#records;
    this.#records = new Map([...this.#records].filter(([one]) => key !== undefined && one !== key));
  }

  /** Compares records with what they said before. Says which of them name an object that is not theirs. */
  audits(stateNow: () => State, look: Look): string[] {
    const news = [...look.records].filter(([key, id]) => this.#records.get(key) !== id);
    const state = news.length === 0 ? EMPTY : stateNow();
    const wrongs = news.flatMap(([key, id]) => {
      const thing = this.thingOf(key);
      const origin = this.#model.origins.get(id);
      if (thing === undefined || origin === undefined) return [];
      if (!this.#isFounded(key, id) && !this.#mayHave({ key, thing }, origin, state, look))
        return [`the record of ${key} names ${id}, which is not its object`];
      this.#found(key, id);
      if (key === keyOf(thing) || !look.records.has(keyOf(thing))) this.#gives(thing, origin);
      return [];
    });
    this.#records = new Map(look.records);
    return wrongs;
  }

  /** Gives an object to a definition where the rules allow that. */
  takes(claimant: Claimant, origin: Origin, state: State, look: Look): boolean {
    const { key, thing } = claimant;
    const isRecorded = look.records.get(key) === origin.id && this.#isFounded(key, origin.id);
    if (!isRecorded && !this.#mayHave(claimant, origin, state, look)) return false;
    this.#found(key, origin.id);
    this.#gives(thing, origin);
    return true;
  }

  /** True where a process may take an object for that of a thing, by any name that it had of late. */
  knows(thing: Thing, id: string, state: State, look: Look): boolean {
    const origin = this.#model.origins.get(id);
    const keys = this.#model
      .recent(thing, look.loadedAt)
      .map(({ name }) => keyOf({ kind: thing.kind, name }));
    return (
      origin === undefined ||
      keys.some((key) => look.records.get(key) === id || this.#mayHave({ key, thing }, origin, state, look))
    );
  }

  /** The objects that a process must see to be those of a definition, so that it creates no other one. */
  mustKnow(claimant: Claimant, creation: Creation, { apps, connectors }: State, look: Look): Origin[] {
    const siblings = claimant.thing.kind === 'App' ? apps : connectors;
    return siblings
      .filter((object) => creation.appId === undefined || object.appId === creation.appId)
      .flatMap((object) => {
        const origin = this.#model.origins.get(String(object.id));
        const isKnown = origin !== undefined && this.#isKnown(claimant, origin, object, creation, look);
        return isKnown ? [origin] : [];
      });
  }

  /** An object was made for a definition. */
  made(key: string, id: string): void {
    this.#found(key, id);
  }

  #isKnown(
    { key, thing }: Claimant,
    origin: Origin,
    object: Json,
    { displayName, catalogId }: Creation,
    { records }: Look,
  ): boolean {
    const owners = [...holdersOf(records, origin.id), ...markedKeysOf(object)];
    const isNamesake = object.displayName === displayName && object.catalogId === catalogId;
    if (owners.length > 0) {
      const isLeft = (owner: string): boolean =>
        this.#isLong(this.thingOf(owner), owner) && !this.#isRenamed(owner, thing);
      return owners.every((owner) => owner === key || (isNamesake && isLeft(owner)));
    }
    const isMade = origin.thing === thing && origin.madeAs === key && isRemembered(thing, origin);
    // What a create made of which the definition left before that was known, nobody looks for.
    return isNamesake || (isMade && !this.#model.isBackSince(thing, origin.since));
  }

  /** True where no definition has had a key for so long that everybody must have seen that. */
  #isLong(thing: Thing | undefined, key: string): boolean {
    if (thing === undefined) return true;
    return this.#model.recent(thing).every(({ name }) => keyOf({ kind: thing.kind, name }) !== key);
  }

  /** True where another definition says that it had a key before. */
  #isRenamed(key: string, thing: Thing): boolean {
    return this.#model.things.some(
      (other) =>
        other !== thing &&
        this.#model
          .recent(other)
          .some(({ renamedFrom = '' }) => keyOf({ kind: other.kind, name: renamedFrom }) === key),
    );
  }

  #isFounded(key: string, id: string): boolean {
    return this.#founded.get(key)?.has(id) === true;
  }

  #found(key: string, id: string): void {
    this.#founded.set(key, (this.#founded.get(key) ?? new Set()).add(id));
  }

  /** From now on an object is that of a thing, whoever had it before. */
  #gives(thing: Thing, origin: Origin): void {
    if (origin.thing === thing) return;
    this.#model.release(this.alive(thing));
    if (origin.thing !== undefined) this.#model.release([origin]);
    origin.thing = thing;
    thing.ids.add(origin.id);
  }

  #mayHave(claimant: Claimant, origin: Origin, state: State, look: Look): boolean {
    const { key, thing } = claimant;
    const { id } = origin;
    const siblings = origin.kind === 'App' ? state.apps : state.connectors;
    const object = siblings.find((one) => one.id === id);
    // A call finds nothing to change.
    if (object === undefined || look.isReleased(key)) return true;
    const tool = asObject(object.annotations).managed_by;
    if (tool !== undefined && tool !== 'c1sync') return false;
    if (thing.app !== undefined && !this.knows(thing.app, String(object.appId), state, unreleased(look)))
      return false;
    const pins = this.#model.recent(thing, look.loadedAt).map(({ pinned }) => pinned);
    if (pins.includes(id)) return true;
    if (this.#hasAnother(key, id, siblings, look) && pins.every((pin) => pin === undefined)) return false;
    const holders = holdersOf(this.#records, id).filter((one) => one !== key);
    const marked = markedKeysOf(object);
    const former = holdersOf(this.#doubtful, id).filter((one) => one !== key);
    if (former.some((one) => this.#mayMove(one, claimant, object, look))) return true;
    if (holders.length > 0) return holders.every((one) => this.#mayMove(one, claimant, object, look));
    if (marked.includes(key)) return true;
    if (marked.length > 0) return marked.every((one) => this.#mayMove(one, claimant, object, look));
    if (origin.madeFor === thing) return true;
    return this.#mayAdopt(thing, origin, look) && this.#isNamed(thing, object, state, look);
  }

  /** True where the record of a key names another object that is there, and that no other key has got. */
  #hasAnother(key: string, id: string, siblings: readonly Json[], { records }: Look): boolean {
    const other = this.#records.get(key);
    if (other === undefined || other === id || holdersOf(records, other).some((one) => one !== key))
      return false;
    return siblings.some((object) => object.id === other);
  }

  /** True where the object of a key may go to a definition: nothing has that key, and the name or the definition says so. */
  #mayMove(from: string, { key, thing }: Claimant, object: Json, look: Look): boolean {
    const former = this.thingOf(from);
    if (former !== undefined && this.#isDefined(former, from, look)) return false;
    const versions = this.#model
      .recent(thing, look.loadedAt)
      .filter(({ name }) => keyOf({ kind: thing.kind, name }) === key);
    if (versions.some(({ renamedFrom = '' }) => keyOf({ kind: thing.kind, name: renamedFrom }) === from))
      return true;
    const before = former?.versions.filter(({ name }) => keyOf({ kind: former.kind, name }) === from) ?? [];
    const names = before.map(({ declared }) => nameText(declared.get('displayName')));
    return versions.some(({ declared }) =>
      [...names, nameText(object.displayName)].includes(nameText(declared.get('displayName'))),
    );
  }

  /** True where a process sees a definition of a key, whatever it saw of it. */
  #isDefined(thing: Thing, key: string, { defines, seenAt }: Look): boolean {
    return keyOf(thing) === key && defines(thing) && !this.#model.isBackSince(thing, seenAt);
  }

  #mayAdopt({ app, isForgotten }: Thing, { thing: owner }: Origin, { defines }: Look): boolean {
    const { adopt } = this.#rules;
    // What a lost create made for a definition that is gone is that of another one of its name.
    if (owner !== undefined && !defines(owner)) return true;
    // A connector has no marks: it belongs to whoever has its app, as far as that is adopted or was recorded.
    const isRecovered = isForgotten || app?.isForgotten === true;
    return adopt === 'matching' || (app !== undefined && (adopt === 'marked' || isRecovered));
  }

  /** True where an object has a name that the thing had of late, and no other one that is nobody's has it, too. */
  #isNamed(thing: Thing, object: Json, { apps, connectors }: State, { loadedAt, seenAt }: Look): boolean {
    const isLike = (other: Json): boolean =>
      other.appId === object.appId &&
      other.catalogId === object.catalogId &&
      other.displayName === object.displayName;
    const versions = this.#model.recent(thing, loadedAt);
    const names = versions.map(({ declared }) => nameText(declared.get('displayName')));
    if (!names.includes(nameText(object.displayName))) return false;
    const siblings = thing.kind === 'App' ? apps : connectors;
    const rivals = siblings.filter(isLike).flatMap(({ id }) => this.#model.origins.get(String(id)) ?? []);
    return rivals.every(
      ({ id, thing: owner, since: madeAt }) => id === object.id || owner !== undefined || madeAt > seenAt,
    );
  }
}

/** True for an object of which the state knows that c1sync began to create it. */
export function isRemembered({ forgottenAt }: Thing, { sentAt }: Origin): boolean {
  return sentAt !== undefined && sentAt > forgottenAt;
}

function unreleased(look: Look): Look {
  return { ...look, isReleased: () => false };
}

/** The keys of which the records name an object. */
function holdersOf(records: ReadonlyMap<string, string>, id: string): string[] {
  return [...records].flatMap(([key, one]) => (one === id ? [key] : []));
}

/** The key that the marks of this workspace on an object name, if it has any. */
function markedKeysOf({ annotations }: Json): string[] {
  const { managed_by, iac_workspace, iac_resource_address } = asObject(annotations);
  return managed_by === 'c1sync' && iac_workspace === WORKSPACE ? [String(iac_resource_address)] : [];
}

/** Text of a name, however a tenant spells it. */
export function nameText(name: unknown): string {
  return foldedText({ displayName: name });
}
