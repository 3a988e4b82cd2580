// Checks the shell parts of this repository with shellcheck: the scripts in .ci, and every `run` of the workflows and the
// action, with the flags of their shell. Exits with 1 where shellcheck has something to say.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';

const WORKFLOWS = '.github/workflows';
const files = [...readdirSync(WORKFLOWS).map((name) => path.join(WORKFLOWS, name)), 'action.yml'];

const results = [
  ...readdirSync('.ci').map((name) => check(`.ci/${name}`, readFileSync(`.ci/${name}`, 'utf8'))),
  ...files.flatMap((file) =>
    runsIn(file).map(([name, text]) => check(`${file}: ${name}`, `#!/bin/bash\nset -eo pipefail\n${text}`)),
  ),
];
process.exitCode = results.every(Boolean) ? 0 : 1;

/** Names and texts of the shell parts of a workflow or an action. */
function runsIn(file) {
  const { jobs = {}, runs = {} } = load(readFileSync(file, 'utf8'));
  const steps = [...Object.values(jobs).flatMap((job) => job.steps), ...(runs.steps ?? [])];
  return steps.flatMap(({ name, run }) => (run === undefined ? [] : [[name ?? run, run]]));
}

function check(name, text) {
  const { error, status } = spawnSync('shellcheck', ['--severity=style', '-'], {
    input: text,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  if (error !== undefined) throw error;
  process.stdout.write(`${status === 0 ? 'good' : 'wrong'}: ${name}\n`);
  return status === 0;
}
