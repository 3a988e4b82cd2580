import { z } from 'zod';
import { isSame } from '../text/same.js';
import { secretText } from './text.js';

/** The names of `server.token` and `server.readToken`, and those of channels, which older entries of the history have. */
const RESERVED = ['token', 'readToken', 'api', 'dashboard'];
/** Without a space, so that no token has the name of a person that a proxy names: `alice via sso`. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$/;
/** Headers with credentials, which a name would disclose. */
const CREDENTIALS = /^(authorization|proxy-authorization|cookie)$/i;

/** One entry of `server.tokens`. */
export const accessToken = z.strictObject({
  name: z
    .string()
    .regex(
      NAME,
      'Must be letters, digits, ".", "_", "@", "+" and "-", beginning with a letter or digit, 64 at most.',
    )
    .refine(
      (name) => !RESERVED.includes(name),
      `Must not be one of ${RESERVED.join(', ')}, which are reserved.`,
    ),
  token: secretText(),
  can: z.enum(['read', 'change']),
});

/** Refuses two tokens with one name, and one token with two names, in `server.tokens`. */
export function refuseTwins(
  tokens: readonly z.output<typeof accessToken>[],
  context: z.RefinementCtx<z.output<typeof accessToken>[]>,
): void {
  for (const [index, { name, token }] of tokens.entries()) {
    const earlier = tokens.slice(0, index);
    const named = earlier.findIndex((other) => other.name === name);
    if (named !== -1) {
      const message = `Is the name of server.tokens[${named}] too: give each token a name of its own.`;
      context.addIssue({ code: 'custom', path: [index, 'name'], message });
    }
    const equal = earlier.findIndex((other) => isSame(other.token.reveal(), token.reveal()));
    if (equal === -1) continue;
    const message = `Is the token of server.tokens[${equal}] too: give each name a token of its own.`;
    context.addIssue({ code: 'custom', path: [index, 'token'], message });
  }
}

/** The check of `server.userHeader`. */
export const userHeader = () =>
  z
    .string()
    .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'Must be the name of an HTTP header.')
    .refine((name) => !CREDENTIALS.test(name), 'Must not be a header with credentials: names are shown.');
