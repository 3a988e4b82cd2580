import type { Session } from '../compose.js';
import { recallActors } from '../core/drift/recall.js';
import type { LoadedPlan } from '../core/reconcile/reconcile.js';

/** Names those who made the changes that a plan puts back, unless the settings do without; never fails because of it. */
export async function nameActors(session: Session, planned: LoadedPlan): Promise<LoadedPlan> {
  if (session.settings.sync.systemLogInterval === 'off') return planned;
  return recallActors(planned, { ...session, source: session.systemLog }).catch(() => planned);
}
