import writeFileAtomic from 'write-file-atomic';
import { definitionsJsonSchema } from '../definitions/json-schema.js';
import { kinds } from '../kinds/index.js';
import { printError, printJson } from './output.js';

/** `c1sync schema`: the JSON Schema of definitions, for editors. */
export async function schema({ out }: { readonly out?: string }): Promise<void> {
  const content = definitionsJsonSchema(kinds);
  if (out === undefined) return printJson(content);
  await writeFileAtomic(out, `${JSON.stringify(content, null, 2)}\n`);
  printError(`Wrote ${out}.`);
}
