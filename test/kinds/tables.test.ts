import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { inOrder } from '../../src/core/model/kind.js';
import { documentSchema, specSchema } from '../../src/core/model/spec-schema.js';
import { appKind } from '../../src/kinds/app/schema.js';
import { connectorKind } from '../../src/kinds/connector/schema.js';
import { kindModules, kinds } from '../../src/kinds/index.js';
import { check, pathText } from '../../src/text/check.js';
import { compare, field } from './support.js';

type KindName = 'App' | 'Connector';

const kindOf = { App: appKind, Connector: connectorKind };

/** Names in the API's messages that an update call, or a call of its own, can write. */
const writable: readonly [KindName, readonly string[]][] = [
  [
    'App',
    [
      'displayName',
      'description',
      'instructions',
      'iconUrl',
      'monthlyCostUsd',
      'certifyPolicyId',
      'grantPolicyId',
      'revokePolicyId',
      'defaultRequestCatalogId',
      'identityMatching',
      'isManuallyManaged',
      'connectorVersion',
      'strictAccessEntitlementProvisioning',
      'enableConnectorSourcedOwnership',
      'revokeGrantSources',
      'annotations',
      'appUserMapper',
      'matchBatonRef',
      'ownerIds',
      'appEntitlementOwnerRefs',
    ],
  ],
  [
    'Connector',
    [
      'catalogId',
      'displayName',
      'description',
      'config',
      'connectorSyncCronSchedule',
      'syncDisabledAt',
      'profileAllowList',
      'profileIgnoreList',
      'disableCheckBadSync',
      'parallelSyncWorkerCount',
      'syncConfig',
      'userIds',
      'appEntitlementRefs',
    ],
  ],
];

/** The fields of the create call of each kind. */
const creatable: readonly [KindName, readonly string[]][] = [
  [
    'App',
    [
      'displayName',
      'description',
      'instructions',
      'monthlyCostUsd',
      'certifyPolicyId',
      'grantPolicyId',
      'revokePolicyId',
      'identityMatching',
      'strictAccessEntitlementProvisioning',
      'annotations',
      'matchBatonRef',
      'appEntitlementRefs',
    ],
  ],
  ['Connector', ['catalogId', 'displayName', 'description']],
];

describe('the tables of fields', () => {
  it('come in order, each held against the API below', () => {
    expect(kinds).toEqual(inOrder(kindModules).map(({ kind }) => kind));
    const names = kinds.map(({ name }) => name).sort();
    for (const table of [writable, creatable]) expect(table.map(([kind]) => kind).sort()).toEqual(names);
  });

  it.each(writable)('of %s cover every writable field of the API', (kind, names) => {
    expect(kindOf[kind].fields.map(({ wire }) => wire).sort()).toEqual([...names].sort());
  });

  it.each(creatable)('of %s mark the fields of a create', (kind, names) => {
    const found = kindOf[kind].fields.filter(({ onCreate }) => onCreate).map(({ path }) => path);
    expect(found.sort()).toEqual([...names].sort());
  });

  it.each(kinds)('of $name are consistent', (kind) => {
    const names = kind.fields.flatMap(({ path, sugar }) =>
      sugar === undefined ? [path] : [path, sugar.path],
    );
    expect(new Set(names).size).toBe(names.length);
    expect(kind.fields.filter(({ write }) => !kind.writes.includes(write))).toEqual([]);
    expect(kind.naturalKey.filter((path) => !names.includes(path))).toEqual([]);
    const targets = [...names, kind.parent?.path];
    expect(Object.values(kind.aliases ?? {}).filter((name) => !targets.includes(name))).toEqual([]);
    expect(Object.keys(kind.aliases ?? {}).filter((name) => targets.includes(name))).toEqual([]);
  });

  it.each(kinds)('of $name give a JSON schema', (kind) => {
    const schema = z.toJSONSchema(documentSchema(kind), { io: 'input' });
    expect(JSON.stringify(schema)).toContain('"displayName"');
  });

  it.each(kinds)('of $name compare an unset value equal to its empty one', (kind) => {
    for (const one of kind.fields.filter(({ path }) => path !== 'config')) {
      const empty = one.normalise?.(one.empty) ?? one.empty;
      expect([one.path, empty]).toEqual([one.path, one.empty]);
    }
  });
});

describe('explicit empty values', () => {
  const cases: readonly [KindName, string, unknown, unknown][] = [
    ['App', 'description', '', 'text'],
    ['App', 'grantPolicyId', '', 'p1'],
    ['App', 'monthlyCostUsd', 0, 21],
    ['App', 'connectorVersion', 0, 2],
    ['App', 'isManuallyManaged', false, true],
    [
      'App',
      'identityMatching',
      'APP_USER_IDENTITY_MATCHING_UNSPECIFIED',
      'APP_USER_IDENTITY_MATCHING_STRICT',
    ],
    [
      'App',
      'appUserMapper',
      { mappingCases: [] },
      { mappingCases: [{ appUserKeyCel: 'a', userKeyCel: 'b' }] },
    ],
    ['App', 'matchBatonRef', {}, { appId: 'a', connectorId: 'c', externalId: 'app::1' }],
    ['App', 'ownerIds', [], ['u1']],
    ['Connector', 'schedule', {}, { cronSpec: '0 * * * *', timezone: 'UTC', start: null }],
    ['Connector', 'paused', false, true],
    ['Connector', 'profileAllowList', [], ['ssn']],
    ['Connector', 'parallelSyncWorkerCount', 0, 4],
    ['Connector', 'syncConfig', { syncResourceTypeIds: [] }, { syncResourceTypeIds: ['user'] }],
  ];

  it.each(cases)('of %s.%s equal the unset value of the API', (kind, path, empty) => {
    expect(compare(field(kindOf[kind], path), empty, field(kindOf[kind], path).empty).changes).toEqual([]);
  });

  it.each(cases)('of %s.%s replace a value that is set', (kind, path, empty, set) => {
    const difference = compare(field(kindOf[kind], path), empty, set);
    expect(difference.changes.map((change) => change.path)).toEqual([path]);
    expect(difference.send).toEqual(field(kindOf[kind], path).empty);
  });
});

describe('live forms', () => {
  const equal: readonly [KindName, string, unknown, unknown][] = [
    ['App', 'monthlyCostUsd', 21, '21'],
    [
      'App',
      'appUserMapper',
      { mappingCases: [{ appUserKeyCel: 'a', userKeyCel: 'b' }] },
      { appId: 'x', mappingCases: [{ appId: 'x', caseIndex: 0, appUserKeyCel: 'a', userKeyCel: 'b' }] },
    ],
    ['App', 'matchBatonRef', {}, { appId: '', connectorId: '', externalId: '' }],
    ['App', 'ownerIds', ['u2', 'u1', 'u2'], ['u1', 'u2']],
    ['App', 'appEntitlementRefs', [{ appId: 'a', id: 'e' }], ['a/e']],
    ['Connector', 'schedule', { cron: '0 3 * * *' }, { cronSpec: '0 3 * * *', timezone: '', start: null }],
    [
      'Connector',
      'schedule',
      { cron: '0 3 * * *', timezone: 'UTC' },
      { cronSpec: '0 3 * * *', timezone: 'UTC' },
    ],
    ['Connector', 'profileIgnoreList', ['b', 'a'], ['a', 'b']],
    ['Connector', 'syncConfig', { syncResourceTypeIds: ['b', 'a'] }, { syncResourceTypeIds: ['a', 'b'] }],
  ];

  it.each(equal)('of %s.%s are no difference', (kind, path, declared, live) => {
    expect(compare(field(kindOf[kind], path), declared, live).changes).toEqual([]);
  });

  const different: readonly [KindName, string, unknown, unknown][] = [
    [
      'App',
      'appUserMapper',
      {
        mappingCases: [
          { appUserKeyCel: 'a', userKeyCel: 'b' },
          { appUserKeyCel: 'c', userKeyCel: 'd' },
        ],
      },
      {
        mappingCases: [
          { appUserKeyCel: 'c', userKeyCel: 'd' },
          { appUserKeyCel: 'a', userKeyCel: 'b' },
        ],
      },
    ],
    [
      'Connector',
      'schedule',
      { cron: '0 3 * * *', timezone: 'Europe/Berlin' },
      { cronSpec: '0 3 * * *', timezone: 'UTC' },
    ],
  ];

  it.each(different)('of %s.%s are a difference', (kind, path, declared, live) => {
    expect(compare(field(kindOf[kind], path), declared, live).changes).toHaveLength(1);
  });

  it('of an enum accept an unknown name, and an export omits it', () => {
    const matching = field(appKind, 'identityMatching');
    const unknown = 'APP_USER_IDENTITY_MATCHING_TELEPATHY';
    expect(matching.normalise?.(unknown)).toBe(unknown);
    expect(matching.toSpec?.(unknown, undefined, 'x')).toBeUndefined();
    expect(matching.toSpec?.('APP_USER_IDENTITY_MATCHING_STRICT', undefined, 'x')).toBe(
      'APP_USER_IDENTITY_MATCHING_STRICT',
    );
  });
});

describe('a declared spec', () => {
  const wrong: readonly [string, KindName, Record<string, unknown>, string, RegExp][] = [
    ['a blank name', 'App', { displayName: ' ' }, 'displayName', /not be empty/],
    ['a cost beyond 32 bits', 'App', { monthlyCostUsd: 2 ** 31 }, 'monthlyCostUsd', /at most/],
    ['a negative cost', 'App', { monthlyCostUsd: -1 }, 'monthlyCostUsd', /at least 0/],
    ['a fraction', 'App', { monthlyCostUsd: 1.5 }, 'monthlyCostUsd', /whole number/],
    ['an unknown enum name', 'App', { identityMatching: 'STRICT' }, 'identityMatching', /MATCHING_STRICT/],
    [
      '33 owners',
      'App',
      { ownerIds: Array.from({ length: 33 }, (_, i) => `u${i}`) },
      'ownerIds',
      /at most 32/,
    ],
    [
      'an entitlement without an app',
      'App',
      { ownerEntitlements: [{ entitlement: 'Admins' }] },
      'ownerEntitlements[0].app',
      /text or a mapping/,
    ],
    [
      'an id with a slash',
      'Connector',
      { appEntitlementRefs: [{ appId: 'a/b', id: 'c' }] },
      'appEntitlementRefs[0].appId',
      /an id/,
    ],
    ['an owner without @', 'App', { owners: ['alice'] }, 'owners[0]', /email address/],
    ['a read-only field', 'App', { userCount: 3 }, 'userCount', /Unknown name/],
    ['half a baton', 'App', { matchBatonRef: { appId: 'a' } }, 'matchBatonRef', /connectorId/],
    ['too many workers', 'Connector', { parallelSyncWorkerCount: 5 }, 'parallelSyncWorkerCount', /at most 4/],
    [
      'a cron that is none',
      'Connector',
      { schedule: { cron: 'hourly' } },
      'schedule.cron',
      /cron expression/,
    ],
    ['a cron with one field', 'Connector', { schedule: { cron: '5' } }, 'schedule.cron', /cron expression/],
    ['minute 60', 'Connector', { schedule: { cron: '60 * * * *' } }, 'schedule.cron', /cron expression/],
    [
      'a zone that is none',
      'Connector',
      { schedule: { cron: '0 * * * *', timezone: 'Berlin' } },
      'schedule.timezone',
      /IANA/,
    ],
    [
      'an offset as zone',
      'Connector',
      { schedule: { cron: '0 * * * *', timezone: '+02:00' } },
      'schedule.timezone',
      /IANA/,
    ],
    [
      'a zone alone',
      'Connector',
      { schedule: { timezone: 'UTC' } },
      'schedule.cron',
      /cron expression beside it/,
    ],
    ['a comma in a list', 'Connector', { config: { orgs: ['a,b'] } }, 'config.orgs[0]', /comma/],
    ['a nested config value', 'Connector', { config: { orgs: { a: 1 } } }, 'config.orgs.a', /Unknown name/],
  ];

  it.each(wrong)('with %s is refused', (_what, kind, spec, path, message) => {
    const result = check(specSchema(kindOf[kind]), spec);
    const issues = result.ok ? [] : result.issues;
    expect(issues.map((issue) => pathText(issue.path))).toEqual([path]);
    expect(issues[0]?.message).toMatch(message);
  });

  const right: readonly [string, KindName, Record<string, unknown>][] = [
    [
      'empty values',
      'App',
      { description: '', monthlyCostUsd: 0, ownerIds: [], annotations: {}, matchBatonRef: {} },
    ],
    ['friendly forms', 'App', { grantPolicy: 'Manager', defaultRequestCatalog: '', owners: ['a@b.example'] }],
    ['a cleared schedule', 'Connector', { schedule: {} }],
    ['a schedule with a step', 'Connector', { schedule: { cron: '0 */6 * * *', timezone: 'Europe/Berlin' } }],
    ['a predefined schedule', 'Connector', { schedule: { cron: '@daily' } }],
    [
      'every form of a config value',
      'Connector',
      {
        config: {
          C1_selected_field_group_name: 'g',
          'api-key': { valueFrom: { env: 'KEY' } },
          port: 8080,
          sync: true,
          orgs: ['a', 'b'],
          old_token: { unset: true },
        },
      },
    ],
  ];

  it.each(right)('with %s is accepted', (_what, kind, spec) => {
    expect(check(specSchema(kindOf[kind]), spec)).toEqual({ ok: true, value: spec });
  });
});
