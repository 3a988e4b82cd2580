import { setFlagsFromString } from 'node:v8';

/** The first version of V8 with its memory saver, and with three compilers that are on by default: that of Node 24. */
const SAVING_V8 = 13;

/** Definitions of a tenant from which on {@link optimise} is worth its memory. */
export const MANY_DEFINITIONS = 1_000;

const isSaving = Number.parseInt(process.versions.v8, 10) >= SAVING_V8;
const compilers = isSaving ? ['sparkplug', 'maglev', 'turbofan'] : ['turbofan'];

/** True from {@link saveMemory} until {@link optimise}. */
let isLean = false;

/**
 * Has V8 keep memory small, called before anything else is loaded: a daemon waits most of the time. Without this it keeps the
 * garbage of its largest sweep, and the compilers of hot functions with the code that they make, 15 MB, which save a daemon
 * with few objects no processor time. A sweep takes about a quarter more processor time.
 */
export function saveMemory(): void {
  isLean = true;
  setFlagsFromString('--semi-space-growth-factor=1');
  if (isSaving) setFlagsFromString('--memory-saver-mode');
  for (const compiler of compilers) setFlagsFromString(`--no-${compiler}`);
}

/**
 * Lets V8 compile hot functions after {@link saveMemory}, and grow the space for new objects, where there are many of both.
 * Does nothing a second time, as each load of many definitions asks for it, and in a process that saves no memory.
 */
export function optimise(): void {
  if (!isLean) return;
  isLean = false;
  if (isSaving) setFlagsFromString('--semi-space-growth-factor=2');
  for (const compiler of compilers) setFlagsFromString(`--${compiler}`);
}
