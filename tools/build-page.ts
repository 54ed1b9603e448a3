/**
 * Builds the chat page when it is missing or older than what it is made of. The result appears whole
 * or not at all, so that one who serves it meanwhile never sees half of it.
 */
import { execFile } from 'node:child_process';
import { globSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');
const chat = join(root, 'apps/chat');

/** Where the built page is. */
export const BUILT_PAGE: string = join(chat, 'dist');

/** What the page is made of: its own files, those of the packages, and the versions of all else. */
const SOURCES = [
  'apps/chat/{src,public}/**/*',
  'apps/chat/*.{html,ts,json}',
  'docs/guide/README.md',
  'packages/*/*/{src/**/*.ts,package.json}',
  'pnpm-lock.yaml',
];

/** Whether the page must be built. */
export function pageIsStale(): boolean {
  const built = statSync(join(BUILT_PAGE, 'index.html'), { throwIfNoEntry: false })?.mtimeMs;
  if (built === undefined) return true;
  return globSync(SOURCES, { cwd: root }).some(
    (name) => (statSync(join(root, name), { throwIfNoEntry: false })?.mtimeMs ?? 0) > built,
  );
}

/** Builds the page, a few seconds. @throws Error with the builder's last words when it cannot be built. */
export async function buildPage(): Promise<void> {
  const vite = join(fileURLToPath(import.meta.resolve('vite/package.json')), '../bin/vite.js');
  const part = join(chat, `dist.${process.pid}.part`);
  const old = `${part}.old`;
  try {
    await promisify(execFile)(
      process.execPath,
      [vite, 'build', '--outDir', part, '--emptyOutDir', '--logLevel', 'warn'],
      // Also when tests build it: they set another one, and people are served what was built last.
      { cwd: chat, env: { ...process.env, NODE_ENV: 'production' } },
    );
    rmSync(old, { recursive: true, force: true });
    if (statSync(BUILT_PAGE, { throwIfNoEntry: false }) !== undefined) renameSync(BUILT_PAGE, old);
    renameSync(part, BUILT_PAGE);
  } catch (error) {
    const words = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new Error(`the chat page cannot be built: ${words.trim() || String(error)}`, {
      cause: error,
    });
  } finally {
    for (const folder of [part, old]) rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main && pageIsStale()) {
  process.stderr.write('building the chat page\n');
  await buildPage();
}
