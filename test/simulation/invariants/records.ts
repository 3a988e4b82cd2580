import type { Json } from '../../model/client.js';
import type { Effect } from '../effects.js';
import { keyOf, type Thing } from '../model.js';
import { DEFINITIONS } from '../settings.js';
import { asObject } from '../tenant.js';
import type { World } from '../world.js';
import type { Invariant } from './invariant.js';

/** How much later than its time a look may happen, milliseconds: work is queued, and requests wait for their turn. */
const LATE_MS = 120_000;

/** The records of the daemon that holds the lock. */
function recordsOf(world: World) {
  const session = world.daemons.find(({ session: one }) => one !== undefined)?.session;
  return session && { session, ...session.store.records() };
}

const recorded: Invariant = {
  name: 'records name what is there',
  async check(world) {
    const found = recordsOf(world);
    if (found === undefined) return [];
    const { apps, connectors } = await world.people.state();
    const ids = new Set([...apps, ...connectors].map(({ id }) => String(id)));
    const keys = new Map<string, string[]>();
    const out: string[] = [];
    const isConflict = (key: string, id: string): boolean => {
      const { status, reason = '' } = found.session.statusStore.get(key) ?? {};
      return status === 'Failed' && reason.includes(id);
    };
    for (const { key, id } of found.objects.values()) {
      keys.set(id, [...(keys.get(id) ?? []), key]);
      const status = found.session.statusStore.get(key)?.status;
      const isLost = !ids.has(id) && status === 'Synced';
      if (isLost) out.push(`the record of ${key} names ${id}, which is gone, and its status is ${status}`);
    }
    for (const [id, all] of keys) {
      // An older state names the object of a definition that another one pins by now; that is a conflict of the former.
      const pinning = world.model.defined.filter(({ pinned }) => pinned === id).map(keyOf);
      const [holder, another] = all.filter((key) => !isConflict(key, id));
      const isPinned = another === undefined && holder !== undefined && pinning.includes(holder);
      if (all.length > 1 && !isPinned) out.push(`${all.join(' and ')} have records of one object, ${id}`);
    }
    for (const { key } of found.intents.values()) {
      const status = found.session.statusStore.get(key)?.status;
      if (status === 'Synced') out.push(`an intent of ${key} is left though it is ${status}`);
    }
    return out;
  },
};

const placed: Invariant = {
  name: 'records say where definitions are',
  check(world) {
    const found = recordsOf(world);
    return world.model.defined.flatMap((thing) => {
      const key = keyOf(thing);
      const record = found?.objects.get(key);
      const root = record?.source?.root;
      // The record of an object that is gone stays as it was while another one waits to be adopted in its place.
      const isReplaced = found?.session.statusStore.get(key)?.id !== record?.id;
      return root === undefined || root === DEFINITIONS || isReplaced
        ? []
        : [`the record of ${key} says ${root}`];
    });
  },
};

const reasons: Invariant = {
  name: 'statuses say why and until when',
  check(world) {
    const found = recordsOf(world);
    if (found === undefined) return [];
    const now = found.session.clock.now();
    return found.session.statusStore.entries().flatMap(({ key, status, reason, requeueAt, since }) => {
      const out: string[] = [];
      if (status === 'Synced' && reason !== '') out.push(`${key} is Synced with a reason: ${reason}`);
      if (status !== 'Synced' && reason === '') out.push(`${key} is ${status} without a reason`);
      if (requeueAt !== undefined && requeueAt < now - LATE_MS)
        out.push(
          `${key} is ${status} since ${now - since} ms and was to be seen to ${now - requeueAt} ms ago: ${reason}`,
        );
      return out;
    });
  },
};

function mismatch(
  thing: Thing,
  live: readonly Json[],
  { status, reason }: { readonly status: string; readonly reason: string },
): string | undefined {
  // It shows where its app stands.
  if (reason.startsWith('it waits for ')) return undefined;
  const marked = live.filter(({ annotations }) => asObject(annotations).managed_by === 'c1sync');
  if (status === 'Gone' && live.length > 0) return `it is Gone, and ${String(live[0]?.id)} is there`;
  if (thing.kind === 'App' && status === 'TakenOver' && marked.length > 0)
    return 'it is TakenOver and carries our marks';
  if (thing.kind === 'App' && status === 'Synced' && marked.length === 0)
    return 'it is Synced without our marks';
  return undefined;
}

const truth: Invariant = {
  name: 'statuses are true',
  async check(world) {
    const found = recordsOf(world);
    if (found === undefined) return [];
    const { apps, connectors } = await world.people.state();
    return world.model.defined.flatMap((thing) => {
      const shown = found.session.statusStore.get(keyOf(thing)) ?? { status: '', reason: '' };
      const meant = thing.pinned ?? found.objects.get(keyOf(thing))?.id;
      // What is there under another app is not there for its definition.
      const appId = thing.app && found.objects.get(keyOf(thing.app))?.id;
      const siblings = thing.app === undefined ? apps : connectors.filter((one) => one.appId === appId);
      const live = siblings.filter(({ id }) => id === meant);
      const wrong = mismatch(thing, live, shown);
      return wrong === undefined ? [] : [`${keyOf(thing)} (${thing.uid}): ${wrong}`];
    });
  },
};

/** What each write was part of, by the report of its sender. */
const seen = new WeakMap<World, number>();

function reportFault({ sender, thing, id, mask, path, action }: Effect, world: World): string | undefined {
  const { reconciled, life } = world.processOf(sender);
  if (life === 'dead') return undefined;
  const names = new Set(thing?.versions.map(({ name }) => name));
  const reports = reconciled.filter(
    (event) =>
      event.action !== 'none' && (event.id === id || (event.kind === thing?.kind && names.has(event.name))),
  );
  const what = `${action} of ${id} by ${sender.name} (${path}, mask '${mask}')`;
  if (reports.length === 0) return `no report of the ${what}`;
  const named = new Set(reports.flatMap(({ updateMask }) => updateMask.split(',')));
  const missing = mask.split(',').filter((name) => name !== '' && !named.has(name));
  const isCreated = reports.some((event) => event.action === 'create');
  return missing.length === 0 || isCreated
    ? undefined
    : `no report of the ${what} names ${missing.join(', ')}`;
}

const reports: Invariant = {
  name: 'every write is reported',
  check(world) {
    const effects = world.judge.effects.all;
    const from = seen.get(world) ?? 0;
    const out = effects
      .slice(from)
      .filter(({ isAnswered }) => isAnswered)
      .flatMap((effect) => reportFault(effect, world) ?? []);
    if (out.length === 0) seen.set(world, effects.length);
    return out;
  },
};

/** What must be true of records, statuses and reports at rest. */
export const recordInvariants: readonly Invariant[] = [recorded, placed, reasons, truth, reports];
