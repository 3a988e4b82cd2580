import type { Session } from './compose.js';
import type { Log } from './telemetry/log.js';
import { Notifier } from './telemetry/notify.js';
import { type Notifications, notify } from './telemetry/notify-events.js';
import { notifyMemories } from './telemetry/notify-memory.js';

/** Starts the notifications of the settings. Close them before the session. */
export function openNotifications(session: Session, log: Log): Notifications {
  const { settings, connection, store, wall, transport, events, statusStore, redactor } = session;
  const around = { clock: wall, transport, log, redactor };
  const receivers = settings.notify.map(({ url, headers, ...rest }, index) => ({
    name: `notify[${index}]`,
    ...rest,
    url: new URL(url.reveal()),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()])),
  }));
  // The parsed form of an address may differ from its text in the settings.
  redactor.add(receivers.map(({ url }) => url.href));
  const { name, workspace } = settings;
  const origin = { ...(name === undefined ? {} : { name }), tenant: connection.url.host, workspace };
  const memories = notifyMemories(store, receivers);
  const notifiers = receivers.flatMap((receiver, index) => {
    const memory = memories[index];
    return memory === undefined ? [] : [new Notifier({ receiver, origin, memory, ...around })];
  });
  return notify(events, notifiers, statusStore);
}
