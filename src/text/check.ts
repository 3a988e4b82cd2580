import { z } from 'zod';
import { excerpt } from './excerpt.js';
import { suggestion } from './nearest.js';

/** One error of a checked value. */
export interface Issue {
  readonly path: readonly PropertyKey[];
  /** True when the last name of `path` itself is wrong, not its value. */
  readonly onKey: boolean;
  /** A sentence. Never holds the value. */
  readonly message: string;
}

/** The checked value, or its problems. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      /** At least one; the first {@link MOST_ISSUES}. */
      readonly issues: readonly Issue[];
      /** The number of further issues. */
      readonly unlisted: number;
    };

/** The largest number of issues that are explained; further issues are counted. */
export const MOST_ISSUES = 50;

/** The sentence for unlisted problems. */
export function andMore(unlisted: number): string {
  return `And ${unlisted} more ${unlisted === 1 ? 'problem' : 'problems'}: repair those listed first.`;
}

/** Former or similar names with the name to use, by the dotted path of their object. */
export type AliasesByPath = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Checks a value. The messages are for authors of YAML: an unknown name comes with the nearest known name. Messages of the
 * schema stay unchanged.
 */
export function check<T>(schema: z.ZodType<T>, value: unknown, aliases: AliasesByPath = {}): Checked<T> {
  const result = schema.safeParse(value, { error: messageFor });
  if (result.success) return { ok: true, value: result.data };
  const found = new Findings();
  for (const issue of result.error.issues) explain({ schema, aliases, found }, issue, issue.path);
  return { ok: false, issues: found.issues, unlisted: found.unlisted };
}

/** The path in the form `spec.owners[1]`, with shortened names. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const name = excerpt(String(part), LONGEST_NAME);
    return text === '' ? name : `${text}.${name}`;
  }, '');
}

/** The length of the longest valid name. */
const LONGEST_NAME = 253;

type ZodIssue = z.core.$ZodIssue;

/** Collects issues up to the cap. Further ones are only counted. */
class Findings {
  readonly issues: Issue[] = [];
  unlisted = 0;

  get isFull(): boolean {
    return this.issues.length >= MOST_ISSUES;
  }

  add(make: () => Issue): void {
    if (this.isFull) this.unlisted += 1;
    else this.issues.push(make());
  }
}

interface Explanation {
  readonly schema: z.ZodType;
  readonly aliases: AliasesByPath;
  readonly found: Findings;
}

function explain(about: Explanation, issue: ZodIssue, path: readonly PropertyKey[]): void {
  const { schema, aliases, found } = about;
  if (found.isFull) {
    found.unlisted += unknownCount([issue]) || 1;
  } else if (issue.code === 'unrecognized_keys') {
    const known = knownNames(schema, path);
    const names = aliases[pathText(path)];
    for (const key of issue.keys) {
      found.add(() => ({
        path: [...path, key],
        onKey: true,
        message: `Unknown name "${excerpt(key)}".${suggestion(key, known, names)}`,
      }));
    }
  } else if (issue.code === 'invalid_union') explainUnion(about, issue, path);
  else if (issue.code === 'invalid_key') {
    found.add(() => ({ path, onKey: true, message: issue.issues[0]?.message ?? issue.message }));
  } else found.add(() => ({ path, onKey: false, message: issue.message }));
}

function explainUnion(
  about: Explanation,
  issue: z.core.$ZodIssueInvalidUnion,
  path: readonly PropertyKey[],
): void {
  const meant = meantBy(issue);
  if (typeof meant === 'string') about.found.add(() => ({ path, onKey: false, message: meant }));
  else for (const found of meant) explain(about, found, [...path, ...found.path]);
}

/**
 * The problems of the branch of a union that fits best: the type matches, with the fewest problems. Without such a branch,
 * a message about all branches.
 */
function meantBy(issue: z.core.$ZodIssueInvalidUnion): string | readonly ZodIssue[] {
  const fits = issue.errors.filter(
    (branch) =>
      branch.length > 0 && !branch.some((found) => found.code === 'invalid_type' && found.path.length === 0),
  );
  const isInside = fits.some((branch) => branch.some((found) => found.path.length > 0));
  // A union's own message comes first, unless the problem is in a part of the value.
  if (issue.message !== NO_FORM && issue.message !== MISSING && !isInside) return issue.message;
  const needed = fits.map((branch) =>
    branch.every(isMissing) ? branch.map((found) => pathText(found.path)) : [],
  );
  if (fits.length > 1 && needed.every((names) => names.length > 0))
    return `Must have one of: ${needed.map((names) => names.join(' and ')).join(', ')}.`;
  const meant = fits.sort((a, b) => unknownCount(a) - unknownCount(b) || a.length - b.length)[0];
  if (meant !== undefined)
    return unknownCount(meant) > 0 ? meant.filter((found) => !isMissing(found)) : meant;
  const types = issue.errors.flatMap((branch) =>
    branch.flatMap((found) =>
      found.code === 'invalid_type' ? [TYPE_NAMES[found.expected] ?? found.expected] : [],
    ),
  );
  return types.length > 0 ? `Must be ${[...new Set(types)].join(' or ')}.` : issue.message;
}

function unknownCount(branch: readonly ZodIssue[]): number {
  return branch.reduce((sum, found) => sum + (found.code === 'unrecognized_keys' ? found.keys.length : 0), 0);
}

function isMissing(found: ZodIssue): boolean {
  return found.message === MISSING;
}

const MISSING = 'Is missing.';
const NO_FORM = 'Has none of the allowed forms.';
const NO_VALUE = 'Has no value: give one, or remove the line.';

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function messageFor(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return sayType(issue.expected, issue.input);
    case 'invalid_value':
      return issue.input === undefined
        ? MISSING
        : `Must be ${issue.values.map((value) => (typeof value === 'string' ? `"${value}"` : String(value))).join(' or ')}.`;
    case 'too_small':
      return boundText('at least', issue.minimum, issue.origin, issue.inclusive);
    case 'too_big':
      return boundText('at most', issue.maximum, issue.origin, issue.inclusive);
    case 'invalid_format':
      return `Is not a valid ${issue.format === 'regex' ? `value: it must match ${issue.pattern}` : issue.format}.`;
    case 'invalid_union':
      if (issue.input === null) return NO_VALUE;
      return issue.input === undefined ? MISSING : NO_FORM;
    default:
      return undefined;
  }
}

function sayType(expected: string, input: unknown): string {
  if (input === undefined) return MISSING;
  if (input === null) return NO_VALUE;
  const wanted = TYPE_NAMES[expected] ?? expected;
  if (expected === 'int' && typeof input === 'number') return `Must be ${wanted}, not a fraction.`;
  const found = Array.isArray(input) ? 'a list' : (TYPE_NAMES[typeof input] ?? typeof input);
  return `Must be ${wanted}, not ${found}${remedyFor(expected, input)}.`;
}

function remedyFor(expected: string, input: unknown): string {
  if (expected === 'string' && typeof input !== 'object') return ': put it in quotes';
  if (expected === 'boolean' && typeof input === 'string') return ': write it without quotes';
  if (expected === 'number' && typeof input === 'string') return ': write it in plain digits, without quotes';
  return '';
}

function boundText(word: string, bound: number | bigint, origin: string, inclusive = true): string {
  if (origin === 'string') {
    return bound === 1 && word === 'at least'
      ? 'Must not be empty.'
      : `Must have ${word} ${bound} characters.`;
  }
  if (origin === 'array' || origin === 'set') return `Must have ${word} ${bound} entries.`;
  return inclusive
    ? `Must be ${word} ${bound}.`
    : `Must be ${word === 'at least' ? 'more' : 'less'} than ${bound}.`;
}

/** The names that an object schema knows at `path`, wrappers removed. */
function knownNames(schema: unknown, path: readonly PropertyKey[]): string[] {
  const names = new Set<string>();
  for (const option of unwrap(schema)) {
    const [head, ...rest] = path;
    if (head === undefined) {
      if (option instanceof z.ZodObject) for (const name of Object.keys(option.shape)) names.add(name);
      continue;
    }
    for (const name of knownNames(childOf(option, head), rest)) names.add(name);
  }
  return [...names];
}

function childOf(schema: z.ZodType, part: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return schema.shape[String(part)];
  if (schema instanceof z.ZodArray) return schema.element;
  return schema instanceof z.ZodRecord ? schema.valueType : undefined;
}

function unwrap(schema: unknown): z.ZodType[] {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  )
    return unwrap(schema.unwrap());
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(unwrap);
  return schema instanceof z.ZodType ? [schema] : [];
}
