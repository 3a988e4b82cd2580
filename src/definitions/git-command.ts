import { type ChildProcess, spawn } from 'node:child_process';
import type { Secret } from '../core/model/secret.js';
import { Redactor, secretsIn } from '../core/redact/redactor.js';
import { GitError, gitErrorOf } from './git-error.js';

/** A remote repository and its credentials. Paths are absolute. */
export interface GitRemote {
  /** `https://...`, `ssh://...` or `user@host:path`; `http://` for a loopback address only. Holds no password. */
  readonly url: string;
  /** With `token`, over HTTP. Default: `x-access-token`, which the large hosts accept with any of their tokens. */
  readonly username?: string | undefined;
  readonly token?: Secret | undefined;
  readonly sshKeyFile?: string | undefined;
  /** Default: the user's own file. Unknown hosts are refused either way. */
  readonly knownHostsFile?: string | undefined;
}

/** Options of every git command of a remote. */
export interface GitParts {
  readonly remote: GitRemote;
  /** Milliseconds that one command may take. Default: 1 minute. */
  readonly timeoutMs?: number | undefined;
  /** Hides secrets, those of the remote included, in git's output and in the names of authors. */
  readonly redactor?: Redactor | undefined;
  /** Ends every command, which then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of one git command beside its arguments. */
export interface GitCall {
  /** `GIT_DIR`, `GIT_WORK_TREE` and `GIT_INDEX_FILE`, where the command works on a repository. */
  readonly env?: Readonly<Record<string, string>>;
  /** How many times the usual limit it may take. */
  readonly patience?: number;
}

interface Ended {
  /** Null when it was killed; negative when it could not be started. */
  readonly code: number | null;
  readonly output: string;
  readonly stderr: string;
}

/** Variables of the environment that reach git, for its connections. */
const INHERITED = [
  'PATH',
  'SSH_AUTH_SOCK',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  ...['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()]),
];

const TIMEOUT_MS = 60_000;

/** Characters of error output that are kept. */
const MOST_STDERR = 64 * 1024;

/** Answers with the token from its environment, and only where git asks for the server that it is set for. */
const CREDENTIAL_HELPER =
  '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$C1SYNC_GIT_USERNAME" "$C1SYNC_GIT_TOKEN"; }; f';

/**
 * Runs git for one remote: with no configuration but what is written here, no prompt, no hook, no submodule, no
 * protocol but that of the url, and never longer than allowed. The token is in the environment of the command only.
 */
export class GitCommand {
  readonly #folder: string;
  readonly #parts: GitParts;
  readonly #redactor: Redactor;

  /** `folder`: where git runs; it has to exist, and stands for the home of the user too. */
  constructor(folder: string, parts: GitParts) {
    this.#folder = folder;
    this.#parts = parts;
    this.#redactor = parts.redactor ?? new Redactor();
    this.#redactor.add(secretsIn(parts.remote));
  }

  /** The address of the remote. */
  get url(): string {
    return this.#parts.remote.url;
  }

  /**
   * Runs a git command and gives its output, trimmed.
   * @throws GitError, or the reason of the signal
   */
  async run(args: readonly string[], { env = {}, patience = 1 }: GitCall = {}): Promise<string> {
    const { signal, timeoutMs: usualMs = TIMEOUT_MS } = this.#parts;
    signal?.throwIfAborted();
    const timeoutMs = usualMs * patience;
    const limit = AbortSignal.timeout(timeoutMs);
    const ended = await this.#start(
      args,
      env,
      signal === undefined ? limit : AbortSignal.any([signal, limit]),
    );
    if (ended.code === 0) return ended.output.trim();
    signal?.throwIfAborted();
    if (!limit.aborted) throw gitErrorOf(this.hide(ended.stderr || `exit code ${ended.code}`));
    const seconds = Math.round(timeoutMs / 1000);
    throw new GitError(
      'timeout',
      `git ${args[0]} did not end within ${seconds} s: check source.git.url, the network and the proxy`,
    );
  }

  /** Starts git in a process group of its own: what it has started itself outlives it when it is killed alone. */
  #start(args: readonly string[], env: Readonly<Record<string, string>>, stop: AbortSignal): Promise<Ended> {
    return new Promise((resolve) => {
      const child = spawn('git', args, {
        cwd: this.#folder,
        env: { ...this.#environment(), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      const ended = { output: '', stderr: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        ended.output += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        // The output of a server has no limit; its beginning is the most useful part.
        ended.stderr += text.slice(0, MOST_STDERR - ended.stderr.length);
      });
      child.on('error', (error) => {
        ended.stderr += error.message;
      });
      const kill = (): void => killGroup(child);
      stop.addEventListener('abort', kill, { once: true });
      child.on('close', (code) => {
        stop.removeEventListener('abort', kill);
        resolve({ ...ended, code });
      });
    });
  }

  /** A text of the repository or its server, as it may be shown. */
  hide(text: string): string {
    return this.#redactor.text(text);
  }

  #environment(): Record<string, string> {
    const { url, username, token } = this.#parts.remote;
    const isHttp = /^https?:/.test(url);
    const settings: [string, string][] = [
      ['core.hooksPath', '/dev/null'],
      ['credential.helper', ''],
      ['gc.autoDetach', 'false'],
      ['gc.pruneExpire', 'now'],
      ['init.defaultBranch', 'unused'],
      ...(isHttp && token !== undefined
        ? [[`credential.${new URL(url).origin}.helper`, CREDENTIAL_HELPER] as [string, string]]
        : []),
    ];
    const inherited = INHERITED.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    return {
      ...Object.fromEntries(inherited),
      LC_ALL: 'C',
      HOME: this.#folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_ATTR_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ALLOW_PROTOCOL: isHttp ? new URL(url).protocol.slice(0, -1) : 'ssh',
      GIT_LITERAL_PATHSPECS: '1',
      GIT_SSH_COMMAND: sshCommand(this.#parts.remote),
      ...(isHttp && token !== undefined
        ? { C1SYNC_GIT_USERNAME: username ?? 'x-access-token', C1SYNC_GIT_TOKEN: token.reveal() }
        : {}),
      GIT_CONFIG_COUNT: String(settings.length),
      ...Object.fromEntries(
        settings.flatMap(([key, value], index) => [
          [`GIT_CONFIG_KEY_${index}`, key],
          [`GIT_CONFIG_VALUE_${index}`, value],
        ]),
      ),
    };
  }
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // The process has already ended.
  }
}

/** Never asks, never trusts a host that is not known, and offers no key but the one given. */
function sshCommand({ sshKeyFile, knownHostsFile }: GitRemote): string {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'ConnectTimeout=20',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=2',
    ...(knownHostsFile === undefined
      ? []
      : [`UserKnownHostsFile="${percent(knownHostsFile)}"`, 'GlobalKnownHostsFile=/dev/null']),
    ...(sshKeyFile === undefined ? [] : ['IdentitiesOnly=yes', `IdentityFile="${percent(sshKeyFile)}"`]),
  ];
  return ['ssh', '-F', '/dev/null', ...options.flatMap((option) => ['-o', quoted(option)])].join(' ');
}

/** ssh replaces signs such as `%h` in the names of files. */
function percent(file: string): string {
  return file.replaceAll('%', '%%');
}

/** For the shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
