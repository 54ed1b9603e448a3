import { HOME, SHIELD, type Plan } from '@sotto/link';
import { ClientSessions } from '@sotto/relay';
import { exponentialMicros, instant, type Instant, MICROS_PER_SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import { seededRng } from '../../mixing/test/seeded-rng.ts';

const at = (seconds: number): Instant => instant(Math.round((1_000 + seconds) * MICROS_PER_SECOND));
const attach = (sessions: ClientSessions, seconds: number, name: string): void =>
  void sessions.attach(at(seconds), { client: name, boxKey: name, plan: HOME });
/** Sends until it is refused. @returns how many went through. */
const spend = (sessions: ClientSessions, seconds: number, name: string): number => {
  let sent = 0;
  while (sessions.admit(at(seconds), name)) sent++;
  return sent;
};

/** How many links of a stranger a second, each with a box of its own, each open for a hundredth of a second. */
const OPENINGS = 100;

/**
 * A stranger opens, sends what is taken, closes, with ever new secrets. @returns packets that went
 * through in the first second, and a second in the last thirty of ninety.
 */
function churn(): { readonly first: number; readonly later: number } {
  const sessions = new ClientSessions();
  let first = 0;
  let later = 0;
  for (let n = 0; n < 90 * OPENINGS; n++) {
    const now = n / OPENINGS;
    const name = `stranger ${n}`;
    attach(sessions, now, name);
    const sent = spend(sessions, now, name) + spend(sessions, now + 0.009, name);
    sessions.detach(name);
    if (now < 1) first += sent;
    if (now >= 60) later += sent;
  }
  return { first, later: later / 30 };
}

test('ever new boxes get 20 packets a second in all, after 1,200 once', () => {
  const { first, later } = churn();
  expect(first).toBeLessThanOrEqual(1_220);
  expect(first).toBeGreaterThan(1_000);
  expect(later).toBeLessThanOrEqual(20);
  expect(later).toBeGreaterThan(19);
});

test('who attaches anew, to a box that is his or to one that another has, earns nothing', () => {
  const sessions = new ClientSessions();
  let sent = 0;
  for (let n = 0; n < 1_000; n++) {
    const client = `link ${n}`;
    sessions.attach(at(0), { client, boxKey: 'box', plan: HOME });
    sent += spend(sessions, 0, client);
  }
  expect(sent).toBe(1_200);
});

const rng = seededRng(1);

/** Sends on the slot clock of a plan for thirty seconds. @returns packets refused, and those of them after the first second. */
function slots(
  plan: Plan,
  sessions: ClientSessions,
  meanwhile: (seconds: number) => void = () => undefined,
): { readonly refused: number; readonly late: number } {
  const draw = (): number =>
    exponentialMicros(rng, plan.phase.uplinkMeanMicros) / MICROS_PER_SECOND;
  let refused = 0;
  let late = 0;
  sessions.attach(at(0), { client: 'honest', boxKey: 'honest', plan });
  for (let now = draw(); now < 30; now += draw()) {
    meanwhile(now);
    if (sessions.admit(at(now), 'honest')) continue;
    refused++;
    if (now > 1) late++;
  }
  return { refused, late };
}

test.each([HOME, SHIELD])(
  'a client of the plan $name loses nothing, from its first slot on',
  (plan) => {
    for (let run = 0; run < 100; run++) {
      expect(slots(plan, new ClientSessions())).toEqual({ refused: 0, late: 0 });
    }
  },
);

test('while a stranger takes all that is lent a newcomer loses one packet in its first second, seldom two', () => {
  let refused = 0;
  let late = 0;
  for (let run = 0; run < 50; run++) {
    const sessions = new ClientSessions();
    let opened = 0;
    const got = slots(SHIELD, sessions, (now) => {
      for (let link = 0; link < 21; link++) {
        const name = `stranger ${opened++}`;
        attach(sessions, now, name);
        spend(sessions, now, name);
        sessions.detach(name);
      }
    });
    refused += got.refused;
    late += got.late;
  }
  expect(refused / 50).toBeGreaterThan(0.2);
  expect(refused / 50).toBeLessThan(1);
  expect(late / 50).toBeLessThan(0.1);
});
