import { userInfo } from 'node:os';
import { personName } from '../text/person.js';
import { UsageError } from './args.js';

/**
 * The name of the person who runs a command: the one given with `--as`, else the user of the operating system, else its
 * number, for a process whose user has no entry in the system. `nameOfUser` may throw.
 * @throws UsageError for a given name without a visible character
 */
export function operatorOf(given: string | undefined, nameOfUser = () => userInfo().username): string {
  if (given !== undefined) {
    const name = personName(given);
    if (name === undefined) throw new UsageError('--as has no visible character: give a name');
    return name;
  }
  try {
    return personName(nameOfUser()) ?? numberOfUser();
  } catch {
    return numberOfUser();
  }
}

function numberOfUser(): string {
  return `user ${process.getuid?.() ?? 'unknown'}`;
}
