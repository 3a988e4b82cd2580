import { afterEach, describe, expect, it } from 'vitest';
import { exportTenant } from '../../src/core/observe/export.js';
import { renderDefinition } from '../../src/definitions/write.js';
import { Rig } from '../support/rig.js';
import { define, fieldLives, found, stages } from './life.js';

let rig: Rig;
let fresh: Rig | undefined;
afterEach(async () => {
  await fresh?.stop();
  await rig?.stop();
});

describe.each(Object.entries(stages))('an export of %s', (_, stage) => {
  it('in which every field is set is in sync with it, and declares all of it', async () => {
    rig = await Rig.start();
    await define(rig, stage, {});
    await rig.sweep();
    const lives = fieldLives().filter((life) => life.stage === stage && life.field.immutable !== true);
    for (const { field, sample } of lives)
      await stage.edit(rig, await found(rig, stage), field, sample.foreign);

    const { objects, skipped } = await exportTenant({
      readers: rig.core.readers,
      lookups: rig.core.lookups,
      workspace: 'test',
      wants: () => true,
    });
    expect(skipped).toEqual([]);
    const { id } = await found(rig, stage);
    const spec = objects.find((object) => object.id === id)?.spec ?? {};
    const missing = lives.filter(
      ({ field }) => !(field.path in spec) && !(field.sugar !== undefined && field.sugar.path in spec),
    );
    expect(missing.map(({ title }) => title)).toEqual([]);

    fresh = await Rig.start({ tenant: rig.tenant, settings: { refuseUnset: false } });
    await fresh.write('all.yaml', objects.map((object) => renderDefinition(object)).join('---\n'));
    const { plan } = await fresh.plan();
    expect(plan.changes).toEqual([]);
    expect(plan.summary).toMatchObject({ unchanged: objects.length, held: 0, failed: 0, invalid: 0 });
  });
});
