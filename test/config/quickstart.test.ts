import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Definition } from '../../src/core/model/definition.js';
import { DefinitionSource } from '../../src/definitions/load.js';
import { kinds } from '../../src/kinds/index.js';
import { root } from '../support/root.js';
import { loadOne } from '../support/settings.js';

const settings = () =>
  loadOne({ file: path.join(root, 'config/c1sync.yaml'), env: {}, cwd: root, overrides: {} });

async function load() {
  const { source } = await settings();
  return new DefinitionSource({ directory: source.directory, kinds, env: {} }).load();
}

/** The values of one field in the definitions of a kind. */
function specsWith(definitions: readonly Definition[], kind: string, name: string): unknown[] {
  return definitions.flatMap((definition) =>
    definition.kind === kind && name in definition.spec ? [definition.spec[name]] : [],
  );
}

describe('the quick start', () => {
  it('runs on the embedded tenant, with the definitions beside the settings', async () => {
    const { tenant, source, workspace } = await settings();
    expect(tenant).toEqual({ kind: 'embedded' });
    expect(source.directory).toBe(path.join(root, 'config/definitions'));
    expect(workspace).toBe('quick-start');
  });

  it('loads without a problem and shows several objects', async () => {
    const { problems, complete, definitions } = await load();
    expect(problems).toEqual([]);
    expect(complete).toBe(true);
    const count = (kind: string) => definitions.filter((definition) => definition.kind === kind).length;
    expect(count('App')).toBeGreaterThanOrEqual(8);
    expect(count('Connector')).toBeGreaterThanOrEqual(6);
    const files = definitions.map(({ position }) => position.file);
    expect(new Set(files.map((file) => path.dirname(file))).size).toBeGreaterThanOrEqual(3);
    expect(new Set(files).size).toBeLessThan(files.length);
  });

  it.each([
    ['App', 'grantPolicy'],
    ['App', 'grantPolicyId'],
    ['App', 'revokePolicy'],
    ['App', 'revokePolicyId'],
    ['App', 'certifyPolicy'],
    ['App', 'defaultRequestCatalog'],
    ['App', 'defaultRequestCatalogId'],
    ['App', 'owners'],
    ['App', 'ownerIds'],
    ['App', 'annotations'],
    ['Connector', 'catalog'],
    ['Connector', 'catalogId'],
    ['Connector', 'owners'],
    ['Connector', 'schedule'],
  ])('shows %s with %s', async (kind, field) => {
    const { definitions } = await load();
    expect(specsWith(definitions, kind, field)).not.toEqual([]);
  });

  it('shows apps named by definition and by id, a pinned object, and secrets from variables and files', async () => {
    const { definitions, secretFiles } = await load();
    const apps = specsWith(definitions, 'Connector', 'app');
    expect(new Set(apps.map((app) => typeof app))).toEqual(new Set(['string', 'object']));
    expect(definitions.filter(({ id }) => id !== undefined)).not.toEqual([]);
    expect(secretFiles).not.toEqual([]);
    const configs = JSON.stringify(specsWith(definitions, 'Connector', 'config'));
    expect(configs).toContain('[unset env ');
    expect(configs).toContain('[secret]');
  });
});
