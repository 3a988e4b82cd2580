// A guided tour: the built program as a daemon on an embedded tenant, in a temporary folder.
// Exits with 1 and names the step that failed.
import { constants } from 'node:os';
import { chapters } from './demo/chapters.mjs';
import { Stage } from './demo/stage.mjs';
import { Story } from './demo/story.mjs';

const startedAt = performance.now();
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    process.exitCode = 128 + constants.signals[signal];
    stopping.abort();
  });
}
// The reader of the output has gone.
process.stdout.on('error', () => stopping.abort());

const story = new Story();
const stage = new Stage(stopping.signal);
let step = 'at the start';
try {
  await stage.open();
  story.say(
    `c1sync, a guided tour. The embedded tenant and the daemon are real processes in ${stage.folder}; they use ` +
      'no other folder. Lines of the log are shortened to the fields that matter.',
  );
  for (const [index, { title, play }] of chapters.entries()) {
    step = `in chapter ${index + 1}, "${title}"`;
    story.heading(index + 1, title);
    await play({ stage, story });
  }
} catch (error) {
  if (!stopping.signal.aborted) process.stderr.write(`\nThe tour ended ${step}: ${error.message}\n`);
  process.exitCode ??= 1;
} finally {
  await stage.close();
}
if (process.exitCode === undefined) {
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  story.say(
    `The tour took ${seconds} s. Every process has ended, and the folder is removed. Next: npm start`,
  );
}
