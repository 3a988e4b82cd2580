import type { C1Reader, C1Writer } from '../../c1/client.js';
import { isNotFound } from '../../c1/errors.js';
import type { JsonObject } from '../../c1/json.js';
import { apiPath } from '../../c1/path.js';
import { TerminalError } from '../../core/model/errors.js';
import { type KindReader, type KindWriter, type LiveObject, maskOf } from '../../core/model/kind.js';
import { deleteObject } from '../delete.js';
import { asInteger, asText, asTextSet, isObject } from '../fields.js';
import { created, type Encoders, isDeleted, liveObject, required, wireValues } from '../live.js';
import { appKind } from './schema.js';

const APPS = '/api/v1/apps';
const OWNERS = 'ownerIds';

const creatable = appKind.fields.filter((field) => field.onCreate);

/** An unset message is null; an empty one would be refused for the parts it lacks. */
const encoders: Encoders = {
  matchBatonRef: (value) => (isObject(value) && Object.keys(value).length > 0 ? value : null),
};

function toLive(json: JsonObject): LiveObject {
  return liveObject(json, {
    fields: appKind.fields,
    facts: { isDirectory: json.isDirectory === true, userCount: asInteger(json.userCount) },
  });
}

/** The apps among `items` that are not deleted. */
function liveOnes(items: readonly JsonObject[], call: string): LiveObject[] {
  return items
    .map((item) => required(item, call))
    .filter((app) => !isDeleted(app))
    .map(toLive);
}

/** Reads apps: owners only where they are asked for, because that takes a call an app. */
export function appReader(api: C1Reader): KindReader {
  return {
    list: async (_parentId, signal) => liveOnes(await api.list(APPS, { signal }), `GET ${APPS}`),

    get: async ({ id }, signal) => {
      const path = apiPath`/api/v1/apps/${id}`;
      try {
        const app = required((await api.get(path, { signal })).app, `GET ${path}`);
        return isDeleted(app) ? undefined : toLive(app);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },

    enrich: async (object, paths, signal) => {
      if (!paths.includes(OWNERS)) return object;
      const { userIds } = await api.get(apiPath`/api/v1/apps/${object.id}/ownerids`, { signal });
      return { ...object, values: { ...object.values, [OWNERS]: asTextSet(userIds) } };
    },

    /** The search compares without regard to case, but not to spaces, which a tenant may have taken off. */
    findByNaturalKey: async (_parentId, values, signal) => {
      const displayName = asText(values.displayName).trim();
      const found = await api.searchAll('/api/v1/search/apps', { displayName }, { signal });
      return liveOnes(found, 'POST /api/v1/search/apps');
    },
  };
}

/** Writes apps. */
export function appWriter(api: C1Writer): KindWriter {
  return {
    create: async (_parentId, values, signal) => {
      const answer = await api.send('POST', APPS, wireValues(creatable, values, encoders), { signal });
      return toLive(created(answer.app, `POST ${APPS}`));
    },

    delete: ({ id }, signal) => deleteObject(api, apiPath`/api/v1/apps/${id}`, signal),

    write: async (name, { id }, values, signal) => {
      if (name === 'owners') {
        const body = { userIds: values[OWNERS] };
        await api.send('PUT', apiPath`/api/v1/apps/${id}/owners`, body, { signal });
        return undefined;
      }
      if (name !== 'update') throw new TerminalError(`an App has no write named ${name}`);
      const app = { id, ...wireValues(appKind.fields, values, encoders) };
      const updateMask = maskOf(appKind, Object.keys(values));
      const answer = await api.send('POST', apiPath`/api/v1/apps/${id}`, { app, updateMask }, { signal });
      return isObject(answer.app) ? toLive(answer.app) : undefined;
    },
  };
}
