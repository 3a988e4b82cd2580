import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { codeOf } from '../model/errors.js';

/** Identifies one process among all that may ever share a folder, on any host and in any container. */
export interface Identity {
  /** One run of one operating system: its boot id, or the host name where there is none. */
  readonly boot: string;
  /** The PID namespace within it; empty where there are none. */
  readonly namespace: string;
  readonly pid: number;
  /** Its start time, in the form of the operating system: distinguishes it from a later process with its pid. */
  readonly started: string;
  /** For people. */
  readonly hostname: string;
}

/** The processes that this one can see. */
export interface Processes {
  readonly self: Identity;
  /** False only when no process of this namespace has that pid and that start. */
  lives(process: Pick<Identity, 'pid' | 'started'>): boolean;
}

/** Index of the start time among the fields of `/proc/<pid>/stat` that follow the name. */
const START_FIELD = 19;
/** States of a process that has ended: its parent has not asked for its exit code yet. */
const ENDED = ['Z', 'X'];

/** The processes of the machine. */
export function systemProcesses(): Processes {
  const own = statOf('self');
  const boot = textOf('/proc/sys/kernel/random/boot_id')?.trim();
  const base = { pid: process.pid, hostname: hostname() };
  if (own === undefined || own === 'none' || boot === undefined) {
    const self = { ...base, boot: hostname(), namespace: '', started: String(performance.timeOrigin) };
    return {
      self,
      lives: (other) => (other.pid === self.pid ? other.started === self.started : answers(other.pid)),
    };
  }
  const self = { ...base, boot, namespace: linkOf('/proc/self/ns/pid'), started: own.started };
  return {
    self,
    lives({ pid, started }) {
      const stat = statOf(String(pid));
      if (stat === undefined) return true;
      return stat !== 'none' && stat.started === started && !ENDED.includes(stat.state);
    },
  };
}

/** `none` when there is no such process, undefined when that cannot be known. */
function statOf(pid: string): { readonly state: string; readonly started: string } | 'none' | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before them is in brackets and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', started: fields[START_FIELD] ?? '' };
  } catch (error) {
    return ['ENOENT', 'ESRCH'].includes(codeOf(error) ?? '') ? 'none' : undefined;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function answers(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return codeOf(error) === 'EPERM';
  }
}
