import { Command, CommanderError } from 'commander';
import { version } from '../version.js';
import { applyCommand } from './apply.js';
import { approveCommand } from './approve.js';
import { UsageError } from './args.js';
import { errorText, tell } from './common.js';
import { emulatorCommand } from './emulator.js';
import { exportCommand } from './export.js';
import { historyCommand } from './history.js';
import { pingCommand } from './ping.js';
import { planCommand } from './plan.js';
import { reconcileCommand } from './reconcile.js';
import { resumeCommand } from './resume.js';
import { runCommand } from './run.js';
import { schemaCommand } from './schema.js';
import { stateCommand } from './state.js';
import { statusCommand } from './status.js';
import { suspendCommand } from './suspend.js';
import { validateCommand } from './validate.js';

const USAGE = 64;

/** Every command under one name. Each parse needs a program of its own. */
export function program(): Command {
  const root = new Command('c1sync')
    .description('keeps a ConductorOne tenant in sync with a directory of YAML')
    .version(version)
    .showHelpAfterError('(run the command with --help for what it takes)');
  for (const command of [
    runCommand(),
    validateCommand(),
    planCommand(),
    applyCommand(),
    exportCommand(),
    pingCommand(),
    schemaCommand(),
    stateCommand(),
    statusCommand(),
    historyCommand(),
    reconcileCommand(),
    suspendCommand(),
    resumeCommand(),
    approveCommand(),
    emulatorCommand(),
  ]) {
    root.addCommand(command);
  }
  overrideExit(root);
  return root;
}

function overrideExit(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: tell });
  for (const child of command.commands) overrideExit(child);
}

/**
 * Runs the command line and gives the exit code: 0 done, 1 error, 2 changes under `--detailed-exitcode`, 64 wrong
 * usage. Never throws.
 */
export async function main(argv: readonly string[]): Promise<number> {
  process.exitCode = 0;
  try {
    await program().parseAsync([...argv], { from: 'user' });
    return Number(process.exitCode);
  } catch (error) {
    if (error instanceof CommanderError) return isUsage(error) ? USAGE : error.exitCode;
    tell(errorText(error));
    return error instanceof UsageError ? USAGE : 1;
  }
}

/** Commander's own complaints are about usage; those that a command raised carry the code it chose. */
function isUsage({ code, exitCode }: CommanderError): boolean {
  return exitCode !== 0 && code.startsWith('commander.') && code !== 'commander.error';
}
