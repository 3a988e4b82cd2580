import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type CliHome, cliHome, type Running, type SpawnedEmulator } from '../support/cli.js';

/** The token with which people sign in to the daemon of a stage. */
export const TOKEN = 'a-long-random-token-of-the-daemon';
/** The value of a secret in the definitions of a stage. No page may show it. */
export const SECRET = 'planted-secret-7c1f';

/** How a stage is set up. */
export interface StageOptions {
  /** Definitions by file name. */
  readonly files: Readonly<Record<string, string>>;
  /** The seed of the tenant; a small company by default. */
  readonly seed?: unknown;
  /** Settings of the daemon beside those that make it find the tenant: keys of the settings file. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** False for a daemon without a token. */
  readonly hasToken?: boolean;
}

/** A tenant and a daemon, each a process of its own. */
export interface Stage {
  /** Where the daemon answers. */
  readonly url: string;
  readonly emulator: SpawnedEmulator;
  /** Stops the daemon. */
  stop(): Promise<void>;
  /** Starts the daemon again, at the same address, after it was stopped. */
  restart(): Promise<void>;
  /** Writes a file of definitions. */
  define(name: string, text: string): Promise<void>;
  /** An edit by a person in the web app. */
  webEdit(edit: Readonly<Record<string, unknown>>): Promise<void>;
  /** Ends both and removes everything. */
  close(): Promise<void>;
}

/** Sets a stage; the first sweep is over when it resolves. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const home = await cliHome();
  try {
    return await build(home, options);
  } catch (error) {
    await home.remove();
    throw error;
  }
}

async function build(
  home: CliHome,
  { files, seed, settings = {}, hasToken = true }: StageOptions,
): Promise<Stage> {
  const at = (...names: string[]): string => path.join(home.directory, ...names);
  const define = (name: string, text: string): Promise<void> => writeFile(at('definitions', name), text);
  await mkdir(at('definitions'));
  for (const [name, text] of Object.entries(files)) await define(name, text);
  if (seed !== undefined) await writeFile(at('seed.json'), JSON.stringify(seed));
  await writeFile(
    at('c1sync.yaml'),
    JSON.stringify({ workspace: 'production', source: { directory: at('definitions') }, ...settings }),
  );
  const emulator = await home.emulator(...(seed === undefined ? [] : ['--seed', at('seed.json')]));
  const start = async (port: string): Promise<Running> => {
    const daemon = home.start(['run', '--settings', at('c1sync.yaml')], {
      cwd: home.directory,
      env: {
        ...emulator.env,
        C1SYNC_API_REQUESTS_PER_SECOND: '1000',
        C1SYNC_SYNC_SYSTEM_LOG_INTERVAL: '1s',
        C1SYNC_SERVER_PORT: port,
        STAGE_SECRET: SECRET,
        ...(hasToken ? { C1SYNC_SERVER_TOKEN: TOKEN } : {}),
      },
    });
    await daemon.line('the first sweep', ({ msg }) => msg === 'sweep finished');
    return daemon;
  };
  let daemon = await start('0');
  const url = String(daemon.log.find(({ msg }) => msg === 'listening')?.url);
  return {
    url,
    stop: async () => {
      daemon.kill('SIGTERM');
      await daemon.end;
    },
    restart: async () => {
      daemon = await start(new URL(url).port);
    },
    emulator,
    define,
    webEdit: async (edit) => {
      const answer = await fetch(`${emulator.url}/_emulator/web-edit`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(edit),
      });
      if (!answer.ok) throw new Error(`the web edit was refused: ${await answer.text()}`);
    },
    close: () => home.remove(),
  };
}
