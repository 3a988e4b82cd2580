import { execFileSync } from 'node:child_process';
import { cp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Doc, file } from '../../support/definitions.js';
import { type OpenOptions, Rig } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
let clock: VirtualClock;
afterEach(() => rig?.stop());

const app = (name: string): Doc => ({ kind: 'App', name, spec: { displayName: name.toUpperCase() } });
const at = (name: string): string => path.join(rig.root, 'definitions', name);

/** Three managed apps: two in files of a folder of their own, one beside it. */
async function managed(): Promise<void> {
  clock = new VirtualClock();
  rig = await Rig.start({ clock, settings: { prune: true } });
  await rig.write('team/one.yaml', file(app('one')));
  await rig.write('team/two.yaml', file(app('two')));
  await rig.write('three.yaml', file(app('three')));
  await rig.sweep();
  await rig.writes();
}

/** The result of a new process on the folder, with time for deletions. */
async function afterRestart(options: OpenOptions = {}) {
  await rig.restart(options);
  for (let round = 0; round < 4; round += 1) {
    await rig.sweep();
    await clock.advance(2 * 60_000);
  }
  const { plan, load } = await rig.timed(rig.core.reconciler.plan('all'));
  const standings = new Map(plan.standings.map(({ key, status, reason }) => [key, { status, reason }]));
  return { plan, load, standings };
}

const live = async (): Promise<string[]> =>
  (await rig.tenant.state()).apps
    .filter(
      ({ deletedAt, displayName }) => !deletedAt && ['ONE', 'TWO', 'THREE'].includes(String(displayName)),
    )
    .map(({ displayName }) => String(displayName))
    .sort();

const EVERYTHING = ['ONE', 'THREE', 'TWO'];

describe('a recorded file that lost what it held deletes nothing, also after a restart', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ['is empty', () => rig.write('team/one.yaml', ''), 'holds no definition now'],
    ['holds comments alone', () => rig.write('team/one.yaml', '# gone\n---\n'), 'holds no definition now'],
    [
      'is a link to an empty file',
      async () => {
        await rm(at('team/one.yaml'));
        await writeFile(at('team/.empty'), '');
        await symlink('.empty', at('team/one.yaml'));
      },
      'holds no definition now',
    ],
    [
      'is a second name of an empty file',
      async () => {
        await rm(at('team/one.yaml'));
        await writeFile(at('aaa.yaml'), '');
        await symlink('../aaa.yaml', at('team/one.yaml'));
      },
      'holds no definition now',
    ],
    [
      'is a pipe',
      async () => {
        await rm(at('team/one.yaml'));
        execFileSync('mkfifo', [at('team/one.yaml')]);
      },
      'not a regular file',
    ],
    ['is broken', () => rig.write('team/one.yaml', 'spec: ['), 'correct the file'],
    [
      'is a folder',
      async () => {
        await rm(at('team/one.yaml'));
        await mkdir(at('team/one.yaml'));
      },
      'is a folder now',
    ],
    [
      'lay in a folder that is a file',
      async () => {
        await cp(at('team/two.yaml'), at('two.yaml'));
        await rm(at('team'), { recursive: true });
        await writeFile(at('team'), 'not a mount');
      },
      'is no folder now',
    ],
    [
      'lay in a folder that is a file with definitions',
      async () => {
        await rename(at('team/two.yaml'), at('kept.yaml'));
        await rm(at('team'), { recursive: true });
        await rename(at('kept.yaml'), at('team'));
        await cp(at('team'), at('two.yaml'));
      },
      'is no folder now',
    ],
    [
      'lay in a folder that holds nothing',
      async () => {
        await rename(at('team/two.yaml'), at('two.yaml'));
        await rm(at('team/one.yaml'));
      },
      'is empty now',
    ],
    [
      'lay in a folder below one that holds nothing',
      async () => {
        await rig.write('deep/er/one.yaml', file(app('one')));
        await rm(at('team/one.yaml'));
        await rig.sweep();
        await rm(at('deep/er'), { recursive: true });
      },
      'is empty now',
    ],
  ])('%s', async (_, damage, reason) => {
    await managed();
    await damage();
    const { standings, load } = await afterRestart();
    expect(await live()).toEqual(EVERYTHING);
    expect(standings.get('App/one')).toMatchObject({
      status: 'Invalid',
      reason: expect.stringContaining(reason),
    });
    expect([standings.get('App/two')?.status, standings.get('App/three')?.status]).toEqual([
      'Synced',
      'Synced',
    ]);
    expect(load.complete).toBe(false);
    expect(load.problems).toHaveLength(1);
  });

  it('has the remedy for an emptied directory', async () => {
    await managed();
    await rm(at('.'), { recursive: true });
    await mkdir(at('.'));
    const { standings } = await afterRestart();
    expect(await live()).toEqual(EVERYTHING);
    for (const key of ['App/one', 'App/two', 'App/three']) {
      expect(standings.get(key)).toMatchObject({
        status: 'Invalid',
        reason: expect.stringMatching(
          /put any file in it, or run 'c1sync state forget App\/\w+' to release it$/,
        ),
      });
    }
  });

  it.each<[string, () => Promise<unknown>]>([
    ['the file is removed', () => rm(at('team/one.yaml'))],
    ['the record is forgotten', () => rig.store.removeObject('App/one')],
    ['the file is filled again', () => rig.write('team/one.yaml', file(app('one')))],
  ])('and is no error any more once %s', async (_, repair) => {
    await managed();
    await rig.write('team/one.yaml', '');
    await afterRestart();
    await repair();
    const { load } = await afterRestart();
    expect([load.complete, load.problems]).toEqual([true, []]);
  });

  it('and its object is neither updated nor recreated', async () => {
    await managed();
    await rig.write('team/one.yaml', '');
    const one = (await rig.apps('ONE'))[0];
    await rig.tenant.api('DELETE', `/api/v1/apps/${one?.id}`, {});
    await rig.writes();
    await afterRestart({ settings: { onDeleted: 'recreate' } });
    expect(await rig.writes()).toEqual([]);
    expect(rig.store.object('App/one')).toBeDefined();
  });

  it('but a definition that moved is not concerned', async () => {
    await managed();
    await rig.write('team/one.yaml', '');
    await rig.write('other.yaml', file(app('one')));
    const { load, standings } = await afterRestart();
    expect([load.complete, standings.get('App/one')?.status]).toEqual([true, 'Synced']);
    expect(rig.store.object('App/one')?.source?.path).toBe('other.yaml');
  });

  it.each([
    ['a hidden file', '.gitkeep'],
    ['any other file', 'readme.md'],
  ])('and a folder with %s in it is not empty: its definitions were removed', async (_, name) => {
    await managed();
    await rig.write(`team/${name}`, '');
    await rm(at('team/one.yaml'));
    await rm(at('team/two.yaml'));
    await afterRestart();
    expect(await live()).toEqual(['THREE']);
  });

  it('and a folder that was removed as a whole was meant', async () => {
    await managed();
    await rm(at('team'), { recursive: true });
    await afterRestart();
    expect(await live()).toEqual(['THREE']);
  });
});

describe('nothing is pruned in a load from another source', () => {
  it.each<[string, string, () => Promise<unknown>]>([
    [
      'another directory',
      'elsewhere',
      async () => {
        await mkdir(path.join(rig.root, 'elsewhere'));
        await cp(at('three.yaml'), path.join(rig.root, 'elsewhere/three.yaml'));
      },
    ],
    ['a part of the directory', 'definitions/team', () => rm(at('team/one.yaml'))],
    [
      'a link to another directory',
      'links/current',
      async () => {
        await mkdir(path.join(rig.root, 'links'));
        await mkdir(path.join(rig.root, 'elsewhere'));
        await cp(at('three.yaml'), path.join(rig.root, 'elsewhere/three.yaml'));
        await symlink('../elsewhere', path.join(rig.root, 'links/current'));
      },
    ],
  ])('%s', async (_, directory, change) => {
    await managed();
    await change();
    const { standings, plan } = await afterRestart({ directory });
    expect(await live()).toEqual(EVERYTHING);
    expect(plan.changes).toEqual([]);
    expect(standings.get('App/one')).toMatchObject({
      status: 'Orphaned',
      reason: expect.stringMatching(
        /its last definition was in .*definitions and .*'c1sync state forget App\/one'/,
      ),
    });
    expect(rig.store.object('App/one')?.absentSince).toBeUndefined();
  });

  it('until it has been defined there', async () => {
    await managed();
    await rename(at('.'), path.join(rig.root, 'elsewhere'));
    await afterRestart({ directory: 'elsewhere' });
    await rm(path.join(rig.root, 'elsewhere/three.yaml'));
    await afterRestart({ directory: 'elsewhere' });
    expect(await live()).toEqual(['ONE', 'TWO']);
  });

  it('and what was defined here last is not pruned there, even where the object is ambiguous', async () => {
    await managed();
    const elsewhere = path.join(rig.root, 'elsewhere');
    await cp(at('.'), elsewhere, { recursive: true });
    await afterRestart({ directory: 'elsewhere' });
    expect(rig.store.object('App/three')?.source?.root).toBe(elsewhere);
    const { annotations } = (await rig.apps('THREE'))[0] ?? {};
    await rig.timed(rig.tenant.api('POST', '/api/v1/apps', { displayName: 'Copy', annotations }));
    const { standings } = await afterRestart();
    expect(standings.get('App/three')?.status).toBe('Failed');
    await rm(path.join(elsewhere, 'three.yaml'));
    await afterRestart({ directory: 'elsewhere' });
    expect(await live()).toEqual(EVERYTHING);
  });

  it('but a link to a checkout beside it, swapped for the next one, is the same source', async () => {
    await managed();
    const root = (name: string): string => path.join(rig.root, name);
    await rename(root('definitions'), root('rev-1'));
    await symlink('rev-1', root('definitions'));
    await afterRestart();
    await cp(root('rev-1'), root('rev-2'), { recursive: true });
    await rm(root('rev-2/three.yaml'));
    await symlink('rev-2', root('definitions.tmp'));
    await rename(root('definitions.tmp'), root('definitions'));
    await afterRestart();
    expect(await live()).toEqual(['ONE', 'TWO']);
  });

  it('and a record without a source is not pruned until a person approves, or a definition names it', async () => {
    await managed();
    await rig.closeStore();
    const records = path.join(rig.root, 'state/records.jsonl');
    execFileSync('sed', ['-i', 's/"source":{[^}]*},\\?//g; s/,}/}/g', records]);
    await rig.open();
    expect(rig.store.object('App/one')?.source).toBeUndefined();
    await rig.remove('team/one.yaml');
    const { plan, standings } = await afterRestart();
    expect(await live()).toEqual(EVERYTHING);
    expect(standings.get('App/one')).toMatchObject({
      status: 'Held',
      reason: expect.stringContaining('names no source'),
    });
    expect(rig.store.object('App/two')?.source?.path).toBe('team/two.yaml');
    const change = plan.changes.find(({ key }) => key === 'App/one');
    await rig.approve(String(change?.held?.approval));
    await rig.sweep();
    expect(await live()).toEqual(['THREE', 'TWO']);
  });
});

it('a definition that came back was not absent all the time, even where its object could not be read', async () => {
  await managed();
  const cloud = file({
    kind: 'Connector',
    name: 'cloud',
    spec: { app: 'one', catalog: 'slack', displayName: 'Cloud' },
  });
  await rig.write('cloud.yaml', cloud);
  await rig.sweep();
  await rig.remove('cloud.yaml');
  await rig.sweep();
  expect(rig.store.object('Connector/cloud')?.absentSince).toBeDefined();
  await clock.advance(10 * 60_000);
  await rig.write('cloud.yaml', cloud);
  await rig.tenant.faults({ match: 'GET /api/v1/apps/*/connectors', status: 500, times: 100 });
  await rig.sweep();
  await rig.tenant.clearFaults();
  await rig.remove('cloud.yaml');
  await rig.restart();
  await rig.sweep();
  expect(await rig.connectors('Cloud')).toHaveLength(1);
});

describe('an object whose definition is not there for the moment', () => {
  const taking = (more: Partial<Doc> = {}): Doc => ({
    kind: 'App',
    name: 'other',
    ...more,
    spec: { displayName: 'ONE', description: 'of another definition' },
  });

  it.each<[string, () => Promise<unknown>]>([
    ['lost its file', () => rig.write('team/one.yaml', '')],
    [
      'is not valid',
      () =>
        rig.write(
          'team/one.yaml',
          'apiVersion: c1sync/v1\nkind: App\nmetadata: { name: one }\nspec: { wrong: 1 }\n',
        ),
    ],
  ])('stays that of the definition that %s, also with another definition of its name', async (_, damage) => {
    await managed();
    await damage();
    await rig.write('four.yaml', file(taking()));
    const { standings } = await afterRestart();
    expect(standings.get('App/other')).toMatchObject({
      status: 'Held',
      reason: expect.stringMatching(/App\/one manages.*c1sync\/renamed-from/),
    });
    expect(await rig.writes()).toEqual([]);
    expect(rig.store.object('App/one')).toBeDefined();
  });

  it.each<[string, () => Promise<unknown>]>([
    ['has moved to it', () => Promise.resolve()],
    [
      'was recorded in a state that is lost',
      async () => {
        await rig.store.close();
        await rm(path.join(rig.root, 'state'), { recursive: true });
      },
    ],
  ])('is not renamed while an invalid document may define it, where it %s', async (_, damage) => {
    await managed();
    await rm(at('team/one.yaml'));
    await rig.write('moved.yaml', 'metadata: { name: [');
    await rig.write('four.yaml', file(taking()));
    await damage();
    const { standings } = await afterRestart();
    expect(standings.get('App/other')).toMatchObject({
      status: 'Held',
      reason: expect.stringMatching(
        /App\/one manages, and an invalid document or a lost file may define it.*renamed-from/,
      ),
    });
    expect(await rig.writes()).toEqual([]);
    await rm(at('moved.yaml'));
    const after = await afterRestart();
    expect(after.standings.get('App/other')?.status).toBe('Synced');
    expect(await live()).toEqual(EVERYTHING);
  });

  it('is not passed over for another one of its name', async () => {
    await managed();
    await rig.tenant.api('POST', '/api/v1/apps', { displayName: 'ONE' });
    await rig.write('team/one.yaml', '');
    await rig.write('four.yaml', file(taking()));
    const { standings } = await afterRestart();
    expect(standings.get('App/other')?.status).toBe('Held');
    expect((await rig.writes()).filter(({ mask }) => mask !== undefined)).toEqual([]);
  });

  it('goes to the definition with renamed-from', async () => {
    await managed();
    await rig.write('team/one.yaml', '');
    await rig.write('four.yaml', file(taking({ annotations: { 'c1sync/renamed-from': 'one' } })));
    const { standings } = await afterRestart();
    expect(standings.get('App/other')?.status).toBe('Synced');
    expect(await live()).toEqual(EVERYTHING);
  });
});

describe('an absence that records note from before the start of the process', () => {
  it('counts from the start: the records may be older than a return of the definition', async () => {
    await managed();
    await rm(at('three.yaml'));
    await rig.sweep();
    expect(rig.store.object('App/three')?.absentSince).toBeDefined();
    await clock.advance(60 * 60_000);
    await rig.restart({ settings: { prune: true, absenceFrom: clock.now() } });
    const { plan } = await rig.sweep();
    expect([await live(), plan.changes]).toEqual([EVERYTHING, []]);
    const { requeueAt = 0 } = plan.standings.find(({ key }) => key === 'App/three') ?? {};
    await clock.advance(requeueAt - clock.now());
    await rig.sweep();
    expect(await live()).toEqual(['ONE', 'TWO']);
  });
});
