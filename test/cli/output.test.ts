import { expect, test } from 'vitest';
import { forTenant } from '../../src/cli/output.js';

test.each([
  ["run 'c1sync resume App/x' to manage it", "run 'c1sync resume --tenant acme App/x' to manage it"],
  ["'c1sync state forget App/x'", "'c1sync state forget --tenant acme App/x'"],
  ["'c1sync plan --tenant acme', 'c1sync plan'", "'c1sync plan --tenant acme', 'c1sync plan --tenant acme'"],
  ["'c1sync plan\n  --tenant acme'", "'c1sync plan\n  --tenant acme'"],
  ['c1sync planned it; c1sync run starts it', 'c1sync planned it; c1sync run starts it'],
])('the commands of %j name the tenant, once', (text, named) => {
  expect(forTenant(text, 'acme')).toBe(named);
  expect(forTenant(text, undefined)).toBe(text);
});
