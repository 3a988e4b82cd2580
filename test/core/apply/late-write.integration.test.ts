import { afterEach, describe, expect, it } from 'vitest';
import { file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';

let rig: Rig;
let env: NodeJS.ProcessEnv;
afterEach(() => rig?.stop());

const GROUP = 'github_personal_access_token_group';
const definitions = file(
  { kind: 'App', name: 'widgets', spec: { displayName: 'Widgets' } },
  {
    kind: 'Connector',
    name: 'cloud',
    spec: {
      app: 'widgets',
      catalog: 'github-v2',
      displayName: 'Cloud',
      config: { C1_selected_field_group_name: GROUP, github_access_token: { valueFrom: { env: 'TOKEN' } } },
    },
  },
);
const DELEGATED = 'POST /api/v1/apps/*/connectors/*';

async function start(): Promise<void> {
  env = { TOKEN: 'token-1' };
  rig = await Rig.start({ env });
  await rig.write('all.yaml', definitions);
  await rig.sweep();
}

/** Declares another secret; its write may have an effect, and its answer is lost. */
async function lose(token: string, after: 'apply' | 'before'): Promise<void> {
  env.TOKEN = token;
  await rig.tenant.faults({ match: DELEGATED, status: 'reset', after });
  await rig.sweep();
  await rig.tenant.clearFaults();
}

/** A write of ours arrives that was sent long ago. */
async function arrives(token: string): Promise<void> {
  const [live] = await rig.connectors('Cloud');
  const configuration = {
    C1_selected_field_group_name: { stringValue: GROUP },
    github_access_token: { stringValue: token },
  };
  const config = { '@type': 'type.googleapis.com/c1.api.app.v1.EnvConfig', configuration };
  const body = { connector: { config }, updateMask: 'config' };
  await rig.tenant.api('POST', `/api/v1/apps/${live?.appId}/connectors/${live?.id}`, body);
}

/** The token that the tenant holds. */
async function held(): Promise<unknown> {
  const { connectors } = await rig.tenant.state();
  return JSON.stringify(connectors.find(({ displayName }) => displayName === 'Cloud')?.config).match(
    /token-\d/,
  )?.[0];
}

describe('a write of an older secret that arrives late', () => {
  it.each(['apply', 'before'] as const)(
    'is replaced after a newer one without an answer (%s)',
    async (after) => {
      await start();
      await lose('token-2', 'before');
      await lose('token-3', after);
      await arrives('token-2');
      await rig.sweep();
      expect(await held()).toBe('token-3');
      expect((await rig.sweep()).plan).toMatchObject({ changes: [], bookkeeping: [] });
    },
  );

  it('is replaced after a newer one that was answered', async () => {
    await start();
    await lose('token-2', 'before');
    env.TOKEN = 'token-3';
    await rig.sweep();
    await arrives('token-2');
    await rig.sweep();
    expect(await held()).toBe('token-3');
    expect((await rig.sweep()).plan).toMatchObject({ changes: [], bookkeeping: [] });
  });

  it('is replaced after others of its kind were seen to be ours', async () => {
    await start();
    await lose('token-2', 'before');
    await lose('token-2', 'apply');
    await rig.sweep();
    await lose('token-3', 'apply');
    await arrives('token-2');
    await rig.sweep();
    expect(await held()).toBe('token-3');
  });
});
