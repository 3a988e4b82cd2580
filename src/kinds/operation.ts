import type { C1Writer } from '../c1/client.js';
import type { JsonObject } from '../c1/json.js';
import { apiPath } from '../c1/path.js';
import type { OutgoingWrite, WriteEnd } from '../core/drift/own-writes.js';
import { effectOf } from '../core/model/errors.js';
import { asObject, asText } from '../text/shape.js';

/** A call of the API. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** The path, with `{id}` for the object and `{parentId}` for its parent. */
  readonly route: string;
  /** The path to the object in the answer, or in each item of a list. */
  readonly object?: readonly string[];
}

/** A call that writes the object of `{id}` or, without one, the object in its answer. */
export interface WriteOperation extends Operation {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  /** The name of the call in the system log. */
  readonly log: string;
}

/** The ids of a route. */
interface RouteIds {
  readonly id?: string | undefined;
  readonly parentId?: string | undefined;
}

/** Notes a write before it is sent, and returns a function that notes its result. */
export type NoteWrite = (write: OutgoingWrite) => (end: WriteEnd) => void;

/** Sends a write of a kind. */
export type Send = (
  operation: WriteOperation,
  ids: RouteIds,
  body: JsonObject,
  signal?: AbortSignal,
) => Promise<JsonObject>;

/** The path of an operation on an object. */
export function pathOf({ route }: Operation, { id, parentId }: RouteIds): string {
  return apiPath(route, { id, parentId });
}

/** The object in an answer, or in an item of a list. */
export function objectIn({ object = [] }: Operation, answer: unknown): unknown {
  return object.reduce((found, member) => asObject(found)[member], answer);
}

/** Sends writes and reports each to `note`, which attributes its event in the system log. */
export function sending(writer: C1Writer, note: NoteWrite): Send {
  return async (operation, ids, body, signal) => {
    const path = pathOf(operation, ids);
    const end = note({ operation: operation.log, id: ids.id });
    try {
      const answer = await writer.send(operation.method, path, body, { signal });
      const id = ids.id ?? asText(asObject(objectIn(operation, answer)).id);
      end({ effect: 'done', id: id || undefined });
      return answer;
    } catch (error) {
      end({ effect: effectOf(error) });
      throw error;
    }
  };
}
