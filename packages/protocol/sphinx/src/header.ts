import { type CryptoSuite, MAC_BYTES } from '@sotto/suite';
import { concat, xorInto } from '@sotto/wire';
import type { PacketFormat } from './geometry.ts';
import type { Layer } from './layers.ts';
import { SUB_HOP_MAC_AT, TRANSMIT_MAC_AT } from './path.ts';

/** What a header is made of. */
export interface HeaderParts {
  readonly layers: readonly Layer[];
  /** One a layer; their MAC fields are filled in. */
  readonly commands: readonly Uint8Array[];
  readonly epoch: number;
  /** Bytes of β that the builder may fill: all, or a reply block's k. */
  readonly room: number;
  /**
   * `room` pseudo-random bytes, of which those that the commands leave free are used: with zeros
   * there the last hop could read how long the path was (Kuhn, Beck, Strufe 2020).
   */
  readonly padding: Uint8Array;
  /** δ as each layer gets it, for the body MAC; absent in a reply block. */
  readonly bodies?: readonly Uint8Array[];
}

/**
 * β, γ and ct for the first hop (Spec 03 §7 steps 5 and 6).
 *
 * @throws RangeError when the commands do not fit.
 */
export function writeHeader(
  suite: CryptoSuite,
  { geometry, version }: PacketFormat,
  { layers, commands, epoch, room, padding, bodies }: HeaderParts,
): { readonly routing: Uint8Array; readonly mac: Uint8Array; readonly ct: Uint8Array } {
  const beta = geometry.routingBytes;
  const used = commands.reduce((sum, command) => sum + command.length, 0);
  if (used > room) {
    throw new RangeError(`"hops" expected at most ${room} bytes of commands, got ${used}`);
  }
  // What each hop will see behind the bytes that the builder controls.
  const tails: Uint8Array[] = [new Uint8Array(beta - room)];
  layers.forEach((layer, i) => {
    const tail = tails[i] ?? new Uint8Array(0);
    const longer = new Uint8Array(tail.length + (commands[i]?.length ?? 0));
    longer.set(tail);
    xorInto(longer, layer.keys.routing.subarray(beta - tail.length));
    tails.push(longer);
  });
  let current: Uint8Array = padding.slice(0, room - used);
  let mac: Uint8Array = new Uint8Array(MAC_BYTES);
  let routing: Uint8Array = current;
  let ct: Uint8Array = new Uint8Array(0);
  for (let i = layers.length - 1; i >= 0; i--) {
    const layer = layers[i];
    const command = commands[i];
    if (layer === undefined || command === undefined) continue;
    const macAt = layer.kemCt === undefined ? TRANSMIT_MAC_AT : SUB_HOP_MAC_AT;
    if (i < layers.length - 1) command.set(mac, macAt);
    current = concat(command, current);
    xorInto(current, layer.keys.routing);
    routing = concat(current, tails[i] ?? new Uint8Array(0));
    mac = new Uint8Array(MAC_BYTES);
    ct = layer.ct;
    const covered = concat(Uint8Array.of(version, epoch % 256), ct, routing);
    const body = bodies?.[i];
    if (body === undefined) suite.poly1305(mac, covered, layer.keys.macHeader);
    else suite.poly1305(mac, concat(covered, body), layer.keys.macBody);
  }
  return { routing, mac, ct };
}
