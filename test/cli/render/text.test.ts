import { describe, expect, it } from 'vitest';
import { renderPlanMarkdown } from '../../../src/cli/render/markdown.js';
import { renderApplyResult, renderPlan } from '../../../src/cli/render/text.js';
import type { Result } from '../../../src/core/apply/result.js';
import type { FieldChange } from '../../../src/core/model/kind.js';
import { commandFor, type Remedy } from '../../../src/core/model/remedy.js';
import { adopt, create, planOf, standing, update } from './plans.js';

const plain = { colour: false, width: 80 };

function fieldsOf(...fields: FieldChange[]): string {
  const lines = renderPlan(planOf([update('a', fields)]), plain).split('\n');
  return lines.slice(1, lines.indexOf('')).join('\n');
}

describe('renderPlan', () => {
  it('names the author of the difference, safe for a terminal', () => {
    const plan = planOf([update('github', [], { drift: { actor: 'bob\u001b[2J@acme.example' } })]);
    const text = renderPlan(plan, plain);
    expect(text).toMatch(/^~ App\/github .* \(changed by bob.+@acme\.example\)$/m);
    expect(text).not.toContain('\u001b');
  });

  it('prints a whole plan', () => {
    const plan = planOf(
      [
        create('new', [
          { path: 'displayName', from: '', to: 'New' },
          { path: 'owners', to: ['alice@acme.example', 'bob@acme.example'] },
        ]),
        update('github', [
          { path: 'description', from: 'old', to: 'new' },
          { path: 'config.github_access_token', sensitive: true },
        ]),
        adopt('found', [{ path: 'monthlyCostUsd', from: 3, to: 21 }]),
        update('limited', [{ path: 'description', from: 'a', to: 'b' }], {
          held: { status: 'Held', reason: 'over the limit of updates; approve it' },
        }),
      ],
      {
        bookkeeping: [
          update('pinned', [{ path: 'annotations.managed_by', to: 'c1sync' }], { bookkeeping: true }),
          update('secretive', [], { bookkeeping: true }),
        ],
        standings: [
          standing('github', 'Pending'),
          standing('limited', 'Held'),
          standing('secretive', 'Synced', { unverified: true }),
          standing('broken', 'Failed'),
          standing('slow', 'Settling'),
          standing('theirs', 'ForeignOwner'),
        ],
        summary: { create: 1, update: 1, adopt: 1, unchanged: 5, held: 1, failed: 1 },
      },
    );
    expect(renderPlan(plan, plain)).toBe(`+ App/new  definitions/apps/new.yaml:4
    displayName: "New"
    owners: alice@acme.example, bob@acme.example

~ App/github  definitions/apps/github.yaml:4
    description: "old" → "new"
    config.github_access_token: (secret) will be written

> App/found  definitions/apps/found.yaml:4  (existing object: id-of-found)
    monthlyCostUsd: 3 → 21

~ App/limited  definitions/apps/limited.yaml:4  held
    description: "a" → "b"
    Held: over the limit of updates; approve it

Signs: + create, ~ update, > adopt

Bookkeeping, written once:
  App/pinned: will be marked as managed
  App/secretive: secrets will be written once

Needs attention:
  Failed App/broken: reason of broken
  Settling App/slow: reason of slow
  ForeignOwner App/theirs: reason of theirs

Plan: 1 to create, 1 to update, 1 to adopt; 5 unchanged, 1 held, 1 failed.
Bookkeeping: 1 app to mark, 1 app whose secrets will be written once.
Cost: 4 requests, about 0.4 s.
`);
  });

  it('shows the changes with the greatest risk first, and who they concern', () => {
    const text = renderPlan(
      planOf([
        update('calm', []),
        adopt('found', [], { risk: 'adoption' }),
        update('owned', [], { risk: 'access', reach: 'used by 42 people' }),
        update('secret', [], { risk: 'secrets' }),
      ]),
      plain,
    );
    expect(text.split('\n').filter((line) => /App|Signs/.test(line))).toEqual([
      '~ App/secret  definitions/apps/secret.yaml:4  risk: secrets',
      '~ App/owned  definitions/apps/owned.yaml:4  risk: access, used by 42 people',
      '> App/found  definitions/apps/found.yaml:4  (existing object: id-of-found)  risk: adoption',
      '~ App/calm  definitions/apps/calm.yaml:4',
      'Signs: ~ update, > adopt',
    ]);
  });

  it('counts bookkeeping by kind', () => {
    const marked = [{ path: 'annotations.managed_by', to: 'c1sync' }];
    const bookkeeping = [update('a', marked), update('b', marked), update('c', []), update('d', [])];
    const plan = planOf([], { bookkeeping, standings: [standing('c', 'Synced', { unverified: true })] });
    expect(renderPlan(plan, plain)).toContain(
      '\nBookkeeping: 2 apps to mark, 1 app whose secrets will be written once, 1 app whose secrets have no value here.\n',
    );
  });

  it('reports an empty plan', () => {
    const plan = planOf([], { standings: [standing('a', 'Synced'), standing('b', 'Synced')] });
    expect(renderPlan(plan, plain)).toBe(
      'No changes. The tenant is in sync with 2 definitions (revision abc123).\n',
    );
  });

  it.each([
    [
      planOf([], { standings: [standing('a', 'Failed')], summary: { failed: 1 } }),
      'Failed App/a: reason of a',
      'Nothing to change now; 1 object needs attention.',
    ],
    [
      planOf([], { bookkeeping: [update('a', [])] }),
      'App/a: secrets cannot be compared without their values',
      'No field differs.',
    ],
  ])('does not call a plan with work in sync', (plan, line, headline) => {
    const text = renderPlan(plan, plain);
    expect(text).toContain(line);
    expect(text).toContain(`${headline}\nPlan: 0 to create`);
    expect(text).not.toContain('in sync');
  });

  it.each<[string, FieldChange, string]>([
    ['a value that was not set', { path: 'p', to: 'x' }, '    p: "x"'],
    ['a value that goes', { path: 'p', from: 'x' }, '    p: "x" → (none)'],
    ['a value that is emptied', { path: 'p', from: 'x', to: '' }, '    p: "x" → ""'],
    ['numbers and flags', { path: 'p', from: 0, to: false }, '    p: 0 → false'],
    [
      'a list as what comes and goes',
      { path: 'owners', from: ['a', 'b', 'c'], to: ['a', 'c', 'd'] },
      '    owners:\n      - b\n      + d',
    ],
    ['a list that is emptied', { path: 'owners', from: ['a'], to: [] }, '    owners:\n      - a'],
    ['a list that was empty', { path: 'owners', from: [], to: ['a'] }, '    owners:\n      + a'],
    [
      'a value too long for a line',
      { path: 'p', from: 'a'.repeat(40), to: 'b'.repeat(40) },
      `    p:\n      - "${'a'.repeat(40)}"\n      + "${'b'.repeat(40)}"`,
    ],
    [
      'a text of several lines, near its changes',
      { path: 'p', from: 'a\nb\nc\nd\ne\nf\n', to: 'a\nb\nc\nd\nE\nf\n' },
      '    p:\n      @ line 3\n        c\n        d\n      - e\n      + E\n        f',
    ],
    [
      'a text whose last end of line goes',
      { path: 'p', from: 'a\nb\n', to: 'a\nb' },
      '    p:\n        a\n      - b\n      + b\n      @  No newline at end of file',
    ],
    [
      'an object',
      { path: 'p', from: { cron: '0 * * * *', zone: 'UTC' }, to: { cron: '5 * * * *', zone: 'UTC' } },
      '    p:\n        {\n      -   "cron": "0 * * * *",\n      +   "cron": "5 * * * *",\n          "zone": "UTC"\n        }',
    ],
    ['an object that goes', { path: 'p', from: { a: 1 } }, '    p:\n      - {\n      -   "a": 1\n      - }'],
    [
      'no value of a secret',
      { path: 'p', from: 'no', to: 'never', sensitive: true },
      '    p: (secret) will be written',
    ],
  ])('shows %s', (_, field, text) => {
    expect(fieldsOf(field)).toBe(text);
  });

  it.each([
    ['\u001b[2J\u001b]0;owned\u0007', '\\u001b[2J\\u001b]0;owned\\u0007'],
    ['\u009b31m', '\\u009b31m'],
    ['safe\u202etxt.exe\u2066', 'safe\\u202etxt.exe\\u2066'],
    ['line\r\u0000\u2028\ufeff', '\\u2028\\ufeff'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
  ])('spells out what a terminal would act on: %j', (nasty, spelt) => {
    const bad = (name: string) => ({
      position: { file: `${nasty}.yaml`, line: 1, column: 1 },
      key: `App/${name}`,
    });
    const plan = planOf(
      [
        update('a', [
          { path: nasty, from: nasty, to: [nasty] },
          { path: 'long', from: `${nasty}\n1\n`, to: `${nasty}\n2\n` },
        ]),
        update('b', [], { ...bad(nasty), held: { status: 'Held', reason: nasty } }),
      ],
      { standings: [standing('c', 'Failed', { reason: nasty })], revision: nasty },
    );
    const texts = [
      renderPlan(plan, plain),
      renderPlan(planOf([], { revision: nasty }), plain),
      renderApplyResult(plan, [resultOf({ reason: nasty, outcome: 'failed' })], plain),
    ];
    for (const text of texts) {
      expect(text).toContain(spelt);
      expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\u2028]/u);
    }
  });

  it('leaves letters of all scripts and emoji as they are', () => {
    expect(fieldsOf({ path: 'p', from: 'Zürich', to: '東京 👩‍🚀 עברית' })).toBe(
      '    p: "Zürich" → "東京 👩‍🚀 עברית"',
    );
  });

  it('colours only on request', () => {
    const plan = planOf([create('a', [{ path: 'p', from: ['x'], to: ['y'] }])]);
    expect(renderPlan(plan, { colour: true, width: 80 })).toContain('\u001b[32m+ App/a\u001b[39m');
    expect(renderPlan(plan, plain)).not.toContain('\u001b');
  });
});

function resultOf(more: Partial<Result>): Result {
  const change = more.change ?? update('a', []);
  return {
    reconcileId: 'r',
    key: change.key,
    change,
    outcome: 'done',
    status: 'Synced',
    reason: '',
    durationMs: 1,
    requests: 1,
    ...more,
  };
}

describe('renderApplyResult', () => {
  it('prints the outcome of every change, also of held ones', () => {
    const limited = update('limited', [], { held: { status: 'TakenOver', reason: 'bob edited it' } });
    const text = renderApplyResult(
      planOf([limited]),
      [
        resultOf({ change: create('new', []) }),
        resultOf({ change: update('a', []), requests: 3 }),
        resultOf({ change: adopt('found', []) }),
        resultOf({
          change: update('b', []),
          outcome: 'failed',
          status: 'Failed',
          reason: 'the tenant said 400',
        }),
        resultOf({ change: create('c', []), outcome: 'settling', status: 'Settling', reason: 'no answer' }),
        resultOf({ change: update('d', []), outcome: 'unchanged', requests: 0 }),
        resultOf({ change: update('f', [], { bookkeeping: true }) }),
        resultOf({ change: update('e', []), outcome: 'held', status: 'Contested', reason: 'another writer' }),
      ],
      plain,
    );
    expect(text).toBe(`+ App/new created
~ App/a updated
> App/found adopted
~ App/b failed (Failed): the tenant said 400
+ App/c settling (Settling): no answer
~ App/d unchanged
~ App/f updated (bookkeeping)
~ App/e held (Contested): another writer

~ App/limited held (TakenOver): bob edited it

Applied: 1 created, 1 updated, 1 adopted, 1 bookkeeping write; 1 failed, 2 held, 1 settling, 1 already in sync. 9 requests.
`);
  });
});

describe('the reason of a hold in a plan', () => {
  it('names the way on beside the plan, and no plan', () => {
    const review: Remedy = { type: 'review' };
    const approve: Remedy = { type: 'approve', hash: `sha256:${'ab'.repeat(32)}`, mayForce: true };
    const reason = `over the limit; ${commandFor(review)}, then ${commandFor(approve)}`;
    const held = { status: 'Held' as const, reason, remedies: [review, approve] };
    const plan = planOf([update('github', [], { held })]);
    const shown =
      "over the limit; review them here, then run 'c1sync approve sha256:abababababab' (without a daemon, 'c1sync apply --force')";
    expect(renderPlan(plan, plain)).toContain(shown);
    const markdown = renderPlanMarkdown(plan).replaceAll(/&#(\d+);/g, (_, code: string) =>
      String.fromCharCode(Number(code)),
    );
    expect(markdown).toContain(shown);
  });
});
