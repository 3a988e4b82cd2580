import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { STATUSES } from '../core/model/change.js';
import { HISTORY_ACTIONS } from '../core/status/history-actions.js';
import { LONGEST_DURATION, parseDuration } from '../text/duration.js';

/** The longest wait of a command for a result, by default. */
const MOST_WAIT = { ms: 600_000, text: '10m' };

/** Every command with its flags and its help. The file of a command is imported when it runs. */
export function commands(): Command[] {
  return [
    common(new Command('run'), [])
      .description('keep the tenant in sync with the definitions until stopped')
      .option('--once', 'run one sweep and exit')
      .action(later(async () => (await import('./run.js')).run)),
    common(new Command('validate'))
      .description('check the definitions')
      .option('--online', 'also check names, connector configurations and access against the tenant')
      .action(later(async () => (await import('./validate.js')).validate)),
    targets(
      common(new Command('plan'), ['text', 'json', 'markdown']),
      'objects to plan, as Kind/name; all of them if none is named',
    )
      .alias('diff')
      .description('show what would change, and change nothing')
      .option('--out <file>', 'save the plan, for c1sync apply <file>')
      .option('--prune', 'show deletions of objects whose definition is gone, as apply --prune makes them')
      .option('--force', 'plan as if there were no sync.limits')
      .option('--detailed-exitcode', 'exit 2 when apply would write something, or something is held')
      .action(later(async () => (await import('./plan.js')).plan)),
    targets(common(new Command('apply')), 'objects to apply, as Kind/name, or the file of a saved plan')
      .description('bring the tenant in sync once')
      .option('-y, --yes', 'do not ask')
      .option('--prune', 'delete objects whose definition is gone, as sync.prune does')
      .option('--force', 'exceed sync.limits')
      .option('--fail-on-held', 'exit 1 when something is held')
      .option('--as <name>', 'who applies, for the history (default: the user of the operating system)')
      .action(later(async () => (await import('./begin-apply.js')).beginApply)),
    targets(common(new Command('accept')), 'objects to accept, as Kind/name')
      .description('write the present values of the tenant into the definitions')
      .option('--out <dir>', 'a copy of the definitions to write to, needed with a git source')
      .option('--server <url>', 'address of the daemon, before the one in the settings')
      .action(later(async () => (await import('./accept.js')).accept)),
    common(new Command('export'))
      .description('write the objects of the tenant as definitions')
      .option('--app <name>', 'one app, by display name or id, and its connectors')
      .option('--all', 'every app and its connectors')
      .option('--out <dir>', 'an empty or new directory to write to; stdout without it')
      .action(later(async () => (await import('./export.js')).exportDefinitions)),
    common(new Command('ping'))
      .description('check settings, credentials, access and clock')
      .action(later(async () => (await import('./ping.js')).ping)),
    common(
      new Command('schema'),
      [],
      new Option(
        '--tenant [name]',
        'with the configuration fields of each connector type, read from the tenant, or the named one of several',
      ),
    )
      .description('print the JSON Schema of definitions, for editors')
      .option('--out <file>', 'write it to a file instead')
      .action(later(async () => (await import('./schema.js')).schema)),
    stateCommand(),
    ...daemonCommands(),
    emulatorCommand(),
    new Command('completion')
      .description('print a script that completes commands, flags and objects in a shell')
      .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
      .action(later(async () => (await import('./completion.js')).completion)),
  ];
}

function stateCommand(): Command {
  return new Command('state')
    .description('list and repair the records of managed objects')
    .addCommand(
      common(new Command('list'))
        .description('list every record')
        .action(later(async () => (await import('./state.js')).list)),
    )
    .addCommand(
      common(new Command('forget'))
        .description(
          'delete the record of an object: the next sweep treats the object as new; a daemon takes its marks off an object without a definition',
        )
        .argument('<key>', 'the object, as Kind/name')
        .option(
          '--server <url>',
          'address of the daemon that has the records, before the one in the settings',
        )
        .action(later(async () => (await import('./state.js')).forget)),
    )
    .addCommand(
      common(new Command('move'))
        .description('rename a record, after its definition was renamed')
        .argument('<from>', 'the object, as Kind/name')
        .argument('<to>', 'its new name, as Kind/name')
        .option(
          '--server <url>',
          'address of the daemon that has the records, before the one in the settings',
        )
        .action(later(async () => (await import('./state.js')).move)),
    );
}

/** Commands that talk to a running daemon. */
function daemonCommands(): Command[] {
  return [
    targets(ofDaemon('status'), 'objects to show, as Kind/name; all of them if none is named')
      .description('show the status of objects, as the running daemon knows it')
      .addOption(
        new Option('--status <statuses...>', 'only objects with one of these statuses')
          .choices([...STATUSES])
          .argParser(status),
      )
      .option('--watch', 'refresh at every change')
      .option(
        '--unmanaged',
        'list what the tenant has and no definition covers, with the command that exports it',
      )
      .option('--all', 'with --unmanaged, also connectors of apps without a definition')
      .action(later(async () => (await import('./status.js')).status)),
    ofDaemon('history')
      .description('show changes, their causes and their authors, newest first')
      .argument('[object]', 'only entries of this object, as Kind/name')
      .option('--by <person>', 'only what this person changed, approved or commanded')
      .addOption(new Option('--action <action>', 'only entries with this action').choices(HISTORY_ACTIONS))
      .option('--since <time>', 'only entries of the last: 30m, 24h, 7d', time)
      .option('--limit <count>', 'entries at most', wholeNumber, 50)
      .option('--before <id>', 'only entries older than this one', wholeNumber)
      .action(later(async () => (await import('./history.js')).history)),
    targets(ofDaemon('reconcile'), 'objects to reconcile, as Kind/name; all of them if none is named')
      .description('have the running daemon reconcile now, without waiting for a retry')
      .option('--wait', 'wait for the result; exit 1 when an object is not in sync')
      .addOption(timeout('with --wait, for how long: 30s, 10m, 1h'))
      .option('--fail-on-held', 'with --wait, exit 1 also when something waits for a person')
      .action(later(async () => (await import('./reconcile.js')).reconcile)),
    ofDaemon('wait')
      .description(
        'wait until the running daemon has reconciled a revision; exit 1 when an object is not in sync',
      )
      .requiredOption('--revision <sha>', 'the revision, or its beginning', revision)
      .addOption(timeout('for how long: 30s, 10m, 1h'))
      .option('--fail-on-held', 'exit 1 also when something waits for a person')
      .action(later(async () => (await import('./wait.js')).wait)),
    targets(ofDaemon('suspend'), "one object, as Kind/name, or '*' for everything")
      .description('have the running daemon leave objects alone, for a time or until they are resumed')
      .requiredOption('--reason <text>', 'the reason, shown with the status')
      .option('--for <time>', 'for how long: 30m, 2h, 1d; until it is resumed if left out')
      .action(later(async () => (await import('./suspend.js')).suspend)),
    targets(ofDaemon('resume'), "one object, as Kind/name, or '*' for everything")
      .description('end a suspension, or reclaim objects that people took over or deleted')
      .action(later(async () => (await import('./resume.js')).resume)),
    ofDaemon('approve')
      .description('approve a group of held changes once')
      .argument('<hash>', "hash of the group, as 'c1sync status' shows it; twelve digits are enough")
      .action(later(async () => (await import('./approve.js')).approve)),
  ];
}

function emulatorCommand(): Command {
  return new Command('emulator')
    .description('serve an embedded ConductorOne tenant, for tests and for trying things out')
    .option('--port <port>', 'port to listen on, 0 for a free one', port, 8931)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--seed <path>',
      'objects to start with: a JSON file shaped like its state, or exported definitions',
    )
    .option('--tls-cert <file>', 'certificate (PEM) for https')
    .option('--tls-key <file>', 'key (PEM) of the certificate')
    .option('--latency <ms>', 'delay of every answer', amount, 0)
    .option('--requests-per-second <n>', 'requests allowed in a second, 0 for no limit', amount, 0)
    .option(
      '--owner-delay <ms>',
      'delay until a change of owners shows; 45000 to 150000 in real tenants',
      amount,
      0,
    )
    .action(later(async () => (await import('./emulator.js')).emulator));
}

/** The action of a command, which `load` imports. */
function later<Given extends unknown[]>(
  load: () => Promise<(...given: Given) => Promise<void>>,
): (...given: Given) => Promise<void> {
  return async (...given) => (await load())(...given);
}

/** Adds the flags of a command that reads settings. `outputs`: the forms it can give its result in; none, no flag. */
function common(
  command: Command,
  outputs: readonly string[] = ['text', 'json'],
  tenant = new Option('--tenant <name>', 'one of the tenants in the settings'),
): Command {
  const output = new Option('--output <form>', 'form of the result').choices([...outputs]).default('text');
  if (outputs.length > 0) command.addOption(output);
  return command
    .option('--settings <file>', 'settings file (default: ./c1sync.yaml if there is one)')
    .addOption(tenant)
    .option('-f, --directory <dir>', 'directory of the definitions, before the one in the settings')
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent');
}

function ofDaemon(name: string): Command {
  return common(new Command(name)).option(
    '--server <url>',
    'address of the daemon, before the one in the settings',
  );
}

/** Adds the argument and the flag that choose objects. */
function targets(command: Command, what: string): Command {
  return command
    .argument('[targets...]', what)
    .option('-l, --selector <labels...>', 'only objects with these labels: key=value[,key=value]');
}

function timeout(description: string): Option {
  return new Option('--timeout <time>', description).argParser(time).default(MOST_WAIT, MOST_WAIT.text);
}

/** In any case. */
function status(value: string, before: readonly string[] | undefined): readonly string[] {
  const known = STATUSES.find((one) => one.toLowerCase() === value.toLowerCase());
  if (known !== undefined) return [...(before ?? []), known];
  throw new InvalidArgumentError(`Must be one of ${STATUSES.join(', ')}.`);
}

function time(value: string): { readonly ms: number; readonly text: string } {
  const ms = parseDuration(value);
  if (ms !== undefined && ms > 0) return { ms, text: value };
  throw new InvalidArgumentError(
    `A span of time such as 30s, 10m or 1h is expected, ${LONGEST_DURATION} at most.`,
  );
}

function revision(value: string): string {
  if (/^[\w.:-]{4,}$/.test(value)) return value;
  throw new InvalidArgumentError('A revision, or at least its first four characters, is expected.');
}

function port(value: string): number {
  const number = amount(value);
  if (Number.isInteger(number) && number <= 65_535) return number;
  throw new InvalidArgumentError('A port from 0 to 65535 is expected.');
}

function amount(value: string): number {
  const number = Number(value);
  if (value.trim() !== '' && Number.isFinite(number) && number >= 0) return number;
  throw new InvalidArgumentError('A number from 0 is expected.');
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw new InvalidArgumentError('Must be a whole number above zero.');
  return Number(text);
}
