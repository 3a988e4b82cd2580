import type { JWK } from 'jose';
import { TerminalError } from '../core/model/errors.js';
import type { Random } from '../core/model/random.js';
import { isObject } from '../text/shape.js';

const PREFIX = 'secret-token:conductorone.com:v1:';
/** Half the life of an assertion, seconds. The tenant refuses more than five minutes. */
const LEEWAY_S = 120;

/** Signs client assertions. The private key stays inside. */
export interface AssertionSigner {
  /** A fresh assertion, good for two minutes around `now` (milliseconds since the epoch). */
  sign(now: number): Promise<string>;
}

/** True for a client secret that is a private key and is never sent itself. */
export function isSigningSecret(clientSecret: string): boolean {
  return clientSecret.startsWith(PREFIX);
}

/**
 * Creates a signer from a client secret that holds an Ed25519 key. `audience` is the tenant host without port.
 * Throws a TerminalError when the secret cannot be read; the message never shows it.
 */
export function assertionSigner(
  clientId: string,
  clientSecret: string,
  around: { readonly audience: string; readonly random: Random },
): AssertionSigner {
  const { audience, random } = around;
  const jwk = readKey(clientSecret.slice(PREFIX.length));
  return {
    async sign(now) {
      const [{ SignJWT }, { importJWK }] = await joseParts();
      const seconds = Math.floor(now / 1000);
      const key = await importJWK(jwk, 'EdDSA');
      return new SignJWT()
        .setProtectedHeader({ alg: 'EdDSA', nonce: Buffer.from(random.bytes(16)).toString('hex') })
        .setIssuer(clientId)
        .setSubject(clientId)
        .setAudience(audience)
        .setIssuedAt(seconds)
        .setNotBefore(seconds - LEEWAY_S)
        .setExpirationTime(seconds + LEEWAY_S)
        .sign(key);
    },
  };
}

/** The parts of the library that sign: to load all of it takes longer, and other ways to authenticate need none. */
function joseParts() {
  return Promise.all([import('jose/jwt/sign'), import('jose/key/import')]);
}

function readKey(encoded: string): JWK {
  const jwk = parse(Buffer.from(encoded, 'base64url').toString('utf8'));
  const { kty, crv, x, d } = jwk;
  if (kty !== 'OKP' || crv !== 'Ed25519' || typeof x !== 'string' || typeof d !== 'string')
    throw unreadable();
  return { kty, crv, x, d };
}

function parse(text: string): { readonly [key: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // The parser's message could show the secret; the one below does not.
  }
  throw unreadable();
}

function unreadable(): TerminalError {
  return new TerminalError(
    'the client secret (tenant.auth.clientSecret, CONDUCTORONE_CLIENT_SECRET) starts like a signing secret but holds no ' +
      'private Ed25519 key; copy it again in full, or create a new one',
  );
}
