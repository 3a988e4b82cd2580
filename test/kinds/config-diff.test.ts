import { describe, expect, it } from 'vitest';
import type { Difference, LiveObject } from '../../src/core/model/kind.js';
import { Secret, UnsetSecret } from '../../src/core/model/secret.js';
import { type ConfigSchema, SELECTED_GROUP } from '../../src/kinds/connector/config-schema.js';
import { connectorKind } from '../../src/kinds/connector/schema.js';
import { compare, field, keyedHash, liveObject, objectRecord } from './support.js';

const config = field(connectorKind, 'config');

const OURS = '2026-11-01T10:00:00.000Z';
const EARLIER = '2026-11-01T09:00:00.000Z';
const THEIRS = '2026-11-02T10:00:00.000Z';

/** Two groups: a token, or an app with a key; `org` belongs to both, `notes` and `pin` to none. */
const schema: ConfigSchema = {
  label: '',
  fields: new Map(
    (
      [
        ['token', 'string', true],
        ['org', 'list', false],
        ['app_id', 'string', false],
        ['app_key', 'string', true],
        ['notes', 'string', false],
        ['sync', 'bool', false],
      ] as const
    ).map(([name, type, secret]) => [name, { name, type, secret, required: false, label: '' }]),
  ),
  groups: [
    { name: 'by_token', fieldNames: ['token', 'org'], default: true, label: '' },
    { name: 'by_app', fieldNames: ['app_id', 'app_key', 'org'], default: false, label: '' },
  ],
};

const token = (text = 'one'): Secret => new Secret(text, 'env TOKEN');
const unset = new UnsetSecret('env TOKEN', 'the variable is not set');

interface Side {
  readonly declared: Record<string, unknown>;
  /** Readable live values; null for a connector without configuration. */
  readonly live: Record<string, string> | null;
  readonly schema?: ConfigSchema | null;
  /** The declared values that were written last, less those that can be read. */
  readonly written?: Record<string, unknown>;
  readonly stamp?: string;
}

function differ(side: Side): Difference {
  const stamp = side.stamp ?? OURS;
  const object: LiveObject = liveObject({ stamps: side.live === null ? {} : { config: stamp } });
  const record = side.written && {
    ...objectRecord(),
    secrets: { config: { hash: keyedHash(side.written), stamp: OURS } },
  };
  const context = side.schema === null ? undefined : (side.schema ?? schema);
  return compare(config, side.declared, side.live, { object, record, context });
}

function paths({ changes }: Difference): string[] {
  return changes.map(({ path }) => path);
}

/** The lines of an unknown secret, for a change that shows others. */
const neverVerified = [{ path: 'config.token', sensitive: true, unverified: true }];

describe('a configuration without secrets', () => {
  const inSync: readonly [string, Record<string, unknown>, Record<string, string>][] = [
    ['equal texts', { notes: 'a' }, { notes: 'a' }],
    ['a number', { notes: 42 }, { notes: '42' }],
    ['a boolean', { sync: false }, { sync: 'false' }],
    ['a list', { org: ['a', 'b'] }, { org: 'a,b' }],
    ['a list with blanks', { org: ['a', 'b'] }, { org: 'a, b' }],
    ['an empty text where nothing is set', { notes: '' }, {}],
    ['an empty list where nothing is set', { org: [] }, {}],
    ['a removal where nothing is set', { notes: { unset: true } }, {}],
    ['live values that are not declared', {}, { notes: 'a', org: 'b' }],
  ];
  it.each(inSync)('is in sync for %s', (_what, declared, live) => {
    const difference = differ({ declared, live });
    expect(difference.changes).toEqual([]);
    expect(difference.hold).toBeUndefined();
    expect(difference.unverified).toBeUndefined();
  });

  const changed: readonly [string, Record<string, unknown>, Record<string, string>, unknown, unknown][] = [
    ['another text', { notes: 'b', token: { unset: true } }, { notes: 'a' }, 'a', 'b'],
    ['a text that is new', { notes: 'b', token: { unset: true } }, {}, undefined, 'b'],
    ['a text taken away', { notes: { unset: true }, token: { unset: true } }, { notes: 'a' }, 'a', undefined],
    ['a text made empty', { notes: '', token: { unset: true } }, { notes: 'a' }, 'a', undefined],
  ];
  it.each(changed)('shows %s', (_what, declared, live, from, to) => {
    const difference = differ({ declared, live });
    expect(difference.changes).toEqual([
      { path: 'config.notes', ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) },
    ]);
    expect(difference.hold).toBeUndefined();
  });

  it('distinguishes an explicit false from an unset value', () => {
    expect(paths(differ({ declared: { sync: false }, live: {} }))).toEqual(['config.sync']);
  });

  it('is reverted although another writer changed it', () => {
    const declared = { notes: 'a', token: { unset: true } };
    const difference = differ({ declared, live: { notes: 'b' }, written: {}, stamp: THEIRS });
    expect(paths(difference)).toEqual(['config.notes']);
    expect(difference.hold).toBeUndefined();
  });

  it('carries over the live values that are not declared', () => {
    const live = { notes: 'a', org: 'x,y', sync: 'true' };
    const declared = { notes: 'b', sync: { unset: true }, token: { unset: true } };
    expect(differ({ declared, live }).send).toEqual({ notes: 'b', org: 'x,y' });
  });
});

describe('a first configuration', () => {
  it('loses no secret that it does not name', () => {
    const difference = differ({ declared: { org: ['a'] }, live: null });
    expect(paths(difference)).toEqual(['config.org']);
    expect(difference.hold).toBeUndefined();
  });

  it('is written whole, also with omitted fields', () => {
    const difference = differ({ declared: { token: token(), org: ['a'] }, live: null });
    expect(difference.changes).toEqual([
      { path: 'config.org', to: 'a' },
      { path: 'config.token', sensitive: true },
    ]);
    expect(difference.send).toEqual({ org: 'a', token: token() });
    expect(difference.hold).toBeUndefined();
    expect(difference.unverified).toBeUndefined();
    expect(difference.sentHash).toBe(keyedHash({ token: token() }));
  });

  it('is no change while nothing is declared', () => {
    expect(differ({ declared: {}, live: null }).changes).toEqual([]);
  });

  it('shows a secret whose source is empty, and has no hash', () => {
    const difference = differ({ declared: { token: unset }, live: null });
    expect(paths(difference)).toEqual(['config.token']);
    expect(difference.sentHash).toBeUndefined();
  });
});

describe('secrets', () => {
  const declared = { token: token(), org: ['a'] };
  const live = { org: 'a' };

  it('that were written by us are in sync', () => {
    const difference = differ({ declared, live, written: { token: token() } });
    expect(difference.changes).toEqual([]);
    expect(difference.unverified).toBeUndefined();
  });

  it('that changed at their source are written, without showing them', () => {
    const difference = differ({ declared, live, written: { token: token('old') } });
    expect(difference.changes).toEqual([{ path: 'config.token', sensitive: true }]);
    expect(difference.send).toEqual({ org: 'a', token: token() });
    expect(JSON.stringify(difference)).not.toContain('one');
    expect(difference.hold).toBeUndefined();
  });

  it('without a record are unverified, which is no change', () => {
    const difference = differ({ declared, live });
    expect(difference).toMatchObject({ changes: [], unverified: neverVerified, send: { org: 'a' } });
    expect(difference.hold).toBeUndefined();
  });

  it('without a record are written along with a readable change', () => {
    const difference = differ({ declared, live: { org: 'b' } });
    expect(difference.changes).toEqual([{ path: 'config.org', from: 'b', to: 'a' }]);
    expect(difference.unverified).toEqual(neverVerified);
  });

  it.each([
    ['that were written', { written: { token: token() } }, [{ path: 'config.token', sensitive: true }]],
    ['that were never written', {}, neverVerified],
  ])('whose source is empty, and %s, are no change, so that a plan can be made', (_, side, unverified) => {
    const difference = differ({ declared: { ...declared, token: unset }, live, ...side });
    expect(difference).toMatchObject({ changes: [], unverified });
    expect(difference.unverified).toEqual(unverified);
    expect(difference.sentHash).toBeUndefined();
  });

  it('whose source is empty are held after a write of another client', () => {
    const written = { token: token() };
    const difference = differ({ declared: { ...declared, token: unset }, live, written, stamp: THEIRS });
    expect(paths(difference)).toEqual(['config.token']);
    expect(difference.hold).toMatch(/perhaps to rotate a secret/);
  });

  it('in readable fields are hidden, too', () => {
    const difference = differ({ declared: { token: 'plain' }, live, written: { token: 'other' } });
    expect(difference.changes).toEqual([{ path: 'config.token', sensitive: true }]);
  });

  it('are hidden in a field that may hold another value', () => {
    const difference = differ({ declared: { token: token(), notes: new Secret('n', 'env N') }, live: null });
    expect(difference.changes).toEqual([
      { path: 'config.notes', sensitive: true },
      { path: 'config.token', sensitive: true },
    ]);
  });

  it('that are dropped with unset are removed', () => {
    const difference = differ({
      declared: { org: ['a'], token: { unset: true } },
      live,
      written: { token: token() },
    });
    expect(difference.changes).toEqual([{ path: 'config.token', sensitive: true }]);
    expect(difference.send).toEqual({ org: 'a' });
    expect(difference.hold).toBeUndefined();
  });

  it('that are dropped without unset are held', () => {
    const difference = differ({ declared: { org: ['a'] }, live, written: { token: token() } });
    expect(difference.changes).toEqual([{ path: 'config', sensitive: true }]);
    expect(difference.hold).toMatch(/would erase token.*\{ unset: true \}/);
  });

  it('are not carried over from their mask', () => {
    const difference = differ({
      declared: { notes: 'b', token: { unset: true } },
      live: { notes: 'a', app_key: '****' },
    });
    expect(difference.send).toEqual({ notes: 'b' });
  });

  it('hash the same in any order', () => {
    const written = { app_key: token('k'), token: token() };
    const difference = differ({ declared: { token: token(), app_key: token('k') }, live: {}, written });
    expect(difference.changes).toEqual([]);
  });
});

describe('a configuration of another writer', () => {
  const declared = { token: token(), org: ['a'] };
  const live = { org: 'a' };

  it('is held: a person may have rotated the secret', () => {
    const difference = differ({ declared, live, written: { token: token() }, stamp: THEIRS });
    expect(difference.changes).toEqual([{ path: 'config.token', sensitive: true }]);
    expect(difference.hold).toMatch(/someone else.*2026-11-02.*source/);
  });

  it('is held with its readable changes', () => {
    const difference = differ({ declared, live: { org: 'b' }, written: { token: token() }, stamp: THEIRS });
    expect(paths(difference)).toEqual(['config.org', 'config.token']);
    expect(difference.hold).toMatch(/someone else/);
  });

  it('is written after the source of the secret changed', () => {
    const difference = differ({ declared, live, written: { token: token('old') }, stamp: THEIRS });
    expect(paths(difference)).toEqual(['config.token']);
    expect(difference.hold).toBeUndefined();
  });

  it('is not assumed from an outdated answer', () => {
    expect(differ({ declared, live, written: { token: token() }, stamp: EARLIER }).changes).toEqual([]);
  });
});

describe('undeclared secret fields', () => {
  const holds: readonly [string, Record<string, unknown>, Record<string, string>, RegExp | undefined][] = [
    ['of the default group hold a write', { notes: 'b' }, { notes: 'a' }, /would erase token,/],
    [
      'of the chosen group hold a write',
      { notes: 'b', [SELECTED_GROUP]: 'by_app' },
      { notes: 'a' },
      /erase app_key,/,
    ],
    [
      'of the group chosen in the tenant hold a write',
      { notes: 'b' },
      { [SELECTED_GROUP]: 'by_app' },
      /erase app_key,/,
    ],
    ['of another group do not', { notes: 'b', token: token() }, { notes: 'a' }, undefined],
    ['hold nothing while nothing differs', { notes: 'a' }, { notes: 'a' }, undefined],
    ['may be given up', { notes: 'b', token: { unset: true } }, { notes: 'a' }, undefined],
    [
      'of all groups hold a write where the chosen one is unknown',
      { notes: 'b', [SELECTED_GROUP]: 'by_magic' },
      { notes: 'a' },
      /erase token, app_key,/,
    ],
  ];
  it.each(holds)('%s', (_what, declared, live, hold) => {
    const difference = differ({ declared, live });
    if (hold === undefined) expect(difference.hold).toBeUndefined();
    else expect(difference.hold).toMatch(hold);
  });

  it('hold a write even without groups', () => {
    const flat = { ...schema, groups: [] };
    const difference = differ({
      declared: { token: token(), notes: 'b' },
      live: { notes: 'a' },
      schema: flat,
    });
    expect(difference.hold).toMatch(/would erase app_key,/);
  });

  it('hold the write of an adoption, which is still no change', () => {
    const difference = differ({ declared: { token: token() }, live: {}, schema: { ...schema, groups: [] } });
    expect(difference).toMatchObject({ changes: [], unverified: neverVerified });
    expect(difference.hold).toMatch(/would erase app_key,/);
  });
});

describe('without a schema', () => {
  it('every value counts as a secret', () => {
    const difference = differ({ declared: { token: 'plain', org: ['a'] }, live: null, schema: null });
    expect(difference.changes).toEqual([
      { path: 'config.org', sensitive: true },
      { path: 'config.token', sensitive: true },
    ]);
  });

  it('values that the tenant returns are compared, but not shown', () => {
    const written = { token: 'plain', org: 'a' };
    const difference = differ({
      declared: { token: 'plain', org: ['a'] },
      live: { org: 'b' },
      schema: null,
      written,
    });
    expect(difference.changes).toEqual([{ path: 'config.org', sensitive: true }]);
  });

  it('settles after a write, when the tenant shows its readable values', () => {
    const declared = { token: 'plain', org: ['a'] };
    const first = differ({ declared, live: null, schema: null });
    const written = { token: 'plain', org: 'a' };
    expect(first.sentHash).toBe(keyedHash(written));
    expect(differ({ declared, live: { org: 'a' }, schema: null, written }).changes).toEqual([]);
  });

  const holds: readonly [string, Record<string, unknown>, Record<string, string>, boolean][] = [
    ['that shows an undeclared value', { token: token(), org: 'b' }, { org: 'a', notes: 'a' }, true],
    ['of which only what shows is declared', { org: 'b' }, { org: 'a' }, true],
    ['that is declared whole', { token: token(), org: 'b' }, { org: 'a' }, false],
    ['the rest of which is given up', { token: { unset: true }, org: 'b' }, { org: 'a' }, false],
  ];
  it.each(holds)('a configuration %s is held or not', (_what, declared, live, isHeld) => {
    const difference = differ({ declared, live, schema: null });
    if (isHeld) expect(difference.hold).toMatch(/the fields of this connector type are unknown/);
    else expect(difference.hold).toBeUndefined();
  });

  it('holds no write over our own configuration, and one over another', () => {
    const side = {
      declared: { org: 'b' },
      live: { org: 'a', notes: 'a' },
      schema: null,
      written: { org: 'a' },
    };
    expect(differ(side).hold).toBeUndefined();
    expect(differ({ ...side, stamp: THEIRS }).hold).toMatch(/are unknown/);
  });

  it('holds no first configuration', () => {
    expect(differ({ declared: { org: 'b' }, live: null, schema: null }).hold).toBeUndefined();
  });
});

describe('a configuration that was written with another hash key', () => {
  const side = (stamp: string, keyId: string): Difference =>
    compare(
      config,
      { token: token() },
      {},
      {
        context: schema,
        object: liveObject({ stamps: { config: stamp } }),
        record: { ...objectRecord(), secrets: { config: { hash: 'old', stamp: OURS, key: 'lost' } } },
        keyId,
      },
    );

  it('is unverified without a later write', () => {
    const difference = side(OURS, 'present');
    expect(difference).toMatchObject({ changes: [], unverified: neverVerified });
    expect(difference.hold).toBeUndefined();
  });

  it('is held after a write of another client', () => {
    const difference = side(THEIRS, 'present');
    expect(paths(difference)).toEqual(['config.token']);
    expect(difference.hold).toContain('last written by someone else');
  });
});

describe('a configuration with an unconfirmed last write', () => {
  const present = keyedHash({ token: token() });
  const side = (
    stamp: string,
    more: { isOnlyOurs?: boolean; reassert?: boolean } = {},
    { before = 'old', begun = present } = {},
  ): Difference =>
    compare(
      config,
      { token: token() },
      {},
      {
        context: schema,
        object: liveObject({ stamps: { config: stamp } }),
        record: {
          ...objectRecord(),
          secrets: { config: { hash: before, stamp: OURS } },
          unsure: { config: [{ at: 0, stamp: OURS, hash: begun, key: 'one' }] },
        },
        ...more,
      },
    );

  it('is written again if the write did not arrive', () => {
    expect(paths(side(OURS))).toEqual(['config.token']);
    expect(side(OURS).hold).toBeUndefined();
  });

  it('is held if it changed and the author is unknown', () => {
    expect(side(THEIRS).hold).toContain('our own write may have done this');
  });

  it('is written if the definition changed since', () => {
    const difference = side(THEIRS, {}, { begun: 'other' });
    expect(paths(difference)).toEqual(['config.token']);
    expect(difference.hold).toBeUndefined();
  });

  it('is held if the definition returns to the previous one', () => {
    const difference = side(THEIRS, {}, { before: present, begun: 'other' });
    expect(difference.hold).toContain('our own write may have done this');
  });

  it('is in sync if the log names only us', () => {
    const difference = side(THEIRS, { isOnlyOurs: true });
    expect(difference.changes).toEqual([]);
    expect(difference.hold).toBeUndefined();
    expect(difference.unverified).toBeUndefined();
  });

  it('is written again under reassert', () => {
    expect(paths(side(THEIRS, { reassert: true }))).toEqual(['config.token']);
    expect(side(THEIRS, { reassert: true }).hold).toBeUndefined();
  });
});
