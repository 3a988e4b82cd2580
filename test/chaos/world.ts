import { answers, type Fate, passesOn } from './fates.js';
import { appFields, CONFIG, connectorFields, type FieldModel } from './fields.js';
import type { Random } from './random.js';
import { adoptable, PLAIN, SECRET } from './seed.js';

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
  /** The secret of its configuration, for a connector that has one. */
  readonly secret: { value: string; readonly file: string } | undefined;
  /** Ids of other objects of this name that somebody else made. */
  readonly twins: Set<string>;
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
  #unique = 0;

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
    return this.#add(random, {
      kind: 'App',
      app: undefined,
      secret: undefined,
      displayName: adopted ?? `App ${this.unique()}`,
    });
  }

  addConnector(random: Random, app: Thing): Thing {
    const number = this.unique();
    const secret = random.chance(0.5) ? { value: this.plant(), file: `secrets/token-${number}` } : undefined;
    return this.#add(random, { kind: 'Connector', app, secret, displayName: `Connector ${number}` });
  }

  #add(
    random: Random,
    given: Pick<Thing, 'kind' | 'app' | 'secret'> & { readonly displayName: string },
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
      fate: 'managed',
      twins: new Set(),
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
    thing.round.mayWrite.add(field.path);
    if (field.path !== 'displayName') return;
    thing.titles.add(value);
    thing.round.displayNameChanged = true;
  }

  /** Begins the next round; `unsettled` are things that were not in order yet. */
  nextRound(unsettled: ReadonlySet<Thing>): void {
    for (const thing of this.things) {
      thing.round = newRound(!unsettled.has(thing));
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
      one.fate = 'managed';
      Object.assign(one.round, { wasCalm: false, isMoved: true });
    }
    for (const one of [thing, ...this.under(thing)]) this.allow(one);
  }

  /** A thing and what shares its fate lose it all: the object was deleted. */
  noteDeleted(thing: Thing): void {
    for (const gone of [thing, ...this.under(thing)]) {
      if (gone.id === undefined) continue;
      this.deleted.add(gone.id);
      this.images.delete(gone.id);
      gone.fate = answers.deletion;
    }
  }
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
export function fieldsOf({ kind }: Pick<Thing, 'kind'>): readonly FieldModel[] {
  return kind === 'App' ? appFields : connectorFields;
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
