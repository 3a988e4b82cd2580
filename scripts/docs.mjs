// Brings what is generated up to date: the tables in docs/ and schema/definitions.schema.json. With --check nothing is
// written, and the exit code is 1 when something is out of date. Reads the built program.
import { readFileSync, writeFileSync } from 'node:fs';
import { replacePart } from './markers.mjs';
import { schemaText, tables } from './tables.mjs';

const root = new URL('../', import.meta.url);

const generated = new Map([
  ...tables().map(([file, parts]) => [
    file,
    (text) => Object.entries(parts).reduce((all, [name, part]) => replacePart(file, all, name, part), text),
  ]),
  ['schema/definitions.schema.json', () => schemaText()],
]);

const stale = [...generated].filter(([file, make]) => {
  const place = new URL(file, root);
  const before = textOf(place);
  const after = make(before);
  if (after === before) return false;
  if (!process.argv.includes('--check')) writeFileSync(place, after);
  return true;
});

for (const [file] of stale) process.stdout.write(`${file} is out of date\n`);
process.stdout.write(stale.length === 0 ? 'Everything is up to date.\n' : '');
if (process.argv.includes('--check') && stale.length > 0) {
  process.stderr.write('Bring it up to date with: npm run docs\n');
  process.exitCode = 1;
}

function textOf(place) {
  try {
    return readFileSync(place, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}
