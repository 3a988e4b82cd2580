import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { AdoptMode } from '../../src/core/match.js';
import { type Doc, file } from '../support/definitions.js';
import { Rig } from '../support/rig.js';

let rig: Rig;
afterEach(() => rig?.stop());

const env = { TOKEN: 'planted' };
const app = (name: string): Doc => ({
  kind: 'App',
  name,
  spec: { displayName: name.toUpperCase(), description: 'Ours', owners: ['alice@acme.example'] },
});
const withSecret: Doc = {
  kind: 'Connector',
  name: 'secret',
  spec: {
    app: 'one',
    catalog: 'github-v2',
    displayName: 'With a secret',
    config: {
      C1_selected_field_group_name: 'github_personal_access_token_group',
      github_org_list: ['acme'],
      github_access_token: { valueFrom: { env: 'TOKEN' } },
    },
  },
};
const open: Doc = {
  kind: 'Connector',
  name: 'open',
  spec: {
    app: 'one',
    catalog: 'salesforce',
    displayName: 'Without secrets',
    config: { salesforce_instance_url: 'https://acme.example' },
    schedule: { cron: '0 4 * * *', timezone: 'UTC' },
    owners: ['alice@acme.example'],
  },
};

async function begin(adopt: AdoptMode): Promise<void> {
  rig = await Rig.start({ env, adopt, settings: { settleMs: 0 } });
  await rig.write('all.yaml', file(app('one'), app('two'), withSecret, open));
  await rig.sweep();
  await rig.sweep();
  await rig.writes();
}

/** As after the loss of a volume: what was remembered is gone, and so is the hash key. */
async function loseState(): Promise<void> {
  await rig.store.close();
  await rm(path.join(rig.root, 'state'), { recursive: true });
  await rig.open();
}

describe.each<AdoptMode>(['matching', 'marked', 'never'])('lost records under adopt: %s', (adopt) => {
  it('cost one config write for each connector with secrets, and nothing else', async () => {
    await begin(adopt);
    await loseState();
    const first = await rig.sweep();
    expect(first.plan.changes).toEqual([]);
    expect(first.plan.summary).toMatchObject({ unverified: 1, adopt: 0, create: 0, held: 0, unchanged: 4 });
    expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['config']);
    expect(rig.store.records().objects.size).toBe(4);
    expect(rig.store.object('Connector/open')?.origin).toBe('recovered');
    await loseState();
    await rig.sweep();
    await rig.writes();
    const { plan } = await rig.sweep();
    expect([plan.changes, plan.upkeep, await rig.writes()]).toEqual([[], [], []]);
    expect(plan.summary).toMatchObject({ unverified: 0, unchanged: 4 });
  });

  it('do not keep what drifted meanwhile from being put back', async () => {
    await begin(adopt);
    const [live] = await rig.connectors('Without secrets');
    const target = `/api/v1/apps/${live?.appId}/connectors/${live?.id}`;
    const connector = { description: 'drift', profileIgnoreList: ['ssn'] };
    await rig.tenant.api('POST', target, { connector, updateMask: 'description,profileIgnoreList' });
    await rig.write(
      'all.yaml',
      file(app('one'), app('two'), { ...open, spec: { ...open.spec, description: '' } }),
    );
    await loseState();
    await rig.writes();
    const { plan } = await rig.sweep();
    expect(plan.summary).toMatchObject({ update: 1, adopt: 0 });
    expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['description']);
  });

  it('do not make an object anew that has another name by now', async () => {
    await begin(adopt);
    await rig.write(
      'all.yaml',
      file({ ...app('one'), spec: { displayName: 'New name' } }, app('two'), withSecret),
    );
    await loseState();
    const { plan } = await rig.sweep();
    expect(plan.summary).toMatchObject({ create: 0, update: 1 });
    expect(await rig.apps('New name')).toHaveLength(1);
    expect(await rig.apps('ONE')).toEqual([]);
  });
});

describe('an unset secret', () => {
  it('is tolerated by a plan and refused by a sweep, for its object alone', async () => {
    await begin('matching');
    await rig.store.close();
    delete (env as { TOKEN?: string }).TOKEN;
    try {
      await rig.open({ settings: { refuseUnset: false } });
      const { plan } = await rig.plan();
      expect(plan.summary).toMatchObject({ failed: 0, held: 0 });
      await rig.restart();
      await rig.write(
        'all.yaml',
        file({ ...app('one'), spec: { ...app('one').spec, description: 'New' } }, withSecret),
      );
      const swept = await rig.sweep();
      expect(swept.plan.standings.find(({ key }) => key === 'Connector/secret')).toMatchObject({
        status: 'Failed',
        reason: 'no value for a secret: env TOKEN: the variable is not set; give it one',
      });
      expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['description']);
    } finally {
      env.TOKEN = 'planted';
    }
  });
});
