import { beforeEach, describe, expect, it } from 'vitest';
import { Attributions } from '../../../src/core/drift/attributions.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const KEY = 'App/widgets';

let clock: VirtualClock;
let attributions: Attributions;
beforeEach(() => {
  clock = new VirtualClock();
  attributions = new Attributions(clock);
});

const note = (actor = 'bob') => attributions.note(KEY, { actor, at: clock.now() });
const correction = (reconcileId: string) => ({
  reconcileId,
  key: KEY,
  kind: 'App',
  name: 'widgets',
  at: clock.now(),
});

describe('who changed an object', () => {
  it('is the last author, since a time, within a day', async () => {
    note('alice');
    await clock.advance(MINUTE);
    note('bob');
    expect(attributions.of(KEY)?.actor).toBe('bob');
    expect(attributions.of(KEY, clock.now() + MINUTE)).toBeUndefined();
    await clock.advance(DAY + 1);
    expect(attributions.of(KEY)).toBeUndefined();
  });

  it('is unknown from events without a user', () => {
    attributions.note(KEY, { at: clock.now() });
    expect(attributions.of(KEY)).toBeUndefined();
  });

  it('is dropped after a later observation in sync, or a revert', async () => {
    note();
    attributions.inSync(KEY, clock.now() - 1);
    expect(attributions.of(KEY)?.actor).toBe('bob');
    attributions.inSync(KEY, clock.now());
    expect(attributions.of(KEY)).toBeUndefined();
    note();
    attributions.corrected(correction('r-1'), true);
    expect(attributions.of(KEY)).toBeUndefined();
  });

  it('has bounded memory', () => {
    for (let n = 0; n < 10_001; n += 1) attributions.note(`App/${n}`, { actor: 'bob', at: clock.now() });
    expect(attributions.of('App/0')).toBeUndefined();
    expect(attributions.of('App/10000')?.actor).toBe('bob');
  });
});

describe('a correction without a known author', () => {
  it('is given to the first one who is known to have made the change, once', async () => {
    const at = clock.now();
    await clock.advance(MINUTE);
    attributions.corrected(correction('first'), false);
    await clock.advance(MINUTE);
    attributions.corrected(correction('second'), false);
    expect(attributions.note(KEY, { actor: 'bob', at })?.reconcileId).toBe('first');
    expect(attributions.note(KEY, { actor: 'bob', at: at + 2 * MINUTE })?.reconcileId).toBe('second');
    expect(attributions.note(KEY, { actor: 'bob', at })).toBeUndefined();
  });

  it('is not given to who changed the object afterwards, or ten minutes too late', async () => {
    attributions.corrected(correction('r-1'), false);
    await clock.advance(MINUTE);
    expect(note()).toBeUndefined();
    await clock.advance(10 * MINUTE);
    expect(attributions.note(KEY, { actor: 'bob', at: clock.now() - 12 * MINUTE })).toBeUndefined();
  });
});
