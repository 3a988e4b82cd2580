import { describe, expect, it } from 'vitest';
import { planToJson, problemsToJson } from '../../../src/cli/render/json.js';
import { Secret } from '../../../src/core/model/secret.js';
import { create, planOf, standing, update } from './plans.js';

describe('planToJson', () => {
  it('has the documented shape', () => {
    const held = { status: 'Held', reason: 'wait', approval: 'sha256:group' } as const;
    const plan = planOf(
      [
        update(
          'github',
          [
            { path: 'description', from: 'old', to: 'new' },
            { path: 'config.token', sensitive: true },
          ],
          { risk: 'access', reach: 'used by 42 people' },
        ),
        create('new', [], { held, drift: { actor: 'bob@acme.example' } }),
      ],
      {
        bookkeeping: [update('pinned', [], { bookkeeping: true })],
        standings: [
          standing('github', 'Pending', { facts: { isDirectory: false } }),
          {
            key: 'App/lost',
            kind: 'App',
            name: 'lost',
            status: 'Orphaned',
            reason: 'r',
            unverified: true,
            facts: {},
          },
        ],
        summary: { update: 1, held: 1 },
      },
    );
    const json: unknown = JSON.parse(JSON.stringify(planToJson(plan)));
    const github = {
      kind: 'App',
      name: 'github',
      id: 'id-of-github',
      action: 'update',
      source: 'definitions/apps/github.yaml:4',
      fields: [
        { path: 'description', from: 'old', to: 'new' },
        { path: 'config.token', sensitive: true },
      ],
      updateMask: 'description,config.token',
      held: null,
      risk: 'access',
      reach: 'used by 42 people',
      hash: 'sha256:github',
    };
    expect(json).toEqual({
      planHash: 'sha256:plan',
      revision: 'abc123',
      summary: plan.summary,
      changes: [
        github,
        expect.objectContaining({
          name: 'new',
          action: 'create',
          id: null,
          held,
          risk: null,
          actor: 'bob@acme.example',
        }),
      ],
      bookkeeping: [expect.objectContaining({ name: 'pinned', action: 'update' })],
      upkeep: [expect.objectContaining({ name: 'pinned', action: 'update' })],
      objects: [
        {
          kind: 'App',
          name: 'github',
          id: 'id-of-github',
          status: 'Pending',
          reason: 'reason of github',
          source: 'definitions/apps/github.yaml:4',
          unverified: false,
          facts: { isDirectory: false },
        },
        {
          kind: 'App',
          name: 'lost',
          id: null,
          status: 'Orphaned',
          reason: 'r',
          source: null,
          unverified: true,
          facts: {},
        },
      ],
      cost: { requests: 2, seconds: 0.2 },
    });
  });

  it('shows no secret of a change', () => {
    const secret = new Secret('hunter22', 'env A');
    const leaky = update('a', [
      { path: 'x', from: 'hunter22', to: 'hunter22', sensitive: true },
      { path: 'y', to: secret },
    ]);
    const writes = [{ name: 'update', values: { config: { token: secret } }, mask: 'config' }];
    const text = JSON.stringify(planToJson(planOf([{ ...leaky, writes }])));
    expect(text).not.toContain('hunter22');
  });
});

describe('problemsToJson', () => {
  it('has a value for every member', () => {
    const position = { file: 'a.yaml', line: 1, column: 2 };
    expect(
      problemsToJson([
        { position, message: 'm' },
        { position, key: 'App/a', path: 'spec.x', message: 'n' },
      ]),
    ).toEqual([
      { ...position, object: null, path: null, message: 'm' },
      { ...position, object: 'App/a', path: 'spec.x', message: 'n' },
    ]);
  });
});
