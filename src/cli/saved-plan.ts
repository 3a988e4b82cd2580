import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { Change, Plan } from '../core/model/change.js';
import { messageOf, TerminalError } from '../core/model/errors.js';
import { planToJson } from './render/json.js';

const savedChange = z.looseObject({ kind: z.string(), name: z.string(), hash: z.string() });
const savedSchema = z.looseObject({
  format: z.literal('c1sync/plan/v1'),
  tenant: z.string(),
  workspace: z.string(),
  /** Id of the key of the hashes. */
  hashKey: z.string(),
  /** Hashes without the values of secrets, by key, where they differ from those of the plan. */
  keyless: z.record(z.string(), z.string()),
  plan: z.looseObject({
    planHash: z.string(),
    changes: z.array(savedChange),
    bookkeeping: z.array(savedChange),
  }),
});

/** The content of a file of `c1sync plan --out`. */
export type SavedPlan = z.output<typeof savedSchema>;

/** The tenant and workspace that a plan is for. */
export interface PlanPlace {
  readonly host: string;
  readonly workspace: string;
  /** Id of the key of the hashes of secrets. */
  readonly hashKey: string;
}

/** Saves a plan for a later `apply`. It holds no secret; only the owner may read the file all the same. */
export async function writeSavedPlan(
  file: string,
  plan: Plan,
  { host, workspace, hashKey }: PlanPlace,
): Promise<void> {
  const keyless = Object.fromEntries(
    writesOf(plan).flatMap(({ key, keylessHash }) => (keylessHash === undefined ? [] : [[key, keylessHash]])),
  );
  const saved = {
    format: 'c1sync/plan/v1',
    tenant: host,
    workspace,
    hashKey,
    keyless,
    plan: planToJson(plan),
  };
  await writeFileAtomic(file, `${JSON.stringify(saved, null, 2)}\n`, { mode: 0o600 });
}

/** Reads a saved plan. Throws a TerminalError for any other file. */
export async function readSavedPlan(file: string): Promise<SavedPlan> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new TerminalError(`${file} cannot be read as a saved plan: ${messageOf(error)}`);
  }
  const parsed = savedSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new TerminalError(`${file} is no saved plan; save one with: c1sync plan --out ${file}`);
}

function writesOf({ changes, bookkeeping }: Plan): readonly Change[] {
  return [...changes, ...bookkeeping];
}

/** False for a plan whose secrets were hashed with another key: their values are not compared. */
export function comparesSecrets({ hashKey }: SavedPlan, place: PlanPlace): boolean {
  return hashKey === place.hashKey;
}

/**
 * The differences of a new plan from the saved one; empty when they are the same.
 * Only the hashes count: they cover key, id, action and fields of every write, and the values of secrets where
 * both plans have the same hash key.
 */
export function differencesFrom(saved: SavedPlan, plan: Plan, place: PlanPlace): string[] {
  if (saved.tenant !== place.host) return [`it was made for the tenant ${saved.tenant}, not ${place.host}`];
  if (saved.workspace !== place.workspace) {
    return [`it was made for the workspace ${saved.workspace}, not ${place.workspace}`];
  }
  const isKeyed = comparesSecrets(saved, place);
  const then = new Map(
    [...saved.plan.changes, ...saved.plan.bookkeeping].map(({ kind, name, hash }) => {
      const key = `${kind}/${name}`;
      return [key, isKeyed ? hash : (saved.keyless[key] ?? hash)];
    }),
  );
  const now = new Map(
    writesOf(plan).map(({ key, hash, keylessHash }) => [key, isKeyed ? hash : (keylessHash ?? hash)]),
  );
  return [
    ...[...now]
      .filter(([key]) => !then.has(key))
      .map(([key]) => `${key} has a change that the saved plan does not have`),
    ...[...then]
      .filter(([key]) => !now.has(key))
      .map(([key]) => `${key} no longer has the change of the saved plan`),
    ...[...now]
      .filter(([key, hash]) => then.has(key) && then.get(key) !== hash)
      .map(([key]) => `${key} has another change than in the saved plan`),
  ];
}
