// Records the session shown in README.md: the first chapters of the guided tour. Times differ from one recording to the
// next, so nothing checks that this is the last.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { replacePart } from './markers.mjs';

const readme = new URL('../README.md', import.meta.url);
const SHOWN = 3;

const demo = fileURLToPath(new URL('demo.mjs', import.meta.url));
const { status, stdout } = spawnSync(process.execPath, [demo], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
if (status !== 0) throw new Error(`the guided tour ended with ${status}; README.md is left as it is`);
const [, ...chapters] = stdout.split(/^(?=\d+\. )/m);
const session = chapters.slice(0, SHOWN).join('').trimEnd();
writeFileSync(
  readme,
  replacePart('README.md', readFileSync(readme, 'utf8'), 'session', `\`\`\`console\n${session}\n\`\`\``),
);
