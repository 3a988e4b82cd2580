import type { Change } from '../../src/core/model/change.js';
import { foldedText } from '../../src/core/model/spelling.js';
import type { Json } from '../model/client.js';
import type { Model, Origin, Thing } from './model.js';
import { WORKSPACE } from './settings.js';
import { asObject, type State } from './tenant.js';

/** What decides whether a name may be enough. */
export interface ClaimRules {
  readonly adopt: 'matching' | 'marked' | 'never';
}

/** How a process came to write to an object. */
export interface Look {
  /** True where a person approved it. */
  readonly isReleased: boolean;
  /** What is younger than this it may not have seen, milliseconds since the beginning. */
  readonly seenAt: number;
  /** True where the definitions that it loads have that of a thing. */
  readonly defines: (thing: Thing) => boolean;
}

/** Says which definition a write is for, and whether that definition may have the object. */
export class Claims {
  readonly #model: Model;
  readonly #rules: ClaimRules;

  constructor(model: Model, rules: ClaimRules) {
    this.#model = model;
    this.#rules = rules;
  }

  /** The thing that a change names, whatever it is called by now. */
  thingOf({ kind, name }: Pick<Change, 'kind' | 'name'>): Thing | undefined {
    return this.#model.things.find(
      (thing) => thing.kind === kind && thing.versions.some((version) => version.name === name),
    );
  }

  /** The objects of a thing that are there. */
  alive(thing: Thing): Origin[] {
    return [...thing.ids]
      .flatMap((id) => this.#model.origins.get(id) ?? [])
      .filter((origin) => origin.thing === thing);
  }

  /** True where an app carries the marks of this workspace for a thing, by any name that it had. */
  isMarkedFor(thing: Thing, { annotations }: Json): boolean {
    const { managed_by, iac_workspace, iac_resource_address } = asObject(annotations);
    if (managed_by !== 'c1sync' || iac_workspace !== WORKSPACE) return false;
    return thing.versions.some(({ name }) => iac_resource_address === `${thing.kind}/${name}`);
  }

  /** Gives an object to a thing where the rules allow that. */
  takes(thing: Thing, origin: Origin, state: State, look: Look): boolean {
    if (origin.thing === thing) return true;
    const siblings = origin.kind === 'App' ? state.apps : state.connectors;
    const object = siblings.find(({ id }) => id === origin.id);
    // The call finds nothing to change.
    if (object === undefined) return true;
    if (!look.isReleased && !this.#mayTake(thing, origin, object, state, look)) return false;
    this.gives(thing, origin);
    return true;
  }

  /** From now on an object is that of a thing, whoever had it before. */
  gives(thing: Thing, origin: Origin): void {
    if (origin.thing === thing) return;
    this.#model.release(this.alive(thing));
    if (origin.thing !== undefined) this.#model.release([origin]);
    origin.thing = thing;
    thing.ids.add(origin.id);
  }

  #mayTake(thing: Thing, origin: Origin, object: Json, state: State, look: Look): boolean {
    const tool = asObject(object.annotations).managed_by;
    if (tool !== undefined && tool !== 'c1sync') return false;
    if (thing.app !== undefined && !this.#takesApp(thing.app, String(object.appId), state, look))
      return false;
    if (thing.pinned === origin.id || this.isMarkedFor(thing, object)) return true;
    if (this.#isCertain(thing)) return false;
    if (origin.formerly === thing) return true;
    const { thing: owner } = origin;
    if (owner !== undefined && !areAlike(owner, thing) && !this.#mayLose(owner, look)) return false;
    // What is recorded moves to another definition by its name alone, whatever may be adopted.
    const mayMove = owner !== undefined || this.#mayAdopt(thing);
    return mayMove && this.#isNamed(thing, object, state, look.seenAt);
  }

  #takesApp(app: Thing, id: string, state: State, look: Look): boolean {
    const origin = this.#model.origins.get(id);
    return origin === undefined || this.takes(app, origin, state, { ...look, isReleased: false });
  }

  #mayAdopt({ app, isForgotten }: Thing): boolean {
    const { adopt } = this.#rules;
    // A connector has no marks: it belongs to whoever has its app, as far as that is adopted or was recorded.
    const isRecovered = isForgotten || app?.isForgotten === true;
    return adopt === 'matching' || (app !== undefined && (adopt === 'marked' || isRecovered));
  }

  /** True where an object has a name that the thing had of late, and no other one that is nobody's has it, too. */
  #isNamed(thing: Thing, object: Json, { apps, connectors }: State, seenAt: number): boolean {
    const isLike = (other: Json): boolean =>
      other.appId === object.appId &&
      other.catalogId === object.catalogId &&
      other.displayName === object.displayName;
    const names = this.#model.recent(thing).map(({ declared }) => nameText(declared.get('displayName')));
    if (!names.includes(nameText(object.displayName))) return false;
    const siblings = thing.kind === 'App' ? apps : connectors;
    const rivals = siblings.filter(isLike).flatMap(({ id }) => this.#model.origins.get(String(id)) ?? []);
    return rivals.every(
      ({ id, thing: owner, since }) => id === object.id || owner !== undefined || since > seenAt,
    );
  }

  /** True where everybody can tell which object a thing has. */
  #isCertain(thing: Thing): boolean {
    const alive = this.alive(thing);
    return alive.length > 0 && !this.#isInDoubt(thing, alive);
  }

  /** True where another thing may have what was this one's: its definition is or was gone, or nothing tells any more. */
  #mayLose(thing: Thing, { seenAt, defines }: Look): boolean {
    const isGone = !defines(thing) || this.#model.isBackSince(thing, seenAt);
    return isGone || this.#isInDoubt(thing, this.alive(thing));
  }

  /** True where records were lost, an answer never came, or nothing connects a definition with what it was called. */
  #isInDoubt(thing: Thing, alive: readonly Origin[]): boolean {
    return (
      thing.isForgotten ||
      thing.isDisputed ||
      alive.some(({ isUnheard }) => isUnheard === true) ||
      this.#model.departedAt(thing) !== undefined
    );
  }

  /** The thing that an app says by its marks to be of. */
  markedFor(object: Json | undefined): Thing | undefined {
    return object && this.#model.things.find((thing) => this.isMarkedFor(thing, object));
  }
}

/** True where two definitions mean one object: in a load of one of them alone, that one has it. */
function areAlike(one: Thing, other: Thing): boolean {
  const [first, second] = [one, other].map(({ declared }) => nameText(declared.get('displayName')));
  return one.app === other.app && first === second;
}

/** Text of a name, however a tenant spells it. */
export function nameText(name: unknown): string {
  return foldedText({ displayName: name });
}
