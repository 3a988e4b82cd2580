import { pause, until } from './processes.js';
import type { Action } from './stage.js';

const LONGEST_REST_MS = 300;
const LONGEST_STANDSTILL_MS = 2_000;
const LONGEST_APPLY_MS = 3_000;
const IN_USE = ' is in use by ';

const kill: Action = async ({ processes, random }) => {
  const { daemon } = processes;
  if (daemon?.isRunning !== true) {
    processes.startDaemon();
    return 'start the daemon again';
  }
  await daemon.kill();
  if (random.chance(0.5)) return 'kill the daemon, and leave it dead';
  await pause(random.int(0, LONGEST_REST_MS));
  processes.startDaemon();
  return 'kill the daemon and start it again';
};

const stop: Action = async ({ processes }) => {
  const { daemon } = processes;
  if (daemon?.isRunning !== true) return undefined;
  await processes.stop(daemon);
  processes.startDaemon();
  return 'stop the daemon in order and start it again';
};

const reload: Action = async ({ processes: { daemon } }) => {
  if (daemon?.isWorking !== true) return undefined;
  daemon.signal('SIGHUP');
  return 'reload the daemon';
};

/** A process that stands still keeps its lock, and goes on where it was. */
const standStill: Action = async ({ processes: { daemon }, random }) => {
  if (daemon?.isRunning !== true) return undefined;
  const ms = random.int(0, LONGEST_STANDSTILL_MS);
  daemon.signal('SIGSTOP');
  await pause(ms);
  daemon.signal('SIGCONT');
  return `the daemon stands still for ${ms} ms`;
};

/** A second daemon waits for the lock, and works once the first has ended, however it ends. */
const handOver: Action = async ({ processes, random }) => {
  const { daemon } = processes;
  if (daemon?.isWorking !== true) return undefined;
  const successor = processes.startDaemon();
  await until(() => successor.isWaiting || !successor.isRunning, 'a second daemon waits for the lock');
  const isKilled = random.chance(0.5);
  // It waits for half a minute: the writes that the first one still ends may take longer on a busy machine.
  successor.isToEnd = !isKilled;
  await (isKilled ? daemon.kill() : processes.stop(daemon));
  await until(() => successor.isWorking || !successor.isRunning, 'the second daemon takes over');
  if (successor.isRunning) successor.isToEnd = false;
  else if (!isKilled) processes.startDaemon();
  return `hand over to a second daemon, ${isKilled ? 'killing' : 'stopping'} the first`;
};

/** No other process writes beside a daemon. */
const applyBeside: Action = async ({ processes }) => {
  const { daemon } = processes;
  if (daemon?.isWorking !== true) return undefined;
  const command = processes.start('apply', '--yes');
  const { code } = await command.ended;
  if (daemon.isRunning && (code !== 1 || !command.stderr.includes(IN_USE)))
    processes.faults.push(`apply beside a daemon ended with ${code}: ${command.stderr}`);
  return 'apply beside the daemon';
};

/** The lock of a killed process blocks no other one. */
const applyInstead: Action = async ({ processes, random }) => {
  const { daemon } = processes;
  if (daemon?.isRunning === true) await daemon.kill();
  const command = processes.start('apply', '--yes');
  const ms = random.int(500, LONGEST_APPLY_MS);
  await Promise.race([command.ended, pause(ms)]);
  if (command.isRunning) await command.kill();
  if (command.stderr.includes(IN_USE))
    processes.faults.push(`apply was refused after the daemon was killed: ${command.stderr}`);
  processes.startDaemon();
  return `kill the daemon, apply for at most ${ms} ms, and start it again`;
};

/** The actions on processes, by weight. */
export const processActions: readonly (readonly [number, Action])[] = [
  [4, kill],
  [1, stop],
  [1, reload],
  [2, standStill],
  [1, handOver],
  [1, applyBeside],
  [1, applyInstead],
];
