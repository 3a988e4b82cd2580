import type { Backoff } from '../apply/backoff.js';
import type { Resumed, SuspensionOrder } from '../guard/warden.js';
import type { Suspension } from '../model/decision.js';
import type { EventBus } from '../model/events.js';
import type { LookScope } from '../observe/observation.js';
import type { Reconciler } from './reconcile.js';

/** What a control works with. */
export interface ControlParts {
  readonly reconciler: Pick<Reconciler, 'approve' | 'suspend' | 'resume' | 'lookAt'>;
  readonly backoff: Pick<Backoff, 'clear' | 'succeeded'>;
  readonly events: EventBus;
}

/**
 * What people tell the running daemon. Each command is in force, and told as the event `commanded`, when its promise
 * resolves; what it causes follows. `by` says which way the command came: `api` or `dashboard`.
 */
export class Control {
  readonly #parts: ControlParts;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  /**
   * Looks again now at what targets (`Kind/name`, labels as `k=v,k=v`, `*`) take in, at everything where none is given,
   * and does not wait any longer after failures.
   * @throws TerminalError for a target that names nothing
   */
  async reconcile(targets: readonly string[], by: string): Promise<LookScope> {
    const { reconciler, backoff, events } = this.#parts;
    const scope = await reconciler.lookAt(targets);
    if (scope === 'all') backoff.clear();
    else for (const key of scope) backoff.succeeded(key);
    const keys = scope === 'all' ? [] : [...scope];
    events.emit('commanded', { command: 'reconcile', by, targets: scope === 'all' ? ['*'] : targets, keys });
    return scope;
  }

  /**
   * Lets a group of held changes go once. Gives their keys. `hash`: as the last plan shows it, or at least twelve digits.
   * @throws TerminalError when nothing held has this hash
   */
  async approve(hash: string, by: string): Promise<readonly string[]> {
    const keys = await this.#parts.reconciler.approve(hash, by);
    this.#parts.events.emit('commanded', { command: 'approve', by, targets: [hash], keys });
    return keys;
  }

  /**
   * Leaves objects alone until they are resumed, or for a time.
   * @throws TerminalError when the target names nothing, or too much is suspended already
   */
  async suspend(order: SuspensionOrder, by: string): Promise<Suspension> {
    const suspension = await this.#parts.reconciler.suspend(order);
    const { target, reason, until } = suspension;
    const end = until === undefined ? {} : { until };
    this.#parts.events.emit('commanded', {
      command: 'suspend',
      by,
      targets: [target],
      keys: [],
      reason,
      ...end,
    });
    return suspension;
  }

  /**
   * Ends the suspensions of a target, all of them for `*`, and has objects managed again that people took over, or
   * deleted in the tenant where the target names them.
   * @throws TerminalError when there is nothing to resume
   */
  async resume(target: string, by: string): Promise<Resumed> {
    const resumed = await this.#parts.reconciler.resume(target);
    const keys = resumed.reclaimed;
    this.#parts.events.emit('commanded', { command: 'resume', by, targets: [target], keys });
    return resumed;
  }
}
