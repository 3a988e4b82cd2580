import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CallError } from '../../../src/core/model/errors.js';
import { inOrder } from '../../../src/core/model/kind.js';
import { kindModules } from '../../../src/kinds/index.js';
import { type Doc, file } from '../../support/definitions.js';
import { Policies, spareIds } from '../../support/policies.js';
import { Rig } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
let policies: Policies;
let clock: VirtualClock;
beforeEach(async () => {
  policies = new Policies();
  clock = new VirtualClock(Date.parse('2026-01-01T00:00:00Z'));
  rig = await Rig.start({
    clock,
    kinds: inOrder([...kindModules, policies.module]),
    settings: { prune: true },
    emulator: {
      seed: {
        policies: spareIds.map((id) => ({ id, displayName: `Spare ${id}`, policyType: 'POLICY_TYPE_GRANT' })),
      },
    },
  });
});
afterEach(() => rig?.stop());

const policy: Doc = {
  kind: 'Policy',
  name: 'review',
  spec: { displayName: 'Security review', policyType: 'POLICY_TYPE_GRANT' },
};
const revokes: Doc = {
  ...policy,
  name: 'review-of-revocations',
  spec: { ...policy.spec, policyType: 'POLICY_TYPE_REVOKE' },
};
const plain: Doc = { kind: 'App', name: 'github', spec: { displayName: 'GitHub' } };
const app: Doc = { ...plain, spec: { ...plain.spec, grantPolicy: 'Security review' } };

const granted = async () => (await rig.apps('GitHub')).map(({ grantPolicyId }) => grantPolicyId);
const standing = async (key: string) =>
  (await rig.sweep()).plan.standings.find((candidate) => candidate.key === key);

describe('a definition that refers to another one of the same load', () => {
  it('is planned and created with it in one sweep', async () => {
    await rig.write('all.yaml', file(app, policy));
    const { plan } = await rig.plan();
    expect(plan.changes.map(({ key, action, held }) => [key, action, held])).toEqual([
      ['Policy/review', 'create', null],
      ['App/github', 'create', null],
    ]);
    expect(plan.changes[1]?.fields.find(({ path }) => path === 'grantPolicyId')).toEqual({
      path: 'grantPolicyId',
      from: '',
      to: 'Policy/review',
      namePath: 'grantPolicy',
      fromName: '',
      toName: 'Policy/review',
    });
    const { done } = await rig.sweep();
    expect(done.map(({ key, status }) => [key, status])).toEqual([
      ['Policy/review', 'Synced'],
      ['App/github', 'Synced'],
    ]);
    expect(await granted()).toEqual(['policy-1']);
    await rig.writes();
    expect((await rig.sweep()).plan.changes).toEqual([]);
    expect(await rig.writes()).toEqual([]);
  });

  it('is updated after what it refers to was created', async () => {
    await rig.write('all.yaml', file(plain));
    await rig.sweep();
    await rig.write('all.yaml', file(app, policy));
    await rig.sweep();
    expect(await granted()).toEqual(['policy-1']);
    expect((await rig.sweep()).plan.changes).toEqual([]);
  });

  it('asks for the same change before and after what it refers to was created', async () => {
    await rig.write('all.yaml', file(app, policy));
    const hashes = async () => (await rig.plan()).plan.changes.map(({ key, hash }) => [key, hash]);
    const [, before] = await hashes();
    await rig.sweep(new Set(['Policy/review']));
    expect(await hashes()).toEqual([before]);
  });

  it('brings it into a sweep of one object', async () => {
    await rig.write('all.yaml', file(app, policy));
    await rig.sweep(new Set(['App/github']));
    expect(policies.calls).toEqual(['create policy-1']);
    expect(await granted()).toEqual(['policy-1']);
  });

  it('blocks on a reference that cannot be created', async () => {
    policies.failure = new CallError('POST /policies answered 400', { terminal: true, effect: 'none' });
    await rig.write('all.yaml', file(app, policy));
    const { done } = await rig.sweep();
    expect(done.find(({ key }) => key === 'App/github')).toMatchObject({
      status: 'Pending',
      reason: expect.stringMatching(/^it waits for Policy\/review: .*400/),
    });
    expect(await rig.apps('GitHub')).toEqual([]);
    policies.failure = undefined;
    await rig.sweep();
    expect(await granted()).toEqual(['policy-1']);
  });

  it('shares the hold of what is to be created first', async () => {
    await rig.write('all.yaml', file(plain));
    await rig.sweep();
    await rig.writes();
    await rig.write('all.yaml', file(app, { ...policy, annotations: { 'c1sync/suspend': 'not yet' } }));
    expect(await standing('App/github')).toMatchObject({
      status: 'Suspended',
      reason: expect.stringMatching(
        /^it waits for Policy\/review: it is suspended by its definition: not yet/,
      ),
    });
    expect(await rig.writes()).toEqual([]);
  });

  it('follows it to the object that replaces a deleted one', async () => {
    await rig.restart({ settings: { prune: true, onDeleted: 'recreate' } });
    await rig.write('all.yaml', file(app, policy));
    await rig.sweep();
    await rig.sweep();
    policies.remove('policy-1');
    await rig.sweep();
    expect(await granted()).toEqual(['policy-2']);
  });

  it('names what is there by its name, defined or not', async () => {
    policies.add('Security review');
    await rig.write('all.yaml', file(app));
    await rig.sweep();
    expect(await granted()).toEqual(['policy-1']);
  });

  it('reports a name that neither the tenant nor the load has', async () => {
    await rig.write('all.yaml', file(app));
    expect(await standing('App/github')).toMatchObject({ status: 'UnresolvedReference' });
  });

  it('means none that its field cannot hold', async () => {
    await rig.write('all.yaml', file(app, revokes));
    expect(await standing('App/github')).toMatchObject({
      status: 'UnresolvedReference',
      reason: expect.stringContaining("spec.grantPolicy: no grant policy is named 'Security review'"),
    });
    expect(policies.calls).toEqual(['create policy-1']);
    expect(await standing('App/github')).toMatchObject({ status: 'UnresolvedReference' });
  });

  it('means the one that its field can hold of two of a name', async () => {
    await rig.write('all.yaml', file(app, revokes, policy));
    await rig.sweep();
    const { id } = policies.live.find(({ values }) => values.policyType === 'POLICY_TYPE_GRANT') ?? {};
    expect(id).toMatch(/^policy-/);
    expect(await granted()).toEqual([id]);
    expect((await rig.sweep()).plan.changes).toEqual([]);
  });

  it('means the defined one of two of a name', async () => {
    policies.add('Security review', 'Not ours');
    const { id } = policies.add('Security review', 'Ours');
    await rig.write('all.yaml', file(app, { ...policy, id }));
    await rig.sweep();
    expect(await granted()).toEqual([id]);
  });

  describe('and leaves', () => {
    const gone = async () => {
      await rig.sweep();
      await clock.advance(120_000);
      return (await rig.sweep()).plan.changes;
    };
    beforeEach(async () => {
      await rig.write('all.yaml', file(app, policy));
      await rig.write('other.yaml', file({ kind: 'App', name: 'other', spec: { displayName: 'Other' } }));
      await rig.sweep();
    });

    it('is deleted before what it refers to', async () => {
      await rig.remove('all.yaml');
      expect((await gone()).map(({ key, held }) => [key, held])).toEqual([
        ['App/github', null],
        ['Policy/review', null],
      ]);
      expect(rig.events.slice(-2).map(({ kind, outcome }) => [kind, outcome])).toEqual([
        ['App', 'done'],
        ['Policy', 'done'],
      ]);
      expect(await rig.apps('GitHub')).toEqual([]);
    });

    it('holds no deletion of what its field cannot hold', async () => {
      await rig.write('revokes.yaml', file(revokes));
      await rig.sweep();
      await rig.remove('revokes.yaml');
      expect(await gone()).toMatchObject([{ key: 'Policy/review-of-revocations', held: null }]);
    });

    it('holds the deletion of what it refers to as long as it is there', async () => {
      await rig.write('all.yaml', file(app));
      const reason = expect.stringMatching(/^App\/github refers to it;/);
      expect(await gone()).toMatchObject([{ key: 'Policy/review', held: { status: 'Held', reason } }]);
      await rig.write('all.yaml', file(plain));
      await rig.sweep();
      expect(policies.calls).toEqual(['create policy-1', 'delete policy-1']);
    });
  });
});
