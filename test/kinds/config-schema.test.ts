import { describe, expect, it } from 'vitest';
import { Secret, UnsetSecret } from '../../src/core/model/secret.js';
import { checkConfig } from '../../src/kinds/connector/config-check.js';
import { exportConfig, placeholder } from '../../src/kinds/connector/config-export.js';
import {
  type ConfigSchema,
  fieldsInUse,
  isConfigSchema,
  parseConfigSchema,
  SELECTED_GROUP,
} from '../../src/kinds/connector/config-schema.js';
import { configFromWire, configToWire } from '../../src/kinds/connector/config-values.js';

const answer = {
  schema: {
    fields: [
      { name: 'org', strList: {} },
      { name: 'sync', checkbox: { checked: false } },
      { name: 'token', str: { secret: true } },
      { name: 'domain', str: { secret: false } },
      { name: 'key', text: { secret: true } },
      { name: 'file', import: { secret: true } },
      { name: 'rotated', secret: {} },
      { name: 'signIn', oauth2: {} },
      { name: 'region', select: { items: [] } },
      { name: 'labels', keyValue: { secret: true } },
      { name: '', str: {} },
    ],
    fieldGroups: [
      { name: 'by_token', fieldNames: ['token', 'org'], default: true },
      { name: 'by_key', fieldNames: ['key', 'file'], default: false },
    ],
  },
  formSchema: {
    fields: [
      { name: 'domain', required: true, stringField: { textField: {} } },
      { name: 'token', required: true, stringField: { passwordField: {} } },
      { name: 'extra', boolField: {} },
    ],
    fieldGroups: [{ name: 'other', fields: ['domain'] }],
  },
};

function parsed(): ConfigSchema {
  const schema = parseConfigSchema(answer);
  if (schema === undefined) throw new Error('nothing was parsed');
  return schema;
}

describe('the configuration schema of a connector type', () => {
  it('reads types and secrets from either description', () => {
    const fields = [...parsed().fields.values()].map(({ name, type, secret }) => [name, type, secret]);
    expect(fields).toEqual([
      ['org', 'list', false],
      ['sync', 'bool', false],
      ['token', 'string', true],
      ['domain', 'string', false],
      ['key', 'string', true],
      ['file', 'string', true],
      ['rotated', 'string', true],
      ['signIn', 'other', true],
      ['region', 'string', false],
      ['labels', 'string', true],
      ['extra', 'bool', false],
    ]);
    expect([...parsed().fields.values()].filter(({ required }) => required).map(({ name }) => name)).toEqual([
      'token',
      'domain',
    ]);
  });

  it('reads the groups of the first description with groups', () => {
    expect(parsed().groups.map(({ name }) => name)).toEqual(['by_token', 'by_key']);
    const { groups } = parseConfigSchema({ formSchema: answer.formSchema }) ?? { groups: [] };
    expect(groups).toEqual([{ name: 'other', fieldNames: ['domain'], default: false, label: '' }]);
  });

  it.each([[{}], [{ schema: null, formSchema: null }], [{ schema: { fields: [] } }], ['text']])(
    'is none in %j',
    (empty) => {
      expect(parseConfigSchema(empty)).toBeUndefined();
      expect(isConfigSchema(empty)).toBe(false);
    },
  );

  it('counts the fields of the chosen group and those of none', () => {
    const names = (selected?: string): string[] => fieldsInUse(parsed(), selected).map(({ name }) => name);
    const ungrouped = ['sync', 'domain', 'rotated', 'signIn', 'region', 'labels', 'extra'];
    expect(names().sort()).toEqual([...ungrouped, 'token', 'org'].sort());
    expect(names('by_key').sort()).toEqual([...ungrouped, 'key', 'file'].sort());
    expect(names('unknown')).toHaveLength(11);
  });
});

describe('checking a declared configuration', () => {
  const token = new Secret('t', 'env T');
  const complete = { domain: 'd', token };

  const right: readonly [string, Record<string, unknown>][] = [
    ['every type', { ...complete, org: ['a'], sync: true, region: 'eu', signIn: { unset: true } }],
    ['texts that stand for other types', { ...complete, org: 'a,b', sync: 'true', region: 5 }],
    ['another group', { domain: 'd', [SELECTED_GROUP]: 'by_key', key: new UnsetSecret('env K', 'not set') }],
  ];
  it.each(right)('accepts %s', (_what, declared) => {
    expect(checkConfig(declared, parsed())).toEqual([]);
  });

  const wrong: readonly [string, Record<string, unknown>, string, RegExp][] = [
    ['an unknown field', { ...complete, domian: 'x' }, 'config.domian', /not a field.*"domain"/],
    [
      'an unknown group',
      { ...complete, [SELECTED_GROUP]: 'by_tokens' },
      `config.${SELECTED_GROUP}`,
      /"by_token"/,
    ],
    ['a missing field', { domain: 'd' }, 'config.token', /missing/],
    ['an empty required field', { domain: '', token }, 'config.domain', /missing/],
    ['a required field taken away', { domain: 'd', token: { unset: true } }, 'config.token', /missing/],
    ['a secret in plain text', { domain: 'd', token: 'ghp_123' }, 'config.token', /plain text.*valueFrom/],
    ['a text for a switch', { ...complete, sync: 'maybe' }, 'config.sync', /true or false/],
    ['a switch for a list', { ...complete, org: true }, 'config.org', /list/],
    ['a list for a text', { ...complete, region: ['eu'] }, 'config.region', /not a list/],
  ];
  it.each(wrong)('finds %s', (_what, declared, path, message) => {
    const issues = checkConfig(declared, parsed());
    expect(issues.map((issue) => issue.path)).toEqual([path]);
    expect(issues[0]?.message).toMatch(message);
    expect(issues[0]?.message).not.toContain('ghp_123');
  });

  it('finds nothing for an unknown connector type', () => {
    expect(checkConfig({ anything: 1 }, undefined)).toEqual([]);
  });

  it('explains fifty unknown fields and counts the others', () => {
    const declared = Object.fromEntries(Array.from({ length: 45_000 }, (_, index) => [`wrong${index}`, 1]));
    const issues = checkConfig(declared, parsed());
    expect(issues).toHaveLength(51);
    expect(issues.at(-1)).toEqual({
      path: 'config',
      message: 'And 44952 more problems: repair those listed first.',
    });
  });
});

describe('exporting a configuration', () => {
  it('writes values with their type, and a placeholder for secrets of the chosen group', () => {
    const live = { org: 'a, b', sync: 'true', domain: 'd', [SELECTED_GROUP]: 'by_key' };
    expect(exportConfig(live, parsed())).toEqual({
      org: ['a', 'b'],
      sync: true,
      domain: 'd',
      [SELECTED_GROUP]: 'by_key',
      key: { valueFrom: { env: 'KEY' } },
      file: { valueFrom: { env: 'FILE' } },
      rotated: { valueFrom: { env: 'ROTATED' } },
      labels: { valueFrom: { env: 'LABELS' } },
    });
  });

  it('names the secrets of a connector with secrets alone, and nothing before the first configuration', () => {
    const schema = parseConfigSchema({ schema: { fields: [{ name: 'api-key', str: { secret: true } }] } });
    expect(exportConfig({}, schema)).toEqual({ 'api-key': { valueFrom: { env: 'API_KEY' } } });
    expect(exportConfig(null, schema)).toBeUndefined();
  });

  it('does not export the mask of a secret as its value', () => {
    expect(exportConfig({ token: '****' }, parsed())).toMatchObject({
      token: { valueFrom: { env: 'TOKEN' } },
    });
  });

  it('exports readable values of an unknown connector type', () => {
    expect(exportConfig({ a: 'true', b: 'x' }, undefined)).toEqual({ a: 'true', b: 'x' });
    expect(exportConfig({}, undefined)).toBeUndefined();
  });

  it('distinguishes the secrets of two connectors by a prefix', () => {
    expect(placeholder('api-key', 'github.cloud')).toEqual({ valueFrom: { env: 'GITHUB_CLOUD_API_KEY' } });
  });
});

describe('a configuration on the wire', () => {
  it('carries texts, and secrets revealed', () => {
    expect(configToWire({ org: 'a,b', token: new Secret('t', 'env T') })).toEqual({
      '@type': 'type.googleapis.com/c1.api.app.v1.EnvConfig',
      configuration: { org: { stringValue: 'a,b' }, token: { stringValue: 't' } },
    });
  });

  it('is refused with an unset secret, whose source it names', () => {
    const values = { token: new UnsetSecret('file /run/token', 'there is no such file') };
    expect(() => configToWire(values)).toThrow(
      expect.objectContaining({ name: 'TerminalError', message: expect.stringContaining('file /run/token') }),
    );
  });

  it.each([
    [
      { configuration: { a: { stringValue: 'x' }, b: {}, c: { stringValue: '' }, d: null } },
      undefined,
      { a: 'x' },
    ],
    [{ configuration: {} }, '2026-11-01T10:00:00Z', {}],
    [null, '2026-11-01T10:00:00Z', {}],
    [null, undefined, null],
    [{ configuration: {} }, undefined, null],
  ])('read from %j, written at %s, is %j', (config, updatedAt, values) => {
    expect(configFromWire(config, updatedAt)).toEqual(values);
  });
});
