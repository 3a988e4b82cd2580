import type { Json } from '../model/client.js';
import { CONFIG, canonical, configOf, imageOf } from '../model/fields.js';
import type { State } from './tenant.js';
import { fieldsOf, keyOf, type Thing, type World } from './world.js';

/** The objects of a thing. */
function liveOf({ kind, title }: Thing, { apps, connectors }: State): Json[] {
  return (kind === 'App' ? apps : connectors).filter(({ displayName }) => displayName === title);
}

/** Things of which the tenant holds more than one object: that must not be at any time. */
export function doubled(world: World, state: State): string[] {
  return world.things.flatMap((thing) => {
    const ids = liveOf(thing, state).map(({ id }) => id);
    return ids.length > 1 ? [`${keyOf(thing)} is there ${ids.length} times: ${ids.join(', ')}`] : [];
  });
}

/** The initial objects of the tenant without a definition. */
export class Bystanders {
  readonly #images: ReadonlyMap<string, string>;

  constructor(state: State) {
    this.#images = imagesOf(state);
  }

  has(id: unknown): boolean {
    return this.#images.has(String(id));
  }

  /** Those that are gone or that somebody has changed. */
  faults(state: State): string[] {
    const images = imagesOf(state);
    return [...this.#images].flatMap(([id, before]) => {
      const now = images.get(id);
      return now === before ? [] : [`${id}, which no definition names, was ${before} and is ${now}`];
    });
  }
}

/** Texts of all live objects by id. */
function imagesOf({ apps, connectors }: State): Map<string, string> {
  const entry = (kind: Thing['kind']) => (object: Json) =>
    [String(object.id), canonical(Object.fromEntries(imageOf(kind, object)))] as const;
  return new Map([...apps.map(entry('App')), ...connectors.map(entry('Connector'))]);
}

/** The errors in the tenant at rest. */
export function faultsOf(world: World, bystanders: Bystanders, state: State): string[] {
  const titles = new Set(world.things.map(({ title }) => title));
  const strangers = [...state.apps, ...state.connectors].filter(
    ({ id, displayName }) => !bystanders.has(id) && !titles.has(String(displayName)),
  );
  return [
    ...doubled(world, state),
    ...world.things.flatMap((thing) =>
      thingFaults(thing, world, state).map((fault) => `${keyOf(thing)}: ${fault}`),
    ),
    ...bystanders.faults(state),
    ...strangers.map(({ id, displayName }) => `no definition has '${displayName}' (${id})`),
  ];
}

function thingFaults(thing: Thing, { prunes }: World, state: State): string[] {
  const [object] = liveOf(thing, state);
  const isDefined = thing.file !== undefined;
  if (!isDefined && prunes)
    return object === undefined ? [] : ['its definition is gone, and it is still there'];
  if (object === undefined) return isDefined || thing.id !== undefined ? ['it is not there'] : [];
  if (thing.id !== undefined && thing.id !== object.id) return [`${thing.id} was replaced by ${object.id}`];
  return isDefined ? [...appFaults(thing, object, state), ...declaredFaults(thing, object)] : [];
}

function appFaults({ app }: Thing, { appId }: Json, { apps }: State): string[] {
  const found = apps.find(({ id }) => id === appId)?.displayName;
  return app === undefined || found === app.title ? [] : [`it is below '${found}' instead of '${app.title}'`];
}

function declaredFaults(thing: Thing, object: Json): string[] {
  const faults = fieldsOf(thing).flatMap((field) => {
    if (!thing.declared.has(field.path)) return [];
    const declared = thing.declared.get(field.path);
    const wanted = canonical(field.path === 'owners' ? [...(declared as string[])].sort() : declared);
    const found = canonical(field.live(object));
    return wanted === found ? [] : [`${field.path} is declared as ${wanted} and is ${found}`];
  });
  const isCurrent = thing.secret === undefined || configOf(object).token === thing.secret.value;
  return isCurrent ? faults : [...faults, `${CONFIG} does not hold the present secret`];
}

/** Notes the objects that all things have, now that all is in order. */
export function noteCalm(world: World, state: State): void {
  for (const thing of world.things) {
    const [object] = liveOf(thing, state);
    thing.id = object === undefined ? undefined : String(object.id);
    thing.isCalm = thing.file !== undefined;
  }
}

/** The checked members of the JSON of a plan. */
export interface PlanJson {
  readonly changes: readonly PlannedChange[];
  readonly bookkeeping: readonly PlannedChange[];
  readonly objects: readonly {
    readonly kind: string;
    readonly name: string;
    readonly status: string;
    readonly reason: string;
  }[];
}

interface PlannedChange {
  readonly kind: string;
  readonly name: string;
  readonly action: string;
}

/** Changes that a plan still wants though all is done, and definitions that it does not find in sync. */
export function planFaults(world: World, { changes, bookkeeping, objects }: PlanJson): string[] {
  const found = new Map(objects.map((object) => [`${object.kind}/${object.name}`, object]));
  return [
    ...[...changes, ...bookkeeping].map((change) => `a plan still has a change: ${JSON.stringify(change)}`),
    ...world.defined.map(keyOf).flatMap((key) => {
      const object = found.get(key);
      return object?.status === 'Synced' ? [] : [`${key} is ${object?.status} in a plan: ${object?.reason}`];
    }),
  ];
}
