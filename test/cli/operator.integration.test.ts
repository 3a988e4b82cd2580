import { userInfo } from 'node:os';
import { expect, it } from 'vitest';
import { UsageError } from '../../src/cli/args.js';
import { operatorOf } from '../../src/cli/operator.js';

const noUser = (): string => {
  throw new Error('uv_os_get_passwd returned ENOENT');
};
const NUMBER = `user ${process.getuid?.() ?? 'unknown'}`;

it('the name of who runs a command is the given one, else that of the user, else its number', () => {
  expect(operatorOf('alice\u001b[2J', noUser)).toBe('alice [2J');
  expect(operatorOf(undefined, () => 'bob')).toBe('bob');
  expect(operatorOf(undefined)).toBe(userInfo().username);
  expect(operatorOf(undefined, noUser)).toBe(NUMBER);
  expect(operatorOf(undefined, () => '')).toBe(NUMBER);
  expect(() => operatorOf(' \u200b', noUser)).toThrow(UsageError);
});
