import { beforeEach, expect, it } from 'vitest';
import type { Load, LoadStart } from '../../../src/core/model/definition.js';
import { EventBus } from '../../../src/core/model/events.js';
import type { ObjectRecord } from '../../../src/core/model/record.js';
import { Definitions } from '../../../src/core/reconcile/definitions.js';

function emptyLoad(): Load {
  return {
    definitions: [],
    problems: [],
    invalid: new Map(),
    lost: new Map(),
    seen: {
      root: '/definitions',
      shownRoot: '',
      folders: new Map(),
      files: new Map(),
      unread: new Map(),
    },
    revision: 'sha256:1',
    revisionAuthor: undefined,
    hasNameless: false,
    complete: true,
    secretFiles: [],
  };
}

function recordOf(key: string, absentSince?: number): ObjectRecord {
  return {
    key,
    id: key,
    displayName: key,
    origin: 'created',
    marked: true,
    sent: {},
    secrets: {},
    corrections: {},
    ...(absentSince === undefined ? {} : { absentSince }),
  };
}

let starts: (LoadStart | undefined)[];
let definitions: Definitions;

beforeEach(() => {
  starts = [];
  definitions = new Definitions({
    load: async (_signal, from): Promise<Load> => {
      starts.push(from);
      return emptyLoad();
    },
    store: {
      records: () => ({
        objects: new Map([recordOf('App/here'), recordOf('App/gone', 1)].map((one) => [one.key, one])),
        intents: new Map(),
        notes: new Map(),
      }),
      keyedHash: String,
    },
    events: new EventBus((error) => {
      throw error;
    }),
  });
});

it('refreshes a deletion from nothing where a later load started from changes', async () => {
  const whole = await definitions.loadFor('all');
  expect(await definitions.latestFor(new Set(['App/gone']))).toBe(whole);
  await definitions.changed('changes');
  const refreshed = await definitions.latestFor(new Set(['App/gone']));
  expect(definitions.loaded).toBe(refreshed);
  expect(starts).toEqual(['nothing', 'changes', 'nothing']);
});

it('refreshes other changes from the last load', async () => {
  await definitions.changed('changes');
  expect(await definitions.latestFor(new Set(['App/here']))).toBe(definitions.loaded);
  expect(starts).toEqual(['changes']);
});
