import { expect, it } from 'vitest';
import { renderHistory } from '../../../src/cli/render/history.js';
import type { ReconciledEntry } from '../../../src/core/status/history.js';

const at = '2026-01-01T00:00:00.000Z';
const ODD = 'bob\u001b[2J\u202e\n@acme.example';
const SPELT = 'bob\\u001b[2J\\u202e\\n@acme.example';

const updated = (more: Partial<ReconciledEntry>) => ({
  id: 1,
  at,
  event: 'reconciled' as const,
  key: 'App/a',
  action: 'update' as const,
  outcome: 'done' as const,
  status: 'Synced' as const,
  trigger: 'drift' as const,
  fields: [],
  revision: 'abc',
  reconcileId: 'r',
  ...more,
});

const text = (...entries: Parameters<typeof renderHistory>[0]['entries']): string =>
  renderHistory({ entries, next: null }, { colour: false, width: 100 });

it.each([
  [{}, 'updated  (drift, revision abc)'],
  [{ by: 'alice' }, 'updated, applied by alice  (drift, revision abc)'],
  [{ approved: { at } }, 'updated, approved  (drift, revision abc)'],
  [{ actor: 'bob', drift: true as const }, 'reverted what bob changed  (drift, revision abc)'],
  [{ drift: true as const }, 'reverted a change  (drift, revision abc)'],
  [
    { actor: 'bob', approved: { at, by: 'api' } },
    'updated, changed by bob, approved by api  (drift, revision abc)',
  ],
  [
    { action: 'none' as const, status: 'TakenOver' as const, reason: 'bob took it over', actor: 'bob' },
    'TakenOver: bob took it over  (drift, revision abc)',
  ],
])('a change names the author of the drift and the approver: %j', (facts, shown) => {
  expect(text(updated(facts))).toBe(`${at}  App/a  ${shown}\n`);
});

it('names people without the characters that steer a terminal or turn a text around', () => {
  const shown = text(
    updated({ actor: ODD, approved: { at, by: ODD } }),
    { id: 2, at, event: 'attributed', key: 'App/a', actor: ODD, reconcileId: 'r' },
    { id: 3, at, event: 'commanded', command: 'approve', by: ODD, targets: ['*'] },
  );
  expect(shown.split('\n')).toHaveLength(4);
  expect(shown.split(SPELT)).toHaveLength(5);
  for (const character of ['\u001b', '\u202e']) expect(shown).not.toContain(character);
});
