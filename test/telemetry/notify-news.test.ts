import { expect, it } from 'vitest';
import { Newsroom, type NotifyEvent } from '../../src/telemetry/notify-news.js';

const memory = { kept: new Map<string, string>(), keep: async () => {}, print: (text: string) => text };
const newsroom = (...events: NotifyEvent[]) => new Newsroom(events, memory);
const correction = (subject: string) => ({ event: 'drift', subject, fields: ['description'] }) as const;

it('keeps corrections of a thousand subjects while nobody can be told, and counts the others', () => {
  const news = newsroom('drift');
  for (let round = 0; round < 3; round += 1) {
    for (let i = 0; i < 1500; i += 1) news.corrected(correction(`App/a-${i}`));
    const taken = news.take();
    expect(taken.corrections).toHaveLength(1000);
    expect(taken.omitted).toBe(500 * (round + 1));
    news.giveBack(taken);
    expect(news.isWaiting).toBe(true);
  }
});

it('tells of an end that could not be told, unless it is no end any more', () => {
  const told = new Newsroom(['held', 'recovered'], { ...memory, kept: new Map([['App/a', 'held #']]) });
  told.inOrder('App/a');
  const taken = told.take();
  expect(taken.recovered).toMatchObject([{ subject: 'App/a' }]);
  told.giveBack(taken);
  expect(told.take().recovered).toMatchObject([{ subject: 'App/a' }]);
  told.giveBack(taken);
  told.trouble({ event: 'held', subject: 'App/a', fields: [], reason: '12' });
  expect(told.take()).toMatchObject({ troubles: [], recovered: [], ended: [] });
  expect(told.isWaiting).toBe(false);
});
