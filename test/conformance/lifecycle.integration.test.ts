import { afterEach, describe, expect, it } from 'vitest';
import { fieldAt } from '../../src/core/model/kind.js';
import { kindModules } from '../../src/kinds/index.js';
import { crashing } from '../support/crash.js';
import { Rig, type RigOptions } from '../support/rig.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { define, found, NAME, type Stage, stages } from './life.js';

let rig: Rig;
afterEach(() => rig?.stop());

async function begin(stage: Stage, options: RigOptions = {}): Promise<void> {
  rig = await Rig.start(options);
  await define(rig, stage, { description: 'Ours' });
  await rig.sweep();
  await rig.writes();
}

const descriptionOf = (stage: Stage) => {
  const field = fieldAt(stage.kind, 'description');
  if (field === undefined) throw new Error(`a ${stage.kind.name} without a description`);
  return field;
};

async function drift(stage: Stage): Promise<void> {
  await stage.edit(rig, await found(rig, stage), descriptionOf(stage), 'Theirs');
  await rig.writes();
}

/** Every update call of a kind. */
function updatesOf({ kind }: Stage): string {
  const { operations } = kindModules.find((module) => module.kind === kind) ?? {};
  return `POST ${operations?.get?.route.replaceAll(/\{\w+\}/g, '*')}*`;
}

/** The app that carries the marks: the subject, or what it lives under. */
async function marked(stage: Stage) {
  const object = await found(rig, stage);
  return String(stage.kind.marks === undefined ? object.appId : object.id);
}

/** Kinds that carry marks, and what lives under them. */
const markedStages = Object.entries(stages).filter(
  ([, { kind }]) => (stages[kind.parent?.kind ?? '']?.kind ?? kind).marks !== undefined,
);

async function standing(stage: Stage) {
  const { plan } = await rig.sweep();
  return plan.standings.find(({ key }) => key === `${stage.kind.name}/${NAME}`);
}

describe.each(Object.entries(stages))('the life of %s', (_, stage) => {
  it('begins with one create, goes on without a call, and each change is one call', async () => {
    await begin(stage);
    const { plan } = await rig.sweep();
    expect(plan.summary).toMatchObject({ unchanged: stage.others.length + 1, held: 0, failed: 0 });
    expect(await rig.writes()).toEqual([]);
    await drift(stage);
    expect((await rig.sweep()).plan.summary).toMatchObject({ update: 1 });
    expect(await rig.writes()).toHaveLength(1);
    await define(rig, stage, { description: 'Ours, changed' });
    expect((await rig.sweep()).plan.changes[0]?.fields).toEqual([
      { path: 'description', from: 'Ours', to: 'Ours, changed' },
    ]);
    expect(await rig.writes()).toHaveLength(1);
    expect(await standing(stage)).toMatchObject({ status: 'Synced', reason: '' });
  });

  it('is Gone and not recreated when another client deletes it', async () => {
    await begin(stage);
    const object = await found(rig, stage);
    await stage.remove(rig, object);
    await rig.writes();
    for (let sweep = 0; sweep < 2; sweep += 1) {
      const { plan } = await rig.sweep();
      expect(plan.summary).toMatchObject({ create: 0, held: 1, failed: 0 });
      expect(plan.standings.find(({ status }) => status === 'Gone')?.reason).toBe(
        `it was deleted in the tenant (${object.id}); remove the definition, or run 'c1sync resume ${stage.kind.name}/${NAME}' (without a daemon, 'c1sync state forget ${stage.kind.name}/${NAME}') to recreate it`,
      );
    }
    expect(await rig.writes()).toEqual([]);
    await rig.store.removeObject(`${stage.kind.name}/${NAME}`);
    await rig.sweep();
    expect((await found(rig, stage)).id).not.toBe(object.id);
  });

  it('waits for the pause that the tenant requests when it refuses a write for its rate', async () => {
    const clock = new VirtualClock();
    await begin(stage, { clock });
    await drift(stage);
    await rig.tenant.faults({ match: updatesOf(stage), status: 429, retryAfter: 10, times: 2 });
    const before = clock.now();
    const { done } = await rig.sweep();
    expect(done.map(({ outcome }) => outcome)).toEqual(['done']);
    expect(clock.now() - before).toBeGreaterThanOrEqual(20_000);
    expect((await rig.writes()).map(({ status }) => status)).toEqual([429, 429, 200]);
    expect((await found(rig, stage)).description).toBe('Ours');
  });

  it('goes on after a crash between an update and its record', async () => {
    await begin(stage);
    await drift(stage);
    let struck = Promise.resolve();
    await rig.restart({
      wrap: (store) => {
        // The first record is that the object is worked on, the second what the call did.
        const crash = crashing(store, { at: 'putObject', after: 1, how: 'hang' });
        struck = crash.struck;
        return crash.store;
      },
    });
    const sweep = await rig.core.reconciler.reconcileOnce({ trigger: 'command', scope: 'all' });
    await struck;
    expect(sweep.plan.summary.update).toBe(1);
    await rig.restart();
    await rig.writes();
    expect(await standing(stage)).toMatchObject({ status: 'Synced' });
    expect(await rig.writes()).toEqual([]);
  });

  it('is left alone while its definition suspends it', async () => {
    await begin(stage);
    await define(rig, stage, { description: 'New' }, { annotations: { 'c1sync/suspend': 'incident 4711' } });
    expect(await standing(stage)).toMatchObject({
      status: 'Suspended',
      reason:
        'it is suspended by its definition: incident 4711; remove c1sync/suspend from metadata.annotations to resume it',
    });
    expect(await rig.writes()).toEqual([]);
    await define(rig, stage, { description: 'New' });
    await rig.sweep();
    expect(await rig.writes()).toHaveLength(1);
  });

  it('is not made while its definition suspends it', async () => {
    rig = await Rig.start();
    await define(rig, stage, {}, { annotations: { 'c1sync/suspend': 'not yet' } });
    expect(await standing(stage)).toMatchObject({ status: 'Suspended' });
    expect(await stage.find(rig)).toBeUndefined();
  });

  it('keeps its hands off the fields that the definition has it ignore', async () => {
    await begin(stage);
    const ignoring = { annotations: { 'c1sync/ignore': 'description' } };
    await define(rig, stage, { description: 'New' }, ignoring);
    await drift(stage);
    expect(await standing(stage)).toMatchObject({ status: 'Synced' });
    expect(await rig.writes()).toEqual([]);
    await define(rig, stage, { description: 'New', displayName: 'Renamed' }, ignoring);
    await rig.sweep();
    expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['displayName']);
    expect(await found(rig, stage)).toMatchObject({ description: 'Theirs', displayName: 'Renamed' });
  });

  it('reports the reason of a refused write, and does not repeat it at every sweep', async () => {
    await begin(stage);
    await drift(stage);
    await rig.tenant.faults({ match: updatesOf(stage), status: 403, message: 'missing permission' });
    const { done } = await rig.sweep();
    expect(done).toMatchObject([{ outcome: 'failed', status: 'Failed' }]);
    expect(done[0]?.reason).toMatch(
      /^POST \/api\/v1\/\S+ answered 403: missing permission; correct that, then run 'c1sync reconcile /,
    );
    expect(await rig.writes()).toHaveLength(1);
    const again = await rig.sweep('all', 'interval');
    expect(again.done[0]?.reason).toBe(done[0]?.reason);
    expect(await rig.writes()).toEqual([]);
    await rig.sweep('all', 'command');
    expect((await rig.writes()).map(({ status }) => status)).toEqual([200]);
  });
});

describe.each(markedStages)('the owner of %s', (_, stage) => {
  it('is left alone when another tool manages it', async () => {
    rig = await Rig.start();
    await define(rig, stage, { description: 'Ours' });
    await rig.sweep();
    const app = { annotations: { managed_by: 'terraform', iac_resource_address: 'conductorone_app.x' } };
    const path = `/api/v1/apps/${await marked(stage)}`;
    await rig.tenant.api('POST', path, { app, updateMask: 'annotations' });
    await drift(stage);
    const held = await standing(stage);
    expect(held?.status).toBe('ForeignOwner');
    expect(held?.reason).toContain(
      'terraform manages it as conductorone_app.x; remove it from terraform without deleting it, then set metadata.annotations c1sync/take-from: "terraform"',
    );
    expect(await rig.writes()).toEqual([]);
  });

  it('is left alone once a person took it over in the web app', async () => {
    await begin(stage);
    await rig.tenant.webEdit({
      kind: 'App',
      id: await marked(stage),
      set: { description: 'Mine now' },
      user: 'bob@acme.example',
    });
    await drift(stage);
    for (let sweep = 0; sweep < 2; sweep += 1) {
      const held = await standing(stage);
      expect(held?.status).toBe('TakenOver');
      expect(held?.reason).toContain('a person took it over with an edit in the web app');
    }
    expect(await rig.writes()).toEqual([]);
  });
});
