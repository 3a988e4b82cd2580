import { Command } from 'commander';
import writeFileAtomic from 'write-file-atomic';
import { definitionsJsonSchema } from '../definitions/json-schema.js';
import { kinds } from '../kinds/index.js';
import { printJson, tell } from './common.js';

/** `c1sync schema`: the JSON Schema of definitions, for editors. */
export function schemaCommand(): Command {
  return new Command('schema')
    .description('print the JSON Schema of definitions, for editors')
    .option('--out <file>', 'write it to a file instead')
    .action(async ({ out }: { readonly out?: string }) => {
      const schema = definitionsJsonSchema(kinds);
      if (out === undefined) return printJson(schema);
      await writeFileAtomic(out, `${JSON.stringify(schema, null, 2)}\n`);
      tell(`Wrote ${out}.`);
    });
}
