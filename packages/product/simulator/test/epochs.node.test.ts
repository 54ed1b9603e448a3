import { open } from '@sotto/sodium/native';
import { curveless } from '@sotto/suite/testing';
import { VirtualNetwork } from '@sotto/simulator';
import { expect, test } from 'vitest';
import { Crafted, dropsOf, ended } from './crafted.ts';
import { befriend, textsOf } from './friends.ts';
import { SECOND, thinCover } from './plans.ts';

// It is times and ways that are looked at here, on which the curve has no influence.
const suite = curveless(await open());
const EPOCH = 100 * SECOND;
const parameters = thinCover({
  originMicros: 1_799_990_100 * SECOND,
  epochMicros: EPOCH,
  graceMicros: 15 * SECOND,
  skewMicros: 5 * SECOND,
  descriptorLifeMicros: 400 * SECOND,
});

test('a talk goes on over changes of the epoch, and no packet is lost to one', () => {
  const { network, alice, bob, contactOf } = befriend({ suite, seed: 'epochs', parameters });
  const first = network.epoch;
  const said = { alice: 0, bob: 0 };
  while (network.epoch < first + 2) {
    for (const [name, person] of [
      ['alice', alice],
      ['bob', bob],
    ] as const) {
      const text = `${name} ${said[name]++}`;
      const sent = network.command(name, (now) => person.send(now, contactOf[name], text));
      expect(sent).toMatchObject({ ok: true });
    }
    network.run(5 * SECOND);
  }
  const all = (): boolean =>
    textsOf(network, 'alice').length === said.bob && textsOf(network, 'bob').length === said.alice;
  expect(network.until(200 * SECOND, all)).toBe(true);
  expect(said.alice).toBeGreaterThan(25);
  expect(network.drops('epoch')).toBe(0);
});

test('keys work within skew before and grace after their epoch; packets before and after are counted', () => {
  const network = new VirtualNetwork<never>({ suite, seed: 'edges', parameters, nodes: 12 });
  const crafted = new Crafted(suite, network);
  network.run(2 * SECOND);
  const start = parameters.originMicros + (network.epoch + 1) * EPOCH;
  const next = network.epoch + 1;
  // Made while the key is public: after its epoch a descriptor names it no more.
  const packets = Array.from({ length: 8 }, () => crafted.forward(next, 'drop'));
  const tryAt = (at: number): 'accepted' | 'refused' => {
    network.run(at - network.now);
    const { path, packet } = packets.pop() ?? crafted.forward(next, 'drop');
    const before = network.drops('epoch');
    network.inject(path[0] ?? -1, packet);
    return network.drops('epoch') > before ? 'refused' : 'accepted';
  };
  const { skewMicros, graceMicros } = parameters;
  expect(tryAt(start - 30 * SECOND)).toBe('refused');
  expect(tryAt(start - skewMicros - 1)).toBe('refused');
  expect(tryAt(start - skewMicros)).toBe('accepted');
  expect(tryAt(start)).toBe('accepted');
  // While a packet is on its way its key must stay: the last one here has a second for its three hops.
  expect(tryAt(start + EPOCH - SECOND)).toBe('accepted');
  const end = start + EPOCH + graceMicros;
  expect(tryAt(end - 5 * SECOND)).toBe('accepted');
  network.run(5 * SECOND - 1);
  expect(tryAt(end)).toBe('refused');
  expect(tryAt(end + 30 * SECOND)).toBe('refused');
  expect(dropsOf(network)).toEqual({ epoch: 4 });
  expect(ended(network)).toBe(4);
});
