import { expect, it } from 'vitest';
import { personName } from '../../src/text/person.js';

it.each([
  ['alice@acme.example', 'alice@acme.example'],
  ['  Zoë  Žižek ', 'Zoë Žižek'],
  ['a\r\nSet-Cookie: b', 'a Set-Cookie: b'],
  ['\u001b[2Jbob\u202e', '[2Jbob'],
  ['to\u200dken', 'to ken'],
  ['x'.repeat(10_000), `${'x'.repeat(100)}…`],
  ['😀'.repeat(101), `${'😀'.repeat(100)}…`],
  ['', undefined],
  [' \u0000\u200b\u2028\t', undefined],
])('a name is one bounded line of visible characters: %j', (given, shown) => {
  expect(personName(given)).toBe(shown);
});
