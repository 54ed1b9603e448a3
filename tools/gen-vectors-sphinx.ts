/** Makes the vectors of chapters 02 to 04, 06 §5 and 11 in spec/vectors/: keys, bodies, packets, reply blocks, refusals. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { open } from '@sotto/noble';
import type { CryptoSuite } from '@sotto/suite';
import { SUITE_2 } from '@sotto/sphinx';
import { contacts, greetings, mailboxes, surbs } from './vectors-sphinx/blocks.ts';
import {
  crossovers,
  crossoversOfSuite2,
  forwards,
  forwardsOfSuite2,
} from './vectors-sphinx/journeys.ts';
import { bodies, keySchedule, subHopKeys } from './vectors-sphinx/keys.ts';
import { malformed } from './vectors-sphinx/malformed.ts';
import { replays } from './vectors-sphinx/replays.ts';
import { malformedOfSuite2 } from './vectors-sphinx/suite2.ts';
import { textOf } from './vectors-sphinx/text.ts';

const makers: Readonly<Record<string, (suite: CryptoSuite) => unknown>> = {
  'key-schedule': keySchedule,
  body: bodies,
  forward: forwards,
  surb: surbs,
  crossover: crossovers,
  mailbox: mailboxes,
  contact: contacts,
  greeting: greetings,
  replay: replays,
  malformed,
  'suite2-key-schedule': (suite) => subHopKeys(suite, SUITE_2),
  'suite2-forward': (suite) => forwardsOfSuite2(suite, SUITE_2),
  'suite2-crossover': (suite) => crossoversOfSuite2(suite, SUITE_2),
  'suite2-malformed': malformedOfSuite2,
};

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
