import { expect, it } from 'vitest';
import { renderChecks } from '../../../src/cli/render/checks.js';

it('keeps the lines of a message under each other, and lets no other character steer the terminal', () => {
  const checks = [
    { name: 'settings', ok: true, message: 'tenant https://acme.conductor.one' },
    { name: 'clock', ok: false, message: 'two things are wrong:\n  this one\n  and \u001b[2J this one' },
  ];
  expect(renderChecks(checks, { colour: false, width: 100 })).toBe(
    [
      'ok      settings  tenant https://acme.conductor.one',
      'failed  clock     two things are wrong:',
      '                    this one',
      '                    and \\u001b[2J this one',
    ].join('\n'),
  );
});
