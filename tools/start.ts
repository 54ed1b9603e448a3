/**
 * `npm start`: builds the chat page when it is missing or older than its sources, then runs
 * `sotto network` with the flags that it was given.
 */
import { join } from 'node:path';
import { buildPage, pageIsStale } from './build-page.ts';

const flags = process.argv.slice(2);
const json = flags.includes('--json');
const wantsPage = !flags.some((flag) => /^(?:--no-page|--page|--page=.*|--help|-h)$/u.test(flag));

function say(event: string, text: string, more: object = {}): void {
  process.stdout.write(json ? `${JSON.stringify({ event, ...more })}\n` : `${text}\n`);
}

if (wantsPage && pageIsStale()) {
  say('building-page', 'Building the chat page.');
  const began = performance.now();
  await buildPage();
  const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
  say('built-page', `  built after ${seconds} s`, { seconds });
}
const cli = join(import.meta.dirname, '../packages/product/node/src/cli.ts');
process.argv = [process.execPath, cli, 'network', ...flags];
await import(cli);
