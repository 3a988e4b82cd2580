import { expect, it } from 'vitest';
import { textOf } from './pages.js';

/** The kinds of change of Keep a Changelog. */
const KINDS = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];

it('the changelog has the form of Keep a Changelog', () => {
  const [, ...parts] = textOf('CHANGELOG.md').split(/^## /m);
  expect(parts[0]).toMatch(/^\[Unreleased\]\n/);
  for (const part of parts.slice(1)) expect(part).toMatch(/^\[\d+\.\d+\.\d+(-[\w.]+)?\] - \d{4}-\d\d-\d\d\n/);
  for (const [index, part] of parts.entries()) {
    const kinds = [...part.matchAll(/^### (.*)$/gm)].map(([, kind]) => kind ?? '');
    // Nothing is unreleased right after a release.
    if (index > 0) expect(kinds).not.toEqual([]);
    expect(kinds.filter((kind) => !KINDS.includes(kind))).toEqual([]);
    expect(new Set(kinds).size).toBe(kinds.length);
    // Items of one list, without an empty line or a paragraph between them.
    for (const list of part.split(/^### .*\n\n/m).slice(1))
      expect(list.trim()).toMatch(/^- (.|\n(- | {2}))*$/);
  }
});
