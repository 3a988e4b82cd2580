import { z } from 'zod';
import { isLoopback } from '../http/loopback.js';
import { duration } from './duration.js';
import { filePath, secretText, text } from './text.js';

/** The error message for an invalid address of a repository; undefined for a valid one. */
function urlProblem(url: string): string | undefined {
  // `user@host:path`, as git writes the address of an SSH server.
  if (/^\w[\w.-]*@[\w][\w.-]*:(?!\/\/)[^\s]+$/.test(url)) return undefined;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^[\w+.-]+:\/\/[\w[]/.test(url))
    return 'Must be the address of a repository: https://host/path, ssh://user@host/path or user@host:path.';
  if (parsed.password !== '' || (parsed.username !== '' && parsed.protocol !== 'ssh:'))
    return 'Holds a user or a password: remove it and use source.git.auth.';
  if (parsed.protocol === 'https:' || parsed.protocol === 'ssh:') return undefined;
  if (parsed.protocol === 'http:' && isLoopback(parsed.hostname)) return undefined;
  return 'Must be https:// or ssh://; http:// is for loopback only, since others on the network path could change the definitions.';
}

/** The names that git accepts, with whole hashes. */
const REF = /^(?![-/.])(?!.*(\.\.|@\{|\/\/|\.lock$|[/.]$))[^\s~^:?*[\\\p{Cc}]+$/u;
const FOLDER = /^(?!\/)(?!(.*\/)?\.{1,2}(\/|$))(?!.*\/\/)[^\p{Cc}]*[^/\p{Cc}]$/u;

/** Keys of a git source, below `source.git`. */
export const gitSource = z.strictObject({
  url: text()
    .superRefine((url, context) => {
      const message = urlProblem(url);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .describe(
      'Repository with the definitions, in place of source.directory: https://, ssh:// or user@host:path. No password in it.',
    ),
  ref: text()
    .regex(REF, 'Must be the name of a branch or a tag, or a whole commit hash.')
    .describe('Branch, tag or whole commit hash. Default: the branch that the server names.')
    .optional(),
  path: text()
    .regex(FOLDER, 'Must be a folder in the repository, such as "tenants/acme", without "." and ".." in it.')
    .describe('Folder of the definitions in the repository. Default: all of it.')
    .optional(),
  pollInterval: duration('1s').prefault('1m').describe('Time between two polls of the repository.'),
  auth: z
    .strictObject({
      token: secretText().describe('Token for https.').optional(),
      username: text()
        .describe('User name for the token. Default: x-access-token, which most servers accept.')
        .optional(),
      sshKeyFile: filePath().describe('Private key for ssh, readable by its owner only.').optional(),
      knownHostsFile: filePath()
        .describe('Host keys for ssh; other hosts are refused. Default: ~/.ssh/known_hosts.')
        .optional(),
    })
    .prefault({}),
  webhookSecret: secretText()
    .describe('Secret of the webhook POST /webhooks/git, with which the git server triggers a fetch.')
    .optional(),
});
