import { createColors } from 'picocolors';
import { phasesText } from '../../core/model/phase.js';
import { type TenantRow, tenantPhaseName } from '../../core/status/tenant-rows.js';
import { fromNow } from '../../text/people.js';
import { safe } from '../../text/safe.js';
import { forTenant } from '../output.js';
import type { TextOptions } from './text.js';

/** All tenants at a time, milliseconds since the epoch, in their order. Ends with a newline. */
export function renderTenants(
  rows: readonly TenantRow[],
  { now, colour }: TextOptions & { readonly now: number },
): string {
  const colours = createColors(colour);
  const paint = (phase: TenantRow['phase']): ((text: string) => string) => {
    if (phase === 'failing' || phase === 'out-of-sync') return colours.red;
    return phase === 'waiting' ? colours.yellow : colours.dim;
  };
  const blocks = rows.map((row) => {
    const { name, phase, state, reason, tenant, workspace, objects, lastCompleteSweep, nextTry } = row;
    const label = state === 'starting' ? 'starting' : tenantPhaseName(phase);
    const where = [tenant, workspace].filter((part) => part !== null).join(', workspace ');
    const sweep =
      lastCompleteSweep === null
        ? 'no complete sweep yet'
        : `last complete sweep ${ago(lastCompleteSweep, now)}`;
    const counts = objects === null ? [] : [phasesText(objects.byPhase) || 'no objects'];
    return [
      `${colours.bold(name)}  ${paint(phase)(label)}${where === '' ? '' : `  (${safe(where)})`}`,
      `  ${[...counts, sweep].join('; ')}`,
      ...(reason === '' ? [] : [`  ${safe(forTenant(reason, name))}`]),
      ...(nextTry === null ? [] : [`  next try ${ago(nextTry, now)}`]),
    ].join('\n');
  });
  return `${blocks.join('\n')}\n`;
}

function ago(time: string, now: number): string {
  return fromNow(Date.parse(time), now);
}
