import { safe } from '../text/safe.js';
import { type DaemonFlags, daemonOf } from './daemon-client.js';
import { printResult } from './output.js';
import { count } from './render/summary.js';

/** `c1sync approve`: approves a group of held changes once. */
export async function approve(hash: string, flags: DaemonFlags): Promise<void> {
  const daemon = await daemonOf(flags);
  const answer = await daemon.post<{ keys: readonly string[] }>('approve', { hash });
  const { keys } = answer;
  printResult(flags, answer, () =>
    [`Approved ${count(keys.length, 'change')}:`, ...keys.map((key) => `  ${safe(key)}`)].join('\n'),
  );
}
