import type { FastifyReply } from 'fastify';
import { html } from 'ghtml';
import type { Status } from '../../../core/model/change.js';
import { partsOf } from '../../../core/model/definition.js';
import { type Phase, phaseOf } from '../../../core/model/phase.js';
import { safe } from '../../../text/safe.js';

/** The urgency of a status for the reader. */
export type Tone = 'ok' | 'busy' | 'paused' | 'attention' | 'bad';

/** The tone of each phase. */
export const TONES: Readonly<Record<Phase, Tone>> = {
  'in-sync': 'ok',
  progressing: 'busy',
  'out-of-sync': 'bad',
  waiting: 'attention',
  'set-aside': 'paused',
};

/** The meaning of the colour, for readers who do not see it. */
const SIGNS: Readonly<Record<Tone, string>> = { ok: '✓', busy: '…', paused: '‖', attention: '!', bad: '✕' };

/** A sign for a tone, which a screen reader passes over. */
export function sign(tone: Tone): string {
  return html`<span class="sign" aria-hidden="true">${SIGNS[tone]}</span>`;
}

/** A status in its colour, with its sign. */
export function badge(status: Status): string {
  const tone = TONES[phaseOf(status)];
  return html`<span class="badge ${tone}">!${sign(tone)} ${status}</span>`;
}

const UNITS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, ms: number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });

/** `3 minutes ago`, `in 20 seconds`, `a moment ago`. Times are milliseconds since the epoch. */
function agoText(at: number, now: number): string {
  const distance = at - now;
  const found = UNITS.find(([, size]) => Math.abs(distance) >= size);
  if (found === undefined) return distance > 0 ? 'in a moment' : 'a moment ago';
  const [unit, ms] = found;
  return relative.format(Math.trunc(distance / ms), unit);
}

/** A time relative to now; the exact one shows when asked for. `iso` is null where there is none. */
export function time(iso: string | null, now: number): string {
  if (iso === null) return 'never';
  const exact = `${iso.replace('T', ' ').replace(/\.\d+Z$/, '')} UTC`;
  return html`<time datetime="${iso}" title="${exact}">${agoText(Date.parse(iso), now)}</time>`;
}

/** `1 object`, `10,000 objects`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

/** A sentence as people write it: with a capital letter, unless it begins with the name of something, and an end. */
export function sentence(text: string): string {
  const shown = safe(text);
  if (shown === '') return '';
  const isWord = /^[a-z]+[ ,:]/.test(shown);
  const start = isWord ? shown.charAt(0).toUpperCase() : shown.charAt(0);
  return `${start}${shown.slice(1)}${/[.!?]$/.test(shown) ? '' : '.'}`;
}

/** The page of an object. */
export function objectUrl(kind: string, name: string): string {
  return `/objects/${encodeURIComponent(kind)}/${encodeURIComponent(name)}`;
}

/** A link to the page of an object, by its key. */
export function objectLink(key: string): string {
  const { kind, name } = partsOf(key);
  return html`<a href="${objectUrl(kind, name)}">${safe(key)}</a>`;
}

/** An address with those parameters of a query that have a value. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Answers with a page, which no cache keeps. */
export function sendHtml(reply: FastifyReply, page: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(page);
}
