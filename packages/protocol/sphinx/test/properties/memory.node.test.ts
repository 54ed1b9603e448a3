import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  decodeSurb,
  encodeEmbeddedSurb,
  GEOMETRY,
  OFFSET,
  openBody,
  PACKET_VERSION,
  SURB_BYTES,
} from '@sotto/sphinx';
import { open } from '@sotto/sodium/native';
import { randomBytes } from '@sotto/wire';
import { expect, test } from 'vitest';
import { TestNetwork } from '../network.ts';

const suite = await open();

/**
 * Bytes of buffers that are still held after everything that nothing refers to is gone. The heap
 * itself is not looked at: it grows with the code that the engine compiles meanwhile.
 */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What the first finds is given back in the second.
  for (let i = 0; i < 2; i++) collect();
  return process.memoryUsage().arrayBuffers;
}

/** What `repeat` runs of `run` leave behind, bytes, after as many that only warm up. */
function leftBehind(run: () => void, repeat: number): number {
  for (let i = 0; i < repeat; i++) run();
  const before = heldBytes();
  for (let i = 0; i < repeat; i++) run();
  return heldBytes() - before;
}

test('refused packets and blocks leave nothing behind, and one that is kept is noticed', () => {
  const net = new TestNetwork(suite, 'memory', 2);
  const node = net.node(0);
  const path = { epoch: 300, delayClass: 'fast' } as const;
  const { surb } = net.builder.surb({ ...path, hops: net.hops(1), terminal: { kind: 'drop' } });
  const hostile = (): Uint8Array => {
    const packet = randomBytes(net.rng, GEOMETRY.packetBytes);
    packet[OFFSET.version] = PACKET_VERSION;
    packet[OFFSET.epoch] = node.accepted.key.epoch % 256;
    return packet;
  };
  const refuse = (): Uint8Array => {
    const packet = hostile();
    expect(node.peel(packet).ok).toBe(false);
    const ran = node.runSurb(encodeEmbeddedSurb(surb), new Uint8Array(48), packet.slice(576));
    expect(ran.ok).toBe(false);
    expect(decodeSurb(packet).ok).toBe(false);
    expect(decodeSurb(packet.subarray(0, SURB_BYTES)).ok).toBe(false);
    expect(openBody(suite, packet.subarray(0, 32), packet.subarray(576))).toBeUndefined();
    return packet;
  };
  const repeat = 300;
  // Half of what one kept packet in two would come to.
  const bound = (repeat * GEOMETRY.packetBytes) / 4;
  expect(leftBehind(() => void refuse(), repeat)).toBeLessThan(bound);
  const kept: Uint8Array[] = [];
  expect(leftBehind(() => void kept.push(refuse()), repeat)).toBeGreaterThan(bound);
});
