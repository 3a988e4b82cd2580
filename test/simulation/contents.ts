import type { Json } from '../model/client.js';
import { CONFIG, canonical, configOf } from '../model/fields.js';
import { masksOf, placeOf, sentObject } from './call.js';
import type { Look } from './claims.js';
import type { Configurations } from './configurations.js';
import { declares, fieldsOf, isConfig, type Model, type Thing, type Version } from './model.js';
import type { Sent } from './network.js';
import { asObject } from './tenant.js';

/** An update that arrives at the tenant. */
export interface Update {
  /** Its identity, and what was sent. */
  readonly sent: Sent;
  readonly body: Json;
  /** What it is for. */
  readonly thing: Thing;
  /** How its sender came to it. */
  readonly look: Pick<Look, 'since' | 'loadedAt'>;
  /** True where a person approved it. */
  readonly isReleased: boolean;
}

/** How old what a process writes from may be, milliseconds. */
export const WRITE_MS = 30_000;

/** Annotations that say whose an app is. */
export const MARKS = ['managed_by', 'iac_workspace', 'iac_resource_address', 'iac_tool_version'];

/** What writes may contain: what a definition says or said a moment ago, and nothing else. */
export class Contents {
  readonly #model: Model;
  readonly #configurations: Configurations;
  readonly #onSecretDrift: 'hold' | 'reassert';

  constructor(model: Model, configurations: Configurations, onSecretDrift: 'hold' | 'reassert') {
    this.#model = model;
    this.#configurations = configurations;
    this.#onSecretDrift = onSecretDrift;
  }

  /** Why an update must not be; undefined where it may. */
  against(update: Update): string | undefined {
    const { sent, body, thing, look } = update;
    const versions = this.#model.recent(thing, look.loadedAt);
    if (versions.length === 0) return `no definition names ${thing.uid} any more`;
    const { rest } = placeOf(sent.request.path);
    const object = sentObject(sent.request.path, body);
    const mask = rest === '' || rest === '/delegated' ? masksOf(body) : [];
    const known = new Set(['annotations', CONFIG, ...fieldsOf(thing).flatMap((field) => field.mask ?? [])]);
    const unknown = mask
      .filter((name) => !known.has(name))
      .map((name) => `${name} of ${thing.uid} is nobody's to set`);
    const more = [
      ...(mask.includes('annotations') ? againstAnnotations(thing, versions, object) : []),
      ...(mask.includes(CONFIG) ? this.#againstConfig(update, versions, object) : []),
    ];
    return [...againstValues(thing, versions, object, { rest, mask }), ...unknown, ...more][0];
  }

  #againstConfig(
    { sent, thing, look, isReleased }: Update,
    versions: readonly Version[],
    object: Json,
  ): string[] {
    if (thing.secret === undefined) return [];
    const { token } = configOf(object);
    if (!versions.some(({ secret }) => secret === token))
      return [`${CONFIG} of ${thing.uid} gets a secret that is not the present one`];
    const { rotatedAt } = thing;
    const seenAt = Math.min(sent.sentAt, look.since) - WRITE_MS;
    if (rotatedAt === undefined || rotatedAt > seenAt || this.#onSecretDrift === 'reassert') return [];
    const isChanged = versions.some(({ from }) => from > rotatedAt);
    if (isChanged || this.#configurations.mayReplace(sent, rotatedAt) || isReleased) return [];
    return [`a person has written ${CONFIG} of ${thing.uid}, and it is overwritten`];
  }
}

function againstValues(
  thing: Thing,
  versions: readonly Version[],
  object: Json,
  { rest, mask }: { readonly rest: string; readonly mask: readonly string[] },
): string[] {
  return fieldsOf(thing).flatMap((field) => {
    const isSent =
      field.mask === undefined ? field.call?.test(`/x${rest}`) === true : mask.includes(field.mask);
    if (!isSent || isConfig(field.path) || field.mask === 'annotations') return [];
    const value = field.live(object);
    return versions.some((version) => declares(version, field.path, value))
      ? []
      : [`${field.path} of ${thing.uid} is set to ${canonical(value)}, which no definition says`];
  });
}

function againstAnnotations(thing: Thing, versions: readonly Version[], object: Json): string[] {
  return Object.entries(asObject(object.annotations)).flatMap(([key, value]) => {
    if (MARKS.includes(key) || versions.some((version) => declares(version, `annotations.${key}`, value)))
      return [];
    return [`the annotation ${key} of ${thing.uid} is set, which no definition says`];
  });
}
