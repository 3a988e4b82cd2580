import { isObject } from '../../../src/text/shape.js';

/**
 * Messages by name, each as its members with their types: `name:type`. A type is a scalar, a message, `[type]` for a list or
 * `map<type>`. `name!` is required. `type?` may be null; without it, a client of the vendor refuses null.
 */
export type Messages = Readonly<Record<string, string>>;

interface Member {
  readonly type: string;
  readonly isRequired: boolean;
  readonly isNullable: boolean;
}

const isInteger = (value: unknown, min: number, max: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;

const scalars: Readonly<Record<string, (value: unknown) => boolean>> = {
  any: () => true,
  text: (value) => typeof value === 'string',
  bool: (value) => typeof value === 'boolean',
  int32: (value) => isInteger(value, -0x80000000, 0x7fffffff),
  uint32: (value) => isInteger(value, 0, 0xffffffff),
  int64: (value) => typeof value === 'string' && /^-?\d+$/.test(value),
  time: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(value),
};

/** Checks values by the types of some messages. */
export class Notation {
  readonly #messages = new Map<string, ReadonlyMap<string, Member>>();

  readonly #acceptsNull: (member: Member) => boolean;

  /** `nullMessages` is false where an unset message is absent, as in answers. */
  constructor(messages: Messages, nullMessages: boolean) {
    this.#acceptsNull = ({ isNullable, type }) =>
      isNullable && (nullMessages || (type !== 'any' && Object.hasOwn(scalars, type)));
    for (const [name, text] of Object.entries(messages)) this.#messages.set(name, membersOf(text));
  }

  /** The deviations of a value from its type, each with its path. Throws for a type that does not exist. */
  deviations(type: string, value: unknown, path: string): string[] {
    const item = /^\[(.*)\]$/.exec(type)?.[1];
    if (item !== undefined) {
      if (!Array.isArray(value)) return [`${path}: a list expected`];
      return value.flatMap((entry, index) => this.deviations(item, entry, `${path}[${index}]`));
    }
    const entry = /^map<(.*)>$/.exec(type)?.[1];
    if (entry !== undefined) {
      if (!isObject(value)) return [`${path}: an object expected`];
      return Object.entries(value).flatMap(([key, part]) => this.deviations(entry, part, `${path}.${key}`));
    }
    const scalar = Object.hasOwn(scalars, type) ? scalars[type] : undefined;
    if (scalar !== undefined) return scalar(value) ? [] : [`${path}: ${type} expected`];
    return this.#inMessage(type, value, path);
  }

  #inMessage(type: string, value: unknown, path: string): string[] {
    const members = this.#messages.get(type);
    if (members === undefined) throw new Error(`no message ${type}`);
    if (!isObject(value)) return [`${path}: ${type} expected`];
    const missing = [...members]
      .filter(([name, { isRequired }]) => isRequired && value[name] === undefined)
      .map(([name]) => `${path}.${name}: required`);
    const wrong = Object.entries(value).flatMap(([name, part]) => {
      const member = members.get(name);
      const place = `${path}.${name}`;
      if (member === undefined) return [`${place}: unknown member of ${type}`];
      if (part === null) return this.#acceptsNull(member) ? [] : [`${place}: null`];
      return this.deviations(member.type, part, place);
    });
    return [...missing, ...wrong];
  }
}

function membersOf(text: string): Map<string, Member> {
  return new Map(
    text.split(/\s+/).flatMap((word): [string, Member][] => {
      const [, name = '', mark, type = '', end] = /^([^:!]+)(!?):(.+?)(\??)$/.exec(word) ?? [];
      return name === '' ? [] : [[name, { type, isRequired: mark === '!', isNullable: end === '?' }]];
    }),
  );
}
