import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { addExamples, examplesOf } from '../../src/cli/examples.js';
import { program } from '../../src/cli/index.js';

interface Leaf {
  readonly path: string;
  readonly command: Command;
}

function leaves(command: Command, path: readonly string[] = []): Leaf[] {
  return command.commands
    .filter((child) => child.name() !== '__complete')
    .flatMap((child) =>
      child.commands.length === 0
        ? [{ path: [...path, child.name()].join(' '), command: child }]
        : leaves(child, [...path, child.name()]),
    );
}

const all = leaves(program());

it.each(all)('the help of $path has examples', ({ path }) => {
  const root = program();
  addExamples(root);
  const command = leaves(root).find((leaf) => leaf.path === path)?.command;
  let help = '';
  command?.configureOutput({
    writeOut: (text) => {
      help += text;
    },
  });
  command?.outputHelp();
  expect(help).toContain(`Examples:\n  c1sync ${path}`);
});

it.each(all.flatMap(({ path, command }) => examplesOf(path).map((line) => ({ line, path, command }))))(
  '$line is a command line',
  ({ line, path, command }) => {
    const words = line.slice(`c1sync ${path}`.length).match(/'[^']*'|\S+/g) ?? [];
    const { unknown } = command.exitOverride().parseOptions(words);
    expect(unknown).toEqual([]);
  },
);
