import type { Random } from '../../model/random.js';
import { CALL_WINDOW_MS } from '../judge.js';
import type { Fault } from '../network.js';
import { type Action, action } from './action.js';

const reads = [
  '^GET /api/v1/apps',
  '^GET /api/v1/apps/[^/?]+(/connectors/[^/?]+)?$',
  '/connectors',
  '/ownerids',
  '/search/',
  '/systemlog/',
] as const;
const creates = ['^POST /api/v1/apps$', '^POST /api/v1/apps/[^/]+/connectors$'] as const;
const updates = [
  '^POST /api/v1/apps/[^/]+$',
  '^PUT ',
  '/schedule$',
  '^POST .*/connectors/[^/]+$',
  '^DELETE ',
] as const;
const failures = [500, 502, 503, 408, 409, 'timeout', 'reset', 'html', 'unsent'] as const;

const breakReads = action<Fault>({
  name: 'reads break',
  weight: 2,
  propose: (_world, random) => ({
    match: random.pick(reads) ?? '',
    times: random.int(1, 6),
    answer: random.pick(failures) ?? 500,
    effect: 'none',
  }),
  run: (world, fault) => void world.network.faults.push({ ...fault }),
});

function writeFault(random: Random): Fault {
  const answer = random.pick(failures) ?? 500;
  const effect = random.weighted<Fault['effect']>([
    [2, 'none'],
    [3, 'done'],
    [2, random.int(50, 20_000)],
    [1, random.int(20_000, CALL_WINDOW_MS - 5_000)],
  ]);
  const match = random.pick(random.chance(0.5) ? creates : updates) ?? '';
  return { match, times: random.int(1, 2), answer, effect: answer === 'unsent' ? 'none' : effect };
}

const breakWrites = action<Fault>({
  name: 'writes break',
  weight: 6,
  propose: (_world, random) => writeFault(random),
  run: (world, fault) => void world.network.faults.push({ ...fault }),
});

const refuse = action<Fault>({
  name: 'the tenant refuses for the rate',
  weight: 2,
  propose: (_world, random) => ({
    match: random.pick(['/api/', '^POST /api/v1/apps', '^GET']) ?? '',
    times: random.int(1, 4),
    answer: 429,
    effect: 'none',
    ...(random.chance(0.5) ? {} : { retryAfter: random.int(0, 30) }),
  }),
  run: (world, fault) => void world.network.faults.push({ ...fault }),
});

const pace = action<{ readonly least: number; readonly most: number }>({
  name: 'the network changes its pace',
  weight: 2,
  propose(_world, random) {
    const least = random.int(0, 50);
    return {
      least,
      most:
        least +
        random.weighted([
          [3, 20],
          [2, 500],
          [1, 6_000],
        ] as const),
    };
  },
  run: (world, { least, most }) => {
    world.network.latency = [least, most];
  },
});

/** What happens between processes and the tenant. */
export const networkActions: readonly Action[] = [breakReads, breakWrites, refuse, pace];
