import { afterEach, expect, it } from 'vitest';
import { file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const CONNECTORS = '/api/v1/apps/*/connectors';

let rig: Rig;
afterEach(() => rig?.stop());

it('an approval is good for one time, also for the rest of a create whose answers are lost', async () => {
  const clock = new VirtualClock();
  rig = await Rig.start({ clock, env: { TOKEN: 'planted' } });
  const app = { kind: 'App', name: 'ours', spec: { displayName: 'Ours' } };
  const connector = {
    kind: 'Connector',
    name: 'cloud',
    spec: {
      app: 'ours',
      catalog: 'github-v2',
      displayName: 'Cloud',
      config: { github_access_token: { valueFrom: { env: 'TOKEN' } } },
    },
  };
  // Without the log nobody can tell whose write was the last one.
  await rig.tenant.faults({ match: 'POST /api/v1/systemlog/events', status: 403, times: 100 });
  await rig.write('app.yaml', file(app));
  await rig.sweep();
  await rig.write('connector.yaml', file(connector));
  const sweep = async () => {
    await clock.advance(60_000);
    return (await rig.sweep()).plan.changes.find(({ key }) => key === 'Connector/cloud');
  };
  await rig.tenant.faults({ match: `POST ${CONNECTORS}`, status: 500, after: 'apply' });
  expect(await sweep()).toMatchObject({ action: 'create' });
  const loseAnswer = () =>
    rig.tenant.faults({ match: `POST ${CONNECTORS}/*`, status: 'html', after: 'apply' });
  await loseAnswer();
  expect(await sweep()).toMatchObject({ action: 'update', completes: true, held: null });
  const held = await sweep();
  expect(held).toMatchObject({ completes: true, held: { status: 'Held' } });

  await rig.approve(held?.held?.approval ?? '');
  await loseAnswer();
  expect(await sweep()).toMatchObject({ hash: held?.hash, held: null });
  await rig.writes();
  expect(await sweep()).toMatchObject({ hash: held?.hash, held: { status: 'Held' } });
  expect(await rig.writes()).toEqual([]);
  expect([...rig.core.decisions.approvals]).toEqual([]);
});
