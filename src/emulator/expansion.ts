import { isObject, type Json, type JsonObject, textsOf } from './json.js';

/** The related objects that a call requests by its `expandMask`, each once, with their places in the answer. */
export class Expansion {
  readonly expanded: JsonObject[] = [];
  readonly #paths: readonly string[];
  readonly #places = new Map<JsonObject, number>();

  constructor(mask: Json | undefined) {
    this.#paths = isObject(mask) ? textsOf(mask, 'paths') : [];
  }

  /** The JSONPath of the objects in the answer; empty if the mask does not name `path`. */
  place(path: string, type: string, objects: readonly JsonObject[]): string {
    if (objects.length === 0 || !(this.#paths.includes(path) || this.#paths.includes('*'))) return '';
    const places = objects.map((object) => {
      const place = this.#places.get(object) ?? this.expanded.length;
      if (place === this.expanded.length) {
        this.expanded.push({ '@type': `type.googleapis.com/${type}`, ...object });
        this.#places.set(object, place);
      }
      return place;
    });
    return `$.expanded[${places.join(',')}]`;
  }
}

/** The full name of the type of apps. */
export const APP_TYPE = 'c1.api.app.v1.App';
/** The full name of the type of users. */
export const USER_TYPE = 'c1.api.user.v1.User';
