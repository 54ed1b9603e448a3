import { EMBEDDED_SURB_BYTES, OFFSET, PACKET_VERSION } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { concat, fromHex } from '@sotto/wire';
import type { NodeShape } from '../../packages/protocol/sphinx/test/vectors/shapes.ts';
import { schedule } from './schedule.ts';

/** How a packet is changed by one who knows the shared secret, as its builder does. */
export interface Remake {
  /** Which of the two MACs it gets. */
  readonly mac: 'macHeader' | 'macBody';
  /** Bytes of the command, from its start: exclusive or with these, under the encryption of β. */
  readonly mask?: { readonly at: number; readonly bytes: readonly number[] };
}

/** Where an embedded block's fields start, and where those of a packet that they go to. */
export const EMBEDDED_OFFSET = { epoch: 0, length: 1, ct: 3, mac: 35, routing: 51 } as const;

/** A copy of `packet`, which enters `node`, with its command changed and its MAC made anew. */
export function remade(
  suite: CryptoSuite,
  node: NodeShape,
  epoch: number,
  packet: Uint8Array,
  how: Remake,
): Uint8Array {
  const read = (text: string): Uint8Array => fromHex(text) ?? new Uint8Array(0);
  const out = packet.slice();
  how.mask?.bytes.forEach((byte, i) => {
    const at = OFFSET.routing + (how.mask?.at ?? 0) + i;
    out[at] = (out[at] ?? 0) ^ byte;
  });
  const keys = schedule(suite, {
    secret: read(node.secret),
    public: read(node.public),
    ct: out.slice(OFFSET.ct, OFFSET.mac),
    epoch,
    nodeName: read(node.name),
  });
  const covered = concat(
    out.subarray(0, OFFSET.mac),
    out.subarray(OFFSET.routing, OFFSET.log),
    how.mac === 'macBody' ? out.subarray(OFFSET.body) : new Uint8Array(0),
  );
  suite.poly1305(out.subarray(OFFSET.mac, OFFSET.routing), covered, keys.slice(how.mac));
  return out;
}

/** As {@link remade}, for a block that `node` runs itself over `body`. */
export function remadeBlock(
  suite: CryptoSuite,
  node: NodeShape,
  epoch: number,
  embedded: Uint8Array,
  body: Uint8Array,
  how: Remake,
): Uint8Array {
  const packet = new Uint8Array(OFFSET.body + body.length);
  packet[OFFSET.version] = PACKET_VERSION;
  packet[OFFSET.epoch] = embedded[EMBEDDED_OFFSET.epoch] ?? 0;
  packet.set(embedded.subarray(EMBEDDED_OFFSET.ct), OFFSET.ct);
  packet.set(body, OFFSET.body);
  const changed = remade(suite, node, epoch, packet, how);
  const out = embedded.slice();
  const fields = EMBEDDED_SURB_BYTES - EMBEDDED_OFFSET.ct;
  out.set(changed.subarray(OFFSET.ct, OFFSET.ct + fields), EMBEDDED_OFFSET.ct);
  return out;
}
