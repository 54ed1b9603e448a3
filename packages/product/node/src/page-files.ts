import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { CommandFailure } from './exit-codes.ts';

/** One file of the built page. */
export interface PageFile {
  readonly bytes: Uint8Array;
  readonly type: string;
  /** Strong, quoted, as the header has it. */
  readonly etag: string;
  /** Its name changes with its content: it may be kept for ever. */
  readonly immutable: boolean;
}

/** Files of the built page by path, `/index.html` as `/` too. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.woff2': 'font/woff2',
};

/** More than any build of the page has; a wrong folder is refused before the memory is full. */
const MOST_FILES = 500;
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Reads the whole built page, a megabyte or two, into memory. What is served is looked up in this
 * map by its exact path, so that no request can name a file outside the folder.
 *
 * Source maps stay behind, and what has no known type.
 *
 * @throws CommandFailure `usage` when the folder has no `index.html` or is no built page.
 */
export async function readPageFiles(folder: string): Promise<PageFiles> {
  const refuse = (why: string, cause?: unknown): CommandFailure =>
    new CommandFailure('usage', `page folder "${folder}": ${why}`, cause);
  let names: string[];
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    names = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length));
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error), error);
  }
  const served = names.filter((name) => Object.hasOwn(TYPES, extname(name)));
  if (served.length > MOST_FILES) throw refuse(`${served.length} files are more than a page has`);
  const files = new Map<string, PageFile>();
  let total = 0;
  for (const name of served) {
    const bytes = await readFile(join(folder, name));
    total += bytes.length;
    if (total > MOST_BYTES) throw refuse('it holds more than a page does');
    const path = name.split(sep).join('/');
    files.set(path, {
      bytes,
      type: TYPES[extname(name)] ?? '',
      etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
      immutable: /^\/assets\/.+-[\w-]{8,}\.\w+$/u.test(path),
    });
  }
  const index = files.get('/index.html');
  if (index === undefined) throw refuse('no "index.html" in it');
  return files.set('/', index);
}
