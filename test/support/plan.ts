import { decide } from '../../src/core/guard/decide.js';
import type { Plan } from '../../src/core/model/change.js';
import { inScope } from '../../src/core/model/scope.js';
import type { PlanInput } from '../../src/core/plan/input.js';
import { makePlan } from '../../src/core/plan/plan.js';

/** The plan by the rules about the objects, at a moment when no other rule holds. */
export function decidedPlan(input: PlanInput): Plan {
  const selects = (key: string): boolean => inScope(input.scope, key);
  return decide(makePlan(input), { ...input.settings, approvals: new Map(), selects });
}
