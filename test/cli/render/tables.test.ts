import { describe, expect, it } from 'vitest';
import { renderProblems, renderStandings } from '../../../src/cli/render/tables.js';
import { standing } from './plans.js';

const plain = { colour: false, width: 80 };

describe('renderStandings', () => {
  it('lines up columns and wraps long reasons below themselves', () => {
    const reason = 'the limit of updates in an hour is reached, so that this one waits; approve it to go on';
    const text = renderStandings(
      [standing('a', 'Synced'), standing('longer-name', 'Held', { reason })],
      plain,
    );
    expect(text).toBe(`OBJECT           STATUS  REASON
App/a            Synced
App/longer-name  Held    the limit of updates in an hour is reached, so that
                         this one waits; approve it to go on
`);
  });

  it('shows the time of the status, if known, and the health in the tenant', () => {
    const rows = [
      {
        ...standing('a', 'Synced', {
          key: 'Connector/a',
          facts: { paused: true, lastError: 'bad token', syncStatus: 'x' },
        }),
        since: 0,
      },
      {
        ...standing('b', 'Failed', { key: 'Connector/b', facts: { paused: false, lastError: '' } }),
        since: 1_000,
      },
    ];
    expect(renderStandings(rows, { colour: false, width: 200 }, 61_000)).toBe(
      `OBJECT       STATUS  SINCE         REASON
Connector/a  Synced  1 minute ago  paused in the tenant; its last error: bad token
Connector/b  Failed  1 minute ago  reason of b
`,
    );
  });

  it('is safe for a terminal, aligns columns in colour, and accepts any width', () => {
    const rows = [
      standing('a', 'Failed', {
        key: 'Connector/a',
        reason: '\u001b[2J\u202e',
        facts: { lastError: '\u009b1m' },
      }),
    ];
    expect(renderStandings(rows, { colour: false, width: 1 })).toContain('\\u001b[2J\\u202e;');
    const coloured = renderStandings([standing('a', 'Gone'), standing('b', 'Synced')], {
      colour: true,
      width: 80,
    });
    expect(coloured).toContain('\u001b[33mGone  \u001b[39m  reason of a');
    expect(coloured).toContain('\u001b[32mSynced\u001b[39m');
  });

  it('prints the head alone without objects', () => {
    expect(renderStandings([], plain)).toBe('OBJECT  STATUS  REASON\n');
  });
});

describe('renderProblems', () => {
  it('prints problems in the form of a compiler', () => {
    const text = renderProblems(
      [
        {
          position: { file: 'd/github.yaml', line: 7, column: 3 },
          key: 'App/github',
          path: 'spec.monthlyCost',
          message: 'unknown field. Did you mean "monthlyCostUsd"?',
        },
        { position: { file: 'd/github.yaml', line: 9, column: 1 }, message: 'duplicate\u001b key' },
      ],
      plain,
    );
    expect(
      text,
    ).toBe(`d/github.yaml:7:3: error: unknown field. Did you mean "monthlyCostUsd"?  (App/github spec.monthlyCost)
d/github.yaml:9:1: error: duplicate\\u001b key
2 problems in 1 file
`);
  });

  it('prints nothing without problems', () => {
    expect(renderProblems([], plain)).toBe('');
  });
});
