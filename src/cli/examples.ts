import type { Command } from 'commander';
import { kinds } from '../kinds/index.js';

/** Objects of the examples, as Kind/name. */
const [one = 'Kind/name', other = one] = kinds.map(({ name, sample }) => `${name}/${sample}`);

/** Arguments and flags that are worth an example, by command. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  run: ['', '--settings /etc/c1sync/c1sync.yaml', '-f definitions --once'],
  validate: ['-f definitions', '--online --output json'],
  plan: [`${one}`, '-l team=platform', '--out plan.json --detailed-exitcode', '--output markdown --prune'],
  apply: [`${one} ${other}`, '--yes --fail-on-held', 'plan.json'],
  accept: [`${one}`, `${other} --out ../definitions`],
  export: ['--all', '--all --out definitions'],
  ping: ['', '--output json'],
  schema: ['--out definitions.schema.json', '--tenant --out definitions.schema.json'],
  'state list': ['', '--output json'],
  'state forget': [`${one}`],
  'state move': [`${one} ${one}-cloud`],
  status: ['', `${one} ${other}`, '--status Held --status Failed', '--watch'],
  history: ['', `${one} --limit 10`],
  reconcile: ['', `${one} --wait --timeout 2m`],
  wait: ['--revision 3f9c2ab --timeout 10m'],
  suspend: [`${one} --reason 'incident 42' --for 2h`, "'*' --reason 'change freeze'"],
  resume: [`${one}`, "'*'"],
  approve: ['3f9c2ab41d07'],
  emulator: ['', '--port 0 --seed seed.json', '--seed definitions --latency 100'],
  completion: ['bash'],
};

/** The examples of a command, given as `state list`: whole command lines. */
export function examplesOf(command: string): readonly string[] {
  return (EXAMPLES[command] ?? []).map((rest) => `c1sync ${command} ${rest}`.trimEnd());
}

/** Adds its examples to the help of every command below `command`. */
export function addExamples(command: Command, path: readonly string[] = []): void {
  for (const child of command.commands) {
    const names = [...path, child.name()];
    const lines = examplesOf(names.join(' ')).map((line) => `  ${line}`);
    if (lines.length > 0) child.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
    addExamples(child, names);
  }
}
