import { expect, it } from 'vitest';
import { type Message, type Transport, TransportError } from '../../src/http/exchange.js';
import { deliver } from '../../src/telemetry/notify-send.js';
import { VirtualClock } from '../support/virtual-clock.js';

it('sends a message over its transport, and again by its clock alone', async () => {
  const clock = new VirtualClock();
  const sent: { readonly at: number; readonly message: Message }[] = [];
  const startedAt = clock.now();
  const transport: Transport = async (message) => {
    sent.push({ at: clock.now() - startedAt, message });
    if (sent.length === 1) throw new TransportError('unsent', 'ECONNREFUSED');
    return { status: sent.length === 2 ? 503 : 200, headers: new Headers(), body: '' };
  };
  const url = new URL('https://hooks.example/x');
  const retries: [string, number][] = [];
  const delivered = deliver(
    { url, headers: { 'x-a': 'b' }, body: '{}' },
    { clock, transport },
    new AbortController().signal,
    (reason, waitMs) => retries.push([reason, waitMs]),
  );
  await clock.advance(3_000);
  await delivered;
  expect(sent.map(({ at }) => at)).toEqual([0, 1_000, 3_000]);
  expect(sent[2]?.message).toMatchObject({ method: 'POST', url, body: '{}', headers: { 'x-a': 'b' } });
  expect(retries).toEqual([
    ['no answer (ECONNREFUSED)', 1_000],
    ['HTTP 503', 2_000],
  ]);
});
