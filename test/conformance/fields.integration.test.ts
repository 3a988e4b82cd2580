import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { acceptAll } from '../../src/cli/acceptance.js';
import { kindModules } from '../../src/kinds/index.js';
import { Rig } from '../support/rig.js';
import { carriesOnly, define, type FieldLife, fieldLives, found, inOrder, seen } from './life.js';
import { samples } from './samples.js';

let rig: Rig;
afterEach(() => rig?.stop());

const lives = fieldLives();
/** Owners take no time to show here; what is settling is driven elsewhere. */
const start = (): Promise<Rig> => Rig.start({ settings: { settleMs: 0 } });
const byTitle = (list: readonly FieldLife[]): [string, FieldLife][] => list.map((life) => [life.title, life]);

/** Sweeps, and expects one call that carries the field and nothing else. */
async function expectOneWrite({ field }: FieldLife): Promise<void> {
  await rig.writes();
  await rig.sweep();
  const writes = await rig.writes();
  expect(writes).toHaveLength(1);
  expect(carriesOnly(field, writes[0]), JSON.stringify(writes)).toBe(true);
  await expectNoWrite();
}

async function expectNoWrite(): Promise<void> {
  const { plan, done } = await rig.sweep();
  expect(plan.changes).toEqual([]);
  expect(done).toEqual([]);
  expect(await rig.writes()).toEqual([]);
}

it('has a sample for every field, and none that no kind has', () => {
  const fields = kindModules.flatMap(({ kind }) => kind.fields.map(({ path }) => `${kind.name}.${path}`));
  expect(Object.keys(samples).sort()).toEqual(fields.sort());
  const sugared = lives.filter(({ field }) => field.sugar !== undefined);
  expect(sugared.filter(({ sample }) => sample.names === undefined)).toEqual([]);
});

const changeable = lives.filter(({ field }) => field.immutable !== true);

/** Accepts every object as it is, in the files. */
async function accept(): Promise<readonly string[]> {
  const directory = path.join(rig.root, 'definitions');
  const planned = await rig.core.reconciler.plan('all');
  const { accepted, files } = await acceptAll({ ...rig.core, directory }, planned);
  for (const { file, after } of files) await writeFile(file, after);
  return accepted.flatMap(({ acceptance }) => acceptance.fields.map(({ path: place }) => place));
}

describe.each(byTitle(changeable))('%s', (_, life) => {
  const { stage, field, sample } = life;

  it('is accepted as somebody else has set it', async () => {
    rig = await start();
    await define(rig, stage, { [field.path]: sample.second });
    await rig.sweep();
    const before = await found(rig, stage);
    await stage.edit(rig, before, field, sample.foreign);
    const foreign = seen(life, await found(rig, stage));
    expect(await accept()).toEqual([expect.stringMatching(new RegExp(`^${field.path}\\b`))]);
    await rig.writes();
    await expectNoWrite();
    expect(seen(life, await found(rig, stage))).toEqual(foreign);
  });

  it('is created, changed, reverted and emptied by writes of that field alone', async () => {
    rig = await start();
    await define(rig, stage, { [field.path]: sample.first });
    const { done } = await rig.sweep();
    expect(done.map(({ outcome, reason }) => [outcome, reason])).not.toContainEqual([
      'failed',
      expect.anything(),
    ]);
    expect(seen(life, await found(rig, stage))).toEqual(inOrder(sample.first));
    await rig.writes();
    await expectNoWrite();

    await define(rig, stage, { [field.path]: sample.second });
    await expectOneWrite(life);
    expect(seen(life, await found(rig, stage))).toEqual(inOrder(sample.second));

    await stage.edit(rig, await found(rig, stage), field, sample.foreign);
    expect(seen(life, await found(rig, stage))).not.toEqual(inOrder(sample.second));
    await expectOneWrite(life);
    expect(seen(life, await found(rig, stage))).toEqual(inOrder(sample.second));

    if (!('empty' in sample)) return;
    if (sample.second === false) await define(rig, stage, { [field.path]: true }).then(() => rig.sweep());
    await define(rig, stage, { [field.path]: sample.empty });
    await expectOneWrite(life);
    expect(seen(life, await found(rig, stage))).toEqual(
      inOrder('seenEmpty' in sample ? sample.seenEmpty : sample.empty),
    );
  });

  it('is left alone after its removal from the definition', async () => {
    rig = await start();
    await define(rig, stage, { [field.path]: sample.first });
    await rig.sweep();
    const object = await found(rig, stage);
    await define(rig, stage, { [field.path]: undefined }, { id: String(object.id) });
    await stage.edit(rig, object, field, sample.foreign);
    const foreign = seen(life, await found(rig, stage));
    await rig.writes();
    await expectNoWrite();
    expect(seen(life, await found(rig, stage))).toEqual(foreign);
  });
});

const sugared = lives.filter(({ field, sample }) => field.sugar && sample.names);

describe.each(byTitle(sugared))('%s by name', (_, life) => {
  const { stage, field, sample } = life;

  it('is turned into ids, by the tenant as it is', async () => {
    rig = await start();
    const path = field.sugar?.path ?? '';
    await define(rig, stage, { [path]: sample.names?.first });
    await rig.sweep();
    expect(seen(life, await found(rig, stage))).toEqual(inOrder(sample.first));
    await rig.writes();
    await expectNoWrite();
    if (field.immutable === true) return;
    await define(rig, stage, { [path]: sample.names?.second });
    await expectOneWrite(life);
    expect(seen(life, await found(rig, stage))).toEqual(inOrder(sample.second));
  });

  it('is accepted by name', async () => {
    if (field.immutable === true) return;
    rig = await start();
    const path = field.sugar?.path ?? '';
    await define(rig, stage, { [path]: sample.names?.second });
    await rig.sweep();
    await stage.edit(rig, await found(rig, stage), field, sample.foreign);
    expect(await accept()).toEqual([field.path]);
    await rig.writes();
    await expectNoWrite();
    const { load } = await rig.core.reconciler.plan('all');
    const definition = load.definitions.find(({ key }) => key === `${stage.kind.name}/subject`);
    expect(definition?.spec).toHaveProperty(path);
    expect(definition?.spec).not.toHaveProperty(field.path);
  });

  it('that does not exist is an error on that object alone', async () => {
    rig = await start();
    const path = field.sugar?.path ?? '';
    const isList = Array.isArray(sample.names?.first);
    const unknown = sample.unknown ?? (isList ? ['nobody@acme.example'] : 'No such thing');
    await define(rig, stage, { [path]: unknown });
    const { plan } = await rig.sweep();
    const standing = plan.standings.find(({ key }) => key === `${stage.kind.name}/subject`);
    expect(standing).toMatchObject({ status: 'UnresolvedReference' });
    expect(standing?.reason).toMatch(/^spec\.\w+: no .+ is named '.+'; correct the name or create it/);
    expect(await stage.find(rig)).toBeUndefined();
    expect(plan.changes).toHaveLength(stage.others.length);
  });
});

const fixed = lives.filter(({ field }) => field.immutable === true);

describe.each(byTitle(fixed))('%s', (_, life) => {
  const { stage, field, sample } = life;

  it('is made with the object and held when it is to change', async () => {
    rig = await start();
    await define(rig, stage, { [field.sugar?.path ?? '']: undefined, [field.path]: sample.first });
    await rig.sweep();
    expect(seen(life, await found(rig, stage))).toEqual(sample.first);
    await rig.writes();
    await expectNoWrite();
    await define(rig, stage, { [field.sugar?.path ?? '']: undefined, [field.path]: sample.second });
    const { plan } = await rig.sweep();
    expect(plan.summary).toMatchObject({ held: 1, create: 0, update: 0 });
    expect(plan.changes.map(({ held }) => held?.reason)).toEqual([
      expect.stringMatching(new RegExp(`^spec\\.${field.path} cannot change in place; revert it, or `)),
    ]);
    expect(await rig.writes()).toEqual([]);
  });
});
