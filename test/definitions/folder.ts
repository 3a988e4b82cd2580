import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { DefinitionSource, type SourceOptions } from '../../src/definitions/load.js';
import { shownPath } from '../../src/definitions/read.js';
import { testKinds } from '../support/kinds.js';

/** A real folder for one test, taken away when the test ends. */
export class Folder {
  readonly path = realpathSync(mkdtempSync(path.join(tmpdir(), 'c1sync-definitions-')));

  constructor() {
    onTestFinished(() => rmSync(this.path, { recursive: true, force: true }));
  }

  at(...parts: string[]): string {
    return path.join(this.path, ...parts);
  }

  /** The path of a file as a load shows it. */
  shown(name: string): string {
    return shownPath(this.path, name);
  }

  write(name: string, text: string): string {
    const file = this.at(name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  link(name: string, target: string): void {
    mkdirSync(path.dirname(this.at(name)), { recursive: true });
    symlinkSync(target, this.at(name));
  }

  /** Lets a link lead somewhere else in one step, as git-sync and the kubelet do. */
  swap(name: string, target: string): void {
    symlinkSync(target, this.at(`${name}.tmp`));
    renameSync(this.at(`${name}.tmp`), this.at(name));
  }

  remove(name: string): void {
    rmSync(this.at(name), { recursive: true });
  }

  source(options: Partial<SourceOptions> = {}): DefinitionSource {
    return new DefinitionSource({ directory: this.path, kinds: testKinds, env: {}, ...options });
  }
}

/** A valid House. `more` are lines of its spec. */
export function house(name: string, ...more: string[]): string {
  return document('House', name, [`displayName: ${name}`, ...more]);
}

/** A valid Door. */
export function door(name: string, parent: string, ...more: string[]): string {
  return document('Door', name, [`house: ${parent}`, 'model: oak', `displayName: ${name}`, ...more]);
}

function document(kind: string, name: string, spec: readonly string[]): string {
  const lines = ['apiVersion: c1sync/v1', `kind: ${kind}`, `metadata: { name: ${name} }`, 'spec:'];
  return [...lines, ...spec.map((line) => `  ${line}`), ''].join('\n');
}
