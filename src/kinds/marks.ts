import type { Marks, MarksCarrier } from '../core/model/kind.js';
import { asObject, asText } from '../text/shape.js';

const MANAGED_BY = 'managed_by';
const WORKSPACE = 'iac_workspace';
const ADDRESS = 'iac_resource_address';
/** Written by nobody here, so that an upgrade of c1sync changes nothing in the tenant. */
const TOOL_VERSION = 'iac_tool_version';

/** The annotation keys that the API keeps for infrastructure-as-code tools. */
export const markKeys: readonly string[] = [MANAGED_BY, WORKSPACE, ADDRESS, TOOL_VERSION];

/** How many annotations the marks of one object take. */
export const markCount = 3;

/** Marks that are kept as annotations, with the keys that the API knows and shows as "Managed by". */
export function annotationMarks(field: string): MarksCarrier {
  return {
    field,
    keys: markKeys,
    toEntries: ({ managedBy, workspace, address }) => ({
      [MANAGED_BY]: managedBy,
      [WORKSPACE]: workspace,
      [ADDRESS]: address,
    }),
    fromEntries,
  };
}

/** `managed_by` alone tells that an object is managed; a tool may leave the other keys out. */
function fromEntries(value: unknown): Marks | undefined {
  const entries = asObject(value);
  const managedBy = asText(entries[MANAGED_BY]);
  if (managedBy === '') return undefined;
  return { managedBy, workspace: asText(entries[WORKSPACE]), address: asText(entries[ADDRESS]) };
}
