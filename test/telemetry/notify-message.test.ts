import { describe, expect, it } from 'vitest';
import { reasonOf } from '../../src/core/guard/hold-cause.js';
import { slackMessage } from '../../src/telemetry/notify-message.js';
import type { Item, News } from '../../src/telemetry/notify-news.js';

const origin = { tenant: 'acme.conductor.one', workspace: 'production' };
const nothing: News = { troubles: [], recovered: [], corrections: [], omitted: 0, ended: [] };

interface Body {
  readonly text: string;
  readonly blocks: readonly {
    readonly type: string;
    readonly text: { readonly type: string; readonly text: string };
  }[];
}

function message(news: Partial<News>): Body {
  return slackMessage({ ...nothing, ...news }, origin, (text) => text.replaceAll('hush', '[secret]')) as Body;
}

const held = (subject: string, more: Partial<Item> = {}): Item => ({
  event: 'held',
  subject,
  status: 'Held',
  fields: [],
  ...more,
});

describe('a message for Slack', () => {
  it('names the change, its author, the reason and the approval, as blocks and as one text', () => {
    const approval = `sha256:${'0123456789ab'.padEnd(64, 'c')}`;
    const limit = { most: 3, sort: 'updates', freeAt: undefined } as const;
    const { reason } = reasonOf({ type: 'limit', limit });
    const body = message({
      troubles: [
        held('App/slack', { reason, approval, fields: ['owners'] }),
        held('App/jira', { reason, approval }),
        { event: 'failed', subject: 'App/okta', status: 'Failed', fields: [], reason: 'HTTP 403' },
      ],
      recovered: [{ event: 'recovered', subject: 'App/zoom', fields: [] }],
      corrections: [
        {
          event: 'drift',
          subject: 'App/github',
          fields: ['description', 'owners'],
          actor: 'bob@acme.example',
          approvedBy: 'alice via sso',
        },
      ],
    });
    const texts = [
      '*c1sync* production on acme.conductor.one: 1 failed, 2 held, 1 drifted, 1 recovered',
      '*Failed* (1): HTTP 403\n• `App/okta`',
      `*Held* (2): sync.limits.updates allows 3 in an hour, and more are pending; review them with 'c1sync plan', then approve them, or wait an hour\nTo approve: \`c1sync approve sha256:0123456789ab\`\n• \`App/slack\`: \`owners\`\n• \`App/jira\``,
      '*Reverted* (1), changed by bob@acme.example, approved by alice via sso\n• `App/github`: `description, owners`',
      '*Recovered* (1)\n• `App/zoom`',
    ];
    expect(body.blocks.map(({ text }) => text.text)).toEqual(texts);
    expect(body.text).toBe(texts.join('\n'));
    for (const block of body.blocks)
      expect(block).toMatchObject({ type: 'section', text: { type: 'mrkdwn', verbatim: true } });
  });

  it('does not report drift in observe mode as reverted', () => {
    const body = message({ troubles: [held('App/a', { event: 'drift', status: 'Drifted' })] });
    expect(body.blocks[1]?.text.text).toBe('*Differs* (1)\n• `App/a`');
  });

  it.each([
    [
      '<!channel> & <https://evil.example|click>',
      '&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;',
    ],
    ['@channel and @here, (@all)', '@\u200bchannel and @\u200bhere, (@\u200ball)'],
    ['bob@acme.example', 'bob@acme.example'],
    ['[click](https://evil.example)', '[click]\u200b(https://evil.example)'],
    ['`code` \u202etxet\u0000\u0007\nnext \ud800 line', "'code' txet next  line"],
    ['it is hush', 'it is [secret]'],
  ])('shows %j as %j', (given, shown) => {
    expect(message({ troubles: [held('App/a', { reason: given })] }).text).toContain(
      `*Held* (1): ${shown}\n`,
    );
    expect(message({ troubles: [held(given)] }).text).toContain(`• \`${shown}\``);
    expect(message({ troubles: [held('App/a', { actor: given })] }).text).toContain(`changed by ${shown}\n`);
  });

  it('is shortened at its limits, and counts the omitted items', () => {
    const many = Array.from({ length: 500 }, (_, i) => held(`App/a-${i}`, { reason: `group ${i % 20}` }));
    const body = message({ troubles: many, omitted: 7 });
    expect(body.blocks).toHaveLength(12);
    expect(body.blocks[1]?.text.text).toMatch(/^\*Held\* \(25\).*App\/a-180`\n• and 15 more$/s);
    expect(body.blocks.at(-1)?.text.text).toBe('and 257 more');
    expect(body.text).toContain('500 held, 7 drifted');
    const long = message({
      troubles: many.map((item) => ({ ...item, reason: '&'.repeat(9000), fields: ['<'.repeat(9000)] })),
    });
    for (const block of long.blocks) {
      expect(block.text.text.length).toBeLessThanOrEqual(3000);
      expect(block.text.text.replaceAll(/&(amp|lt|gt);/g, '')).not.toContain('&');
    }
  });
});
