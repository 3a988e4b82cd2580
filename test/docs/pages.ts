import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../support/root.js';

/** A page of the documentation. */
export interface Page {
  /** Its path from the root of the repository. */
  readonly file: string;
  readonly text: string;
}

/** A fenced block of a page. */
interface Block extends Page {
  readonly language: string;
}

const FENCED = /^```(\w*)\n([\s\S]*?)^```$/gm;

/** The pages for people, in the root and in docs/. */
export const pages: readonly Page[] = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'ARCHITECTURE.md', 'CHANGELOG.md'],
  ...['.github/PULL_REQUEST_TEMPLATE.md', 'test/chaos/README.md', 'test/simulation/README.md'],
  ...readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }));

/** The text of one page. */
export function textOf(file: string): string {
  const page = pages.find((one) => one.file === file);
  if (page === undefined) throw new Error(`there is no page ${file}`);
  return page.text;
}

/** The fenced blocks of a page. */
export function blocksOf({ file, text }: Page): Block[] {
  return [...text.matchAll(FENCED)].map(([, language = '', block = '']) => ({ file, text: block, language }));
}

/** A page without its fenced blocks. */
function proseOf({ text }: Page): string {
  return text.replaceAll(FENCED, '');
}

/** The texts in backticks outside of fenced blocks. */
export function codeOf(page: Page): string[] {
  return [...proseOf(page).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}

/** The anchors of a page, as GitHub makes them of its headings. */
export function anchorsOf(page: Page): string[] {
  return [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/** The targets of links and pictures of a page that lead to no other host. */
export function linksOf(page: Page): string[] {
  const prose = proseOf(page).replaceAll(/`[^`\n]*`/g, '');
  const found = [...prose.matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset|href)="([^"]+)"/g)];
  return found
    .map(([, inText, inTag]) => inText ?? inTag ?? '')
    .filter((target) => !/^(https?|mailto):/.test(target));
}
