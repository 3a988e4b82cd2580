import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderPlanMarkdown } from '../../../src/cli/render/markdown.js';
import { create, planOf, standing, update } from './plans.js';

/** The rendered text, approximately: references resolved, our tags removed. */
function shown(markdown: string): string {
  return markdown
    .replaceAll(/<\/?(code|details|summary)>/g, '')
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll(/\n{3,}/g, '\n\n');
}

describe('renderPlanMarkdown', () => {
  it('names the author of the difference', () => {
    const markdown = renderPlanMarkdown(planOf([update('github', [], { drift: { actor: '@bob' } })]));
    expect(markdown).toMatch(/update, 0 fields — changed by <code>&#64;bob<\/code>/);
  });

  it('prints a plan with a summary, a table a change and the objects that need attention', () => {
    const markdown = renderPlanMarkdown(
      planOf(
        [
          update('github', [
            { path: 'description', from: 'old', to: 'new\nlines' },
            { path: 'owners', from: ['a'], to: ['a', 'b'] },
            { path: 'config.token', sensitive: true },
          ]),
          create('new', [{ path: 'displayName', from: '', to: 'New' }], {
            held: { status: 'Held', reason: 'over the limit' },
          }),
        ],
        {
          standings: [standing('broken', 'Failed'), standing('fine', 'Synced')],
          bookkeeping: [update('pinned', [{ path: 'annotations.managed_by', to: 'c1sync' }])],
          summary: { update: 1, unchanged: 3, held: 1, failed: 1 },
        },
      ),
    );
    expect(markdown).toContain(
      '**Plan: 0 to create, 1 to update, 0 to adopt; 3 unchanged, 1 held, 1 failed.**',
    );
    expect(shown(markdown)).toBe(`### c1sync plan

**Plan: 0 to create, 1 to update, 0 to adopt; 3 unchanged, 1 held, 1 failed.**

Revision abc123, plan sha256:plan. Bookkeeping: 1 app to mark. Cost: 2 requests, about 0.2 s.

**Needs attention**

- **Failed** App/broken: reason of broken

~ App/github — update, 3 fields

definitions/apps/github.yaml:4

| Field | Change |
|---|---|
| description | - old<br>+ new<br>+ lines |
| owners | + b |
| config.token | (secret) will be written |

+ App/new — create, 1 field — held: Held

definitions/apps/new.yaml:4

**Held**: over the limit

| Field | Change |
|---|---|
| displayName | "New" |

**Bookkeeping, written once**

- App/pinned: will be marked as managed
`);
  });

  it('reports an empty plan', () => {
    const markdown = renderPlanMarkdown(planOf([], { standings: [standing('a', 'Synced')] }));
    expect(markdown).toContain('**No changes. The tenant is in sync with 1 definition.**');
    expect(markdown).toContain('Revision <code>abc123</code>');
  });

  it.each([
    ['a pipe', 'a|b'],
    ['a code span', '`x` ``y``'],
    ['a tag', '</code></details><img src=x onerror=alert(1)>'],
    ['a mention', 'ask @acme/security and @alice'],
    ['a link', '[click](https://evil.example) https://evil.example www.evil.example'],
    ['a reference', '&lt;b&gt; &#64;alice #12'],
    ['emphasis', '**bold** _it_ ~~gone~~'],
    ['an end of line', 'a\n\n# heading\r\n---\n- item'],
    ['reversed text', '\u202eabc\u001b[2J'],
  ])('lets %s mean nothing', (_, nasty) => {
    expectInert(nasty);
  });

  it('lets no text mean anything', () => {
    const part = fc.constantFrom(
      '|',
      '`',
      '@a',
      '<b>',
      '</details>',
      '\n',
      '\r',
      '\\',
      '&',
      '#1',
      '*',
      '_',
      '[x](y)',
      'é',
    );
    fc.assert(fc.property(fc.string({ unit: part, maxLength: 12 }), expectInert));
  });

  it('keeps to the length of a comment and counts the omitted changes', () => {
    const changes = Array.from({ length: 400 }, (_, i) =>
      update(`app-${i}`, [{ path: 'description', from: 'a'.repeat(200), to: '|'.repeat(100) }]),
    );
    const markdown = renderPlanMarkdown(planOf(changes));
    expect(markdown.length).toBeLessThanOrEqual(60_000);
    expect(markdown.length).toBeGreaterThan(58_000);
    const left = Number(/\*\*(\d+) changes or objects did not fit/.exec(markdown)?.[1]);
    expect(left + (markdown.match(/<details>/g)?.length ?? 0)).toBe(400);
    expect(markdown.match(/<\/details>/g)).toHaveLength(400 - left);
  });

  it('cuts a single huge value, between characters', () => {
    const markdown = renderPlanMarkdown(
      planOf([update('a', [{ path: 'p', from: '', to: '👍'.repeat(100_000) }])]),
    );
    expect(markdown.length).toBeLessThan(10_000);
    expect(markdown).toContain('👍</code> … and 99004 more characters');
  });
});

function expectInert(nasty: string): void {
  const markdown = renderPlanMarkdown(
    planOf(
      [
        update('a', [{ path: nasty, from: nasty, to: [nasty] }], {
          key: `App/${nasty}`,
          position: { file: nasty, line: 1, column: 1 },
          held: { status: 'Held', reason: nasty },
        }),
      ],
      { revision: nasty, standings: [standing('b', 'Failed', { reason: nasty, key: nasty })] },
    ),
  );
  const bare = markdown.replaceAll(/<\/?(code|details|summary)>|<br>/g, '').replaceAll(/&#\d+;/g, '');
  expect(bare).not.toMatch(/[@`<>[\]\\&\p{Cf}\r]/u);
  expect(bare).not.toContain('\u001b');
  // One table with one row, for any values.
  const rows = markdown.split('\n').filter((line) => line.includes('|'));
  expect(rows).toHaveLength(3);
  for (const row of rows) expect(row.match(/\|/g)).toHaveLength(3);
  expect(markdown.match(/^#/gm)).toHaveLength(1);
  expect(markdown.match(/<details>/g)).toHaveLength(1);
  expect(markdown.match(/<\/details>/g)).toHaveLength(1);
}
