import type { Fault } from '../network.js';
import { type Action, action } from './action.js';

const everything = ['/api/', '^GET ', '^POST /api/v1/apps', '^PUT ', '^DELETE '] as const;

const refuse = action<Fault>({
  name: 'the tenant refuses what we may not',
  weight: 2,
  propose: (_world, random) => ({
    match: random.pick(everything) ?? '',
    times: random.int(1, 8),
    answer: random.chance(0.5) ? 401 : 403,
    effect: 'none',
  }),
  run(world, fault) {
    world.refuses = true;
    world.network.faults.push({ ...fault });
  },
});

const logMissing = action<Fault>({
  name: 'the system log may not be read',
  weight: 1,
  propose: (_world, random) => ({
    match: '/systemlog/',
    times: random.int(1, 60),
    answer: 403,
    effect: 'none',
  }),
  run: (world, fault) => void world.network.faults.push({ ...fault }),
});

/** Writes of which the answer is one that leaves the outcome open, long after which the tenant may still do the work. */
const unclear = action<Fault>({
  name: 'a write is answered and its outcome is open',
  weight: 3,
  propose: (_world, random) => ({
    match: random.pick(['^POST /api/v1/apps$', '/connectors$', '^POST /api/v1/apps/', '^PUT ']) ?? '',
    times: random.int(1, 2),
    answer: random.pick([499, 408, 409, 'html'] as const) ?? 499,
    effect: random.weighted<Fault['effect']>([
      [1, 'none'],
      [2, 'done'],
      [2, random.int(1_000, 50_000)],
    ]),
  }),
  run: (world, fault) => void world.network.faults.push({ ...fault }),
});

/** Answers by which a tenant refuses, or seems to. */
export const refusalActions: readonly Action[] = [refuse, logMissing, unclear];
