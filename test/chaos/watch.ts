import { CONFIG } from '../model/fields.js';
import { adoptable, FOREIGN, idOf } from '../model/seed.js';
import { type Judged, placeOf, writesIn } from './check-requests.js';
import { alwaysFaults, liveOf } from './checks.js';
import type { Seen, State } from './tenant.js';
import { fateOf, keyOf, type Thing, type World } from './world.js';

/** Looks on while all goes wrong, and remembers what a run has seen. */
export class Watch implements Judged {
  readonly world: World;
  readonly thingsById = new Map<string, Thing>();
  /** The app of every connector that was ever seen, by id. */
  readonly appOf = new Map<string, string>();
  /** Every call that deletes, in order. */
  readonly deletions: Seen[] = [];
  /** Ids of objects that were managed and in order when all was calm. */
  #settled: ReadonlySet<string> = new Set();
  /** What the daemon did in the whole run: things that it made, ids of objects that it changed otherwise. */
  readonly #done = {
    creates: new Set<Thing>(),
    updates: new Set<string>(),
    adopts: new Set<string>(),
    deletes: new Set<string>(),
  };

  constructor(world: World) {
    this.world = world;
  }

  /** What must not be at any time, and is. */
  look(state: State): string[] {
    for (const { id, appId } of state.connectors) this.appOf.set(String(id), String(appId));
    for (const thing of this.world.things) {
      for (const { id } of liveOf(thing, state)) this.thingsById.set(String(id), thing);
    }
    return this.world.things.flatMap((thing) =>
      alwaysFaults(thing, state).map((message) => `${keyOf(thing)}: ${message}`),
    );
  }

  /** Takes note of the calls of a round that has ended. */
  note(requests: readonly Seen[]): void {
    const seeded = new Set([...adoptable, FOREIGN].map(idOf));
    this.deletions.push(...requests.filter(({ method }) => method === 'DELETE'));
    for (const thing of this.world.things) {
      if (thing.id !== undefined && !seeded.has(thing.id)) this.#done.creates.add(thing);
    }
    for (const { method, path, mask, status } of writesIn(requests)) {
      const { appId, connectorId } = placeOf(path);
      const id = connectorId ?? appId;
      // What is written below an app does not change the app; secrets that nobody knows are written once more.
      if (path.endsWith('/connectors') || mask === CONFIG) continue;
      if (method === 'DELETE') {
        if (status === 200) this.#done.deletes.add(id);
      } else if (this.#settled.has(id)) this.#done.updates.add(id);
      else if (seeded.has(id)) this.#done.adopts.add(id);
    }
  }

  /** Notes what is in order, now that all is calm. */
  settle(unsettled: ReadonlySet<Thing>): void {
    const settled = this.world.defined.filter((one) => !unsettled.has(one) && fateOf(one) === 'managed');
    this.#settled = new Set(settled.flatMap(({ id }) => id ?? []));
  }

  /** Limits of the hour that were exceeded. No run lasts an hour. */
  overLimits(): string[] {
    const { limits } = this.world.modes;
    if (limits === undefined) return [];
    return (['creates', 'updates', 'adopts', 'deletes'] as const).flatMap((sort) => {
      const count = this.#done[sort].size;
      return count > limits[sort] ? [`${count} ${sort}, where ${limits[sort]} are allowed`] : [];
    });
  }
}
