import type { C1Reader } from '../c1/client.js';
import { isNotFound } from '../c1/errors.js';
import type { JsonObject } from '../c1/json.js';
import { TerminalError } from '../core/model/errors.js';
import {
  type Kind,
  type KindReader,
  type KindWriter,
  type LiveObject,
  maskOf,
  type ObjectRef,
} from '../core/model/kind.js';
import { asText, isObject } from '../text/shape.js';
import {
  created,
  type Encoders,
  isDeleted,
  type LiveParts,
  liveObject,
  required,
  wireValues,
} from './live.js';
import { type Operation, objectIn, pathOf, type Send, type WriteOperation } from './operation.js';

/** The form of a kind in the API. */
export interface KindApi {
  readonly kind: Kind;
  readonly operations: {
    readonly list: Operation;
    readonly get: Operation;
    /** Undefined without a search in the API: a list then shows namesakes. */
    readonly search?: Operation;
    readonly create: WriteOperation;
    readonly update: WriteOperation;
    readonly delete: WriteOperation;
  };
  /** The member of an object with the id of its parent. */
  readonly parentMember?: string;
  readonly encoders?: Encoders;
  /** Values that the API holds under another name or form, timestamps, facts and the last run. */
  readonly partsOf: (json: JsonObject) => Pick<LiveParts, 'own' | 'stamps' | 'facts' | 'run'>;
  /** The body of a search for objects with these values of the natural key. */
  readonly searchFor?: (values: Readonly<Record<string, unknown>>) => JsonObject;
}

/** Sends one write with exactly these values. */
export type WriteCall = (
  object: LiveObject,
  values: Readonly<Record<string, unknown>>,
  signal?: AbortSignal,
) => Promise<LiveObject | undefined>;

function toLive({ kind, parentMember, partsOf }: KindApi, json: JsonObject, parentId?: string): LiveObject {
  const above = parentMember === undefined ? undefined : asText(json[parentMember]) || parentId;
  return liveObject(kind, json, { ...partsOf(json), parentId: above });
}

/** The object in the form of the API. Throws an ApiError for an unknown object. */
export async function readJson(
  { operations: { get } }: KindApi,
  client: C1Reader,
  ref: ObjectRef,
  signal?: AbortSignal,
): Promise<JsonObject> {
  const path = pathOf(get, ref);
  return required(objectIn(get, await client.get(path, { signal })), `GET ${path}`);
}

/** Reads the values of fields with reads of their own: at least those of `paths`. */
export type SubRead = (
  object: LiveObject,
  paths: readonly string[],
  signal?: AbortSignal,
) => Promise<LiveObject['values']>;

/** Reads a kind. `subRead` reads its fields that are marked so. */
export function readerOf(api: KindApi, client: C1Reader, subRead?: SubRead): KindReader {
  const { list, search } = api.operations;
  const living = (operation: Operation, items: readonly JsonObject[], parentId?: string): LiveObject[] =>
    items
      .map((item) => required(objectIn(operation, item), `${operation.method} ${operation.route}`))
      .filter((json) => !isDeleted(json))
      .map((json) => toLive(api, json, parentId));
  const listAll: KindReader['list'] = async (parentId, signal) =>
    living(list, await client.list(pathOf(list, { parentId }), { signal }), parentId);
  return {
    list: listAll,

    get: async (ref, signal) => {
      try {
        const json = await readJson(api, client, ref, signal);
        return isDeleted(json) ? undefined : toLive(api, json, ref.parentId);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },

    enrich: async (object, paths, signal) => {
      if (subRead === undefined || paths.length === 0) return object;
      return { ...object, values: { ...object.values, ...(await subRead(object, paths, signal)) } };
    },

    findByNaturalKey: async (parentId, values, signal) => {
      if (search === undefined) return listAll(parentId, signal);
      const found = await client.searchAll(search.route, api.searchFor?.(values) ?? {}, { signal });
      return living(search, found, parentId);
    },
  };
}

/** Writes a kind. `writes` holds its writes by name; without `update`, the default update. */
export function writerOf(
  api: KindApi,
  send: Send,
  writes: Readonly<Record<string, WriteCall>> = {},
): KindWriter {
  const { create, delete: deletion } = api.operations;
  const creatable = api.kind.fields.filter((field) => field.onCreate);
  const calls: Readonly<Record<string, WriteCall>> = { update: updating(api, send), ...writes };
  return {
    create: async (parentId, values, signal) => {
      const answer = await send(create, { parentId }, wireValues(creatable, values, api.encoders), signal);
      return toLive(api, created(objectIn(create, answer), `${create.method} ${create.route}`), parentId);
    },

    delete: async (ref, signal) => {
      try {
        await send(deletion, ref, {}, signal);
      } catch (error) {
        // Another client has deleted the object: the result is the same.
        if (!isNotFound(error)) throw error;
      }
    },

    write: async (name, object, values, signal) => {
      const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
      if (call === undefined) throw new TerminalError(`the kind ${api.kind.name} has no write named ${name}`);
      return call(object, values, signal);
    },
  };
}

/** The write with an update mask. `pick` selects the operation for these values of an object. */
export function updating(
  api: KindApi,
  send: Send,
  pick: (object: LiveObject, values: Readonly<Record<string, unknown>>) => WriteOperation = () =>
    api.operations.update,
): WriteCall {
  return async (object, values, signal) => {
    const { id, parentId } = object;
    const { kind, parentMember, encoders } = api;
    const operation = pick(object, values);
    const member = operation.object?.at(-1) ?? '';
    const above = parentMember === undefined ? {} : { [parentMember]: parentId };
    const body = {
      [member]: { id, ...above, ...wireValues(kind.fields, values, encoders) },
      updateMask: maskOf(kind, Object.keys(values)),
    };
    const json = objectIn(operation, await send(operation, object, body, signal));
    return isObject(json) ? toLive(api, json, parentId) : undefined;
  };
}
