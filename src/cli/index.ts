import { Command, CommanderError } from 'commander';
import { version } from '../version.js';
import { UsageError } from './args.js';
import { commands } from './commands.js';
import { errorText, printError } from './output.js';

const USAGE = 64;

/** Every command under one name. Each parse needs a program of its own. */
export function program(): Command {
  const root = new Command('c1sync')
    .description('keeps a ConductorOne tenant in sync with a directory of YAML')
    .version(version)
    .showHelpAfterError('(run the command with --help for its arguments and flags)');
  for (const command of commands()) root.addCommand(command);
  root
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action(async (words: string[]) => (await import('./complete.js')).complete(root, words));
  overrideExit(root);
  return root;
}

function overrideExit(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: printError });
  for (const child of command.commands) overrideExit(child);
}

/** True for a command line that asks for the help of one command. */
function asksForHelp(argv: readonly string[]): boolean {
  return argv.length > 1 && argv.some((word) => ['-h', '--help', 'help'].includes(word));
}

/**
 * Runs the command line and gives the exit code: 0 done, 1 error, 2 changes under `--detailed-exitcode`, 64 wrong
 * usage. Never throws.
 */
export async function main(argv: readonly string[]): Promise<number> {
  process.exitCode = 0;
  try {
    const root = program();
    // The examples need the kinds, which take long to load.
    if (asksForHelp(argv)) (await import('./examples.js')).addExamples(root);
    await root.parseAsync([...argv], { from: 'user' });
    return Number(process.exitCode);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    printError(errorText(error));
    return error instanceof UsageError ? USAGE : 1;
  }
}
