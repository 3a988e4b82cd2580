import type { Random } from '../model/random.js';

/** The settings of a run, as its seed chooses them. */
export interface Modes {
  readonly prune: boolean;
  readonly adopt: 'matching' | 'marked' | 'never';
  readonly onTakeover: 'once' | 'always' | 'hold';
  readonly onDeleted: 'hold' | 'recreate';
  readonly onSecretDrift: 'hold' | 'reassert';
  readonly systemLogInterval: '10s' | '1m' | 'off';
  readonly interval: '1m' | '5m' | '10m';
  /** How much is logged: secrets must turn up in no line, and few lines are quicker than many. */
  readonly logLevel: 'debug' | 'info';
  /** How many objects the hour may see changed; undefined where no run comes near it. */
  readonly limits: Readonly<Record<'creates' | 'updates' | 'adopts' | 'deletes', number>> | undefined;
  readonly freeze: readonly Freeze[];
}

/** A window of every day in which nothing is changed. */
export interface Freeze {
  readonly hour: number;
  readonly minute: number;
  /** How long it stays open. */
  readonly minutes: number;
}

/** The hour of the day at which a simulated world begins. */
const FIRST_HOUR = 8;

/** Draws the settings of a run. */
export function drawModes(random: Random): Modes {
  return {
    prune: random.chance(0.6),
    adopt: random.weighted([
      [6, 'matching'],
      [1, 'marked'],
      [1, 'never'],
    ] as const),
    onTakeover: random.weighted([
      [2, 'once'],
      [1, 'always'],
      [1, 'hold'],
    ] as const),
    onDeleted: random.chance(0.5) ? 'hold' : 'recreate',
    onSecretDrift: random.chance(0.5) ? 'hold' : 'reassert',
    systemLogInterval: random.weighted([
      [1, '10s'],
      [2, '1m'],
      [1, 'off'],
    ] as const),
    interval: random.weighted([
      [1, '1m'],
      [2, '5m'],
      [1, '10m'],
    ] as const),
    logLevel: random.chance(0.2) ? 'debug' : 'info',
    limits: random.chance(0.5) ? drawLimits(random) : undefined,
    freeze: random.chance(0.3)
      ? [
          {
            hour: FIRST_HOUR + random.int(0, 1),
            minute: random.int(0, 59),
            minutes: random.int(2, 15),
          },
        ]
      : [],
  };
}

function drawLimits(random: Random): NonNullable<Modes['limits']> {
  const most = random.chance(0.4) ? 4 : 12;
  return {
    creates: random.int(most === 4 ? 2 : 6, most + 2),
    updates: random.int(0, most),
    adopts: random.int(0, 2),
    deletes: random.int(0, 3),
  };
}
