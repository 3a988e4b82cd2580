import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/model/secret.js';
import { Allowance } from '../../../src/core/redact/allowance.js';
import { Redactor, secretsIn } from '../../../src/core/redact/redactor.js';

const NASTY = `p<a>"ss'\\wo rd/+&é=%41 end`;
const KEY = `-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n-----END KEY-----\n`;

const json = (text: string): string => JSON.stringify(text).slice(1, -1);
const html = (text: string): string =>
  text.replaceAll(/[&<>"'=+/]/g, (found) =>
    NAMED[found] ? `&${NAMED[found]};` : `&#${found.charCodeAt(0)};`,
  );
const NAMED: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', '=': 'equals' };
const all = (text: string, form: (unit: string) => string): string =>
  Array.from({ length: text.length }, (_, index) => form(text.charAt(index))).join('');
const hex = (unit: string, digits: number): string => unit.charCodeAt(0).toString(16).padStart(digits, '0');
const lower = (text: string): string => text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
const form = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** How a text may come back from somewhere, by name. */
const FORMS: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'in JSON': json,
  'in JSON in JSON': (text) => json(json(text)),
  'in JSON, every character by its number': (text) => all(text, (unit) => `\\u${hex(unit, 4)}`),
  'in JSON with capital digits': (text) => all(text, (unit) => `\\u${hex(unit, 4).toUpperCase()}`),
  'in JSON as Go writes it': (text) => json(text).replaceAll(/[<>&]/g, (unit) => `\\u${hex(unit, 4)}`),
  'in a URL': encodeURIComponent,
  'in a URL, lower-case': (text) => lower(encodeURIComponent(text)),
  'in a form': form,
  'in a form, lower-case': (text) => lower(form(text)),
  'in HTML': html,
  'in HTML by numbers': (text) => all(text, (unit) => `&#${unit.charCodeAt(0)};`),
  'in HTML by hexadecimal numbers': (text) => all(text, (unit) => `&#x${hex(unit, 1)};`),
  'in HTML in JSON': (text) => json(html(text)),
  'in JSON in HTML': (text) => html(json(text)),
  'in a URL in JSON in HTML': (text) => html(json(encodeURIComponent(text))),
  'in base64': base64,
  'in base64 without padding': (text) => base64(text).replaceAll('=', ''),
  'in base64 for URLs': (text) => Buffer.from(text).toString('base64url'),
  'in base64 in a URL': (text) => encodeURIComponent(base64(text)),
  'with ends of line of Windows': (text) => text.replaceAll('\n', '\r\n'),
  'with ends of line spelt out': (text) => text.replaceAll('\n', '\\n'),
  'with ends of line of Windows spelt out': (text) => text.replaceAll('\n', '\\r\\n'),
  'on one line': (text) => text.replaceAll('\n', ' '),
  indented: (text) => text.replaceAll('\n', '\n    '),
};

describe('a redactor', () => {
  describe.each([
    ['with characters that are escaped', NASTY],
    ['of many lines', KEY],
    ['of letters', 'hunter22'],
    ['with an emoji', 'pass😀word'],
  ])('that knows a secret %s', (_, secret) => {
    it.each(Object.entries(FORMS))('hides it %s', (_name, form) => {
      const redactor = new Redactor([secret]);
      expect(redactor.text(`before ${form(secret.trim())} after`)).toBe('before [secret] after');
    });
  });

  it.each([
    ['credentials of Basic authentication', `Basic ${base64(`client:${NASTY}`)}`, NASTY],
    ['a long line of a key alone', 'bad MIIEvQIBADANBgkqhkiG9w0BAQEFAASC', KEY],
    ['a secret in a name in JSON', `{"${json(NASTY)}":1}`, NASTY],
    ['one that begins with another', 'the hunter22-long one', 'hunter22'],
  ])('hides %s', (_, text, secret) => {
    const shown = new Redactor([secret, `${secret}-long`]).text(text);
    expect(shown).toContain('[secret]');
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain('-long');
    expect(shown).not.toContain(base64(secret).slice(4, -4));
  });

  it.each([
    ['nothing known', [], 'hunter22'],
    ['less than four characters', ['abc', '', '  a '], 'abc a abc'],
    ['another case', ['hunter22'], 'HUNTER22'],
    ['a part', ['hunter22'], 'hunter2 unter22'],
    ['escapes that are none', ['hunter22'], '%zz %e9 &#99999999; &nothing; \\u12 \\x 100% + \\'],
    ['codes of no character', ['hunter22'], '%c0%80 &#9999999; &#x110000; \\u{ffffff}'],
  ])('leaves a text alone: %s', (_, secrets, text) => {
    expect(new Redactor(secrets).text(text)).toBe(text);
  });

  it('hides a secret beside codes of no character', () => {
    const text = '%c0%80 &#9999999; \\u{ffffff} %68unter22 h&#117;nter22';
    expect(new Redactor(['hunter22']).text(text)).toBe('%c0%80 &#9999999; \\u{ffffff} [secret] [secret]');
  });

  it('joins what overlaps, and leaves no tail', () => {
    expect(new Redactor(['abcdef', 'defghi', 'cdef']).text('xabcdefghix')).toBe('x[secret]x');
  });

  it('learns at any time, keeps earlier values, and forgets only on request', () => {
    const redactor = new Redactor(['first-value']);
    expect(redactor.text('first-value second-value')).toBe('[secret] second-value');
    redactor.add(['second-value', 'first-value']);
    expect(redactor.text('first-value second-value')).toBe('[secret] [secret]');
    redactor.forget('first-value');
    redactor.forget('second-value');
    redactor.forget('never-known');
    expect(redactor.text('first-value second-value')).toBe('[secret] second-value');
  });

  it('cleans names and values of any depth, and gives numbers back as numbers', () => {
    const redactor = new Redactor(['hunter22', '4711471']);
    expect(redactor.value({ hunter22: ['hunter22', { a: 4711471, b: 1, c: null, d: true }] })).toEqual({
      '[secret]': ['[secret]', { a: '[secret]', b: 1, c: null, d: true }],
    });
  });

  it('hides any secret, in any two forms inside each other', () => {
    const names = Object.keys(FORMS);
    const secret = fc.string({ minLength: 6, unit: 'grapheme' }).filter((text) => text.trim().length >= 6);
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom(...names),
        fc.constantFrom('in JSON', 'in a URL', 'in HTML'),
        (planted, inner, outer) => {
          const written = FORMS[outer]?.(FORMS[inner]?.(planted) ?? '') ?? '';
          const shown = new Redactor([planted]).text(`{${written}}`);
          expect(shown.replaceAll('[secret]', '')).not.toContain(written);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('finds secrets wherever they are in a value', () => {
    const value = {
      a: new Secret('one', 'env A'),
      list: [{ b: new Secret('two', 'env B') }],
      c: 'three',
      d: null,
    };
    expect(secretsIn(value)).toEqual(['one', 'two']);
  });
});

describe('a large value', () => {
  const redactor = new Redactor(['hunter22']);

  it('is shown up to the limit of one text, and a count replaces the rest', () => {
    const list = redactor.value(Array.from({ length: 1_000_000 }, () => 'hunter22ab')) as unknown[];
    expect(list.length).toBeLessThan(1_100);
    expect([list[0], list.at(-1)]).toEqual(['[secret]ab', `… (${1_000_001 - list.length} more)`]);
    const names = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`name-${index}`, 'v']));
    const object = redactor.value({ names }) as { readonly names: Record<string, string> };
    expect(object.names['…']).toBe(`… (${20_001 - Object.keys(object.names).length} more)`);
  });

  it('uses up what is left for those after it, of which only the short ones are shown then', () => {
    const allowance = new Allowance(5_000);
    const shown = ['x'.repeat(6_000), 'y'.repeat(300), ['z'.repeat(300), 'hunter22'], 7].map((value) =>
      redactor.value(value, allowance),
    );
    expect(shown).toEqual([
      `${'x'.repeat(5_000)}… (1000 characters more)`,
      '… (300 characters)',
      ['… (300 characters)', '[secret]'],
      7,
    ]);
  });
});

describe('a long text', () => {
  const secret = 'planted-value-4711';

  it.each([0, 1, 9, 17])('shows no part of a secret at its cut, %i characters into it', (inside) => {
    const text = `${'x'.repeat(2_000 - inside)}${secret}${'y'.repeat(50_000)}`;
    const shown = new Redactor([secret]).text(text, 2_000);
    expect(shown).toMatch(/^x+(\[secret\])?… \(\d+ characters more\)$/);
  });

  it('shows no part of a secret at its end, however much of it secrets are', () => {
    const long = 'planted-'.repeat(125);
    const shown = new Redactor([long]).text(`${long} `.repeat(40), 2_000);
    expect(shown).toMatch(/^(\[secret\] ?)+… \(\d+ characters more\)$/);
  });

  it('of millions of characters is cut, with or without secrets to search for', () => {
    for (const secrets of [[], [secret]]) {
      const shown = new Redactor(secrets).text('x'.repeat(5_000_000));
      expect(shown).toMatch(/^x{100000}… \(4900000 characters more\)$/);
    }
  });
});
