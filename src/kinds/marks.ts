import type { Marks, MarksCarrier } from '../core/model/kind.js';
import { asObject, asText } from '../text/shape.js';

const MANAGED_BY = 'managed_by';
const WORKSPACE = 'iac_workspace';
const ADDRESS = 'iac_resource_address';
/** c1sync never writes this key, so that its upgrade changes no object. */
const TOOL_VERSION = 'iac_tool_version';

/** The annotation keys that the API reserves for infrastructure-as-code tools. */
export const markKeys: readonly string[] = [MANAGED_BY, WORKSPACE, ADDRESS, TOOL_VERSION];

/** The number of annotations that the marks of an object use. */
export const markCount = 3;

/** Marks in annotations, with the keys that ConductorOne shows as "Managed by". */
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

/** `managed_by` alone marks an object as managed; a tool may omit the other keys. */
function fromEntries(value: unknown): Marks | undefined {
  const entries = asObject(value);
  const managedBy = asText(entries[MANAGED_BY]);
  if (managedBy === '') return undefined;
  return { managedBy, workspace: asText(entries[WORKSPACE]), address: asText(entries[ADDRESS]) };
}
