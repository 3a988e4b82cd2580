import { expect, it } from 'vitest';
import { type NotifyEvent, Outbox } from '../../src/telemetry/notify-news.js';

const memory = { kept: new Map<string, string>(), keep: async () => {}, print: (text: string) => text };
const outboxOf = (...events: NotifyEvent[]) => new Outbox(events, memory);
const correction = (subject: string) => ({ event: 'drift', subject, fields: ['description'] }) as const;

it('keeps corrections of a thousand subjects for an unreachable receiver, and counts the others', () => {
  const news = outboxOf('drift');
  for (let round = 0; round < 3; round += 1) {
    for (let i = 0; i < 1500; i += 1) news.corrected(correction(`App/a-${i}`));
    const taken = news.take();
    expect(taken.corrections).toHaveLength(1000);
    expect(taken.omitted).toBe(500 * (round + 1));
    news.giveBack(taken);
    expect(news.isWaiting).toBe(true);
  }
});

it('notifies of an undelivered recovery, unless the trouble is back', () => {
  const outbox = new Outbox(['held', 'recovered'], { ...memory, kept: new Map([['App/a', 'held #']]) });
  outbox.inOrder('App/a');
  const taken = outbox.take();
  expect(taken.recovered).toMatchObject([{ subject: 'App/a' }]);
  outbox.giveBack(taken);
  expect(outbox.take().recovered).toMatchObject([{ subject: 'App/a' }]);
  outbox.giveBack(taken);
  outbox.trouble({ event: 'held', subject: 'App/a', fields: [], reason: '12' });
  expect(outbox.take()).toMatchObject({ troubles: [], recovered: [], ended: [] });
  expect(outbox.isWaiting).toBe(false);
});
