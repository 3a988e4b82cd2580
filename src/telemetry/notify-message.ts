import { shortHash } from '../core/model/hash.js';
import { commandFor } from '../core/model/remedy.js';
import { grouped } from '../text/grouped.js';
import type { Item, News, NotifyEvent } from './notify-news.js';

/** The daemon that notifies. */
export interface NewsOrigin {
  /** The name of the tenant among several; missing for the only one. */
  readonly name?: string;
  /** Host of the tenant. */
  readonly tenant: string;
  readonly workspace: string;
}

/** Removes secrets from a text. */
export type Clean = (text: string) => string;

/** Items with the same event and reason. */
interface Group {
  readonly first: Item;
  readonly items: readonly Item[];
}

const MOST_GROUPS = 10;
const MOST_IN_GROUP = 10;
/** Items of a message for machines. */
const MOST_ITEMS = 200;
/** Characters of one text from outside. */
const LONGEST_TEXT = 400;
/** Slack refuses the text of a block with more than 3000 characters. */
const LONGEST_BLOCK = 2900;

/** In the order of urgency. */
const TITLES: Readonly<Record<NotifyEvent, { readonly title: string; readonly counted: string }>> = {
  failed: { title: 'Failed', counted: 'failed' },
  takenOver: { title: 'Taken over by a person', counted: 'taken over' },
  held: { title: 'Held', counted: 'held' },
  drift: { title: 'Reverted', counted: 'drifted' },
  recovered: { title: 'Recovered', counted: 'recovered' },
};
const ORDER = Object.keys(TITLES);

/** True when there is nothing to notify. */
export function isEmpty(news: News): boolean {
  return itemsOf(news).length === 0 && news.omitted === 0;
}

/**
 * The body for an incoming webhook of Slack or a compatible receiver: `text` holds the whole message for receivers without
 * blocks. Escaped, so that no name of an object can notify people or make a link.
 * Source: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and
 * https://docs.slack.dev/messaging/formatting-message-text
 */
export function slackMessage(news: News, origin: NewsOrigin, clean: Clean): object {
  const show = (text: string): string => escaped(plain(shortened(clean(text))));
  const groups = groupsOf(itemsOf(news));
  const where = `${show(origin.workspace)} on ${show(origin.tenant)}`;
  const place = origin.name === undefined ? where : `${show(origin.name)} (${where})`;
  const heading = `*c1sync* ${place}: ${countsText(news)}`;
  const parts = groups.slice(0, MOST_GROUPS).map((group) => clipped(groupText(group, show)));
  const left = groups.slice(MOST_GROUPS).reduce((sum, { items }) => sum + items.length, news.omitted);
  const texts = [heading, ...parts, ...(left > 0 ? [`and ${left} more`] : [])];
  return {
    text: texts.join('\n'),
    blocks: texts.map((text) => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } })),
  };
}

/** The body for machines: the counts and the first items. */
export function jsonMessage(news: News, origin: NewsOrigin, clean: Clean, at: number): object {
  const items = groupsOf(itemsOf(news)).flatMap((group) => group.items);
  return {
    source: 'c1sync',
    ...origin,
    at: new Date(at).toISOString(),
    counts: countsOf(news),
    items: items.slice(0, MOST_ITEMS).map((item) => cleanItem(item, clean)),
    omitted: Math.max(0, items.length - MOST_ITEMS) + news.omitted,
  };
}

function itemsOf({ troubles, recovered, corrections }: News): readonly Item[] {
  return [...troubles, ...recovered, ...corrections];
}

function groupsOf(items: readonly Item[]): readonly Group[] {
  const groups = grouped(items, ({ event, status, actor, approvedBy, reason, approval }) =>
    JSON.stringify([event, status === 'Drifted', actor, approvedBy, approval ?? reason]),
  );
  return [...groups.values()]
    .flatMap((members) => members.slice(0, 1).map((first) => ({ first, items: members })))
    .sort((a, b) => ORDER.indexOf(a.first.event) - ORDER.indexOf(b.first.event));
}

function countsOf(news: News): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { event } of itemsOf(news)) counts.set(event, (counts.get(event) ?? 0) + 1);
  if (news.omitted > 0) counts.set('drift', (counts.get('drift') ?? 0) + news.omitted);
  return Object.fromEntries(counts);
}

function countsText(news: News): string {
  const counts = countsOf(news);
  return Object.entries(TITLES)
    .flatMap(([event, { counted }]) => (counts[event] === undefined ? [] : [`${counts[event]} ${counted}`]))
    .join(', ');
}

function groupText({ first, items }: Group, show: Clean): string {
  const { event, actor, approvedBy, reason, approval, status } = first;
  const title = status === 'Drifted' ? 'Differs' : TITLES[event].title;
  const by = actor === undefined ? '' : `, changed by ${show(actor)}`;
  const leave = approvedBy === undefined ? '' : `, approved by ${show(approvedBy)}`;
  const why = reason === undefined ? '' : `: ${show(withoutCommand(reason, items.length))}`;
  const lines = items.slice(0, MOST_IN_GROUP).map(({ subject, fields }) => {
    const named = fields.length === 0 ? '' : `: \`${show(fields.join(', '))}\``;
    return `• \`${show(subject)}\`${named}`;
  });
  return [
    `*${title}* (${items.length})${by}${leave}${why}`,
    ...(approval === undefined ? [] : [`To approve: \`c1sync approve ${shortHash(approval)}\``]),
    ...lines,
    ...(items.length > MOST_IN_GROUP ? [`• and ${items.length - MOST_IN_GROUP} more`] : []),
  ].join('\n');
}

/** A reason without the command that approves: a line of its own has it, with the hash. */
function withoutCommand(reason: string, items: number): string {
  return reason.replace(commandFor({ type: 'approve' }), `approve ${items === 1 ? 'it' : 'them'}`);
}

function cleanItem(item: Item, clean: Clean): object {
  const show = (text: string): string => plain(shortened(clean(text)));
  return Object.fromEntries(
    Object.entries(item)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, Array.isArray(value) ? value.map(show) : show(String(value))]),
  );
}

/** On one line, without invisible characters, bidirectional controls and lone surrogates. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').replaceAll(/[\p{Cf}\p{Cs}]/gu, '');
}

function shortened(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}

/** Shortened at the end of a line, or at least not inside an entity. */
function clipped(text: string): string {
  if (text.length <= LONGEST_BLOCK) return text;
  const end = text.lastIndexOf('\n', LONGEST_BLOCK);
  return `${text.slice(0, end > 0 ? end : LONGEST_BLOCK).replace(/&\w*$/, '')}\n…`;
}

/**
 * Slack's three control characters as entities, which disarms `<!channel>` and links. Mentions and links in Markdown,
 * which compatible receivers know, get an invisible space inside.
 */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/(?<![\w.+-])@(?=\w)/g, '@\u200b')
    .replaceAll('](', ']\u200b(')
    .replaceAll('`', "'");
}
