import { readFileSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { root } from '../support/root.js';
import type { Built } from './built.js';

/** The Secrets of a namespace, by name: their keys and values. */
type Secrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The container of a pod below a folder of the disk, as a kubelet prepares it. */
export class Pod {
  readonly #folder: string;
  readonly #built: Built;

  constructor(folder: string, built: Built) {
    this.#folder = folder;
    this.#built = built;
  }

  /** The place of a path of the container. */
  at(place: string): string {
    return path.join(this.#folder, place);
  }

  /** A text with each path of a volume replaced by its place. */
  located(text: string): string {
    const mounts = this.#built.container.volumeMounts.map(({ mountPath }) => mountPath);
    return text.replaceAll(new RegExp(`(?<=^|\\s)(?:${mounts.join('|')})(?=/)`, 'gm'), (mount) =>
      this.at(mount),
    );
  }

  /** Makes the volumes. A Secret that is missing and not optional is an error, as for a kubelet. */
  async mount(secrets: Secrets, settings: string): Promise<void> {
    for (const { name, mountPath } of this.#built.container.volumeMounts) {
      await mkdir(this.at(mountPath), { recursive: true });
      const volume = this.#built.volumes.find((candidate) => candidate.name === name);
      if (volume?.secret !== undefined) await this.project(mountPath, secretIn(secrets, volume.secret));
      else if (volume?.configMap !== undefined) await this.project(mountPath, { 'c1sync.yaml': settings });
    }
  }

  /** Writes the files of a Secret or ConfigMap: links through `..data`, which one rename moves to a new folder. */
  async project(mountPath: string, files: Readonly<Record<string, string>>): Promise<void> {
    const mount = this.at(mountPath);
    const old = await readlink(path.join(mount, '..data')).catch(() => undefined);
    const target = await mkdtemp(path.join(mount, '..2026_'));
    for (const [name, text] of Object.entries(files))
      await writeFile(path.join(target, name), text, { mode: 0o440 });
    await symlink(path.basename(target), path.join(mount, '..data_tmp'));
    await rename(path.join(mount, '..data_tmp'), path.join(mount, '..data'));
    const there = await readdir(mount);
    for (const name of Object.keys(files))
      if (!there.includes(name)) await symlink(path.join('..data', name), path.join(mount, name));
    if (old !== undefined) await rm(path.join(mount, old), { recursive: true });
  }

  /** The environment: of the image, of the manifest and of the Secrets. */
  env(secrets: Secrets): Record<string, string> {
    const { env = [], envFrom = [] } = this.#built.container;
    return {
      ...imageEnv(),
      ...Object.assign(
        {},
        ...envFrom.map(({ secretRef: { name: secretName, optional } }) =>
          secretIn(secrets, { secretName, optional }),
        ),
      ),
      ...Object.fromEntries(env.map(({ name, value }) => [name, value])),
    };
  }

  /** What the container may not write: the content of each file, by its place below the folder. */
  async readOnly(): Promise<Readonly<Record<string, string>>> {
    const writable = this.#built.container.volumeMounts
      .filter(({ readOnly }) => readOnly !== true)
      .map(({ mountPath }) => this.at(mountPath));
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true });
    const places = entries
      .map((entry) => ({ entry, place: path.join(entry.parentPath, entry.name) }))
      .filter(({ place }) => !writable.some((mount) => place.startsWith(`${mount}/`)));
    const contents = places.map(async ({ entry, place }) => {
      const text = entry.isFile()
        ? await readFile(place, 'utf8')
        : entry.isSymbolicLink()
          ? await readlink(place)
          : '';
      return [path.relative(this.#folder, place), text] as const;
    });
    return Object.fromEntries(await Promise.all(contents));
  }
}

function secretIn(
  secrets: Secrets,
  { secretName, optional }: { readonly secretName: string; readonly optional?: boolean | undefined },
): Readonly<Record<string, string>> {
  const found = secrets[secretName];
  if (found === undefined && optional !== true) throw new Error(`the pod needs the Secret ${secretName}`);
  return found ?? {};
}

/** The variables of the image. */
function imageEnv(): Record<string, string> {
  const dockerfile = readFileSync(path.join(root, 'Dockerfile'), 'utf8');
  const [, line = ''] = /^ENV (.*)$/m.exec(dockerfile) ?? [];
  return Object.fromEntries(line.split(' ').map((one) => one.split('=') as [string, string]));
}
