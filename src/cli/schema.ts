import writeFileAtomic from 'write-file-atomic';
import { openSession } from '../compose.js';
import { readVariants, type Variant } from '../core/observe/variants.js';
import { definitionsJsonSchema } from '../definitions/json-schema.js';
import { kinds } from '../kinds/index.js';
import { settingsFor } from './common.js';
import { printError, printJson } from './output.js';
import type { SettingsFlags } from './tenants.js';

interface Flags extends Omit<SettingsFlags, 'tenant'> {
  readonly out?: string;
  /** True without a name. */
  readonly tenant?: string | true;
}

/** `c1sync schema`: the JSON Schema of definitions, for editors; with `--tenant`, with the limits that the tenant sets. */
export async function schema(flags: Flags): Promise<void> {
  const { out } = flags;
  const content = definitionsJsonSchema(kinds, flags.tenant === undefined ? [] : await variantsOf(flags));
  if (out === undefined) return printJson(content);
  await writeFileAtomic(out, `${JSON.stringify(content, null, 2)}\n`);
  printError(`Wrote ${out}.`);
}

async function variantsOf({ tenant, ...flags }: Flags): Promise<Variant[]> {
  const settings = await settingsFor(typeof tenant === 'string' ? { ...flags, tenant } : flags);
  const session = await openSession(settings, { mode: 'plan', command: 'schema' });
  try {
    return await readVariants(session);
  } finally {
    await session.close();
  }
}
