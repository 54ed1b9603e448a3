import { HOME } from '@sotto/link';
import { ClientSessions } from '@sotto/relay';
import { instant, MICROS_PER_SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';

test('one client who always sends too fast does not keep the memory of all others', () => {
  const sessions = new ClientSessions();
  const attach = (at: number, name: string): void =>
    void sessions.attach(instant(at), { client: name, boxKey: name, plan: HOME });
  const start = 1_000 * MICROS_PER_SECOND;
  attach(start, 'greedy');
  for (let second = 0; second < 300; second++) {
    const at = start + second * MICROS_PER_SECOND;
    while (sessions.admit(instant(at), 'greedy')) {
      // Its bucket is never full.
    }
    const passer = `passer ${second}`;
    attach(at, passer);
    sessions.admit(instant(at), passer);
    sessions.detach(passer);
  }
  // The greedy one, and those of the last second or two, whose bucket is not full again.
  expect(sessions.remembered).toBeLessThanOrEqual(3);
});

test('attaching anew earns nothing', () => {
  const sessions = new ClientSessions();
  const at = instant(1_000 * MICROS_PER_SECOND);
  const spend = (client: string): number => {
    sessions.attach(at, { client, boxKey: 'box', plan: HOME });
    let sent = 0;
    while (sessions.admit(at, client)) sent++;
    return sent;
  };
  expect(spend('first')).toBeGreaterThan(0);
  expect(spend('second')).toBe(0);
});
