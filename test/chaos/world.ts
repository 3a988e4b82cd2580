import { type FieldModel, modelsOf } from '../model/fields.js';
import type { Random } from '../model/random.js';
import { PLAIN, SECRET } from '../model/seed.js';

/** A secret that a definition takes from a file. */
interface Planted {
  value: string;
  readonly file: string;
}

/** An object that a definition names, or did. */
export interface Thing {
  readonly kind: 'App' | 'Connector';
  /** The app of a connector. */
  readonly app: Thing | undefined;
  /** `metadata.name`; never used for another one. */
  readonly name: string;
  /** The display name; never that of another one. */
  readonly title: string;
  /** Values in the definition, by the paths of the field models. */
  readonly declared: Map<string, unknown>;
  /** The definitions file; undefined while no definition names it. */
  file: string | undefined;
  /** The id of its object since all was last in order; undefined where another object may have taken its place since. */
  id: string | undefined;
  /** True where nothing but plain drift happened to it since all was last in order. */
  isCalm: boolean;
  /** The secret of its configuration, for a connector that has one. */
  readonly secret: Planted | undefined;
}

/** Everything that must be, by what was done. */
export class World {
  readonly things: Thing[] = [];
  /** Text of every secret that was ever planted. */
  readonly planted = new Set<string>();
  /** Files whose text is broken at the moment. */
  readonly broken = new Set<string>();
  /** Whether objects are deleted with their definitions. */
  readonly prunes: boolean;
  readonly #edited = new Set<string>();
  #unique = 0;

  constructor(prunes: boolean) {
    this.prunes = prunes;
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

  /** Files that definitions are in. */
  get files(): string[] {
    return [...new Set(this.defined.flatMap(({ file }) => file ?? []))];
  }

  /** Things that a definition names and that nothing but plain drift happened to since all was in order. */
  get calm(): Thing[] {
    return this.defined.filter(({ isCalm, app }) => isCalm && app?.isCalm !== false);
  }

  /** Connectors of an app. */
  under(app: Thing): Thing[] {
    return this.things.filter((thing) => thing.app === app);
  }

  addApp(random: Random): Thing {
    return this.#add(random, { kind: 'App', app: undefined, secret: undefined });
  }

  addConnector(random: Random, app: Thing): Thing {
    const secret = random.chance(0.5)
      ? { value: this.plant(), file: `secrets/token-${this.unique()}` }
      : undefined;
    return this.#add(random, { kind: 'Connector', app, secret });
  }

  #add(random: Random, given: Pick<Thing, 'kind' | 'app' | 'secret'>): Thing {
    const number = this.unique();
    const title = `${given.kind} ${number}`;
    const thing: Thing = {
      ...given,
      name: `${given.kind.toLowerCase()}-${number}`,
      title,
      declared: new Map<string, unknown>([['displayName', title]]),
      file: undefined,
      id: undefined,
      isCalm: false,
    };
    for (const field of random.some(freeFieldsOf(thing))) {
      thing.declared.set(field.path, field.make(random, this.unique()));
    }
    this.things.push(thing);
    return thing;
  }

  /**
   * Notes that another client edits a field; false where it must not: a value that is set and reverted again and again
   * looks like a quarrel.
   */
  mayEdit({ name }: Thing, { path, repeats }: FieldModel): boolean {
    return (repeats !== true && path !== 'owners') || this.#isNews(`${name} ${path}`);
  }

  /** True where another client may write the configuration of a thing: several reverts to one secret would be Contested. */
  mayConfigure({ secret }: Thing): boolean {
    return secret !== undefined && this.#isNews(secret.value);
  }

  /** True the first time. */
  #isNews(place: string): boolean {
    const isNew = !this.#edited.has(place);
    this.#edited.add(place);
    return isNew;
  }

  /** The object of a thing was deleted, and with it everything below it. */
  noteDeleted(thing: Thing): void {
    for (const one of [thing, ...this.under(thing)]) Object.assign(one, { id: undefined, isCalm: false });
  }

  /** No definition names a thing from now on. */
  noteRemoved(thing: Thing): void {
    Object.assign(thing, { file: undefined, isCalm: false });
    if (this.prunes) thing.id = undefined;
  }
}

/** `Kind/name`. */
export function keyOf({ kind, name }: Pick<Thing, 'kind' | 'name'>): string {
  return `${kind}/${name}`;
}

/** The field models of a thing. */
export function fieldsOf(thing: Pick<Thing, 'kind' | 'secret'>): readonly FieldModel[] {
  return modelsOf(thing.kind, catalogOf(thing));
}

/** Those of them that definitions and other clients change: by its display name an object is told from others. */
export function freeFieldsOf(thing: Pick<Thing, 'kind' | 'secret'>): readonly FieldModel[] {
  return fieldsOf(thing).filter(({ required }) => required !== true);
}

/** The type of a connector. */
export function catalogOf({ secret }: Pick<Thing, 'secret'>): string {
  return secret === undefined ? PLAIN : SECRET;
}
