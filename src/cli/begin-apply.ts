import { delay, systemClock } from '../core/model/clock.js';
import { beginSignIn } from '../tenant.js';
import type { ApplyFlags } from './apply.js';
import { settingsIn, settingsOf } from './tenants.js';

/** Loading the command keeps the process from sending anything: so long the sign-in comes first, milliseconds. */
const HEAD_START_MS = 100;

/** `c1sync apply`: signs in while the parts of the command are loaded, since both take long. */
export async function beginApply(targets: string[], flags: ApplyFlags): Promise<void> {
  const settings = settingsOf(await settingsIn(flags), flags.tenant);
  const signedIn = beginSignIn(settings);
  try {
    if (signedIn !== undefined) await Promise.race([signedIn.ended, delay(systemClock, HEAD_START_MS)]);
    const { apply } = await import('./apply.js');
    await apply(targets, flags, { settings, signedIn });
  } finally {
    signedIn?.end();
  }
}
