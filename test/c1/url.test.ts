import { describe, expect, it } from 'vitest';
import { apiPath, checkPath } from '../../src/c1/path.js';
import { tenantHostOf, tenantUrl } from '../../src/c1/url.js';
import { TerminalError } from '../../src/core/model/errors.js';

describe('tenantUrl', () => {
  it.each([
    ['https://acme.conductor.one', 'https://acme.conductor.one'],
    ['https://ACME.conductor.one/', 'https://acme.conductor.one'],
    [' https://acme.c1eu.ai:8443 ', 'https://acme.c1eu.ai:8443'],
    ['acme.conductor.one', 'https://acme.conductor.one'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://127.8.7.6', 'http://127.8.7.6'],
    ['http://[::1]:99/', 'http://[::1]:99'],
    ['http://localhost:3000', 'http://localhost:3000'],
  ])('takes %s', (input, origin) => {
    expect(tenantUrl(input).origin).toBe(origin);
  });

  it.each([
    ['', 'empty'],
    ['acme', 'https://acme.conductor.one, or https://acme.c1eu.ai in the EU'],
    ['http://acme.conductor.one', 'write https://acme.conductor.one'],
    ['http://127.0.0.1.evil.example', 'not https'],
    ['http://localhost.evil.example', 'not https'],
    ['ftp://127.0.0.1', 'not https'],
    ['https://acme.conductor.one/api/v1', 'write https://acme.conductor.one'],
    ['https://acme.conductor.one?x=1', 'more than scheme and host'],
    ['https://acme.conductor.one#x', 'more than scheme and host'],
    ['https://', 'cannot be read'],
    ['javascript:alert(1)', 'cannot be read'],
  ])('refuses %j', (input, hint) => {
    expect(() => tenantUrl(input)).toThrow(TerminalError);
    expect(() => tenantUrl(input)).toThrow(hint);
  });

  it('does not repeat a password in the URL', () => {
    expect(() => tenantUrl('https://me:hunter22@acme.conductor.one')).toThrow(/user or password/);
    expect(() => tenantUrl('https://me:hunter22@acme.conductor.one')).not.toThrow(/hunter22/);
  });
});

describe('tenantHostOf', () => {
  it.each([
    ['quick-fox-1@Acme.conductor.one/pcc', 'acme.conductor.one'],
    ['quick-fox-1@127.0.0.1:8080/pcc', '127.0.0.1:8080'],
    ['quick-fox-1', undefined],
    ['quick-fox-1@acme.conductor.one', undefined],
    ['@acme.conductor.one/pcc', undefined],
  ])('%s names %s', (clientId, host) => {
    expect(tenantHostOf(clientId)).toBe(host);
  });
});

describe('apiPath', () => {
  it('makes one encoded segment of each value', () => {
    expect(apiPath('/api/v1/apps/{parentId}/connectors/{id}', { parentId: 'a/b?c#d e', id: '%2e' })).toBe(
      '/api/v1/apps/a%2Fb%3Fc%23d%20e/connectors/%252e',
    );
  });

  it.each(['', '.', '..', undefined])('refuses the segment "%s"', (id) => {
    expect(() => apiPath('/api/v1/apps/{id}', { id })).toThrow(TerminalError);
  });
});

describe('checkPath', () => {
  it.each(['/api/v1/apps', '/api/v1/apps/%2F', '/auth/v1/token'])('takes %s', (path) => {
    expect(() => checkPath(path)).not.toThrow();
  });

  it.each([
    '',
    'api',
    '//evil.example/x',
    '/api//apps',
    '/api/v1/apps/',
    '/api/../x',
    '/api/%2E%2e/x',
    '/a?b',
    '/a#b',
    '/a\\b',
    'https://evil.example/',
  ])('refuses "%s"', (path) => expect(() => checkPath(path)).toThrow(TerminalError));
});
