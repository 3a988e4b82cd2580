import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Processes } from './processes.js';

/** Places, with what was found there, where a secret turned up. Only its first letters are told. */
export async function leaks(
  secrets: ReadonlySet<string>,
  processes: Processes,
  stateFolder: string,
): Promise<string[]> {
  const texts: (readonly [place: string, text: string])[] = [];
  for (const [index, { stdout, stderr }] of processes.lives.entries()) {
    texts.push([`the output of life ${index + 1} of the daemon`, stdout + stderr]);
  }
  // The emulator is the first of the others, and prints its credentials for whoever starts it.
  for (const { stdout, stderr } of processes.others.slice(1))
    texts.push(['the output of a command', stdout + stderr]);
  const entries = await readdir(stateFolder, { withFileTypes: true, recursive: true }).catch(() => []);
  for (const entry of entries.filter((one) => one.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    texts.push([file, await readFile(file, 'utf8').catch(() => '')]);
  }
  return [...secrets].flatMap((secret) =>
    texts
      .filter(([, text]) => text.includes(secret))
      .map(([place]) => `the secret ${secret.slice(0, 12)}... is in ${place}`),
  );
}
