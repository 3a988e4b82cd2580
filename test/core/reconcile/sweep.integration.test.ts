import { afterEach, describe, expect, it } from 'vitest';
import { Rig } from '../../support/rig.js';

let rig: Rig;
afterEach(() => rig.stop());

const GITHUB = `
apiVersion: c1sync/v1
kind: App
metadata: { name: widgets }
spec:
  displayName: Widgets
  description: First
  monthlyCostUsd: 21
  grantPolicy: Manager approval
  owners: [alice@acme.example]
---
apiVersion: c1sync/v1
kind: Connector
metadata: { name: widgets-cloud }
spec:
  app: widgets
  catalog: github-v2
  displayName: Widgets Cloud
  config:
    C1_selected_field_group_name: github_personal_access_token_group
    github_org_list: [acme]
    github_access_token: { valueFrom: { env: GITHUB_TOKEN } }
  schedule: { cron: "0 */6 * * *", timezone: Europe/Berlin }
`;

describe('a sweep', () => {
  it('creates what is missing, and the second one writes nothing', async () => {
    rig = await Rig.start({ env: { GITHUB_TOKEN: 'planted-token' } });
    await rig.write('github.yaml', GITHUB);
    const first = await rig.sweep();
    expect(first.done.map(({ key, outcome, reason }) => [key, outcome, reason])).toMatchObject([
      ['App/widgets', 'done', expect.anything()],
      ['Connector/widgets-cloud', 'done', expect.anything()],
    ]);
    expect(
      (await rig.writes()).map((w) => [w.method, w.path.replace(/[A-Za-z0-9]{27}/g, 'ID'), w.mask]),
    ).toMatchInlineSnapshot(`
      [
        [
          "POST",
          "/api/v1/apps",
          undefined,
        ],
        [
          "PUT",
          "/api/v1/apps/ID/owners",
          undefined,
        ],
        [
          "POST",
          "/api/v1/apps/ID/connectors",
          undefined,
        ],
        [
          "POST",
          "/api/v1/apps/ID/connectors/ID",
          "config",
        ],
        [
          "POST",
          "/api/v1/apps/ID/connectors/ID/schedule",
          undefined,
        ],
      ]
    `);
    const second = await rig.sweep();
    expect(second.plan.summary).toMatchObject({ create: 0, update: 0, unchanged: 2, held: 0, failed: 0 });
    expect(await rig.writes()).toEqual([]);
  });

  it('reverts exactly the field that another client changed', async () => {
    rig = await Rig.start({ env: { GITHUB_TOKEN: 'planted-token' } });
    await rig.write('github.yaml', GITHUB);
    await rig.sweep();
    const app = (await rig.tenant.state()).apps.find(({ displayName }) => displayName === 'Widgets');
    await rig.tenant.api('POST', `/api/v1/apps/${app?.id}`, {
      app: { description: 'Drift' },
      updateMask: 'description',
    });
    await rig.writes();
    await rig.sweep();
    expect(await rig.writes()).toEqual([
      { method: 'POST', path: `/api/v1/apps/${app?.id}`, mask: 'description', status: 200 },
    ]);
  });
});
