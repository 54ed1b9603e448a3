import type { CryptoSuite } from '@sotto/suite';
import { concat, xorInto } from '@sotto/wire';
import type { NodeShape } from '../../packages/protocol/sphinx/test/vectors/shapes.ts';
import { NUMBERS, read, schedule, streamOf, subSchedule } from './schedule.ts';
import { packetOfBlock } from './reading.ts';

/** How a packet is changed by one who knows the shared secret, as its builder does. */
export interface Remake {
  /** Which of the two MACs it gets. */
  readonly mac: 'macHeader' | 'macBody';
  /** Bytes written into the command, under the encryption of β. */
  readonly command?: { readonly at: number; readonly bytes: readonly number[] };
  /** A byte of the command flipped by this mask. */
  readonly flip?: { readonly at: number; readonly mask: number };
}

/** Where an embedded block's fields start. */
export const EMBEDDED_OFFSET = { epoch: 0, length: 1, ct: 3, mac: 35, routing: 51 } as const;

const SUB_HOP_BYTES = 1105;
const SUB_HOP_MAC = 1089;

/** A copy of `packet`, which enters `node`, with its command changed and its MAC made anew. */
export function remade(
  suite: CryptoSuite,
  node: NodeShape,
  epoch: number,
  packet: Uint8Array,
  how: Remake,
  number: 1 | 2 = 1,
): Uint8Array {
  const { beta } = NUMBERS[number];
  const out = packet.slice();
  const { slice } = schedule(
    suite,
    {
      secret: read(node.secret),
      public: read(node.public),
      ct: out.slice(2, 34),
      epoch,
      nodeName: read(node.name),
    },
    number,
  );
  const routing = out.subarray(50, 50 + beta);
  write(routing, slice('routing'), how);
  const body = how.mac === 'macBody' ? out.subarray(98 + beta) : new Uint8Array(0);
  const covered = concat(out.subarray(0, 34), routing, body);
  suite.poly1305(out.subarray(34, 50), covered, slice(how.mac));
  return out;
}

/** Replaces bytes of the command in encrypted routing bytes. */
function write(routing: Uint8Array, mask: Uint8Array, { command, flip }: Remake): void {
  if (flip !== undefined) routing[flip.at] = (routing[flip.at] ?? 0) ^ flip.mask;
  if (command === undefined) return;
  xorInto(routing, mask);
  routing.set(command.bytes, command.at);
  xorInto(routing, mask);
}

/**
 * As {@link remade}, of a packet of suite 2 that has its sub-hop at `node`: `inside` is how the
 * command behind the sub-hop is changed, and its MAC; the outer one is the body MAC.
 */
export function remadeInside(
  suite: CryptoSuite,
  node: NodeShape,
  epoch: number,
  packet: Uint8Array,
  inside: Remake,
): Uint8Array {
  const { beta } = NUMBERS[2];
  const ct = packet.slice(2, 34);
  const names = { secret: read(node.secret), public: read(node.public), nodeName: read(node.name) };
  const outer = schedule(suite, { ...names, ct, epoch }, 2);
  const plain = concat(packet.slice(50, 50 + beta), new Uint8Array(NUMBERS[2].longest));
  xorInto(plain, outer.slice('routing'));
  const kemCt = plain.slice(1, SUB_HOP_MAC);
  const { key } = subSchedule(suite, outer.key, read(node.kemSeed ?? ''), kemCt);
  const slice = streamOf(suite, 2, key);
  const routing = plain.slice(SUB_HOP_BYTES, SUB_HOP_BYTES + beta);
  write(routing, slice('routing'), inside);
  const body = inside.mac === 'macBody' ? packet.slice(98 + beta) : new Uint8Array(0);
  const mac = new Uint8Array(16);
  suite.poly1305(mac, concat(packet.slice(0, 34), routing, body), slice(inside.mac));
  // What lies beyond β comes of the key stream and cannot be chosen, so the change must be before.
  const bytes = [...mac, ...routing.subarray(0, beta - SUB_HOP_BYTES)];
  const how = { mac: 'macBody', command: { at: SUB_HOP_MAC, bytes } } as const;
  return remade(suite, node, epoch, packet, how, 2);
}

/** As {@link remade}, for a block that `node` runs itself over `body`. */
export function remadeBlock(
  suite: CryptoSuite,
  node: NodeShape,
  epoch: number,
  embedded: Uint8Array,
  body: Uint8Array,
  how: Remake,
  number: 1 | 2 = 1,
): Uint8Array {
  const log = new Uint8Array(48);
  const packet = packetOfBlock(number, embedded, log, body);
  const changed = remade(suite, node, epoch, packet, how, number);
  return concat(
    embedded.subarray(0, EMBEDDED_OFFSET.ct),
    changed.subarray(2, 50 + NUMBERS[number].k),
  );
}
