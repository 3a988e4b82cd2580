import type { Status } from '../../../src/core/model/change.js';
import type { StatusEntry } from '../../../src/core/status/status-store.js';
import type { Json } from '../../model/client.js';
import { nameText } from '../claims.js';
import { keyOf, type Thing } from '../model.js';
import { asObject, type State } from '../tenant.js';
import type { World } from '../world.js';

/** A thing that is not in sync, with what the daemon says of it. */
export interface Shown {
  readonly world: World;
  readonly state: State;
  readonly thing: Thing;
  readonly entry: Pick<StatusEntry, 'status' | 'reason' | 'id' | 'since'>;
}

/** A reason by its text, and whether it is true in the world as it is. */
interface Fact {
  readonly says: RegExp;
  readonly holds: (shown: Shown, found: RegExpExecArray) => boolean;
}

/** Why a thing may stand there; undefined where nothing that was done explains it. */
export function causeOf(thing: Thing, status: Status): string | undefined {
  return thing.causes.get(status) ?? (thing.app === undefined ? undefined : causeOf(thing.app, status));
}

/** True where a reason is a fact, or something that was done may lead to this status. */
export function explains(shown: Shown): boolean {
  const { thing, entry } = shown;
  for (const { says, holds } of facts) {
    const found = says.exec(entry.reason);
    if (found !== null && holds(shown, found)) return true;
  }
  return causeOf(thing, entry.status) !== undefined;
}

/** Ids of the objects that a reason names, as far as they are there. */
function namedIn(reason: string, { apps, connectors }: State): Json[] {
  return [...apps, ...connectors].filter(({ id }) => reason.includes(String(id)));
}

/** The names that the definition of a thing ever asked for. */
function namesOf({ versions }: Thing): ReadonlySet<string> {
  return new Set(versions.map(({ declared }) => nameText(declared.get('displayName'))));
}

/** What the marks of an object name. */
function addressOf({ annotations }: Json): unknown {
  return asObject(annotations).iac_resource_address;
}

/** True where two definitions ever asked for one name. */
function hasNameOf(one: Thing, other: Thing): boolean {
  const names = namesOf(one);
  return [...namesOf(other)].some((name) => names.has(name));
}

/** True where another definition pins the same object. */
function isPinnedTwice({ world, thing }: Shown): boolean {
  return world.model.defined.some(
    (other) => other !== thing && other.pinned !== undefined && other.pinned === thing.pinned,
  );
}

/** True where one definition pins an object, and another one asks for a name that it had. */
function isPinnedAndNamed({ world: { model }, thing, entry }: Shown): boolean {
  const pinning = model.defined.find(({ pinned }) => pinned !== undefined && entry.reason.includes(pinned));
  const naming = model.defined.filter((one) => one !== pinning && pinning && hasNameOf(one, pinning));
  return naming.length > 0 && (thing === pinning || naming.includes(thing));
}

/** True where another definition asks for the same name in the same place. */
function isNamedTwice({ world, thing }: Shown): boolean {
  const name = nameText(thing.declared.get('displayName'));
  return world.model.defined.some(
    (other) =>
      other !== thing &&
      other.kind === thing.kind &&
      other.app === thing.app &&
      nameText(other.declared.get('displayName')) === name,
  );
}

function isNamed(object: Json, thing: Thing): boolean {
  return namesOf(thing).has(nameText(object.displayName));
}

/** True where a create with the name of a thing has left: for another thing, or since this one was in sync last. */
function isAttempted({ world, thing }: Shown): boolean {
  const names = namesOf(thing);
  return world.judge.attempts.some(
    ({ thing: other, name, at }) => names.has(name) && (other !== thing || at >= thing.syncedAt),
  );
}

/** True where a definition ever had this key. */
function wasDefined({ model }: World, key: string | undefined): boolean {
  return model.things.some(({ kind, versions }) =>
    versions.some(({ name }) => keyOf({ kind, name }) === key),
  );
}

/** True where records were lost, or a process found marks and no record. */
function hasLostRecords({ world, thing }: Shown): boolean {
  const recovered = ({ name }: { readonly name: string }): boolean => name === 'recovery begun';
  return (
    thing.isForgotten || world.losses > 0 || world.processes.some(({ emitted }) => emitted.some(recovered))
  );
}

/** The object that the daemon takes for that of a thing. */
function ownOf({ thing, state, entry }: Shown): Json | undefined {
  const siblings = thing.kind === 'App' ? state.apps : state.connectors;
  // A change that is held has not given it the object yet.
  return siblings.find(({ id }) => (entry.id === undefined ? thing.ids.has(String(id)) : id === entry.id));
}

/** The thing that a key names of one and what it lives under. */
function namedAbove({ thing }: Shown, key: string | undefined): Thing | undefined {
  return [thing, thing.app].find((one) => one !== undefined && keyOf(one) === key);
}

/** What the daemon says of the app of this key that a thing lives under. */
function shownAbove(shown: Shown, key: string | undefined): Shown | undefined {
  const { app } = shown.thing;
  if (app === undefined || keyOf(app) !== key) return undefined;
  const { daemons } = shown.world;
  const entry = daemons.find(({ session }) => session !== undefined)?.session?.statusStore.get(key);
  return entry && { ...shown, thing: app, entry };
}

const facts: readonly Fact[] = [
  {
    says: /takes a few minutes to show/,
    holds: ({ world, entry }) => {
      const session = world.daemons.find((one) => one.session !== undefined)?.session;
      return session !== undefined && session.clock.now() - entry.since < session.settings.sync.settle;
    },
  },
  { says: /sync\.limits\./, holds: ({ world }) => world.modes.limits !== undefined },
  { says: /a freeze window/, holds: ({ world }) => world.judge.guard.isFrozen(world.wall.now()) },
  {
    says: /it is suspended: .*; run 'c1sync resume (\S+)'/,
    holds: (shown, [, key]) =>
      namedAbove(shown, key) !== undefined &&
      shown.world.judge.suspensions.mayCover(String(key), shown.world.wall.now()),
  },
  {
    says: /(?:(\S+) is held with everything under it: .*)?it is suspended by its definition/,
    holds: (shown, [, key = keyOf(shown.thing)]) => namedAbove(shown, key)?.suspended === true,
  },
  {
    says: /it waits for (\S+?\/[^\s:]+)/,
    holds(shown, [, key]) {
      const above = shownAbove(shown, key);
      return above !== undefined && above.entry.status !== 'Synced' && explains(above);
    },
  },
  {
    says: /^(\S+) is held with everything under it: /,
    holds(shown, [text, key]) {
      const above = shownAbove(shown, key);
      const reason = shown.entry.reason.slice(text.length);
      return above !== undefined && explains({ ...above, entry: { ...above.entry, reason } });
    },
  },
  {
    says: /the answer to its create call was lost, and/,
    holds: (shown) =>
      isAttempted(shown) &&
      namedIn(shown.entry.reason, shown.state).some((object) => isNamed(object, shown.thing)),
  },
  {
    says: /a create of this name was begun for (\S+), which an invalid document or a lost file may define/,
    holds: (shown, [, key]) => isAttempted(shown) && wasDefined(shown.world, key),
  },
  {
    says: /the records were lost/,
    holds: (shown) => hasLostRecords(shown) && namedIn(shown.entry.reason, shown.state).length > 0,
  },
  {
    says: /(\d+) objects have this name/,
    holds: ({ state, thing, entry }, [, count]) =>
      namedIn(entry.reason, state).filter((object) => isNamed(object, thing)).length === Number(count),
  },
  {
    says: /both claim the (?:same )?object/,
    holds: (shown) => isPinnedTwice(shown) || isNamedTwice(shown) || isPinnedAndNamed(shown),
  },
  { says: /This id is also that of/, holds: isPinnedTwice },
  {
    says: /which (\S+) manages, and (?:that definition is not valid or lost its file|an invalid document or a lost file may define it|its last definition was in \S+, another source)/,
    holds: ({ world, state, thing, entry }, [, key]) =>
      namedIn(entry.reason, state).some((object) => isNamed(object, thing)) && wasDefined(world, key),
  },
  {
    says: /whose name differs only in spaces, case or composition/,
    holds: ({ state, thing, entry }) => namedIn(entry.reason, state).some((object) => isNamed(object, thing)),
  },
  {
    says: /the object (\S+) lives under (\S+); revert it/,
    holds(shown, [, id, appId]) {
      const { state, thing } = shown;
      const app = state.apps.find((one) => one.id === appId);
      const isThere = state.connectors.some((one) => one.id === id && one.appId === appId);
      if (!isThere || app === undefined || thing.app === undefined) return false;
      const address = addressOf(app);
      if (address !== undefined) return address !== keyOf(thing.app);
      return shownAbove(shown, keyOf(thing.app))?.entry.id !== appId;
    },
  },
  {
    // Of a definition that got another's name in one step, the record goes with the name.
    says: /it was deleted in the tenant \((\S+?)\)/,
    holds: ({ world, state, thing }, [, id]) =>
      ![...state.apps, ...state.connectors].some((object) => object.id === id) &&
      world.model.things.some((other) => other.ids.has(String(id)) && hasNameOf(other, thing)),
  },
  {
    says: /which c1sync does not manage and may not adopt here/,
    holds: ({ world, state, thing, entry }) =>
      world.modes.adopt !== 'matching' &&
      namedIn(entry.reason, state).some((object) => isNamed(object, thing)),
  },
  {
    says: /no (?:object in the tenant|Connector of its App) has the id (\S+?);/,
    holds: ({ thing, state }, [, id]) => {
      const isUnderIt = (appId: unknown): boolean =>
        thing.app === undefined || thing.app.ids.has(String(appId));
      const siblings = [...state.apps, ...state.connectors];
      return thing.pinned === id && !siblings.some((object) => object.id === id && isUnderIt(object.appId));
    },
  },
  {
    says: /(\d+) objects carry the marks of (?:this definition|\S+) \(/,
    holds({ state, entry }, [, count]) {
      // Whoever asks for the name of one of them is held for the same reason.
      const marked = namedIn(entry.reason, state).map(addressOf);
      return marked.length === Number(count) && marked[0] !== undefined && new Set(marked).size === 1;
    },
  },
  {
    says: /taking c1sync's own user (\S+) off the owners/,
    holds(shown, [, user]) {
      const owners = shown.thing.declared.get('owners');
      const live = ownOf(shown)?.ownerIds ?? ownOf(shown)?.userIds;
      const isDeclared =
        Array.isArray(owners) && owners.some((owner) => String(owner).startsWith(`${user}@`));
      return Array.isArray(owners) && !isDeclared && Array.isArray(live) && live.includes(user);
    },
  },
  {
    says: /the configuration was last written by someone else|our own write may have done this/,
    holds: (shown) => shown.thing.isReconfigured || hasLostRecords(shown),
  },
  {
    says: /took it over with an edit in the web app/,
    holds({ world, state, thing, entry }) {
      // An edit in the web app takes the marks off, whichever of its definitions had the app at the time.
      const id = thing.kind === 'App' ? entry.id : state.connectors.find((one) => one.id === entry.id)?.appId;
      const own = state.apps.find((app) => app.id === id);
      return world.modes.onTakeover !== 'always' && own !== undefined && !addressOf(own);
    },
  },
  {
    says: /(?:which carries|with) the marks of (\S+?)[;,]/,
    holds: ({ state, entry }, [, address]) =>
      namedIn(entry.reason, state).some((object) => addressOf(object) === address),
  },
  {
    says: /carries its marks/,
    holds: ({ state, entry }) =>
      namedIn(entry.reason, state).some((object) => addressOf(object) !== undefined),
  },
];
