/** Makes the vectors of chapters 02 to 04 in spec/vectors/: keys, bodies, packets, reply blocks, refusals. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { open } from '@sotto/noble';
import type { CryptoSuite } from '@sotto/suite';
import { contacts, crossovers, forwards, mailboxes } from './vectors-sphinx/journeys.ts';
import { bodies, keySchedule } from './vectors-sphinx/keys.ts';
import { malformed } from './vectors-sphinx/malformed.ts';
import { replays } from './vectors-sphinx/replays.ts';

const makers: Readonly<Record<string, (suite: CryptoSuite) => unknown>> = {
  'key-schedule': keySchedule,
  body: bodies,
  forward: forwards,
  crossover: crossovers,
  mailbox: mailboxes,
  contact: contacts,
  replay: replays,
  malformed,
};

/** JSON with arrays of plain values on one line where they fit, as the formatter would have it. */
function textOf(value: unknown): string {
  const broken = /^( *"[^"]*": )\[\n([^[\]{}]*?)\n *\](,?)$/gmu;
  const joined = (whole: string, head: string, items: string, tail: string): string => {
    const line = `${head}[${items.replaceAll(/\s+/gu, ' ').trim()}]${tail}`;
    return line.length <= 100 ? line : whole;
  };
  return `${JSON.stringify(value, undefined, 2).replaceAll(broken, joined)}\n`;
}

/** The text of every file, by its place. */
export const sphinxVectors = (suite: CryptoSuite): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(makers).map(([name, make]) => [
      fileURLToPath(new URL(`../spec/vectors/${name}.json`, import.meta.url)),
      textOf(make(suite)),
    ]),
  );

if (import.meta.main) {
  for (const [file, text] of sphinxVectors(await open())) writeFileSync(file, text);
}
