import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';

/** A script that plain Node can run. */
export interface Compiled {
  readonly script: string;
  remove(): Promise<void>;
}

/**
 * Compiles a TypeScript file of this repository, with what it imports, into a folder of its own. `more`: files that it
 * starts without importing them.
 */
export async function compile(file: string, ...more: readonly string[]): Promise<Compiled> {
  const root = resolve(import.meta.dirname, '../..');
  const folder = await mkdtemp(join(tmpdir(), 'c1sync-compiled-'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      noCheck: true,
      rootDir: root,
      outDir: join(folder, 'out'),
      typeRoots: [join(root, 'node_modules/@types')],
    },
    files: [file, ...more].map((one) => resolve(one)),
    include: [],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', folder]);
  const script = join(folder, 'out', relative(root, resolve(file))).replace(/\.ts$/, '.js');
  return { script, remove: () => rm(folder, { recursive: true, force: true }) };
}
