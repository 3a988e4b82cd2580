import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadSettings } from '../../src/settings/load.js';

async function refusalOf(name: string, value: string): Promise<string> {
  const cwd = mkdtempSync(path.join(tmpdir(), 'c1sync-values-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  const error = await loadSettings({ env: { HOME: cwd, [name]: value }, cwd }).then(
    () => new Error('accepted'),
    (thrown: unknown) => thrown,
  );
  return String(error);
}

const SPAN = 'a span of time such as 200ms, 30s, 10m or 1h30m';
const LIMIT = 'Must be a whole number from 0, or a share of what is managed such as "50%", "100%" at most.';

test.each([
  ['SYNC_SYSTEM_LOG_INTERVAL', '500ms', `Must be "off", or ${SPAN}, at least 1s and ten years at most.`],
  ['SYNC_SYSTEM_LOG_INTERVAL', 'true', `Must be "off", or ${SPAN}, at least 1s and ten years at most.`],
  ['SYNC_INTERVAL', '500ms', `Must be ${SPAN}, at least 1s and ten years at most.`],
  ['SYNC_INTERVAL', '30', `Must be ${SPAN}, at least 1s and ten years at most.`],
  ['SYNC_DEBOUNCE', 'soon', `Must be ${SPAN}, ten years at most.`],
  ['SYNC_SETTLE', '-1s', `Must be ${SPAN}, ten years at most.`],
  ['API_TIMEOUT', '0s', `Must be ${SPAN}, at least 1ms and ten years at most.`],
  ['API_MAX_PAUSE', '10ms', `Must be ${SPAN}, at least 1s and ten years at most.`],
  ['SOURCE_GIT_POLL_INTERVAL', '1ms', `Must be ${SPAN}, at least 1s and ten years at most.`],
  ...['CREATES', 'UPDATES', 'DELETES', 'ADOPTS'].flatMap((name) =>
    ['1.5', '-1', '101%', 'few', 'true'].map((value) => [`SYNC_LIMITS_${name}`, value, LIMIT]),
  ),
  ['SYNC_MODE', 'dry', 'Must be "enforce" or "observe".'],
  ['SYNC_ADOPT', 'all', 'Must be "matching" or "marked" or "never".'],
  ['SYNC_ON_TAKEOVER', 'x', 'Must be "once" or "always" or "hold".'],
  ['SYNC_ON_SECRET_DRIFT', 'x', 'Must be "hold" or "reassert".'],
  ['SYNC_ON_DELETED', 'x', 'Must be "hold" or "recreate".'],
  ['SYNC_PRUNE', 'yes', 'Must be true or false, not text: write it without quotes.'],
  ['API_REQUESTS_PER_SECOND', '0', 'Must be more than 0.'],
  ['API_CONCURRENCY', '0', 'Must be at least 1.'],
  ['SERVER_PORT', '70000', 'Must be at most 65535.'],
  ['WORKSPACE', 'a b', 'Must be letters, digits, ".", "_" and "-"'],
  ['LOG_FORMAT', 'xml', 'Must be "json" or "pretty".'],
  ['TENANT_EMBEDDED', 'maybe', 'Must be true or false or a mapping.'],
])('%s=%s says all that is allowed', async (name, value, message) => {
  expect(await refusalOf(`C1SYNC_${name}`, value)).toContain(message);
});
