import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { type CatalogEntry, connectorCatalog } from '../../src/c1/catalog.js';
import { DefinitionSource } from '../../src/definitions/load.js';
import { configSchema, knownConnectorTypes } from '../../src/emulator/connector-types.js';
import { checkConfig } from '../../src/kinds/connector/config-check.js';
import {
  type ConfigSchema,
  fieldsInUse,
  parseConfigSchema,
  SELECTED_GROUP,
} from '../../src/kinds/connector/config-schema.js';
import { kinds } from '../../src/kinds/index.js';
import { root } from '../support/root.js';

const FOLDER = path.join(root, 'config/examples');
const files = readdirSync(FOLDER);

const loaded = await new DefinitionSource({ directory: FOLDER, kinds, env: {} }).load();

/** The type of connector that an example is about, and its declared configuration without values of secrets. */
function connectorIn(file: string) {
  const [definition, ...more] = loaded.definitions.filter(
    ({ kind, position }) => kind === 'Connector' && path.basename(position.file) === file,
  );
  expect(more).toEqual([]);
  const { app, catalog, config } = definition?.spec ?? {};
  const entry = connectorCatalog.find(({ slug }) => slug === catalog);
  if (entry === undefined) throw new Error(`${file}: ${String(catalog)} is no known type of connector`);
  return { app, entry, config: config as Readonly<Record<string, unknown>> };
}

function schemaOf({ catalogId }: CatalogEntry): ConfigSchema {
  const type = knownConnectorTypes().find((candidate) => candidate.catalogId === catalogId);
  const schema = type && parseConfigSchema(configSchema(type));
  if (schema === undefined) throw new Error(`${catalogId} has no schema`);
  return schema;
}

/** True for `{ valueFrom: ... }` and `{ unset: true }`. */
function isReference(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('valueFrom' in value || 'unset' in value);
}

/** The configuration as it is written, with references in place of secrets. */
function written(file: string): Readonly<Record<string, unknown>> {
  const [, connector = ''] = readFileSync(path.join(FOLDER, file), 'utf8').split('\n---\n');
  return (load(connector) as { spec: { config: Record<string, unknown> } }).spec.config;
}

it('there is an example for each of the types used most', () => {
  const slugs = files.map((file) => connectorIn(file).entry.slug).sort();
  expect(slugs).toEqual([
    'aws-v2',
    'datadog-v2',
    'github-v2',
    'gitlab',
    'google-workspace-v2',
    'jira-cloud-v2',
    'microsoft-entra',
    'okta-v2',
    'pagerduty',
    'salesforce-v2',
    'slack',
    'snowflake-v2',
  ]);
});

describe.each(files)('%s', (file) => {
  it('has an app and a connector below it, and loads without a problem but for values of secrets', () => {
    const here = loaded.definitions.filter(({ position }) => path.basename(position.file) === file);
    expect(here.map(({ kind }) => kind)).toEqual(['App', 'Connector']);
    expect(connectorIn(file).app).toBe(here[0]?.name);
    expect(loaded.problems.filter((problem) => path.basename(problem.position.file) === file)).toEqual([]);
  });

  it('has a configuration that the schema of its type accepts', () => {
    const { entry, config } = connectorIn(file);
    expect(checkConfig(config, schemaOf(entry))).toEqual([]);
  });

  it('takes every secret of its way to sign in from a variable or a file, or unsets it, and no other field', () => {
    const { entry } = connectorIn(file);
    const config = written(file);
    const secrets = fieldsInUse(schemaOf(entry), config[SELECTED_GROUP] as string | undefined)
      .filter(({ secret }) => secret)
      .map(({ name }) => name);
    const references = Object.keys(config).filter((name) => isReference(config[name]));
    expect(references.sort()).toEqual(secrets.sort());
  });
});
