import { mergeAnnotations } from './annotations.js';
import { notFound, refused } from './errors.js';
import { isObject, type JsonObject, refIdsOf, textOf, textsOf } from './json.js';
import { maskedFields, type Writable } from './masks.js';
import { bodyPage, type Call, operationsOf, param, queryPage } from './operation.js';
import { complete, text } from './proto.js';
import { type Policy, policyFields } from './schema.js';
import { matches, similar } from './search.js';
import type { Touched } from './systemlog.js';

const policyTypes = ['GRANT', 'REVOKE', 'CERTIFY', 'ACCESS_REQUEST', 'PROVISION'].map(
  (name) => `POLICY_TYPE_${name}`,
);

/** The paths that the mask of an update of a policy accepts. */
const writablePolicyFields: Writable = [
  'displayName',
  'description',
  'policySteps',
  'postActions',
  'rules',
  'scope',
  'baselinePolicyId',
  'reassignTasksToDelegates',
  'annotations',
];

function listPolicies(call: Call): JsonObject {
  return queryPage(call, call.tenant.policies.items, 'policies');
}

function searchPolicies(call: Call): JsonObject {
  const { body, tenant } = call;
  const displayName = textOf(body, 'displayName');
  const query = textOf(body, 'query');
  const types = textsOf(body, 'policyTypes');
  const refs = refIdsOf(body, 'refs');
  const without = new Set(textsOf(body, 'excludePolicyIds'));
  const found = tenant.policies.items.filter(
    (policy) =>
      matches(displayName, policy.displayName) &&
      similar(query, policy.displayName, textOf(policy, 'description')) &&
      (types.length === 0 || types.includes(policy.policyType)) &&
      (refs.size === 0 || refs.has(policy.id)) &&
      !without.has(policy.id),
  );
  return bodyPage(call, found, 'search/policies');
}

function createPolicy(call: Call): JsonObject {
  const { body, tenant } = call;
  if (textOf(body, 'displayName') === '') throw refused('display_name is required');
  const policyType = textOf(body, 'policyType');
  if (policyType !== '' && !policyTypes.includes(policyType)) throw refused('policy_type is invalid');
  const policy = toPolicy({ ...body, ...newFacts(call), policyType: policyType || null });
  tenant.policies.add(policy);
  call.touch(touchedPolicy(policy));
  return { policy };
}

function policyOf(call: Call): Policy {
  const policy = call.tenant.policies.get(param(call, 'id'));
  if (policy === undefined) throw notFound(`policy not found: ${param(call, 'id')}`);
  call.touch(touchedPolicy(policy));
  return policy;
}

function updatePolicy(call: Call): JsonObject {
  const policy = policyOf(call);
  const sent = call.body.policy;
  if (!isObject(sent)) throw refused('policy is required');
  const changes: JsonObject = {};
  for (const name of maskedFields(call.body.updateMask, sent, writablePolicyFields)) {
    const value =
      name === 'annotations'
        ? mergeAnnotations(policy.annotations, sent[name])
        : complete({ [name]: policyFields[name] ?? text }, sent, 'policy')[name];
    if (value !== undefined) changes[name] = value;
  }
  if (changes.displayName === '') throw refused('display_name is required');
  Object.assign(policy, changes, { updatedAt: call.tenant.timestamp() });
  return { policy };
}

function removePolicy(call: Call): JsonObject {
  call.tenant.policies.remove(policyOf(call).id);
  return {};
}

function touchedPolicy({ id, displayName }: Policy): Touched {
  return { type: 'Policy', id, name: displayName };
}

/** The facts of a new policy or catalog that the tenant sets. */
export function newFacts(call: Call): JsonObject {
  const now = call.tenant.timestamp();
  return {
    id: call.tenant.newId(),
    annotations: mergeAnnotations({}, call.body.annotations),
    systemBuiltin: false,
    createdAt: now,
    updatedAt: now,
    deletedAt: null,
  };
}

/** A complete policy; fields that `source` lacks get the zero values of the API. */
export function toPolicy(source: JsonObject): Policy {
  return complete(policyFields, source) as Policy;
}

/** The operations on policies. */
export const policyOperations = operationsOf('c1.api.policy.v1', [
  ['Policies.List', 'GET /api/v1/policies', 'read', listPolicies],
  ['Policies.Create', 'POST /api/v1/policies', 'create', createPolicy],
  ['Policies.Get', 'GET /api/v1/policies/:id', 'read', (call) => ({ policy: policyOf(call) })],
  ['Policies.Update', 'POST /api/v1/policies/:id', 'update', updatePolicy],
  ['Policies.Delete', 'DELETE /api/v1/policies/:id', 'delete', removePolicy],
  ['PolicySearch.Search', 'POST /api/v1/search/policies', 'read', searchPolicies],
]);
