import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { planToJson } from '../../../src/cli/render/json.js';
import { renderPlanMarkdown } from '../../../src/cli/render/markdown.js';
import { renderPlan } from '../../../src/cli/render/text.js';
import { Redactor } from '../../../src/core/redact/redactor.js';
import { redactedPlan, redactingReader } from '../../../src/core/status/redact-shown.js';
import { createLog } from '../../../src/telemetry/log.js';
import { logReconciliations } from '../../../src/telemetry/reconciliations.js';
import { Rig } from '../../support/rig.js';
import { Lines } from '../../telemetry/lines.js';

let rig: Rig;

const DEFINITIONS = `apiVersion: c1sync/v1
kind: App
metadata: { name: wiki }
spec: { displayName: Wiki, description: ours }
---
apiVersion: c1sync/v1
kind: Connector
metadata: { name: docs }
spec:
  app: wiki
  catalog: snyk
  displayName: Docs
  config:
    snyk_api_token: { valueFrom: { env: PLANTED } }
`;

async function start(secret: string): Promise<void> {
  rig = await Rig.start({ env: { PLANTED: secret } });
  await rig.write('wiki.yaml', DEFINITIONS);
  await rig.sweep();
}

/** The one object of a list in the tenant. */
async function only(list: 'apps', name: string): Promise<Record<string, unknown>> {
  const found = (await rig.tenant.state())[list].find(({ displayName }) => displayName === name);
  if (found === undefined) throw new Error(`the tenant has no ${name}`);
  return found;
}

it('is hidden in a fact of an object, which keeps its values and is cut where it is long', async () => {
  const secret = 'planted-value-4711';
  const live = {
    id: '1',
    displayName: secret,
    values: { description: secret },
    stamps: {},
    facts: { lastError: `refused &quot;${secret}&quot; ${'x'.repeat(100_000)}`, paused: false },
  };
  const reader = redactingReader(
    {
      list: async () => [live],
      get: async () => live,
      enrich: async (object) => object,
      findByNaturalKey: async () => [live],
    },
    new Redactor([secret]),
  );
  const read = [
    ...(await reader.list(undefined)),
    await reader.get({ id: '1' }),
    await reader.enrich(live, []),
    ...(await reader.findByNaturalKey(undefined, {})),
  ];
  expect(read).toHaveLength(4);
  for (const object of read) {
    expect(object).toMatchObject({ displayName: secret, values: { description: secret } });
    expect(object?.facts.lastError).toMatch(/^refused &quot;\[secret\]&quot; x+… \(\d+ characters more\)$/);
    expect(String(object?.facts.lastError).length).toBeLessThan(3_000);
  }
});

describe('a secret in a value of the tenant', () => {
  afterEach(() => rig.stop());

  it('is hidden where the value is shown, and written, compared and kept as it is', async () => {
    const secret = 'planted-value-4711';
    await start(secret);
    const { id } = await only('apps', 'Wiki');
    await rig.write('wiki.yaml', DEFINITIONS.replace('ours', `before ${secret} after`));
    await rig.sweep();
    expect((await only('apps', 'Wiki')).description).toBe(`before ${secret} after`);
    expect(JSON.stringify(rig.events)).not.toContain(secret);
    await rig.tenant.clearRequests();
    expect((await rig.sweep()).plan.changes).toEqual([]);
    await rig.tenant.webEdit({
      kind: 'App',
      id: String(id),
      set: { description: `theirs ${secret}` },
      user: 'bob@acme.example',
    });
    const { plan } = await rig.plan();
    const shown = redactedPlan(plan, rig.redactor);
    expect(shown.planHash).toBe(plan.planHash);
    expect(shown.changes[0]?.hash).toBe(plan.changes[0]?.hash);
    expect(plan.changes[0]?.fields[0]).toMatchObject({ from: `theirs ${secret}` });
    expect(shown.changes[0]?.fields[0]).toMatchObject({
      from: 'theirs [secret]',
      to: 'before [secret] after',
    });
    const text = [
      JSON.stringify(planToJson(shown)),
      renderPlanMarkdown(shown),
      renderPlan(shown, { colour: false, width: 100 }),
    ].join('\n');
    expect(text).not.toContain(secret);
  });

  it('is hidden in the reason of a status', async () => {
    const secret = 'planted-value-4711';
    await start(secret);
    const { id } = await only('apps', 'Wiki');
    const annotations = { managed_by: 'terraform', iac_resource_address: `app.${secret}` };
    await rig.tenant.api('POST', `/api/v1/apps/${id}`, { app: { annotations }, updateMask: 'annotations' });
    const { plan } = await rig.sweep();
    const hidden = expect.stringContaining('terraform manages it as app.[secret];');
    const statuses = [...redactedPlan(plan, rig.redactor).standings, ...rig.core.statusStore.entries()];
    const shown = statuses.filter(({ key }) => key === 'App/wiki');
    expect(shown).toHaveLength(2);
    for (const status of shown) expect(status).toMatchObject({ status: 'ForeignOwner', reason: hidden });
    expect(JSON.stringify(statuses)).not.toContain(secret);
  });

  it('is in no event, log line, status or record, in any form', async () => {
    const texts = fc.string({
      minLength: 8,
      maxLength: 40,
      unit: fc.constantFrom(...'abcXYZ019/+="\'\\<>&% é'),
    });
    await fc.assert(
      fc.asyncProperty(
        texts.filter((text) => text.trim().length >= 8),
        async (text) => {
          const secret = `q7${text.trim()}7q`;
          await start(secret);
          const lines = new Lines();
          const log = createLog({
            level: 'trace',
            format: 'json',
            destination: lines,
            redactor: rig.redactor,
          });
          const end = logReconciliations(rig.bus, log);
          const app = await only('apps', 'Wiki');
          await rig.tenant.webEdit({
            kind: 'App',
            id: String(app.id),
            set: { description: `was ${secret}` },
            user: 'bob@acme.example',
          });
          await rig.tenant.faults({
            match: 'POST /api/v1/apps/*',
            status: 400,
            message: `bad ${encodeURIComponent(secret)}`,
          });
          await rig.sweep();
          await rig.sweep();
          end();
          const statusStore = JSON.stringify(rig.core.statusStore.entries());
          expect(statusStore).toContain('[secret]');
          const files = await readdir(path.join(rig.root, 'state'), { recursive: true, withFileTypes: true });
          const kept = await Promise.all(
            files
              .filter((file) => file.isFile())
              .map(({ parentPath, name }) => readFile(path.join(parentPath, name), 'utf8')),
          );
          const all = [statusStore, lines.all, JSON.stringify(rig.events), ...kept].join('\n');
          const json = JSON.stringify(secret).slice(1, -1);
          for (const form of [secret, json, JSON.stringify(json).slice(1, -1), encodeURIComponent(secret)]) {
            expect(all).not.toContain(form);
          }
          await rig.stop();
        },
      ),
      { numRuns: 5 },
    );
  });
});
