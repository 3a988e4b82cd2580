import type { Session } from '../compose.js';
import { recallActors } from '../core/drift/recall.js';
import type { Planned } from '../core/plan/input.js';

/** Adds the authors of the drift that a plan reverts, where the settings allow the system log. Never fails. */
export async function nameActors(session: Session, planned: Planned): Promise<Planned> {
  if (session.settings.sync.systemLogInterval === 'off') return planned;
  return recallActors(planned, { ...session, source: session.systemLog }).catch(() => planned);
}
