import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isObject } from '../../../src/emulator/json.js';
import { createLog } from '../../../src/telemetry/log.js';
import { logReconciliations } from '../../../src/telemetry/reconciliations.js';
import { type Doc, file } from '../../support/definitions.js';
import { Following, inSync, POLL_MS } from '../../support/following.js';
import { Rig, type RigOptions } from '../../support/rig.js';
import { says } from '../../support/says.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { Lines } from '../../telemetry/lines.js';

const HOUR = 60 * 60_000;
const BOB = 'bob@acme.example';

describe('the log of a daemon that follows the tenant', () => {
  let following: Following;
  let lines: Lines;
  afterEach(() => following?.stop());

  /** A daemon in sync, whose log is read from now on. */
  async function begin(settings: RigOptions['settings'] = {}): Promise<void> {
    following = await Following.start({ count: 2, settings });
    lines = new Lines();
    logReconciliations(
      following.rig.bus,
      createLog({ level: 'info', format: 'json', colour: false, destination: lines }),
    );
  }

  /** Lines about one object. */
  const about = (kind: string, name: string) =>
    lines.parsed.filter((line) => line.msg === 'reconciled' && line.kind === kind && line.name === name);
  const editApp = (description: string): Promise<void> =>
    following.rig.tenant.webEdit({ kind: 'App', id: 'app-1', set: { description }, user: BOB });

  it('names the author of the reverted edit, and of a second edit within a day', async () => {
    await begin({ onTakeover: 'once' });
    await editApp('Mine');
    await following.passUntil(() => about('App', 'app-1').length > 0);
    expect(about('App', 'app-1')).toMatchObject([
      {
        level: 'info',
        action: 'update',
        trigger: 'drift',
        outcome: 'done',
        actor: BOB,
        updateMask: 'description,annotations',
        status: 'Synced',
      },
    ]);
    expect(await following.description('App', 1)).toBe('as defined');

    await following.pass(2 * POLL_MS);
    await editApp('Mine, really');
    await following.passUntil(() => about('App', 'app-1').length > 1);
    expect(about('App', 'app-1')[1]).toMatchObject({
      level: 'warn',
      action: 'none',
      outcome: 'held',
      actor: BOB,
      status: 'TakenOver',
      reason: says(BOB, 'web app', "'c1sync resume App/app-1'"),
    });
    await following.pass(4 * POLL_MS);
    expect(await following.description('App', 1)).toBe('Mine, really');
    expect(about('App', 'app-1')).toHaveLength(2);
  });

  it('names who rotated a secret, and leaves it', async () => {
    await begin();
    const { rig } = following;
    await rig.write('../token', 'ours-planted');
    const token = { valueFrom: { file: '../token' } };
    await rig.write('all.yaml', inSync(2).text.replace('"displayName": "Connector 1"', withToken(token)));
    following.scheduler.request('file', 'all');
    await following.passUntil(() => about('Connector', 'connector-1').length > 0);
    expect(await tokenOf(rig, 'connector-1')).toBe('ours-planted');
    await following.pass(2 * POLL_MS);
    await rig.writes();

    const config = { github_access_token: 'rotated-planted' };
    await rig.tenant.webEdit({ kind: 'Connector', id: 'connector-1', set: { config }, user: BOB });
    await following.passUntil(() => about('Connector', 'connector-1').length > 1);
    expect(about('Connector', 'connector-1')[1]).toMatchObject({
      level: 'warn',
      outcome: 'held',
      status: 'Held',
      actor: BOB,
      fields: ['config.github_access_token'],
      reason: expect.stringMatching(
        /^the configuration was last written by someone else .* to rotate a secret/,
      ),
    });
    await following.pass(4 * POLL_MS);
    expect(await tokenOf(rig, 'connector-1')).toBe('rotated-planted');
    expect(await rig.writes()).toEqual([]);
    expect(lines.all).not.toMatch(/planted/);
  });
});

function withToken(token: unknown): string {
  const config = {
    C1_selected_field_group_name: 'github_personal_access_token_group',
    github_org_list: ['acme'],
    github_access_token: token,
  };
  return `"config": ${JSON.stringify(config)}, "displayName": "Connector 1"`;
}

/** The token as the tenant really holds it. */
async function tokenOf(rig: Rig, id: string): Promise<unknown> {
  const live = (await rig.tenant.state()).connectors.find((connector) => connector.id === id);
  const configuration = isObject(live?.config) ? live.config.configuration : undefined;
  const token = isObject(configuration) ? configuration.github_access_token : undefined;
  return isObject(token) ? token.stringValue : token;
}

describe('a secret that a person rotated in the web app', () => {
  let rig: Rig;
  let clock: VirtualClock;
  let env: Record<string, string>;
  let id: string;

  const app: Doc = { kind: 'App', name: 'github', spec: { displayName: 'Ours' } };
  const connector: Doc = {
    kind: 'Connector',
    name: 'cloud',
    spec: {
      app: 'github',
      catalog: 'github-v2',
      displayName: 'Cloud',
      config: {
        C1_selected_field_group_name: 'github_personal_access_token_group',
        github_org_list: ['acme'],
        github_access_token: { valueFrom: { env: 'TOKEN' } },
      },
    },
  };

  beforeEach(async () => {
    clock = new VirtualClock();
    env = { TOKEN: 'old-planted' };
    rig = await Rig.start({ clock, env });
    await rig.write('all.yaml', file(app, connector));
    await rig.sweep();
    id = String((await rig.connectors('Cloud'))[0]?.id);
    await clock.advance(HOUR);
    const config = { github_access_token: 'rotated-planted' };
    await rig.tenant.webEdit({ kind: 'Connector', id, set: { config }, user: BOB });
    await rig.writes();
  });
  afterEach(() => rig.stop());

  const status = async () =>
    (await rig.sweep()).plan.standings.find(({ key }) => key === 'Connector/cloud')?.status;

  it('stays over sweeps, after restarts, and when other fields change', async () => {
    for (let sweep = 0; sweep < 3; sweep += 1) {
      expect(await status()).toBe('Held');
      await rig.restart();
      await clock.advance(HOUR);
    }
    const changed = { ...connector, spec: { ...connector.spec, description: 'Ours' } };
    await rig.write('all.yaml', file(app, changed));
    expect(await status()).toBe('Held');
    expect([await rig.writes(), await tokenOf(rig, id)]).toEqual([[], 'rotated-planted']);
    env.TOKEN = 'rotated-planted';
    await rig.restart();
    await rig.sweep();
    expect(await status()).toBe('Synced');
    expect(await tokenOf(rig, id)).toBe('rotated-planted');
  });

  it('is written over where that is asked for', async () => {
    await rig.restart({ settings: { onSecretDrift: 'reassert' } });
    await rig.sweep();
    expect(await tokenOf(rig, id)).toBe('old-planted');
    expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['config']);
  });

  it('cannot be distinguished from any other after a loss of the records: the declared one is written, once', async () => {
    await rig.store.close();
    await rm(path.join(rig.root, 'state'), { recursive: true });
    await rig.open();
    const { plan } = await rig.sweep();
    expect(plan.summary).toMatchObject({ update: 0, unverified: 1 });
    expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['config']);
    await rig.sweep();
    expect([await status(), await rig.writes(), await tokenOf(rig, id)]).toEqual([
      'Synced',
      [],
      'old-planted',
    ]);
  });
});
