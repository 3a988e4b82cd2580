// Preloaded with --import: writes the address of every module that a process loads to the file LOADED_MODULES, at its end
// those of the modules that `require` has loaded, and the parts of Node.
import { appendFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  register(import.meta.url);
  const { cache } = createRequire(import.meta.url);
  process.on('exit', () => {
    const parts = [...Object.keys(cache), ...process.moduleLoadList];
    appendFileSync(process.env.LOADED_MODULES, parts.join('\n'));
  });
}

export function load(url, context, next) {
  appendFileSync(process.env.LOADED_MODULES, `${url}\n`);
  return next(url, context);
}
