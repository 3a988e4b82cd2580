import type { World } from '../world.js';
import type { Invariant } from './invariant.js';

const requests: Invariant = {
  name: 'no request that the rules forbid',
  check({ judge, processes }) {
    for (const process of processes) if (process.life !== 'dead') judge.audits(process);
    return judge.wrongs;
  },
};

/** How far each log was read already. */
const read = new WeakMap<object, number>();

const secrets: Invariant = {
  name: 'no secret in logs or state',
  check(world) {
    const lines = world.processes.flatMap((process) => {
      const from = read.get(process) ?? 0;
      read.set(process, process.output.length);
      return process.output.slice(from).map((line) => [`the log of ${process.name}`, line] as const);
    });
    const files = [...world.disk.texts()];
    return [...lines, ...files].flatMap(([place, text]) =>
      text.includes('planted-') ? leaks(world, place, text) : [],
    );
  },
};

function leaks({ model }: World, place: string, text: string): string[] {
  const found = [...model.planted].find((secret) => text.includes(secret));
  return found === undefined
    ? []
    : [`the secret ${found.slice(0, 12)} is in ${place}: ${text.slice(0, 300)}`];
}

const ends: Invariant = {
  name: 'no process dies of itself',
  check: ({ ends: all }) =>
    all
      .filter(({ process, code, reason }) => process.isDaemon && code !== 0 && !/in use by|lock/.test(reason))
      // A process that cannot use its state does not start.
      .filter(({ process, reason }) => process.session !== undefined || !/ENOSPC|EROFS/.test(reason))
      .map(({ process, reason }) => `${process.name}: ${reason}`),
};

/** What must hold at every moment. */
export const always: readonly Invariant[] = [requests, secrets, ends];
