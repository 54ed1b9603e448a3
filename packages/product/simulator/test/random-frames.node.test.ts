import { VirtualNetwork } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { SeededRng } from '@sotto/suite/testing';
import { below, randomBytes } from '@sotto/wire';
import { expect, test } from 'vitest';
import { dropsOf } from './crafted.ts';
import { SECOND, thinCover } from './plans.ts';

const suite = await open();
const LENGTHS = [0, 1, 64, 576, 1599, 1601, 4096];

test('random frames, prefaces and gossip into every node are counted, and the network goes on', () => {
  const network = new VirtualNetwork<never>({
    suite,
    seed: 'random frames',
    parameters: thinCover(),
    nodes: 12,
  });
  network.run(5 * SECOND);
  const rng = new SeededRng(suite, 'garbage');
  const expected: Record<string, number> = {
    'frame-length': 0,
    'packet-version': 0,
    epoch: 0,
    mac: 0,
  };
  const count = (reason: string): void => void (expected[reason] = (expected[reason] ?? 0) + 1);
  let prefaces = 0;
  for (let step = 0; step < 100; step++) {
    for (const i of network.keys.keys()) {
      const frame = randomBytes(rng, 1600);
      const kind = step % 4;
      if (kind > 0) frame[0] = 0x11;
      if (kind > 1) frame[1] = network.epoch % 256;
      if (kind === 3) {
        network.inject(i, randomBytes(rng, LENGTHS[below(rng, LENGTHS.length)] ?? 0));
        count('frame-length');
      } else {
        if (kind === 0) frame[0] = 0x12;
        if (kind === 1) frame[1] = (network.epoch + 5) % 256;
        // A canonical point: its top byte is below that of the prime.
        frame[33] = 0x40;
        network.inject(i, frame);
        count(['packet-version', 'epoch', 'mac'][kind] ?? '');
      }
      const relay = network.relay(i);
      const answer = relay?.acceptLink(
        'client',
        new Uint8Array(32),
        randomBytes(rng, below(rng, 128)),
      );
      expect(answer?.ok).toBe(false);
      prefaces++;
      expect(
        relay?.receiveGossip(network.now, randomBytes(rng, below(rng, 3000))).verdict,
      ).not.toBe('accept');
    }
    network.run(SECOND / 10);
  }
  expect(dropsOf(network)).toEqual({ ...expected, preface: prefaces });
  const returned = (): number =>
    network.metrics().reduce((sum, { loops }) => sum + loops.returned, 0);
  const before = returned();
  network.run(10 * SECOND);
  expect(returned() - before).toBeGreaterThan(15);
  for (const { loops, nodes } of network.metrics()) {
    expect(nodes).toBe(12);
    expect(loops.lost + loops.garbled).toBe(0);
  }
});
