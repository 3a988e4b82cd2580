import { html } from 'ghtml';
import {
  ACTIVITIES,
  type ActivityBucket,
  type ActivitySort,
  type ActivityView,
} from '../../../core/status/views.js';
import { type Tone, withQuery } from './html.js';

interface Row {
  readonly name: string;
  readonly tone: Tone;
  /** The filter of the history that shows them; none for several actions. */
  readonly action?: string;
}

const ROWS: Readonly<Record<ActivitySort, Row>> = {
  changes: { name: 'Changes', tone: 'ok' },
  reverts: { name: 'Reverts', tone: 'busy', action: 'revert' },
  holds: { name: 'Holds', tone: 'attention', action: 'held' },
  failures: { name: 'Failures', tone: 'bad', action: 'failed' },
};

/** A span of time with its buckets. */
interface Span {
  readonly id: string;
  readonly title: string;
  /** The name of the span in the filter of the history. */
  readonly within: string;
  readonly buckets: readonly ActivityBucket[];
  /** The name of a bucket. */
  readonly nameOf: (at: Date) => string;
}

/** Measures of a chart in its own units: a bar, the gap after it, and the highest bar. */
const BAR = 8;
const GAP = 2;
const HEIGHT = 24;
/** The lowest bar that can be seen. */
const LOWEST = 3;

/** Changes, reverts, holds and failures of a day and of a week as charts, with the numbers behind them. */
export function activityPart({ hours, days }: ActivityView): string {
  const spans: readonly Span[] = [
    { id: 'day', title: 'Last 24 hours', within: '24h', buckets: hours, nameOf: hourName },
    { id: 'week', title: 'Last 7 days', within: '7d', buckets: days, nameOf: dayName },
  ];
  if (spans.every(({ buckets }) => buckets.every(isEmpty))) return '';
  return html`<section aria-labelledby="activity">
    <h2 id="activity">Activity</h2>
    <div class="activity">!${spans.map(spanPart)}</div>
  </section>`;
}

/** A row of bars for each sort: its name distinguishes it, not its colour. All rows have one scale. */
function spanPart(span: Span): string {
  const { id, title, within, buckets } = span;
  const most = Math.max(1, ...buckets.flatMap(({ counts }) => Object.values(counts)));
  const rows = ACTIVITIES.map((sort) => {
    const { name, action } = ROWS[sort];
    const total = buckets.reduce((sum, { counts }) => sum + counts[sort], 0);
    return html`<tr>
      <th scope="row">${name}</th>
      <td>!${bars(sort, span, most)}</td>
      <td class="number"><a href="${withQuery('/history', { action, within })}">${total.toLocaleString('en')}</a></td>
    </tr>`;
  });
  return html`<div>
    <table class="chart">
      <caption>${title}</caption>
      <tbody>!${rows}</tbody>
    </table>
    <p class="scale muted"><span>${span.nameOf(new Date(buckets[0]?.at ?? 0))}</span> <span>now</span></p>
    <details id="activity-${id}"><summary>The numbers of the ${title.toLowerCase()}</summary>!${numbers(span)}</details>
  </div>`;
}

function bars(sort: ActivitySort, { buckets, nameOf }: Span, most: number): string {
  const width = buckets.length * (BAR + GAP) - GAP;
  const shapes = buckets.map(({ at, counts }, index) => {
    if (counts[sort] === 0) return '';
    const height = Math.max(LOWEST, (counts[sort] / most) * HEIGHT);
    return html`<rect x="${index * (BAR + GAP)}" y="${(HEIGHT - height).toFixed(1)}" width="${BAR}" height="${height.toFixed(1)}"><title>${nameOf(new Date(at))}: ${counts[sort]}</title></rect>`;
  });
  return html`<svg class="bars ${ROWS[sort].tone}" viewBox="0 0 ${width} ${HEIGHT + 1}" preserveAspectRatio="none" aria-hidden="true"><line x1="0" x2="${width}" y1="${HEIGHT + 0.5}" y2="${HEIGHT + 0.5}"></line>!${shapes}</svg>`;
}

/** The buckets in which something happened, the latest first. */
function numbers({ buckets, nameOf }: Span): string {
  const busy = buckets.filter((bucket) => !isEmpty(bucket)).toReversed();
  if (busy.length === 0) return html`<p class="muted">Nothing happened.</p>`;
  const rows = busy.map(
    ({ at, counts }) => html`<tr>
      <th scope="row"><time datetime="${at}">${nameOf(new Date(at))}</time></th>
      !${ACTIVITIES.map((sort) => html`<td class="number">${counts[sort].toLocaleString('en')}</td>`)}
    </tr>`,
  );
  return html`<table class="numbers">
    <thead><tr><th scope="col">From (UTC)</th>!${ACTIVITIES.map((sort) => html`<th scope="col" class="number">${ROWS[sort].name}</th>`)}</tr></thead>
    <tbody>!${rows}</tbody>
  </table>`;
}

function isEmpty({ counts }: ActivityBucket): boolean {
  return ACTIVITIES.every((sort) => counts[sort] === 0);
}

/** `14:00 UTC`. */
function hourName(at: Date): string {
  return `${at.toISOString().slice(11, 16)} UTC`;
}

const dayFormat = new Intl.DateTimeFormat('en', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
});

/** `Fri, Nov 27`. */
function dayName(at: Date): string {
  return dayFormat.format(at);
}
