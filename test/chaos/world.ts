import { CONFIG, type FieldModel, modelsOf } from '../model/fields.js';
import type { Random } from '../model/random.js';
import { adoptable, FOREIGN, idOf, PLAIN, SECRET } from '../model/seed.js';
import { type Fate, passesOn } from './fates.js';
import type { Modes } from './modes.js';

/** A secret that definitions give. */
export interface Planted {
  value: string;
  readonly file: string;
  /** What it was before, oldest first. */
  readonly former: string[];
  /** How many of its values came before the newest that the tenant was seen to hold. */
  newest: number;
}

/** An object that a definition names, or did. */
export interface Thing {
  readonly kind: 'App' | 'Connector';
  /** The app of a connector. */
  readonly app: Thing | undefined;
  /** `metadata.name`; never used for another one. */
  name: string;
  renamedFrom: string | undefined;
  /** What the definition says, by the paths of the field models. */
  readonly declared: Map<string, unknown>;
  /** Display names that it was declared with; never those of another one. */
  readonly titles: Set<unknown>;
  /** The definitions file; undefined while no definition names it. */
  file: string | undefined;
  /** The id in the tenant, as it was when all was calm. */
  id: string | undefined;
  fate: Fate;
  /** True where it depends on what came first whether a person has taken it over: its marks tell in the end. */
  isUndecided: boolean;
  /** How often an edit in the web app was put back since it has a record; undefined where nobody can tell. */
  putBacks: number | undefined;
  /** When no definition named it, milliseconds since the epoch; the last time may last. */
  readonly absences: { readonly from: number; to?: number }[];
  /** True where it may have no record, so that it is not deleted with its definition. */
  mayStay: boolean;
  /** The secret of its configuration, for a connector that has one. */
  readonly secret: Planted | undefined;
  /** Ids of other objects of this name that somebody else made. */
  readonly twins: Set<string>;
  /** Ids of connectors that somebody else put under it. */
  readonly strangers: Set<string>;
  /** True where its owners must stay undeclared, for they hold the daemon's own user. */
  ownersAreOurs: boolean;
  /** What happened to it since all was calm. */
  round: Round;
}

/** What happened to one thing since all was calm. */
export interface Round {
  /** False where it was not in order then: it may still be on its way. */
  wasCalm: boolean;
  /** True when its definition came, went, moved or has another name: marks and records may be written. */
  isMoved: boolean;
  displayNameChanged: boolean;
  renamed: boolean;
  configChanged: boolean;
  webEdited: boolean;
  /** Paths that the daemon may have written. */
  readonly mayWrite: Set<string>;
}

/** Everything that must be, by what was done. */
export class World {
  readonly things: Thing[] = [];
  /** Text of every secret that was ever planted. */
  readonly planted = new Set<string>();
  /** Live objects when all was calm, with what was done to them since: what nobody manages must stay so. */
  readonly images = new Map<string, Map<string, string>>();
  /** Ids of objects that were deleted here. */
  readonly deleted = new Set<string>();
  /** Files whose text is broken at the moment. */
  readonly broken = new Set<string>();
  /** Edits of fields whose values repeat, by thing and path. */
  readonly repeated = new Set<string>();
  readonly modes: Modes;
  #unique = 0;

  constructor(modes: Modes) {
    this.modes = modes;
  }

  /** Never the same twice. */
  unique(): number {
    this.#unique += 1;
    return this.#unique;
  }

  /** Text that must turn up nowhere. */
  plant(): string {
    const secret = `planted-${this.unique()}-s3cr3t-9f3a`;
    this.planted.add(secret);
    return secret;
  }

  /** Things that a definition names. */
  get defined(): Thing[] {
    return this.things.filter(({ file }) => file !== undefined);
  }

  /** Connectors of an app. */
  under(app: Thing): Thing[] {
    return this.things.filter((thing) => thing.app === app);
  }

  addApp(random: Random): Thing {
    const taken = new Set(this.things.flatMap(({ titles }) => [...titles]));
    const free = adoptable.filter((name) => !taken.has(name));
    const adopted = free.length > 0 && random.chance(0.4) ? random.pick(free) : undefined;
    const isForeign = !taken.has(FOREIGN) && random.chance(0.15);
    return this.#add(random, {
      kind: 'App',
      app: undefined,
      secret: undefined,
      fate: isForeign ? 'foreign' : 'managed',
      displayName: isForeign ? FOREIGN : (adopted ?? `App ${this.unique()}`),
    });
  }

  addConnector(random: Random, app: Thing): Thing {
    const number = this.unique();
    const secret = random.chance(0.5)
      ? { value: this.plant(), file: `secrets/token-${number}`, former: [], newest: 0 }
      : undefined;
    const displayName = `Connector ${number}`;
    return this.#add(random, { kind: 'Connector', app, secret, fate: 'managed', displayName });
  }

  #add(
    random: Random,
    given: Pick<Thing, 'kind' | 'app' | 'secret' | 'fate'> & { readonly displayName: string },
  ): Thing {
    const { displayName, ...parts } = given;
    const thing: Thing = {
      ...parts,
      name: `${parts.kind.toLowerCase()}-${this.unique()}`,
      renamedFrom: undefined,
      declared: new Map<string, unknown>([['displayName', displayName]]),
      titles: new Set([displayName]),
      file: undefined,
      id: undefined,
      isUndecided: false,
      putBacks: 0,
      absences: [],
      mayStay: true,
      twins: new Set(),
      strangers: new Set(),
      ownersAreOurs: false,
      round: newRound(false),
    };
    for (const field of random.some(fieldsOf(thing)).filter(({ required }) => required !== true)) {
      this.declare(thing, field, field.make(random, this.unique()));
    }
    this.things.push(thing);
    return thing;
  }

  declare(thing: Thing, field: FieldModel, value: unknown): void {
    thing.declared.set(field.path, value);
    if (fateOf(thing) === 'managed') thing.round.mayWrite.add(field.path);
    if (field.path !== 'displayName') return;
    thing.titles.add(value);
    thing.round.displayNameChanged = true;
  }

  /** Begins the next round; `unsettled` are things that were not in order yet. */
  nextRound(unsettled: ReadonlySet<Thing>): void {
    for (const thing of this.things) {
      thing.round = newRound(!unsettled.has(thing));
      thing.isUndecided = false;
      this.allow(thing);
    }
  }

  /** Notes what the daemon may write of a thing from now on. */
  allow(thing: Thing): void {
    if (thing.file === undefined || fateOf(thing) !== 'managed') return;
    for (const path of thing.declared.keys()) thing.round.mayWrite.add(path);
    if (thing.secret !== undefined) thing.round.mayWrite.add(CONFIG);
  }

  /** A thing that was left alone is managed again, as if it had never been; what was deleted is made anew. */
  reclaim(thing: Thing): void {
    for (const one of thing.fate === 'gone' ? [thing, ...this.under(thing)] : [thing]) {
      // The daemon's own user owns what it made, and it is not taken off what is adopted.
      if (one.fate === 'takenOver') one.ownersAreOurs = !one.declared.has('owners');
      if (one.id !== undefined && this.deleted.has(one.id)) one.id = undefined;
      Object.assign(one, { fate: 'managed', putBacks: 0 });
      moved(one);
    }
    for (const one of [thing, ...this.under(thing)]) this.allow(one);
  }

  /** It depends on what comes first whether a thing is managed from here on, or left to the person who took it over. */
  leaveOpen(thing: Thing): void {
    thing.fate = 'managed';
    for (const one of [thing, ...this.under(thing)]) {
      moved(one);
      this.allow(one);
    }
    Object.assign(thing, { isUndecided: true, putBacks: undefined });
  }

  /** A thing and what shares its fate lose it all: the object was deleted. */
  noteDeleted(thing: Thing): void {
    for (const id of thing.strangers) this.images.delete(id);
    thing.strangers.clear();
    for (const gone of [thing, ...this.under(thing)]) {
      if (gone.id === undefined) continue;
      this.deleted.add(gone.id);
      this.images.delete(gone.id);
      if (this.modes.onDeleted === 'hold') {
        gone.fate = 'gone';
        continue;
      }
      Object.assign(gone, { id: undefined, putBacks: 0, ownersAreOurs: false });
      if (gone.fate === 'configHeld') gone.fate = 'managed';
      moved(gone);
      this.allow(gone);
    }
  }

  /** No definition names a thing from now on. */
  noteRemoved(thing: Thing): void {
    thing.file = undefined;
    thing.absences.push({ from: Date.now() });
    thing.mayStay = !thing.round.wasCalm;
    this.letGo(thing);
  }

  /** A definition names a thing again. */
  noteBack(thing: Thing, file: string): void {
    thing.file = file;
    const absence = thing.absences.at(-1);
    if (absence !== undefined) absence.to = Date.now();
    moved(thing);
    if (!this.modes.prune) return;
    thing.putBacks = undefined;
    if (thing.fate !== 'gone') return;
    // The record went with the definition, so it is made as if it had never been.
    Object.assign(thing, { fate: 'managed', id: undefined });
  }

  /** True where an object goes with its definition, unless something holds it. */
  mayLeave(thing: Thing): boolean {
    if (!this.modes.prune || thing.file !== undefined) return false;
    const isOpen = thing.isUndecided || thing.app?.isUndecided === true;
    return isOpen || !passesOn(fateOf(thing));
  }

  /** What may be deleted is not missed. */
  letGo(thing: Thing): void {
    if (!this.mayLeave(thing)) return;
    const seeded = adoptable.filter((title) => thing.titles.has(title)).map(idOf);
    for (const id of [thing.id, ...seeded]) if (id !== undefined) this.images.delete(id);
  }
}

/** Whatever was remembered of a thing may be written anew. */
function moved({ round }: Thing): void {
  Object.assign(round, { wasCalm: false, isMoved: true });
}

/** The fate of a thing, that of its app included. */
export function fateOf(thing: Thing): Fate {
  return thing.app !== undefined && passesOn(thing.app.fate) ? thing.app.fate : thing.fate;
}

/** `Kind/name`. */
export function keyOf({ kind, name }: Pick<Thing, 'kind' | 'name'>): string {
  return `${kind}/${name}`;
}

/** The field models of a thing. */
export function fieldsOf(thing: Thing): readonly FieldModel[] {
  return modelsOf(thing.kind, catalogOf(thing));
}

/** The type of a connector. */
export function catalogOf({ secret }: Thing): string {
  return secret === undefined ? PLAIN : SECRET;
}

function newRound(wasCalm: boolean): Round {
  return {
    wasCalm,
    isMoved: !wasCalm,
    displayNameChanged: false,
    renamed: false,
    configChanged: false,
    webEdited: false,
    mayWrite: new Set(),
  };
}
