import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { configJsonSchema } from '../../src/kinds/connector/config-json-schema.js';
import { parseConfigSchema } from '../../src/kinds/connector/config-schema.js';

const answer = {
  formSchema: {
    displayName: 'Acme',
    fields: [
      { name: 'org', displayName: 'Organization', required: true, stringField: {} },
      { name: 'token', required: true, stringField: { passwordField: {} } },
      { name: 'key', required: true, fileField: {} },
      { name: 'sync', boolField: {} },
      { name: 'projects', stringSliceField: {} },
      { name: 'sign_in', oauth2Field: {} },
    ],
    fieldGroups: [
      { name: 'by_token', fields: ['token'], default: true },
      { name: 'by_key', displayName: 'Key file', fields: ['key'] },
    ],
  },
};

const schema = configJsonSchema(parseConfigSchema(answer)) ?? {};
const validate = new Ajv({ strict: true, strictTypes: false, strictRequired: false }).compile(schema);
const secret = { valueFrom: { env: 'NAME' } };
const WAY = 'C1_selected_field_group_name';

describe('the JSON Schema of a configuration', () => {
  it.each<[string, boolean, object]>([
    ['the default way', true, { org: 'acme', token: secret }],
    ['the default way by name', true, { [WAY]: 'by_token', org: 'acme', token: secret }],
    ['another way', true, { [WAY]: 'by_key', org: 'acme', key: secret }],
    ['every type', true, { org: 'acme', token: secret, sync: true, projects: ['a', 'b'] }],
    ['a secret that is removed', true, { org: 'acme', token: secret, key: { unset: true } }],
    ['the default way without its field', false, { org: 'acme' }],
    ['another way without its field', false, { [WAY]: 'by_key', org: 'acme', token: secret }],
    ['no field that every way needs', false, { token: secret }],
    ['an unknown way', false, { [WAY]: 'by_magic', org: 'acme', token: secret }],
    ['an unknown field', false, { org: 'acme', token: secret, orgs: 'acme' }],
    ['a secret in plain text', false, { org: 'acme', token: 'x' }],
    ['a list for a text', false, { org: ['acme'], token: secret }],
    ['a switch for a list', false, { org: 'acme', token: secret, projects: true }],
    ['a text for what the web app sets up', false, { org: 'acme', token: secret, sign_in: 'x' }],
  ])('on %s: %s', (_what, valid, config) => {
    expect(validate(config), JSON.stringify(validate.errors)).toBe(valid);
  });

  it('marks secrets and explains fields and ways', () => {
    expect(schema).toMatchObject({
      description: 'Configuration of Acme.',
      properties: {
        org: { description: 'Organization.' },
        token: { writeOnly: true, examples: [{ valueFrom: { env: 'TOKEN' } }] },
        sign_in: { writeOnly: true, description: 'Set up in the web app.' },
        [WAY]: { default: 'by_token', oneOf: [{ const: 'by_token' }, { description: 'Key file' }] },
      },
    });
  });

  it('requires the fields of a type without ways', () => {
    const { fieldGroups: _, ...formSchema } = answer.formSchema;
    expect(configJsonSchema(parseConfigSchema({ formSchema }))).toMatchObject({
      required: ['org', 'token', 'key'],
    });
  });

  it('is none without a schema of the type', () => expect(configJsonSchema(undefined)).toBeUndefined());
});
