import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { specSchema } from '../../src/core/model/spec-schema.js';
import { kinds } from '../../src/kinds/index.js';
import { asObject } from '../../src/text/shape.js';
import { type CliHome, cliHome } from '../support/cli.js';
import { type Editor, openEditor } from '../support/language-server.js';
import { root } from '../support/root.js';

const EXAMPLES = path.join(root, 'config/examples');

let home: CliHome;
let editor: Editor;

beforeAll(async () => {
  home = await cliHome();
  const emulator = await home.emulator();
  const env = { ...emulator.env, C1SYNC_API_REQUESTS_PER_SECOND: '1000' };
  for (const [file, ...flags] of [['plain.json'], ['tenant.json', '--tenant']]) {
    const out = path.join(home.directory, file ?? '');
    const written = await home.run(['schema', ...flags, '--out', out], { env, cwd: home.directory });
    expect(written).toMatchObject({ code: 0 });
  }
  editor = await openEditor(home.directory);
});
afterAll(async () => {
  await editor.close();
  await home.remove();
});

/** A document with the schema of the file, its `spec` last. */
function written(kind: string, spec: string, schema = 'plain.json'): string {
  return `# yaml-language-server: $schema=${schema}
apiVersion: c1sync/v1
kind: ${kind}
metadata:
  name: x
spec:
  displayName: X
${spec}`;
}

const connector = (spec: string): string => written('Connector', spec, 'tenant.json');

describe('in an editor with the YAML language server', () => {
  it.each(kinds)('every field of $name is suggested in spec, with its help', async (kind) => {
    const offered = await editor.complete(written(kind.name, '  §'));
    const help = new Map(offered.map((one) => [one.label, one.help]));
    const { properties } = z.toJSONSchema(specSchema(kind), { io: 'input', target: 'draft-7' });
    const fields = Object.entries(properties ?? {}).filter(([name]) => name !== 'displayName');
    expect(fields.length).toBeGreaterThan(10);
    for (const [name, field] of fields) {
      expect(help.get(name), name).toBe(asObject(field).description);
    }
  });

  it('the second document of a file is helped, too', async () => {
    const text = `${written('App', '')}---\n${written('Connector', '  sche§')}`;
    const offered = await editor.complete(text);
    expect(offered.map(({ label }) => label)).toContain('schedule');
    expect(await editor.errors(text.replace('sche§', 'shedule: {}'))).toEqual([
      { line: 16, message: 'Property shedule is not allowed.' },
    ]);
  });

  it('help says what a field means, with an example', async () => {
    const help = await editor.hover(written('App', '  monthly§CostUsd: 3'));
    expect(help).toContain('Cost of a seat a month, in US dollars.');
    expect(help).toMatch(/Example:\s+```yaml\s+21/);
  });

  it('types of connectors are suggested with their names', async () => {
    const offered = await editor.complete(written('Connector', '  catalog: §'));
    expect(offered).toContainEqual(expect.objectContaining({ label: 'github-v2', help: 'GitHub v2' }));
    expect(await editor.errors(written('Connector', '  catalog: one-of-tomorrow'))).toEqual([]);
  });

  it.each([
    ['an unknown field', '  monthlyCost: 1', 'Property monthlyCost is not allowed.'],
    ['a value of the wrong type', '  monthlyCostUsd: "1"', 'Incorrect type. Expected "integer".'],
    ['a field of another kind', '  schedule: {}', 'Property schedule is not allowed.'],
  ])('%s is an error', async (_what, spec, message) => {
    expect(await editor.errors(written('App', spec))).toEqual([{ line: 8, message }]);
  });

  it('fields of a configuration are suggested by the type of its connector, secrets as references', async () => {
    const offered = await editor.complete(connector('  catalog: github-v2\n  config:\n    §'));
    const secret = offered.find(({ label }) => label === 'github_access_token');
    expect(secret?.help).toBe('Github access token. A secret: take it from valueFrom.');
    expect(secret?.inserts).toMatch(/valueFrom.*\n.*env.*GITHUB_ACCESS_TOKEN/);
    expect(offered.map(({ label }) => label)).toContain('github_org_list');
    expect(offered.map(({ label }) => label)).not.toContain('okta_v2_domain');
    const byId = await editor.complete(
      connector('  catalogId: 22Q7hxWTEhBlcqsT1dljnRWEa7t\n  config:\n    §'),
    );
    expect(byId.map(({ label }) => label)).toContain('github_org');
  });

  it.each([
    ['an unknown field', 'okta_v2_domain: x', 'Property okta_v2_domain is not allowed.'],
    ['a secret in plain text', 'github_access_token: x', 'Incorrect type. Expected "valueFrom".'],
    [
      'an unknown way',
      'C1_selected_field_group_name: x',
      'Value must be "github_personal_access_token_group" | "github_app_group".',
    ],
  ])('%s in the configuration of a type is an error', async (_what, config, message) => {
    const found = await editor.errors(connector(`  catalog: github-v2\n  config:\n    ${config}`));
    expect(found).toEqual([{ line: 10, message }]);
  });

  it('the examples have no error', async () => {
    const checked = readdirSync(EXAMPLES).map(async (file) => {
      const text = await readFile(path.join(EXAMPLES, file), 'utf8');
      return { file, errors: await editor.errors(text.replaceAll(/(?<=\$schema=)\S+/g, 'tenant.json')) };
    });
    expect((await Promise.all(checked)).filter(({ errors }) => errors.length > 0)).toEqual([]);
  });
});
