import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Grant, PauseTooLong, RateGate } from '../../src/c1/gate.js';
import type { Clock, Timer } from '../../src/core/model/clock.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** The most entries of `times` that lie within any `spanMs`. */
function busiest(times: readonly number[], spanMs: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.max(
    0,
    ...sorted.map((from, i) => sorted.slice(i).filter((time) => time - from < spanMs).length),
  );
}

/** A clock whose timers fire late, by turns as much as `lateness` says. */
class LateClock implements Clock {
  readonly inner = new VirtualClock();
  readonly #lateness: readonly number[];
  #turn = 0;

  constructor(lateness: readonly number[]) {
    this.#lateness = lateness;
  }

  now(): number {
    return this.inner.now();
  }

  monotonic(): number {
    return this.inner.monotonic();
  }

  after(ms: number, run: () => void): Timer {
    const late = this.#lateness[this.#turn++ % this.#lateness.length] ?? 0;
    return this.inner.after(ms + late, run);
  }
}

interface Traveller {
  /** How long after the one before it this request is wanted. */
  readonly gapMs: number;
  /** How much slower than usual it travels. */
  readonly lateMs: number;
}

/** Sends requests through a gate to a server that is `travelMs` away; gives when each was granted and when it arrived. */
async function travel(
  clock: LateClock,
  limit: number,
  travelMs: number,
  requests: readonly Traveller[],
): Promise<{ granted: number[]; arrived: number[] }> {
  const gate = new RateGate(clock, limit);
  const granted: number[] = [];
  const arrived: number[] = [];
  let at = 0;
  for (const { gapMs, lateMs } of requests) {
    at += gapMs;
    clock.inner.after(at, () => {
      void gate.pass().then((grant) => {
        granted.push(clock.now());
        clock.inner.after(travelMs + lateMs, () => arrived.push(clock.now()));
        clock.inner.after(2 * travelMs + lateMs, () => gate.answered(grant, true));
      });
    });
  }
  while (arrived.length < requests.length) await clock.inner.advance(500);
  return { granted, arrived };
}

describe('the pace', () => {
  const limits = fc.constantFrom(0.5, 1, 2, 3.7, 10, 40);
  const gaps = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 1500 }));
  const lateness = fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 7 });

  it('never lets more than the limit pass in a sliding second, whenever requests come and timers fire', async () => {
    await fc.assert(
      fc.asyncProperty(
        limits,
        fc.array(gaps, { minLength: 1, maxLength: 60 }),
        lateness,
        async (limit, gapsMs, late) => {
          const requests = gapsMs.map((gapMs) => ({ gapMs, lateMs: 0 }));
          const { granted } = await travel(new LateClock(late), limit, 1, requests);
          expect(busiest(granted, 1000)).toBeLessThanOrEqual(Math.max(1, Math.floor(limit)));
          if (limit < 1) expect(busiest(granted, 1000 / limit)).toBe(1);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('holds the limit at the server too when some requests travel slowly', async () => {
    const requests = fc.array(fc.record({ gapMs: gaps, lateMs: fc.integer({ min: 0, max: 200 }) }), {
      minLength: 1,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(limits, fc.integer({ min: 0, max: 30 }), requests, async (limit, travelMs, wanted) => {
        // Now and then one travels as fast as it can: that is how the gate knows what is slow.
        const travellers = wanted.map((one, i) => (i % 3 === 2 ? { ...one, lateMs: 0 } : one));
        const { arrived } = await travel(new LateClock([0]), limit, travelMs, travellers);
        expect(busiest(arrived, 1000)).toBeLessThanOrEqual(Math.max(1, Math.floor(limit)));
      }),
      { numRuns: 25 },
    );
  });

  it('uses the rate it has, although every timer fires late', async () => {
    const clock = new LateClock([4]);
    const start = clock.now();
    const { granted } = await travel(
      clock,
      100,
      1,
      Array.from({ length: 300 }, () => ({ gapMs: 0, lateMs: 0 })),
    );
    expect((granted.at(-1) ?? 0) - start).toBeLessThanOrEqual(1.02 * 3000);
  });

  it('is even: requests that come at once are spread over the second', async () => {
    const clock = new LateClock([0]);
    const { granted } = await travel(
      clock,
      20,
      1,
      Array.from({ length: 60 }, () => ({ gapMs: 0, lateMs: 0 })),
    );
    // 20 a second are one in 50 ms; what is made up for comes at most twice as fast.
    expect(busiest(granted, 100)).toBeLessThanOrEqual(4);
  });

  it('does not stop when the clock is set back', async () => {
    const clock = new VirtualClock();
    const gate = new RateGate(clock, 1);
    await gate.pass();
    clock.step(-3_600_000);
    let passed = false;
    void gate.pass().then(() => {
      passed = true;
    });
    await clock.advance(900);
    expect(passed).toBe(false);
    await clock.advance(600);
    expect(passed).toBe(true);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses the limit %d', (limit) => {
    expect(() => new RateGate(new VirtualClock(), limit)).toThrow(RangeError);
  });
});

describe('a waiter', () => {
  it('that aborts rejects at once and uses no grant', async () => {
    const clock = new VirtualClock();
    const gate = new RateGate(clock, 1);
    await gate.pass();
    const controller = new AbortController();
    const left = gate.pass({ signal: controller.signal });
    const stays = gate.pass();
    expect(gate.state().waiting).toBe(2);
    controller.abort(new Error('enough'));
    await expect(left).rejects.toThrow('enough');
    expect(gate.state().waiting).toBe(1);
    await clock.advance(1300);
    await stays;
    expect(clock.pending).toBe(0);
  });

  it('that has left before it came is not let in', async () => {
    const gate = new RateGate(new VirtualClock(), 1);
    await expect(gate.pass({ signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone');
    expect(gate.state()).toMatchObject({ waiting: 0, inFlight: 0 });
  });

  it('goes first when urgent', async () => {
    const clock = new VirtualClock();
    const gate = new RateGate(clock, 1);
    await gate.pass();
    const order: string[] = [];
    void gate.pass().then(() => order.push('plain'));
    void gate.pass({ urgent: true }).then(() => order.push('urgent'));
    await clock.advance(4000);
    expect(order).toEqual(['urgent', 'plain']);
  });
});

describe('a refusal by the tenant', () => {
  async function refusedGate(
    limit = 10,
  ): Promise<{ clock: VirtualClock; gate: RateGate; grant: Grant; passed: number[] }> {
    const clock = new VirtualClock();
    const gate = new RateGate(clock, limit);
    const grant = await gate.pass();
    return { clock, gate, grant, passed: [] };
  }

  it('pauses for the requested time, and then continues at half the rate', async () => {
    const { clock, gate, grant, passed } = await refusedGate();
    const start = clock.now();
    expect(gate.refused(grant, 7000)).toBe(7000);
    expect(gate.state()).toMatchObject({ rate: 5, limit: 10, pausedUntil: start + 7000 });
    for (let i = 0; i < 40; i += 1) {
      void gate.pass().then((given) => {
        passed.push(clock.now() - start);
        gate.answered(given, true);
      });
    }
    await clock.advance(6999);
    expect(passed).toEqual([]);
    await clock.advance(1001);
    expect(passed.length).toBeGreaterThanOrEqual(5);
    expect(passed.length).toBeLessThanOrEqual(6);
    expect(gate.state().pausedUntil).toBeUndefined();
  });

  it('lets the rate climb back step by step to the limit', async () => {
    const { clock, gate, grant } = await refusedGate();
    gate.refused(grant, 1000);
    const rates: number[] = [];
    await clock.advance(1000);
    for (let i = 0; i < 11; i += 1) {
      rates.push(gate.state().rate);
      await clock.advance(1000);
    }
    expect(rates).toEqual([5, 5.5, 6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5, 10]);
    expect(gate.state().rate).toBe(10);
  });

  it('counts once when requests that were under way together are refused together', async () => {
    const { clock, gate, grant } = await refusedGate();
    const waiting = gate.pass();
    await clock.advance(100);
    const second = await waiting;
    gate.refused(grant, 1000);
    await clock.advance(50);
    expect(gate.refused(second)).toBe(1000);
    gate.refused(second, 2000);
    expect(gate.state()).toMatchObject({ rate: 5, pausedUntil: clock.now() + 2000 });
  });

  it('halves the rate again when it comes again, and never to nothing', async () => {
    const { clock, gate, grant } = await refusedGate(16);
    let refused = grant;
    const rates: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      gate.refused(refused, 2000);
      rates.push(gate.state().rate);
      const next = gate.pass();
      await clock.advance(2000);
      refused = await next;
    }
    expect(rates).toEqual([8, 4, 2, 1, 1, 1, 1, 1]);
  });

  it('without a time pauses twice as long each time, up to a minute, and starts small again after a success', async () => {
    const { clock, gate, grant } = await refusedGate();
    let refused = grant;
    const spans: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      spans.push(gate.refused(refused));
      const next = gate.pass();
      await clock.advance(61_000);
      refused = await next;
    }
    expect(spans).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    gate.answered(refused, true);
    const again = gate.pass();
    await clock.advance(61_000);
    expect(gate.refused(await again)).toBe(1000);
  });

  it('rejects a waiter with less patience than all pauses since it came', async () => {
    const { clock, gate, grant } = await refusedGate();
    gate.refused(grant, 18_000);
    const first = gate.pass({ patienceMs: 60_000 });
    const outcome = expect(gate.pass({ patienceMs: 20_000 })).rejects.toMatchObject({ leftMs: 18_000 });
    await clock.advance(18_000);
    gate.refused(await first, 18_000);
    await outcome;
  });

  it('rejects waiters with less patience than the pause, both earlier and later ones', async () => {
    const { clock, gate, grant } = await refusedGate();
    const waits = gate.pass({ patienceMs: 5000 });
    const stays = gate.pass({ patienceMs: 50_000 });
    const outcome = expect(waits).rejects.toThrow(PauseTooLong);
    gate.refused(grant, 30_000);
    await outcome;
    await expect(gate.pass({ patienceMs: 29_999 })).rejects.toMatchObject({ leftMs: 30_000 });
    await clock.advance(30_000);
    await stays;
  });
});
