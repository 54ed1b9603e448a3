import { ByteWriter, MICROS_PER_SECOND as SECOND, toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import { Chaos } from './chaos.ts';
import { thinCover } from './plans.ts';

const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
/** What the machine's clock is off by when a node starts: within the skew, beyond every skew, beyond every descriptor. */
const JUMPS: readonly (readonly [name: string, micros: number])[] = [
  ['half a minute ahead', SECOND * 30],
  ['half a minute behind', -SECOND * 30],
  ['two hours ahead', 2 * HOUR],
  ['two hours behind', -2 * HOUR],
  ['forty days ahead', 40 * DAY],
  ['forty days behind', -40 * DAY],
];

/** Mail of an alias in the store of node `i`, as Spec 06 §4.6 has it, until `expiresAt`. @returns its key. */
function putMail(chaos: Chaos, i: number, expiresAt: number): string {
  const store = chaos.network.storeOf(i);
  if (!(store instanceof Map)) throw new Error('no store');
  const box = toHex(new Uint8Array(16).fill(i + 1));
  const name = new Uint8Array(16).fill(7);
  const key = `mail/${box}/${toHex(name)}`;
  store.set(`alias/${box}`, new ByteWriter(9).u8(1).u53(expiresAt).bytes);
  store.set(
    key,
    new ByteWriter(1 + 8 + 16 + 48 + 1024)
      .u8(1)
      .u53(expiresAt)
      .put(name)
      .put(new Uint8Array(48 + 1024)).bytes,
  );
  return key;
}

test('nodes that start with a wrong clock and then with the right one have their mail, and all is in order afterwards', () => {
  const chaos = new Chaos('clock jump');
  const { network } = chaos;
  for (const [i, [name, aheadMicros]] of JUMPS.entries()) {
    const key = putMail(chaos, i, network.now + thinCover().mailLifeMicros);
    chaos.kill(i);
    chaos.restart(i, aheadMicros);
    network.run(4 * SECOND);
    expect(network.storeOf(i).has(key), name).toBe(true);
    // By a clock that is beyond what descriptors bear nobody else is there.
    const bearable = Math.abs(aheadMicros) < HOUR || aheadMicros === 2 * HOUR;
    const shown = network.relay(i)?.metrics(network.now).nodes;
    expect(shown === network.keys.length, name).toBe(bearable);
    chaos.kill(i);
    chaos.restart(i);
    network.run(2 * SECOND);
    expect(network.storeOf(i).has(key), name).toBe(true);
    expect(network.relay(i)?.metrics(network.now)).toMatchObject({
      clockConfirmed: true,
      nodes: network.keys.length,
    });
  }
  // Each of six nodes has cost its neighbours loops; their alarms want that many good ones.
  network.run(60 * SECOND);
  expect(chaos.broken()).toEqual([]);
});

test('planted: mail whose time is over by everybody’s clock does go', () => {
  const chaos = new Chaos('clock jump planted');
  const { network } = chaos;
  const key = putMail(chaos, 2, network.now - SECOND);
  chaos.kill(2);
  chaos.restart(2);
  network.run(3 * SECOND);
  expect(network.storeOf(2).has(key)).toBe(false);
});
