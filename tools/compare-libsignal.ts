/**
 * Runs the schedules of tests/interop through libsignal's session and through ours, and compares what
 * opens. libsignal is installed for it, below tests/interop/libsignal, and by nothing else. `--write`
 * records what libsignal did, which the tests compare ours with (decision 0053).
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { open } from '@sotto/sodium/native';
import {
  differences,
  OUTCOMES_FILE,
  outcomesOf,
  type Recorded,
} from '../tests/interop/outcomes.ts';
import { OurTalk } from '../tests/interop/our-talk.ts';
import { type Libsignal, SignalTalk } from '../tests/interop/signal-talk.ts';

const FOLDER = join(import.meta.dirname, '../tests/interop/libsignal');
const PACKAGE = join(FOLDER, 'node_modules/@signalapp/libsignal-client');

execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
  cwd: FOLDER,
  stdio: ['ignore', 'ignore', 'inherit'],
});
const { version, main } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as {
  version: string;
  main: string;
};
const library = (await import(pathToFileURL(join(PACKAGE, main)).href)) as Libsignal;

const suite = await open();
const libsignal: Recorded = {
  version,
  outcomes: await outcomesOf(suite, () => SignalTalk.open(library)),
};
const text = `${JSON.stringify(libsignal, undefined, 2)}\n`;
if (process.argv.includes('--write')) writeFileSync(OUTCOMES_FILE, text);
const recorded = readFileSync(OUTCOMES_FILE, 'utf8');
const ours = await outcomesOf(suite, async () => new OurTalk(suite));
const found = differences(libsignal.outcomes, ours);
const heard = Object.values(ours).reduce((sum, { length }) => sum + length, 0);
process.stdout.write(
  `${Object.keys(ours).length} schedules, ${heard} messages heard, libsignal ${version}\n`,
);
for (const line of found) process.stdout.write(`${line}\n`);
if (recorded !== text) {
  process.stderr.write('libsignal does not do what was recorded: --write records it anew\n');
  process.exitCode = 1;
}
