import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Processes } from './processes.js';

type Text = readonly [place: string, text: string];

/** Pages of the daemon's server that show objects, changes and figures. */
const PAGES = [
  '/',
  '/objects',
  '/history',
  '/metrics',
  '/api/v1/status',
  '/api/v1/objects',
  '/api/v1/history',
  '/api/v1/plan',
];

/** Places where a secret turned up, with its first letters alone. */
export async function leaks(
  secrets: ReadonlySet<string>,
  processes: Processes,
  stateFolder: string,
): Promise<string[]> {
  const texts = [
    ...processes.lives.map(
      ({ stdout, stderr }, index): Text => [`the output of life ${index + 1} of the daemon`, stdout + stderr],
    ),
    ...processes.commands.map(({ stdout, stderr }): Text => ['the output of a command', stdout + stderr]),
    ...(await filesOf(stateFolder)),
    ...(await pagesOf(processes.daemon?.url)),
  ];
  return [...secrets].flatMap((secret) =>
    texts
      .filter(([, text]) => text.includes(secret))
      .map(([place]) => `the secret ${secret.slice(0, 12)}... is in ${place}`),
  );
}

async function filesOf(folder: string): Promise<Text[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.join(parentPath, name));
  // The running daemon replaces and removes files meanwhile.
  return Promise.all(
    files.map(async (file): Promise<Text> => [file, await readFile(file, 'utf8').catch(() => '')]),
  );
}

async function pagesOf(url: string | undefined): Promise<Text[]> {
  if (url === undefined) return [];
  return Promise.all(
    PAGES.map(async (page): Promise<Text> => {
      const response = await fetch(new URL(page, url));
      const text = await response.text();
      if (response.status !== 200) throw new Error(`GET ${page} answered ${response.status}: ${text}`);
      return [`GET ${page}`, text];
    }),
  );
}
