import { describe, expect, it } from 'vitest';
import { appKind } from '../../src/kinds/app/schema.js';
import { check, pathText } from '../../src/text/check.js';
import { compare, field } from './support.js';

const annotations = field(appKind, 'annotations');

function entries(count: number, value = 'v'): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, value]));
}

/** Entries of the longest key and value that are allowed: 384 bytes each. */
function longEntries(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`k${index}`.padEnd(128, 'x'), 'v'.repeat(256)]),
  );
}

describe('declared annotations', () => {
  const right: readonly [string, Record<string, string>][] = [
    ['a key with every kind of character', { 'a.B_c/d-9': 'v' }],
    ['a key of 128 characters', { [`k${'x'.repeat(127)}`]: 'v' }],
    ['a value of 256 characters', { key: 'x'.repeat(256) }],
    ['a value that is an address', { key: "https://u@h.example:8/p?q=[1]&r=%20#f!$'()*+,;" }],
    ['as many as fit beside the marks', entries(13)],
    ['deletions, which take no place', { ...entries(13), gone: '' }],
  ];
  it.each(right)('may be %s', (_what, declared) => {
    expect(check(annotations.schema, declared).ok).toBe(true);
  });

  const wrong: readonly [string, Record<string, unknown>, string, RegExp][] = [
    ['a key that starts with a digit', { '9a': 'v' }, '9a', /start with a letter/],
    ['a key of 129 characters', { [`k${'x'.repeat(128)}`]: 'v' }, `k${'x'.repeat(128)}`, /128/],
    ['a key with a space', { 'a b': 'v' }, 'a b', /letters, digits/],
    ['a reserved key', { 'c1/owner': 'v' }, 'c1/owner', /belong to the tenant/],
    ['a value of 257 characters', { key: 'x'.repeat(257) }, 'key', /256/],
    ['a value with a space', { key: 'a b' }, 'key', /URL-safe/],
    ['a value with a quote', { key: 'a"b' }, 'key', /URL-safe/],
    ['a value beyond ASCII', { key: 'straße' }, 'key', /URL-safe/],
    ['a number', { key: 4711 }, 'key', /quotes/],
    ['more than fit beside the marks', entries(14), '', /at most 13/],
    ['more than 4096 bytes', longEntries(13), '', /at most 4096 bytes/],
  ];
  it.each(wrong)('may not be %s', (_what, declared, path, message) => {
    const result = check(annotations.schema, declared);
    const issues = result.ok ? [] : result.issues;
    expect([...new Set(issues.map((issue) => pathText(issue.path)))]).toEqual([path]);
    expect(issues[0]?.message).toMatch(message);
  });
});

describe('comparing annotations', () => {
  const live = { team: 'platform', cost: '1', managed_by: 'c1sync' };

  it('compares the named keys alone and sends only those that differ', () => {
    const difference = compare(annotations, { team: 'platform', cost: '2', new: 'x' }, live);
    expect(difference.changes).toEqual([
      { path: 'annotations.cost', from: '1', to: '2' },
      { path: 'annotations.new', to: 'x' },
    ]);
    expect(difference.send).toEqual({ cost: '2', new: 'x' });
  });

  it('deletes a key by an empty value, once', () => {
    const difference = compare(annotations, { cost: '' }, live);
    expect(difference.changes).toEqual([{ path: 'annotations.cost', from: '1' }]);
    expect(difference.send).toEqual({ cost: '' });
    expect(compare(annotations, { cost: '' }, { team: 'platform' }).changes).toEqual([]);
  });

  it('manages none by an empty map', () => {
    expect(compare(annotations, {}, live).changes).toEqual([]);
  });

  it('exports the keys that a definition may name', () => {
    expect(annotations.toSpec?.({ ...live, 'c1/kind': 'x', iac_tool_version: '1' }, undefined, 'x')).toEqual({
      team: 'platform',
      cost: '1',
    });
    expect(annotations.toSpec?.({ managed_by: 'terraform' }, undefined, 'x')).toBeUndefined();
  });
});

describe('marks', () => {
  const marks = { managedBy: 'c1sync', workspace: 'production', address: 'App/github' };

  it('are read as they were written', () => {
    const put = appKind.marks?.toEntries(marks);
    expect(put).toEqual({
      managed_by: 'c1sync',
      iac_workspace: 'production',
      iac_resource_address: 'App/github',
    });
    expect(appKind.marks?.fromEntries(put)).toEqual(marks);
  });

  it('use the keys that the tenant reserves for tools, also the one that is left alone', () => {
    expect(appKind.marks?.keys).toEqual([
      'managed_by',
      'iac_workspace',
      'iac_resource_address',
      'iac_tool_version',
    ]);
  });

  it('are absent without a managing tool, also with remaining keys', () => {
    expect(appKind.marks?.fromEntries({ iac_workspace: 'production' })).toBeUndefined();
    expect(appKind.marks?.fromEntries({ managed_by: '' })).toBeUndefined();
    expect(appKind.marks?.fromEntries(undefined)).toBeUndefined();
  });

  it('of a tool without further keys are marks', () => {
    expect(appKind.marks?.fromEntries({ managed_by: 'terraform' })).toEqual({
      managedBy: 'terraform',
      workspace: '',
      address: '',
    });
  });
});
