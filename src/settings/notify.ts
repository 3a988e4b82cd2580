import { z } from 'zod';
import { isLoopback } from '../http/loopback.js';
import { wrongForm } from './duration.js';
import { secretText, text } from './text.js';

/** Events that a receiver may select: see `NotifyEvent` of the notifications. */
const notifyEvents = ['drift', 'held', 'failed', 'takenOver', 'recovered'] as const;

const EVENTS = `a list of at least one of ${notifyEvents.join(', ')}`;

/** The address of a receiver is a secret: it needs https, and no message shows it. */
function isReceiver(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, username, password } = new URL(address);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

/** One entry of `notify`. */
export const receiver = z.strictObject({
  url: secretText((url) =>
    url.refine(
      isReceiver,
      'Must be an https address without user and password; http is for loopback addresses only.',
    ),
  ),
  events: z
    .array(z.enum(notifyEvents), { error: wrongForm(EVENTS) })
    .min(1, `Must be ${EVENTS}.`)
    .prefault([...notifyEvents]),
  format: z.enum(['slack', 'json']).prefault('slack'),
  headers: z
    .record(
      text().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'Must be the name of an HTTP header.'),
      secretText((value) => value.regex(/^[\x20-\x7e]+$/, 'Must be one line of plain ASCII text.')),
    )
    .prefault({}),
});
