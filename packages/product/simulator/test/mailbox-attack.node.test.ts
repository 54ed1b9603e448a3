import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { type AttackRow, mailboxAttack } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { expect, inject, test } from 'vitest';

// The long form is the claim: 20,000 others, and fifty times. The short one has 500, who are told
// apart by fewer events (ln 500 of ln 20,000), and watches long enough for three times.
const long = inject('long');
const SIZE = long
  ? { people: 20_000, length: 24, mixesPerLayer: 30 }
  : { people: 500, length: 1, mixesPerLayer: 20 };
const TIMES = long ? 50 : 3;

test('a mailbox with a view of all links names neither owner nor sender, and each planted fault lets it', async () => {
  const rows = [...mailboxAttack(await open(), DEFAULT_PARAMETERS, SIZE)];
  const of = (role: AttackRow['role']): AttackRow[] => rows.filter((row) => row.role === role);
  for (const role of ['owner', 'sender'] as const) {
    const [design, ...faults] = of(role);
    if (design === undefined) throw new Error(`no row of the ${role}`);
    expect(design).toMatchObject({ planted: 'design', named: 0 });
    expect(faults.map(({ planted }) => planted)).toContain('one alias per contact');
    expect(faults.map(({ planted }) => planted)).toContain('sticky last mix before the mailbox');
    for (const fault of faults) {
      const { planted, named } = fault;
      expect({ planted, named: named > 0 }).toEqual({ planted, named: true });
      expect(design.events).toBeGreaterThan(TIMES * fault.eventsToName);
    }
  }
});
