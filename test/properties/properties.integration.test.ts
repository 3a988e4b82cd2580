import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/core/model/change.js';
import type { Planned } from '../../src/core/plan/input.js';
import { Driver } from './drive.js';
import { type Life, lives, type Step } from './inputs.js';
import { byId, expectedMask, isForeign, isHandedOver, kindNamed, trespasses } from './oracle.js';

/** Each property is tried on so many lives, or for so long: fast-check prints the seed of what fails. */
const BOUNDS = { numRuns: 60, interruptAfterTimeLimit: 8_000 } as const;

/** Lives a life, with a check at every step after the edits of others and before c1sync acts. */
function throughLife(check: (driver: Driver, step: Step) => Promise<void>) {
  return fc.asyncProperty(lives, async (life: Life) => {
    const driver = new Driver(life);
    for (const step of life.steps) {
      for (const edit of step.edits) driver.edit(edit);
      driver.define(step.definitions);
      await check(driver, step);
    }
  });
}

async function plan({ core }: Driver): Promise<Planned> {
  return core.reconciler.plan('all');
}

/** Carries out what is due; nothing of it may fail. */
async function sweep({ core }: Driver): Promise<readonly Change[]> {
  const { results } = await core.reconciler.reconcileOnce({ trigger: 'command', scope: 'all' });
  const all = await results;
  const failed = all.filter(({ outcome }) => outcome === 'failed');
  expect(failed.map(({ key, reason }) => `${key}: ${reason}`)).toEqual([]);
  return all.map(({ change }) => change);
}

/** The changes that nothing holds. */
function free({ plan: { changes, bookkeeping } }: Planned): Change[] {
  return [...changes, ...bookkeeping].filter(({ held }) => held === null);
}

describe('for any tenant, any definitions and any edits of others', { timeout: 60_000 }, () => {
  it('settles: what was carried out leaves nothing to do, and is not done again', async () => {
    await fc.assert(
      throughLife(async (driver) => {
        await sweep(driver);
        expect(free(await plan(driver))).toEqual([]);
        driver.tenant.written.length = 0;
        await sweep(driver);
        expect(driver.tenant.written).toEqual([]);
      }),
      BOUNDS,
    );
  });

  it('names exactly the differing fields in the mask, in the plan and on the wire', async () => {
    await fc.assert(
      throughLife(async (driver, { definitions }) => {
        const before = byId(driver.tenant.held());
        for (const change of free(await plan(driver))) {
          const definition = definitions.find(({ key }) => key === change.key);
          const object = change.action === 'create' ? undefined : before.get(change.id);
          if (definition === undefined || object === undefined) continue;
          expect([change.key, change.updateMask]).toEqual([
            change.key,
            expectedMask(change, definition, object),
          ]);
        }
        driver.tenant.written.length = 0;
        const done = await sweep(driver);
        const masks = driver.tenant.written.flatMap(({ mask }) => mask ?? []);
        expect(masks.sort()).toEqual(done.flatMap(({ updateMask }) => updateMask || []).sort());
      }),
      BOUNDS,
    );
  });

  it('changes nothing that is not its own: no other object, no other field, no annotation of others', async () => {
    await fc.assert(
      throughLife(async (driver, { definitions }) => {
        const before = byId(driver.tenant.held());
        const done = await sweep(driver);
        const after = byId(driver.tenant.held());
        const changed = new Map(done.flatMap((change) => ('id' in change ? [[change.id, change]] : [])));
        for (const [id, object] of before) {
          const now = after.get(id);
          const definition = definitions.find(({ key }) => key === changed.get(id)?.key);
          if (definition === undefined || (isForeign(object) && !isHandedOver(definitions, object))) {
            expect(now).toEqual(object);
          } else {
            expect(trespasses(object, now ?? {}, kindNamed(definition.kind), definition)).toEqual([]);
          }
        }
        const made = done.filter(({ action }) => action === 'create');
        expect(after.size - before.size).toBe(made.length);
        expect(driver.tenant.written.filter(({ method }) => method === 'DELETE')).toEqual([]);
      }),
      BOUNDS,
    );
  });

  it('plans the same for the same definitions in any order', async () => {
    const sorted = ({ plan: { changes, bookkeeping, standings, summary } }: Planned) => ({
      changes: [...changes].sort(byKey),
      bookkeeping: [...bookkeeping].sort(byKey),
      standings,
      summary,
    });
    await fc.assert(
      throughLife(async (driver, { definitions }) => {
        const first = await plan(driver);
        expect(await plan(driver).then(sorted)).toEqual(sorted(first));
        driver.define(definitions.toReversed());
        expect(await plan(driver).then(sorted)).toEqual(sorted(first));
        driver.define(definitions);
        await sweep(driver);
      }),
      BOUNDS,
    );
  });
});

function byKey(a: Change, b: Change): number {
  return a.key < b.key ? -1 : 1;
}
