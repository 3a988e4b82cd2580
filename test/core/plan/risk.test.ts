import { expect, it } from 'vitest';
import type { Change } from '../../../src/core/model/change.js';
import { riskOf } from '../../../src/core/plan/risk.js';
import { kinds } from '../../../src/kinds/index.js';

const differs = { changes: [{ path: 'x' }] };
const same = { changes: [] };

it.each<[string, Change['action'], string, Parameters<typeof riskOf>[2] | Record<string, object>, string?]>([
  ['App', 'create', 'with owners', { ownerIds: differs }],
  ['Connector', 'create', 'with secrets', { config: { ...differs, sentHash: 'hash' } }],
  ['App', 'update', 'of a text', { description: differs }],
  ['App', 'update', 'of owners', { description: differs, ownerIds: differs }, 'access'],
  ['App', 'update', 'of a policy', { revokePolicyId: differs }, 'access'],
  ['App', 'update', 'whose owners are the same', { description: differs, ownerIds: same }],
  ['Connector', 'update', 'of a config without secrets', { config: differs }],
  [
    'Connector',
    'update',
    'of secrets and owners',
    { config: { ...same, sentHash: 'h' }, userIds: differs },
    'secrets',
  ],
  ['App', 'adopt', 'of a text', { description: differs }, 'adoption'],
  ['App', 'adopt', 'with owners', { ownerIds: differs }, 'access'],
  ['Connector', 'adopt', 'with secrets', { config: { ...differs, sentHash: 'h' } }, 'secrets'],
])('%s: %s %s', (name, action, _, differences, risk) => {
  const kind = kinds.find((one) => one.name === name);
  if (kind === undefined) throw new Error(`there is no kind ${name}`);
  expect(riskOf(kind, action, new Map(Object.entries(differences)))).toBe(risk);
});
