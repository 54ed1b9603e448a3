/**
 * What a mailbox learns (Spec 06 §8): a global observer with every mailbox seeks the owner and the
 * sender of mail among 20,000 others on the same plan, for the design and for planted faults. In
 * virtual time: the figures do not depend on the machine.
 */
import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { mailboxAttack } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { round, type Row } from './row.ts';

const SIZE = { people: 20_000, length: 24, mixesPerLayer: 30 };

/** One row a role and case: events until the attacker names the person, and how the ranks ended. */
export async function* mailboxAttackBench(): AsyncGenerator<Row> {
  const suite = await open();
  for (const row of mailboxAttack(suite, DEFAULT_PARAMETERS, SIZE)) {
    const { eventsToName, eventsToRankFirst, natsPerEvent, named, ...rest } = row;
    yield {
      bench: 'mailbox-attack',
      metric: 'eventsToName',
      value: round(eventsToName, 0),
      unit: 'events',
      ...rest,
      named,
      atLeast: named === 0,
      ...(eventsToRankFirst === undefined ? {} : { eventsToRankFirst }),
      natsPerEvent: round(natsPerEvent, 4),
    };
  }
}
