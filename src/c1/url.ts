import { TerminalError } from '../core/model/errors.js';
import { isLoopback } from '../http/loopback.js';

const EXAMPLE = 'such as https://acme.conductor.one';

/**
 * Reads the address of a tenant. `https` only, `http` for a loopback address only; no user, path, query or fragment.
 * A host without a scheme gets `https`; a bare tenant name is ambiguous between regions and refused.
 * Throws a TerminalError with the remedy.
 */
export function tenantUrl(input: string): URL {
  const text = input.trim();
  if (text === '')
    throw new TerminalError(`the tenant URL is empty; write the address of the tenant, ${EXAMPLE}`);
  if (/^[\w-]+$/.test(text) && text !== 'localhost') {
    throw new TerminalError(
      `the tenant URL "${text}" is only a name; write https://${text}.conductor.one, or https://${text}.c1eu.ai in the EU`,
    );
  }
  const url = parse(text);
  if (url.username !== '' || url.password !== '') {
    throw new TerminalError('the tenant URL holds a user or password; leave it out and use tenant.auth');
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    throw new TerminalError(
      `the tenant URL ${url.protocol}//${url.host} is not https; write https://${url.host} (http is for loopback addresses only)`,
    );
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new TerminalError(`the tenant URL holds more than scheme and host; write ${url.origin}`);
  }
  return url;
}

function parse(text: string): URL {
  const full = text.includes('://') ? text : `https://${text}`;
  if (!URL.canParse(full)) {
    throw new TerminalError(`the tenant URL cannot be read; write scheme and host, ${EXAMPLE}`);
  }
  return new URL(full);
}

/** The tenant host named by a client id (`<name>@<tenant host>/<suffix>`), if it has that form. */
export function tenantHostOf(clientId: string): string | undefined {
  return /^[^@/]+@([^@/\s]+)\/[^/]+$/.exec(clientId)?.[1]?.toLowerCase();
}
