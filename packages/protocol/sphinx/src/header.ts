import { type CryptoSuite, MAC_BYTES, POINT_BYTES } from '@sotto/suite';
import { wipe, xorInto } from '@sotto/wire';
import { WideBlock } from './body.ts';
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
   * At least `room` pseudo-random bytes, of which those that the commands leave free are used: with
   * zeros there the last hop could read how long the path was (Kuhn, Beck, Strufe 2020).
   */
  readonly padding: Uint8Array;
  /** δ as the last hop sees it; absent in a reply block. */
  readonly body?: Uint8Array;
}

/** What the first hop gets: views of bytes that the next header overwrites. */
export interface Header {
  readonly ct: Uint8Array;
  readonly mac: Uint8Array;
  /** β. */
  readonly routing: Uint8Array;
  /** δ; without meaning in a reply block. */
  readonly body: Uint8Array;
}

/**
 * Makes headers (Spec 03 §7 steps 3, 5 and 6). It owns the bytes that it works on: β grows to the
 * front in one place and δ is encrypted in place, just before each MAC is taken over them. A buffer
 * for each hop and step took a fifth of the time of a build.
 */
export class HeaderWriter {
  readonly #suite: CryptoSuite;
  readonly #format: PacketFormat;
  readonly #wideBlock: WideBlock;
  /** Version ‖ epoch ‖ ct ‖ β ‖ δ of the hop in turn: what its MAC covers. */
  readonly #covered: Uint8Array;
  readonly #headerCovered: Uint8Array;
  readonly #routing: Uint8Array;
  readonly #body: Uint8Array;
  /** P of the specification, against the end of `room`. */
  readonly #plain: Uint8Array;
  readonly #mac = new Uint8Array(MAC_BYTES);
  #tails: Uint8Array = new Uint8Array(0);

  /** Allocates the scratch. */
  constructor(suite: CryptoSuite, format: PacketFormat) {
    this.#suite = suite;
    this.#format = format;
    const { routingBytes, bodyBytes } = format.geometry;
    const routingAt = format.offset.ct + POINT_BYTES;
    const bodyAt = routingAt + routingBytes;
    this.#covered = new Uint8Array(bodyAt + bodyBytes);
    this.#headerCovered = this.#covered.subarray(0, bodyAt);
    this.#routing = this.#covered.subarray(routingAt, bodyAt);
    this.#body = this.#covered.subarray(bodyAt);
    this.#wideBlock = new WideBlock(suite, this.#body);
    this.#plain = new Uint8Array(routingBytes);
  }

  /** @throws RangeError when the commands do not fit. */
  write({ layers, commands, epoch, room, padding, body }: HeaderParts): Header {
    const { version, offset } = this.#format;
    const used = commands.reduce((sum, command) => sum + command.length, 0);
    if (used > room) {
      throw new RangeError(`"hops" expected at most ${room} bytes of commands, got ${used}`);
    }
    const tails = this.#tailsOf(layers, commands, room);
    const covered = this.#covered;
    covered[offset.version] = version;
    covered[offset.epoch] = epoch % 256;
    if (body !== undefined) this.#body.set(body);
    this.#plain.set(padding.subarray(0, room - used), used);
    let from = used;
    let ct: Uint8Array = covered.subarray(0, 0);
    const mac = this.#mac;
    for (let i = layers.length - 1; i >= 0; i--) {
      const layer = layers[i];
      const command = commands[i];
      const tail = tails[i];
      if (layer === undefined || command === undefined || tail === undefined) continue;
      const { keys, kemCt } = layer;
      if (i < layers.length - 1) {
        command.set(mac, kemCt === undefined ? TRANSMIT_MAC_AT : SUB_HOP_MAC_AT);
      }
      from -= command.length;
      this.#plain.set(command, from);
      const own = this.#plain.subarray(from, room);
      xorInto(own, keys.routing);
      this.#routing.set(own);
      this.#routing.set(tail, own.length);
      ct = layer.ct;
      covered.set(ct, offset.ct);
      if (body === undefined) {
        this.#suite.poly1305(mac, this.#headerCovered, keys.macHeader);
        continue;
      }
      // Outside of a sub-hop the body is what it is inside: only K' lays a layer on it.
      if (kemCt === undefined) this.#wideBlock.encrypt(keys.lioness);
      this.#suite.poly1305(mac, covered, keys.macBody);
    }
    wipe(this.#tails);
    return { ct, mac, routing: this.#routing, body: this.#body };
  }

  /** What each hop will see behind the bytes that the builder controls, as views of one buffer. */
  #tailsOf(
    layers: readonly Layer[],
    commands: readonly Uint8Array[],
    room: number,
  ): readonly Uint8Array[] {
    const { routingBytes } = this.#format.geometry;
    const needed = layers.length * routingBytes;
    if (this.#tails.length < needed) this.#tails = new Uint8Array(needed);
    let tail = this.#tails.subarray(0, routingBytes - room);
    let before: Layer | undefined;
    return layers.map((layer, i) => {
      if (before !== undefined) {
        const at = i * routingBytes;
        const longer = this.#tails.subarray(at, at + tail.length + (commands[i - 1]?.length ?? 0));
        longer.set(tail);
        xorInto(longer, before.keys.routing.subarray(routingBytes - tail.length));
        tail = longer;
      }
      before = layer;
      return tail;
    });
  }
}
