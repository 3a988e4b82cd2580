import { expect, it } from 'vitest';
import { changeFields } from '../../../src/daemon/http/dashboard/change.js';

it('renders the differences of a change once for each layout, however often they are read', () => {
  let reads = 0;
  const text = Array.from({ length: 1000 }, (_, index) => `line ${index}`).join('\n');
  const field = {
    path: 'description',
    get from() {
      reads += 1;
      return text;
    },
    to: text.replaceAll('line', 'row'),
  };
  const change = { action: 'update', fields: [field] } as const;
  const first = changeFields(change);
  const once = reads;
  expect(once).toBeGreaterThan(0);
  expect(changeFields({ ...change })).toBe(first);
  expect(reads).toBe(once);
  expect(first).toContain('<details><summary>2,000 lines</summary>');
  expect(first).toContain('and 1,800 more lines');
  expect(changeFields({ ...change, action: 'create' })).not.toBe(first);
  expect(changeFields({ ...change, fields: [...change.fields] })).toBe(first);
  expect(reads).toBeGreaterThan(once);
});
