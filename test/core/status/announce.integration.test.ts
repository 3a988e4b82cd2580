import { afterEach, describe, expect, it } from 'vitest';
import { file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';

let rig: Rig;
afterEach(() => rig?.stop());

const define = (description: string) =>
  rig.write('a.yaml', file({ kind: 'App', name: 'wiki', spec: { displayName: 'Wiki', description } }));

describe('the event of a reconciliation', () => {
  it('marks a revert, and not a changed definition', async () => {
    rig = await Rig.start();
    await define('First');
    await rig.sweep();
    const [app] = await rig.apps('Wiki');
    await rig.tenant.api('POST', `/api/v1/apps/${String(app?.id)}`, {
      app: { description: 'Theirs' },
      updateMask: 'description',
    });
    rig.events.length = 0;
    await rig.sweep();
    expect(rig.events).toMatchObject([
      { name: 'wiki', outcome: 'done', drift: true, fields: ['description'] },
    ]);
    await define('Second');
    rig.events.length = 0;
    await rig.sweep();
    expect(rig.events).toMatchObject([
      { name: 'wiki', outcome: 'done', drift: undefined, fields: ['description'] },
    ]);
  });

  it('names the group of held changes that one approval releases', async () => {
    rig = await Rig.start({ settings: { limits: { updates: { count: 0 } } } });
    await define('First');
    await rig.sweep();
    await define('Second');
    rig.events.length = 0;
    const { plan } = await rig.sweep();
    expect(rig.events).toMatchObject([{ status: 'Held', approval: plan.changes[0]?.held?.approval }]);
    expect(rig.events[0]?.approval).toMatch(/^sha256:/);
  });
});
