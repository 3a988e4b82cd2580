import { afterEach, describe, expect, it } from 'vitest';
import { file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';

let rig: Rig;
afterEach(() => rig?.stop());

const config = {
  C1_selected_field_group_name: 'github_personal_access_token_group',
  github_access_token: { valueFrom: { env: 'TOKEN' } },
};
const definitions = file(
  { kind: 'App', name: 'widgets', spec: { displayName: 'Widgets' } },
  {
    kind: 'Connector',
    name: 'cloud',
    spec: { app: 'widgets', catalog: 'github-v2', displayName: 'Cloud', config },
  },
);
const DELEGATED = 'POST /api/v1/apps/*/connectors/*';

const masks = async () => (await rig.writes()).map(({ mask }) => mask);
const standing = async () => (await rig.sweep()).plan.standings.find(({ key }) => key === 'Connector/cloud');

/** A connector whose very first configuration was on its way when its process ended. */
async function begin(after: 'apply' | 'before'): Promise<void> {
  rig = await Rig.start({ env: { TOKEN: 'token-1' } });
  await rig.write('all.yaml', definitions);
  await rig.tenant.faults({ match: DELEGATED, status: 'reset', after });
  await rig.sweep();
  await rig.tenant.clearFaults();
  await rig.restart();
  await rig.writes();
}

async function rotate(token = rig.tenant.userAccessToken): Promise<void> {
  const [live] = await rig.connectors('Cloud');
  const body = { connector: { config: { configuration: {} } }, updateMask: 'config' };
  await rig.tenant.api('POST', `/api/v1/apps/${live?.appId}/connectors/${live?.id}`, body, token);
  await rig.writes();
}

describe('the first configuration of a connector whose end was not recorded', () => {
  it.each(['apply', 'before'] as const)('is held once a person has written another (%s)', async (after) => {
    await begin(after);
    await rotate();
    expect(await standing()).toMatchObject({
      status: 'Held',
      reason: expect.stringContaining('our own write may have done this'),
    });
    expect(await masks()).toEqual([]);
  });

  it('is ours where the log names only us', async () => {
    await begin('apply');
    expect(await standing()).toMatchObject({ status: 'Synced' });
    expect(await masks()).toEqual([]);
    expect((await rig.sweep()).plan.bookkeeping).toEqual([]);
  });

  it('is written where nothing came of it', async () => {
    await begin('before');
    await rig.sweep();
    expect(await masks()).toEqual(['config']);
    expect(await standing()).toMatchObject({ status: 'Synced' });
    expect(await masks()).toEqual([]);
  });
});
