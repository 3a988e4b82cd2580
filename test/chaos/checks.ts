import type { Json } from '../model/client.js';
import { CONFIG, canonical, configOf, imageOf } from '../model/fields.js';
import { type Fate, passesOn, statuses } from './fates.js';
import type { State } from './tenant.js';
import { catalogOf, fateOf, fieldsOf, keyOf, type Thing, type World } from './world.js';

/** Something that is not as it must be. */
export interface Fault {
  /** `Kind/name`, or the id of an object that is nobody's. */
  readonly subject: string;
  readonly message: string;
  /** True for what a limit may keep from being put in order. */
  readonly isOpen?: true;
}

const WORKSPACE = 'chaos';

/** Live objects by id. */
function objectsOf({ apps, connectors }: State): Map<string, { kind: Thing['kind']; object: Json }> {
  const entry = (kind: Thing['kind']) => (object: Json) => [String(object.id), { kind, object }] as const;
  return new Map([...apps.map(entry('App')), ...connectors.map(entry('Connector'))]);
}

/** The objects of a thing: the one that was its own, and all others of its name that nobody else made. */
export function liveOf(thing: Thing, { apps, connectors }: State): Json[] {
  const siblings =
    thing.kind === 'App'
      ? apps
      : connectors.filter(
          ({ appId, catalogId }) => appId === thing.app?.id && catalogId === catalogOf(thing),
        );
  return siblings.filter(
    ({ id, displayName }) =>
      id === thing.id || (thing.titles.has(displayName) && !thing.twins.has(String(id))),
  );
}

/** Everything in the tenant that is not as it must be, now that nobody disturbs it. */
export function faultsOf(world: World, state: State): Fault[] {
  for (const thing of world.things.filter(({ kind }) => kind === 'App')) {
    recognise(thing, state);
    decide(thing, state);
  }
  const faults = world.things.flatMap((thing) => [
    ...must(keyOf(thing), [...alwaysFaults(thing, state), ...left(thing, world, state)]),
    ...may(keyOf(thing), endFaults(thing, world, state)),
  ]);
  return [...faults, ...strangers(world, state), ...lost(world, state)];
}

function must(subject: string, messages: readonly string[]): Fault[] {
  return messages.map((message) => ({ subject, message }));
}

function may(subject: string, messages: readonly string[]): Fault[] {
  return messages.map((message) => ({ subject, message, isOpen: true }));
}

/** What is below an app is found by the app's id, so that has to be known first. */
function recognise(thing: Thing, state: State): void {
  if (thing.id !== undefined) return;
  const [only, ...more] = liveOf(thing, state);
  if (only !== undefined && more.length === 0) thing.id = String(only.id);
}

/** Where it depended on what came first, the marks tell whether a person has taken it over. */
function decide(thing: Thing, state: State): void {
  const [object] = liveOf(thing, state);
  if (!thing.isUndecided || object === undefined) return;
  thing.fate = marksOf(object).managed_by === undefined ? 'takenOver' : 'managed';
}

/** What must not be at any time, whatever is still on its way. */
export function alwaysFaults(thing: Thing, state: State): string[] {
  const live = liveOf(thing, state);
  const [object] = live;
  if (live.length > 1) return [`it is there ${live.length} times: ${live.map(({ id }) => id).join(', ')}`];
  return object === undefined ? [] : formerSecret(thing, object);
}

function isDeleted({ id }: Thing, world: World): boolean {
  return id !== undefined && world.deleted.has(id);
}

/** A secret that was written is never written again once a newer one was. */
function formerSecret({ secret }: Thing, object: Json): string[] {
  if (secret === undefined) return [];
  const at = [...secret.former, secret.value].indexOf(String(configOf(object).token));
  if (at < 0) return [];
  if (at < secret.newest) return [`${CONFIG} holds a secret again that a newer one had replaced`];
  secret.newest = at;
  return [];
}

/** What is not as it must be in the end. */
function endFaults(thing: Thing, world: World, state: State): string[] {
  const [object] = liveOf(thing, state);
  const fate = fateOf(thing);
  if (isDeleted(thing, world)) return object === undefined ? [] : ['it was deleted and is there again'];
  if (object === undefined) {
    const isDue = thing.file === undefined ? thing.id !== undefined && !world.modes.prune : true;
    const isHeld = thing.id === undefined && passesOn(fate);
    return isDue && !isHeld ? ['it is not there'] : [];
  }
  if (thing.file === undefined) {
    const stays = !world.mayLeave(thing) || mayStay(thing, world, state, object);
    return stays ? [] : ['its definition is gone, and it is still there'];
  }
  if (fate === 'managed') return [...declaredFaults(thing, object), ...markFaults(thing, object)];
  if (fate === 'takenOver' && thing.kind === 'App' && marksOf(object).managed_by !== undefined) {
    return ['it carries marks again after a person took them off'];
  }
  return [];
}

/** True where something keeps an object from being deleted though its definition is gone. */
function mayStay(thing: Thing, world: World, state: State, object: Json): boolean {
  if (thing.mayStay || world.defined.length === 0) return true;
  if (thing.kind === 'App') {
    return (
      marksOf(object).managed_by === undefined || state.connectors.some(({ appId }) => appId === object.id)
    );
  }
  const app = state.apps.find(({ id }) => id === object.appId);
  return app !== undefined && marksOf(app).managed_by === undefined;
}

/** What nobody was to write and is another all the same. */
function left(thing: Thing, world: World, state: State): string[] {
  const { kind, round } = thing;
  const [object] = liveOf(thing, state);
  if (object === undefined) return [];
  const image = world.images.get(String(object.id));
  if (image === undefined) return [];
  return [...imageOf(kind, object)].flatMap(([path, text]) => {
    const before = image.get(path);
    if (round.mayWrite.has(path) || before === text) return [];
    return [`${path} is not its own to write; it was ${before} and is ${text}`];
  });
}

function declaredFaults(thing: Thing, object: Json): string[] {
  const faults = fieldsOf(thing).flatMap((field) => {
    if (!thing.declared.has(field.path)) return [];
    const declared = thing.declared.get(field.path);
    const wanted = canonical(field.path === 'owners' ? [...(declared as string[])].sort() : declared);
    const found = canonical(field.live(object));
    return wanted === found ? [] : [`${field.path} is declared as ${wanted} and is ${found}`];
  });
  if (thing.secret === undefined) return faults;
  const { token } = configOf(object);
  return token === thing.secret.value ? faults : [...faults, `${CONFIG} does not hold the present secret`];
}

function marksOf({ annotations }: Json): Json {
  return typeof annotations === 'object' && annotations !== null ? (annotations as Json) : {};
}

function markFaults(thing: Thing, object: Json): string[] {
  if (thing.kind !== 'App') return [];
  const { managed_by: tool, iac_workspace: workspace, iac_resource_address: address } = marksOf(object);
  if (tool === 'c1sync' && workspace === WORKSPACE && address === keyOf(thing)) return [];
  return [`its marks are ${String(tool)}, ${String(workspace)}, ${String(address)}`];
}

/** Objects that neither a definition nor anything done here accounts for, and those of nobody that changed. */
function strangers(world: World, state: State): Fault[] {
  const known = new Set(world.things.flatMap((thing) => liveOf(thing, state).map(({ id }) => String(id))));
  const twins = new Set(world.things.flatMap((thing) => [...thing.twins]));
  return [...objectsOf(state)].flatMap(([id, { kind, object }]) => {
    if (known.has(id)) return [];
    const image = world.images.get(id);
    if (image === undefined) {
      return twins.has(id)
        ? []
        : [{ subject: id, message: `nobody asked for '${String(object.displayName)}'` }];
    }
    return [...imageOf(kind, object)]
      .filter(([path, text]) => image.get(path) !== text)
      .map(([path, text]) => ({ subject: id, message: `${path} of what is nobody's is now ${text}` }));
  });
}

/** Objects that were there and are not, though nobody here deleted them. */
function lost(world: World, state: State): Fault[] {
  const live = objectsOf(state);
  return [...world.images.keys()]
    .filter((id) => !live.has(id))
    .map((id) => ({ subject: id, message: 'it was there and is lost' }));
}

/** Notes how everything is, for the next calm moment to be compared with. */
export function takeImages(world: World, state: State): void {
  for (const thing of world.things) {
    const [only] = liveOf(thing, state);
    if (only !== undefined) thing.id = String(only.id);
  }
  world.images.clear();
  for (const [id, { kind, object }] of objectsOf(state)) world.images.set(id, imageOf(kind, object));
  for (const thing of world.things) world.letGo(thing);
}

/** An object in the JSON of a plan. */
export interface PlannedObject {
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly reason: string;
  readonly unverified: boolean;
}

/** As much of the JSON of a plan as is looked at. */
export interface PlanJson {
  readonly changes: readonly { readonly kind: string; readonly name: string; readonly held: object | null }[];
  readonly upkeep: readonly { readonly kind: string; readonly name: string; readonly held: object | null }[];
  readonly objects: readonly PlannedObject[];
}

/** `Kind/name` of what a limit holds, or what waits for it. */
export function limitedIn({ objects }: Pick<PlanJson, 'objects'>): ReadonlySet<string> {
  const held = objects.filter(({ status, reason }) => status === 'Held' && /sync\.limits\./.test(reason));
  return new Set(held.map(({ kind, name }) => `${kind}/${name}`));
}

/** What a plan wants to do though all is done, and what stands elsewhere than it must. */
export function planFaults(world: World, { changes, upkeep, objects }: PlanJson): Fault[] {
  const limited = limitedIn({ objects });
  const open = [...changes, ...upkeep]
    .filter(({ held }) => held === null)
    .map((change) => ({
      subject: `${change.kind}/${change.name}`,
      message: 'a plan still has something to do',
    }));
  const found = new Map(objects.map((object) => [`${object.kind}/${object.name}`, object]));
  const standings = world.defined.flatMap((thing) => {
    const key = keyOf(thing);
    const object = found.get(key);
    const wanted = statuses[standsAs(thing)];
    if (limited.has(key)) return [];
    if (object?.status !== wanted) {
      return [{ subject: key, message: `it must be ${wanted} and is ${object?.status}: ${object?.reason}` }];
    }
    return object.unverified ? [{ subject: key, message: 'its secrets are unverified' }] : [];
  });
  return [...open, ...standings];
}

/** What is below an app that is left alone is named after the app; what is gone, is gone wherever it was. */
function standsAs(thing: Thing): Fate {
  return thing.fate === 'gone' ? thing.fate : fateOf(thing);
}
