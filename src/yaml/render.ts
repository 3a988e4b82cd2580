import { Document, isMap, Scalar } from 'yaml';
import { safeYaml } from '../text/safe.js';

/** How a text is written in YAML. */
export interface ScalarForm {
  readonly type: Scalar.Type;
  /** True inside `[ ]` and `{ }`, where a block scalar cannot be. */
  readonly isFlow: boolean;
  /** True to fold the text at {@link FOLD_AT} characters. */
  readonly isFolded: boolean;
  /** True for a block scalar with the empty lines behind it: its text ends with a line ending. */
  readonly keepsLines: boolean;
  /** The indentation of every line but the first. */
  readonly indent: string;
  readonly eol: string;
}

const FOLD_AT = 80;
const PLAIN: ScalarForm = {
  type: 'PLAIN',
  isFlow: true,
  isFolded: false,
  keepsLines: false,
  indent: '',
  eol: '\n',
};

/** A value on one line, in flow style; texts are quoted where any reader of YAML could take them for another type. */
export function inlineYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inlineYaml).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).map(([key, item]) => `${inlineYaml(key)}: ${inlineYaml(item)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  return scalarYaml(value, PLAIN);
}

/** A scalar in the form that is asked for, or in double quotes where that form cannot hold it. */
export function scalarYaml(value: unknown, form: ScalarForm): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const text = rendered(value, allowed(value, form), form.isFolded ? FOLD_AT : 0);
  // Neither an indentation that the header counts nor lines that it keeps mean the same everywhere.
  const isMovable = !/^[|>][^\n]*\d/.test(text) && (form.keepsLines || !/^[|>]\+/.test(text));
  const written = reindented(isMovable ? text : rendered(value, 'QUOTE_DOUBLE', 0), form);
  return form.keepsLines ? written : written.trimEnd();
}

function allowed(value: string, { type, isFlow }: ScalarForm): Scalar.Type {
  if (safeYaml(value) !== value) return 'QUOTE_DOUBLE';
  if (!isFlow) return type;
  if (type === 'PLAIN') return /[,[\]{}\n]/.test(value) ? 'QUOTE_DOUBLE' : type;
  return type === 'QUOTE_SINGLE' ? type : 'QUOTE_DOUBLE';
}

function rendered(value: string, type: Scalar.Type, lineWidth: number): string {
  const scalar = new Scalar(value);
  scalar.type = type;
  const document = new Document({}, { compat: 'yaml-1.1' });
  if (isMap(document.contents)) document.contents.items.push(document.createPair('k', scalar));
  const options = { lineWidth, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER };
  const text = document.toString(options).slice('k: '.length);
  return type === 'QUOTE_DOUBLE' ? safeYaml(text) : text;
}

function reindented(text: string, { indent, eol }: ScalarForm): string {
  return text
    .split('\n')
    .map((line, index) => (index === 0 || line === '' ? line : indent + line.replace(/^ {2}/, '')))
    .join(eol);
}
