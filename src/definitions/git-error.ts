/** The cause of a failure of a git source. */
export type GitFault =
  | 'no git'
  | 'disk full'
  | 'host key'
  | 'credentials'
  | 'repository'
  | 'network'
  | 'timeout'
  | 'ref'
  | 'commit'
  | 'path'
  | 'clone'
  | 'folder';

/** A failed fetch of a git source. The last good commit stays current. */
export class GitError extends Error {
  override readonly name = 'GitError';
  readonly fault: GitFault;

  /** `message` names the remedy; `output` is the output of git, without secrets. */
  constructor(fault: GitFault, message: string, output = '') {
    super(output === '' ? message : `${message} (git: ${output})`);
    this.fault = fault;
  }
}

interface Sign {
  readonly fault: GitFault;
  /** The output of git or ssh, in English. */
  readonly sign: RegExp;
  readonly advice: string;
}

/** The more specific signs come first, because one failure prints several. */
const SIGNS: readonly Sign[] = [
  {
    fault: 'no git',
    sign: /spawn git (ENOENT|EACCES)|unknown option/,
    advice:
      'git cannot be started, or is older than 2.29: install it and have it on the PATH, or use source.directory',
  },
  {
    fault: 'disk full',
    sign: /No space left on device|Disk quota exceeded|ENOSPC|EDQUOT/,
    advice: 'The disk is full: free space on the volume of the state (state.path)',
  },
  {
    fault: 'host key',
    sign: /Host key verification failed|HOST IDENTIFICATION HAS CHANGED|host key is known for/,
    advice:
      'The SSH host key of the server is unknown or has changed: verify the server, then add its key to the file of source.git.auth.knownHostsFile',
  },
  {
    fault: 'credentials',
    sign: /Authentication failed|could not read (Username|Password)|Permission denied \(|error: 40[13]\b|UNPROTECTED PRIVATE KEY/,
    advice:
      'The git server refuses access: check source.git.auth, and that it may read the repository; only its owner may be able to read the file of an SSH key',
  },
  {
    fault: 'repository',
    sign: /repository .*(not found|does not exist)|could not be found|not appear to be a git repository|error: 404\b|not valid: is this a git repository/i,
    advice:
      'The git server has no such repository, or hides it from these credentials: check source.git.url and source.git.auth',
  },
  {
    fault: 'commit',
    sign: /not our ref|couldn't find remote ref|does not allow request for unadvertised/,
    advice: 'The repository does not give this commit: check source.git.ref',
  },
  {
    fault: 'network',
    sign: /unable to access|Could not resolve host|Connection (refused|timed out|reset|closed)|Could not read from remote|RPC failed|early EOF|hung up|disconnect|Operation too slow|unable to connect/i,
    advice:
      'The git server cannot be reached: check source.git.url, the network, the proxy and the certificates',
  },
];

/** The failure of a git command by its output. An unknown failure counts as a damaged clone. */
export function gitErrorOf(output: string): GitError {
  const known = SIGNS.find(({ sign }) => sign.test(output));
  return new GitError(known?.fault ?? 'clone', known?.advice ?? 'The clone is damaged', essence(output));
}

/** The most specific lines, short enough for a log line. */
function essence(output: string): string {
  const lines = output.split('\n');
  const specific = lines.filter((line) =>
    /^(fatal|error|remote|ssh):|denied|verification failed/i.test(line),
  );
  return (specific.length > 0 ? specific : lines)
    .join(' ')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 300);
}
