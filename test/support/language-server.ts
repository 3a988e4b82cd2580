import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node.js';

const require = createRequire(import.meta.url);
const SERVER = require.resolve('yaml-language-server/bin/yaml-language-server');

/** The mark of the cursor in a text. */
const CURSOR = '§';

/** A suggestion, as an editor shows it. */
interface Suggestion {
  readonly label: string;
  /** The help beside it. */
  readonly help: string;
  readonly inserts: string;
}

/** An error, as an editor marks it. */
interface Marked {
  readonly line: number;
  readonly message: string;
}

interface Diagnostics {
  readonly uri: string;
  readonly diagnostics: readonly {
    readonly message: string;
    readonly range: { readonly start: { readonly line: number } };
  }[];
}

/** An editor with the YAML language server, in one folder. */
export interface Editor {
  /** The suggestions at the cursor `§` of a text. */
  complete(text: string): Promise<readonly Suggestion[]>;
  /** The help at the cursor `§` of a text. */
  hover(text: string): Promise<string>;
  /** The errors in a text, with the numbers of their lines. */
  errors(text: string): Promise<readonly Marked[]>;
  close(): Promise<void>;
}

/** Starts the language server for files in `folder`, without a network. */
export async function openEditor(folder: string): Promise<Editor> {
  const child = spawn(process.execPath, [SERVER, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const checked = new Map<string, (found: Diagnostics['diagnostics']) => void>();
  connection.onRequest('workspace/configuration', ({ items }: { items: { section: string }[] }) =>
    items.map(({ section }) =>
      section === 'yaml'
        ? { validate: true, hover: true, completion: true, schemaStore: { enable: false } }
        : null,
    ),
  );
  connection.onRequest('client/registerCapability', () => null);
  connection.onNotification('textDocument/publishDiagnostics', ({ uri, diagnostics }: Diagnostics) =>
    checked.get(uri)?.(diagnostics),
  );
  connection.listen();
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    workspaceFolders: null,
    capabilities: {
      textDocument: {
        completion: { completionItem: { snippetSupport: true } },
        hover: { contentFormat: ['markdown'] },
        publishDiagnostics: {},
      },
      workspace: { configuration: true },
    },
  });
  await connection.sendNotification('initialized', {});

  let files = 0;
  /** Opens a text as a file of its own. */
  const open = async (marked: string) => {
    const text = marked.replace(CURSOR, '');
    const before = marked.split(CURSOR)[0]?.split('\n') ?? [];
    files += 1;
    const file = path.join(folder, `file-${files}.yaml`);
    await writeFile(file, text);
    const uri = pathToFileURL(file).href;
    const errors = new Promise<Diagnostics['diagnostics']>((resolve) => checked.set(uri, resolve));
    const textDocument = { uri, languageId: 'yaml', version: 1, text };
    await connection.sendNotification('textDocument/didOpen', { textDocument });
    const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
    return { errors, at: { textDocument: { uri }, position } };
  };

  return {
    async complete(text) {
      const { at } = await open(text);
      const { items } = await connection.sendRequest<{
        items: { label: string; documentation?: string; insertText?: string }[];
      }>('textDocument/completion', at);
      return items.map(({ label, documentation = '', insertText = '' }) => ({
        label,
        help: documentation,
        inserts: insertText,
      }));
    },
    async hover(text) {
      const { at } = await open(text);
      const found = await connection.sendRequest<{ contents: { value: string } } | null>(
        'textDocument/hover',
        at,
      );
      return found?.contents.value ?? '';
    },
    async errors(text) {
      const { errors } = await open(text);
      return (await errors).map(({ message, range }) => ({ line: range.start.line + 1, message }));
    },
    async close() {
      await connection.sendRequest('shutdown');
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await connection.sendNotification('exit');
      await ended;
      connection.dispose();
    },
  };
}
