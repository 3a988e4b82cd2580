import { createRequire } from 'node:module';
import { createColors } from 'picocolors';
import { shortRevision } from '../text/people.js';
import { asObject, asText } from '../text/shape.js';

type Entry = Readonly<Record<string, unknown>>;

/** The style of a line: its sign, and the colour of sign and text. */
interface Style {
  readonly sign: string;
  readonly colour: 'green' | 'yellow' | 'red' | 'dim';
}

const DONE: Style = { sign: '✓', colour: 'green' };
const NEUTRAL: Style = { sign: '·', colour: 'dim' };
const WARNING: Style = { sign: '!', colour: 'yellow' };
const FAILURE: Style = { sign: '✗', colour: 'red' };

const PAST: Readonly<Record<string, string>> = {
  create: 'created',
  adopt: 'adopted',
  delete: 'deleted',
  update: 'updated',
};

const require = createRequire(import.meta.url);

/** Turns lines of JSON into lines for people: time, sign, what happened to what. Loads the library for it. */
export function prettyLines(colour: boolean): (line: string) => string {
  const pretty: typeof import('pino-pretty') = require('pino-pretty');
  const colours = createColors(colour);
  const format = pretty.prettyFactory({
    colorize: colour,
    hideObject: true,
    messageFormat: (wrapped) => {
      const entry = asObject(wrapped.entry);
      const style = styleOf(entry);
      const paint = colours[style.colour];
      const text = style.colour === 'red' || style.colour === 'yellow' ? paint(textOf(entry)) : textOf(entry);
      return `${colours.dim(timeOf(entry))} ${paint(style.sign)} ${text}${stackOf(entry)}`;
    },
  });
  // Its own places for time, level and name would come before the message.
  return (line) => format({ entry: JSON.parse(line) as unknown }) ?? '';
}

/** The time of day on this machine. */
function timeOf({ time }: Entry): string {
  return new Date(asText(time)).toTimeString().slice(0, 'hh:mm:ss'.length);
}

function styleOf({ level, msg, outcome, action }: Entry): Style {
  if (level === 'error' || level === 'fatal') return FAILURE;
  if (level === 'warn') return WARNING;
  if (msg === 'reconciled' && outcome === 'done' && action !== 'none') return DONE;
  return msg === 'sweep finished' ? DONE : NEUTRAL;
}

function textOf(entry: Entry): string {
  switch (entry.msg) {
    case 'reconciled':
      return reconciled(entry);
    case 'sweep finished':
      return sweep(entry);
    default:
      return [asText(entry.msg), fieldsOf(entry)].filter((part) => part !== '').join('  ');
  }
}

function reconciled({
  kind,
  name,
  action,
  outcome,
  status,
  reason,
  fields,
  actor,
  trigger,
  approvedBy,
}: Entry): string {
  const isDrift = action === 'update' && (trigger === 'drift' || actor !== undefined);
  const verb = isDrift ? 'reverted' : PAST[asText(action)];
  const isDone = outcome === 'done' && verb !== undefined;
  const paths = Array.isArray(fields) && action === 'update' ? [fields.join(', ')] : [];
  const facts = [
    ...(actor === undefined ? [] : [`changed by ${asText(actor)}`]),
    ...(approvedBy === undefined ? [] : [`approved by ${asText(approvedBy)}`]),
  ];
  const what = isDone ? [verb, ...paths] : [asText(status) || asText(outcome)];
  const why = asText(reason) === '' ? '' : `: ${asText(reason)}`;
  const about = facts.length === 0 ? '' : ` (${facts.join(', ')})`;
  return `${asText(kind)}/${asText(name)} ${what.filter((part) => part !== '').join(' ')}${about}${why}`;
}

function sweep({ summary, outcome, scope, trigger, reason, revision, requests, durationMs }: Entry): string {
  const counts = Object.entries(asObject(summary)).flatMap(([name, count]) =>
    typeof count === 'number' && count > 0 ? `${count} ${name}` : [],
  );
  const head = outcome === 'failed' ? 'sweep failed' : 'sweep finished';
  const why = asText(reason) === '' ? '' : `: ${asText(reason)}`;
  const facts = [
    `${asText(scope)}, ${asText(trigger)}`,
    ...(asText(revision) === '' ? [] : [`revision ${shortRevision(asText(revision))}`]),
    `${Number(requests)} requests`,
    `${Number(durationMs)} ms`,
  ];
  return `${head}${counts.length === 0 ? '' : `: ${counts.join(', ')}`}${why} (${facts.join('; ')})`;
}

/** The other fields of an entry, in order. */
function fieldsOf(entry: Entry): string {
  const { level: _, time: __, msg: ___, ...fields } = entry;
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${valueText(value)}`)
    .join(' ');
}

function valueText(value: unknown): string {
  const { type, message } = asObject(value);
  if (typeof type === 'string' && typeof message === 'string') return errorOf(asObject(value));
  // A text with quotes of its own stays as it is, so that a command can be copied.
  if (typeof value === 'string' && (value.includes('"') || /^[^\s=]+$/.test(value))) return value;
  return JSON.stringify(value);
}

/** The message of an error with its code and all its causes. */
function errorOf({ type, message, code, cause }: Entry): string {
  const head = `${asText(type)}: ${asText(message)}${code === undefined ? '' : ` (${asText(code)})`}`;
  return cause === undefined ? head : `${head}; caused by ${errorOf(asObject(cause))}`;
}

/** The stacks of the errors of an entry, on lines of their own. */
function stackOf(entry: Entry): string {
  const stacks = Object.values(entry).flatMap((value) => {
    const stack = asText(asObject(value).stack);
    return stack === '' ? [] : stack.split('\n').slice(1);
  });
  return stacks.map((line) => `\n${line}`).join('');
}
