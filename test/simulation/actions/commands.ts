import { nameActors } from '../../../src/cli/actors.js';
import { awaitAbsence, converge, refuseUnset } from '../../../src/cli/converge.js';
import type { Session } from '../../../src/compose.js';
import { keyOf } from '../model.js';
import { type Action, action } from './action.js';

const plan = action({
  name: 'somebody plans',
  weight: 3,
  propose: () => ({}),
  run: (world) =>
    world.process('plan').work('plan', async (session) => {
      await nameActors(session, await session.reconciler.plan('all'));
    }),
});

/** What `c1sync apply --yes` does with a session. */
export async function applyOnce(session: Session): Promise<void> {
  await awaitAbsence(session, () => {});
  const planned = await nameActors(session, await session.reconciler.plan('all'));
  refuseUnset(planned);
  await converge(session, planned, { start: () => {}, tick: () => {}, stop: () => {} });
}

const apply = action<{ readonly prunes: boolean; readonly forces: boolean; readonly isAlone: boolean }>({
  name: 'somebody applies',
  weight: 4,
  propose: (_world, random) => ({
    prunes: random.chance(0.4),
    forces: random.chance(0.3),
    isAlone: random.chance(0.6),
  }),
  run(world, { prunes, forces, isAlone }) {
    if (isAlone) for (const process of world.daemons) world.kill(process);
    world.process('apply', world.modes.prune || prunes).work('apply', applyOnce, { force: forces });
  },
});

const forget = action<{ readonly uid: string }>({
  name: 'somebody has a record forgotten',
  weight: 1,
  propose(world, random) {
    const thing = random.pick(world.model.things);
    return thing && { uid: thing.uid };
  },
  run(world, { uid }) {
    const thing = world.model.thing(uid);
    if (thing === undefined) return;
    for (const process of world.daemons) world.kill(process);
    const key = keyOf(thing);
    world.process('state').work('state', async ({ store }) => {
      await Promise.all([store.removeObject(key), store.removeIntent(key)]);
    });
    world.forgetsThing(thing, 'its record is forgotten');
    world.judge.claims.forgets(key);
    world.judge.configurations.forgets(thing.ids);
  },
});

/** Commands beside a daemon and without one. */
export const commandActions: readonly Action[] = [plan, apply, forget];
