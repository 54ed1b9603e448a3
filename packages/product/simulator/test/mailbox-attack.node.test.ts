import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { SAVER } from '@sotto/endpoint';
import {
  attackOnOwner,
  attackOnSender,
  type AttackRow,
  isDesign,
  mailboxAttack,
} from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { expect, inject, test } from 'vitest';

// The long form is the claim: 20,000 others, and fifty times. The short one has 500, who are told
// apart by fewer events (ln 500 of ln 20,000), one plan, and watches long enough for three times.
const long = inject('long');
const SIZE = long
  ? { people: 20_000, length: 36, mixesPerLayer: 30 }
  : { people: 500, length: 0.75, mixesPerLayer: 20 };
const TIMES = long ? 50 : 3;

const suite = await open();

function attack(): AttackRow[] {
  if (long) return [...mailboxAttack(suite, DEFAULT_PARAMETERS, SIZE)];
  const sender = attackOnSender(suite, DEFAULT_PARAMETERS, SIZE, SAVER);
  return [...sender, ...attackOnOwner(suite, DEFAULT_PARAMETERS, SIZE)];
}

test('a mailbox with a view of all links names neither owner nor sender, and each planted fault lets it', () => {
  const byRole = Map.groupBy(attack(), ({ role, plan }) => `${role} under ${plan}`);
  expect(byRole.size).toBe(long ? 3 : 2);
  for (const [, rows] of byRole) {
    const designs = rows.filter(({ planted }) => isDesign(planted));
    const faults = rows.filter(({ planted }) => !isDesign(planted));
    expect(designs).toMatchObject([
      { planted: 'design', named: 0 },
      { planted: 'design, two mailboxes', named: 0 },
    ]);
    expect(faults.map(({ planted }) => planted)).toContain('one alias per contact');
    expect(faults.map(({ planted }) => planted)).toContain('sticky last mix before the mailbox');
    for (const { role, plan, planted, named, eventsToName } of faults) {
      expect({ role, plan, planted, named: named > 0 }).toEqual({
        role,
        plan,
        planted,
        named: true,
      });
      for (const { events } of designs) expect(events).toBeGreaterThan(TIMES * eventsToName);
    }
  }
});
