import { Control } from '../../../src/core/reconcile/control.js';
import type { Random } from '../../model/random.js';
import { keyOf } from '../model.js';
import type { Process } from '../process.js';
import type { World } from '../world.js';
import { type Action, action } from './action.js';

const CALLER = { by: 'alice', via: 'api' } as const;

interface Asked {
  readonly process: string;
}

function listening(world: World): Process[] {
  return world.daemons.filter(({ session }) => session !== undefined);
}

function asked(world: World, { process }: Asked): Process | undefined {
  return listening(world).find(({ name }) => name === process);
}

function targetOf(world: World, random: Random): { process: string; uid: string } | undefined {
  const process = random.pick(listening(world));
  const thing = random.pick(world.model.defined);
  return process && thing && { process: process.name, uid: thing.uid };
}

const approve = action<Asked & { readonly hash: string }>({
  name: 'a person approves a held group',
  weight: 4,
  propose(world, random) {
    const process = random.pick(listening(world));
    const group = random.pick(process?.session?.snapshot.groups() ?? []);
    return process && group && { process: process.name, hash: group.hash };
  },
  run(world, params) {
    const process = asked(world, params);
    process?.ask('approve', async (session) => {
      const group = session.snapshot.groups().find(({ hash }) => hash === params.hash);
      const approving = new Control(session).approve(params.hash, CALLER);
      const shown = group?.keys.flatMap((key) => process.probe?.shown.get(key) ?? []);
      world.judge.guard.approved(shown ?? []);
      await approving;
    });
  },
});

const suspend = action<Asked & { readonly uid: string; readonly seconds: number | undefined }>({
  name: 'a person suspends an object',
  weight: 2,
  propose(world, random) {
    const target = targetOf(world, random);
    return target && { ...target, seconds: random.chance(0.5) ? random.int(10, 600) : undefined };
  },
  run(world, params) {
    const thing = world.model.thing(params.uid);
    if (thing === undefined) return;
    asked(world, params)?.ask('suspend', async (session) => {
      const time = params.seconds === undefined ? {} : { forMs: params.seconds * 1_000 };
      const target = keyOf(thing);
      const { suspensions } = world.judge;
      suspensions.end(target);
      const end = (): number | undefined =>
        time.forMs === undefined ? undefined : world.wall.now() + time.forMs;
      const until = end();
      const ask = suspensions.ask(target, until);
      const losses = world.losses;
      await new Control(session).suspend({ target, reason: 'an incident', ...time }, CALLER);
      // The time of day may have changed since.
      const last = Math.min(until ?? Number.POSITIVE_INFINITY, end() ?? Number.POSITIVE_INFINITY);
      if (world.losses === losses) suspensions.begin(ask, world.loop.now, last);
    });
  },
});

const resume = action<Asked & { readonly uid: string | undefined }>({
  name: 'a person resumes',
  weight: 3,
  propose(world, random) {
    const target = targetOf(world, random);
    return target && { process: target.process, uid: random.chance(0.3) ? undefined : target.uid };
  },
  run(world, params) {
    const thing = params.uid === undefined ? undefined : world.model.thing(params.uid);
    asked(world, params)?.ask('resume', async (session) => {
      const ended = world.judge.suspensions.end(thing && keyOf(thing));
      const reclaims = (): void => {
        for (const id of thing?.ids ?? [undefined]) world.judge.takeovers.resumes(id);
      };
      reclaims();
      await new Control(session).resume(thing === undefined ? '*' : keyOf(thing), CALLER);
      reclaims();
      ended();
    });
  },
});

const reconcile = action<Asked & { readonly uid: string | undefined }>({
  name: 'a person has an object reconciled',
  weight: 2,
  propose(world, random) {
    const target = targetOf(world, random);
    return target && { process: target.process, uid: random.chance(0.4) ? undefined : target.uid };
  },
  run(world, params) {
    const thing = params.uid === undefined ? undefined : world.model.thing(params.uid);
    asked(world, params)?.ask('reconcile', async (session) => {
      await new Control(session).reconcile(thing === undefined ? [] : [keyOf(thing)], CALLER);
    });
  },
});

/** What people ask of a running daemon, by the functions that its HTTP API calls. */
export const peopleActions: readonly Action[] = [approve, suspend, resume, reconcile];
