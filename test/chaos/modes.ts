import { Random } from '../model/random.js';

/** The settings of a run that its seed chooses. */
export interface Modes {
  readonly prune: boolean;
  readonly onTakeover: 'once' | 'always' | 'hold';
  readonly onDeleted: 'hold' | 'recreate';
  readonly onSecretDrift: 'hold' | 'reassert';
  readonly systemLogInterval: '1s' | '10s' | 'off';
  /** How many objects the hour may see changed; undefined where no run comes near it. */
  readonly limits: Readonly<Record<'creates' | 'updates' | 'adopts' | 'deletes', number>> | undefined;
}

/** Always the same for the same seed. */
export function modesOf(seed: number): Modes {
  const random = new Random(Math.imul(seed, 0x9e37_79b1));
  return {
    prune: random.chance(0.6),
    onTakeover: random.pick(['once', 'always', 'hold'] as const) ?? 'hold',
    onDeleted: random.chance(0.5) ? 'hold' : 'recreate',
    onSecretDrift: random.chance(0.5) ? 'hold' : 'reassert',
    systemLogInterval: random.pick(['1s', '10s', 'off'] as const) ?? 'off',
    limits: random.chance(0.25)
      ? {
          creates: random.int(6, 14),
          updates: random.int(2, 10),
          adopts: random.int(0, 2),
          deletes: random.int(0, 3),
        }
      : undefined,
  };
}
