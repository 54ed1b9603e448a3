/**
 * What a mailbox learns (Spec 06 §8): a global observer with every mailbox seeks the owner and the
 * sender of mail among 20,000 others on the same plan, for the design and for planted faults. In
 * virtual time: the figures do not depend on the machine.
 */
import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { type AttackRow, isDesign, mailboxAttack } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { round, type Row } from './row.ts';

const SIZE = { people: 20_000, length: 36, mixesPerLayer: 30 };

/**
 * One row a role, plan and case: events until the attacker names the person, until it ranks the
 * person first, and how the ranks ended; and for the design how many times as many events it stood
 * as the best of the faults took.
 */
export async function* mailboxAttackBench(): AsyncGenerator<Row> {
  const suite = await open();
  const designs: AttackRow[] = [];
  /** Events that the fault took which took most. */
  const slowest = new Map<string, number>();
  for (const row of mailboxAttack(suite, DEFAULT_PARAMETERS, SIZE)) {
    const { eventsToName, eventsToRankFirst, natsPerEvent, named, ...rest } = row;
    const of = `${row.role} under ${row.plan}`;
    if (isDesign(row.planted)) designs.push(row);
    else slowest.set(of, Math.max(slowest.get(of) ?? 0, eventsToName));
    yield {
      bench: 'mailbox-attack',
      metric: 'eventsToName',
      value: round(eventsToName, 0),
      unit: 'events',
      ...rest,
      named,
      atLeast: named === 0,
      ...(eventsToRankFirst === undefined
        ? {}
        : { eventsToRankFirst: round(eventsToRankFirst, 0) }),
      natsPerEvent: round(natsPerEvent, 4),
    };
  }
  for (const { role, planted, plan, people, named, eventsToName } of designs) {
    yield {
      bench: 'mailbox-attack',
      metric: 'timesAFault',
      value: round(eventsToName / (slowest.get(`${role} under ${plan}`) ?? Infinity), 1),
      unit: '',
      role,
      planted,
      plan,
      people,
      atLeast: named === 0,
    };
  }
}
