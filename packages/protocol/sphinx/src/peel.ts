import { type CryptoSuite, MAC_BYTES, POINT_BYTES } from '@sotto/suite';
import { equalBytes, err, ok, type Result, wipe, xorInto } from '@sotto/wire';
import { WideBlock } from './body.ts';
import { type Command, type DelayClass, type Half, parseCommand } from './command.ts';
import { EMBEDDED_SURB_BYTES, GEOMETRY, OFFSET, PACKET_VERSION } from './geometry.ts';
import { HopKeys, isCanonicalPoint } from './key-schedule.ts';
import { decodeEmbeddedSurb, type Delivered } from './surb.ts';

/** A node's routing key of one epoch. */
export interface HopKey {
  /** X25519 secret, 32 bytes. */
  readonly secret: Uint8Array;
  /** X25519 public key, 32 bytes. */
  readonly public: Uint8Array;
  /** Full number of its epoch. */
  readonly epoch: number;
  /** The node's name, 16 bytes. */
  readonly nodeName: Uint8Array;
}

/** Remembers the replay tags of one key for its life. */
export interface TagFilter {
  /** Takes a 16-byte tag (copied). @returns false when it was there, or when there is no room: closed, not open. */
  addIfNew(tag: Uint8Array): boolean;
}

/** A key that is accepted now, with its own filter. */
export interface AcceptedKey {
  readonly key: HopKey;
  readonly filter: TagFilter;
}

/** Finds the accepted key for the epoch byte of a packet. */
export type KeyFor = (epochByte: number) => AcceptedKey | undefined;

/** Why a packet is dropped. A node counts them; the wire never tells one from another. */
export type PeelReason =
  | 'packet-length'
  | 'packet-version'
  | 'epoch'
  | 'point-not-canonical'
  | 'point-low-order'
  | 'mac'
  | 'replay'
  | 'command-unknown'
  | 'command-wrong-mac'
  | 'surb-length'
  | 'inner-body-mac';

/** What one hop is to do. Byte fields are fresh copies, but for `packet`. */
export type Peeled =
  | {
      readonly kind: 'transmit';
      readonly next: Uint8Array;
      readonly delayClass: DelayClass;
      readonly half: Half;
      /** The next hop's packet: the buffer that was given, overwritten. */
      readonly packet: Uint8Array;
    }
  | {
      readonly kind: 'deliver';
      readonly box: Uint8Array;
      readonly half: Half;
      readonly delivered: Delivered;
    }
  | { readonly kind: 'arrive'; readonly service: number; readonly body: Uint8Array }
  | {
      readonly kind: 'contact';
      readonly box: Uint8Array;
      readonly credential: Uint8Array;
      readonly body: Uint8Array;
    }
  | { readonly kind: 'drop'; readonly half: Half };

/** How a hop came to a header: from a link, or from a reply block that it runs itself. */
type Decode = 'outer' | 'inner';

const { routingBytes, logBytes, bodyBytes, packetBytes, surbRoutingBytes } = GEOMETRY;
const HEADER_MAC_BYTES = 2 + POINT_BYTES + routingBytes;

/**
 * Processes packets at a hop (Spec 03 §5). One instance a thread: it owns scratch buffers, and
 * allocates only what it hands out. The same sequence of operations runs for every packet up to
 * the verdict on its MAC, whichever MAC is right.
 */
export class Peeler {
  readonly #suite: CryptoSuite;
  readonly #wideBlock: WideBlock;
  readonly #keys: HopKeys;
  readonly #shared = new Uint8Array(POINT_BYTES);
  readonly #macInput = new Uint8Array(HEADER_MAC_BYTES + bodyBytes);
  readonly #headerMacInput = this.#macInput.subarray(0, HEADER_MAC_BYTES);
  readonly #macOfHeader = new Uint8Array(MAC_BYTES);
  readonly #macOfBody = new Uint8Array(MAC_BYTES);
  readonly #routingWords: Uint32Array;
  readonly #routing: Uint8Array;

  /** Allocates the scratch. */
  constructor(suite: CryptoSuite) {
    this.#suite = suite;
    this.#wideBlock = new WideBlock(suite);
    this.#keys = new HopKeys(suite);
    this.#routingWords = new Uint32Array(this.#keys.routingWords.length);
    this.#routing = new Uint8Array(this.#routingWords.buffer);
  }

  /**
   * Peels one layer, two at a crossover.
   *
   * @param packet - any bytes; 1,600 of them are overwritten when the MAC holds and the tag is new.
   */
  peel(packet: Uint8Array, keyFor: KeyFor): Result<Peeled, { readonly code: PeelReason }> {
    if (packet.length !== packetBytes) return err({ code: 'packet-length' });
    if (packet[OFFSET.version] !== PACKET_VERSION) return err({ code: 'packet-version' });
    return this.#finish(this.#decode(packet, keyFor, 'outer'));
  }

  /**
   * Runs a reply block at its own first hop: a mailbox that answers, a contact point, a crossover.
   *
   * @param embedded - 263 bytes.
   * @param log - ζ to start with, 48 bytes.
   * @param body - δ, 1,024 bytes; copied.
   */
  runSurb(
    embedded: Uint8Array,
    log: Uint8Array,
    body: Uint8Array,
    keyFor: KeyFor,
  ): Result<Peeled, { readonly code: PeelReason }> {
    if (
      embedded.length !== EMBEDDED_SURB_BYTES ||
      log.length !== logBytes ||
      body.length !== bodyBytes
    ) {
      return err({ code: 'packet-length' });
    }
    const surb = decodeEmbeddedSurb(embedded);
    if (!surb.ok) return err({ code: 'surb-length' });
    const packet = new Uint8Array(packetBytes);
    packet.set(log, OFFSET.log);
    packet.set(body, OFFSET.body);
    writeSurbHeader(packet, surb.value.epoch, surb.value);
    return this.#finish(this.#decode(packet, keyFor, 'inner'));
  }

  /** Erases the packet's keys: a node that is seized holds none of a packet it has passed on. */
  #finish<T>(result: T): T {
    this.#keys.wipe();
    wipe(this.#shared);
    return result;
  }

  #decode(
    packet: Uint8Array,
    keyFor: KeyFor,
    decode: Decode,
  ): Result<Peeled, { readonly code: PeelReason }> {
    const accepted = keyFor(packet[OFFSET.epoch] ?? 0);
    if (accepted === undefined) return err({ code: 'epoch' });
    const half = this.#open(packet, accepted.key);
    if (typeof half === 'object') return err(half);
    // A reply block's maker does not know the body, so only a chained second half could hold here.
    if (decode === 'inner' && half === 'sender') return err({ code: 'inner-body-mac' });
    if (!accepted.filter.addIfNew(this.#keys.replay)) return err({ code: 'replay' });

    const routing = this.#routing;
    routing.set(packet.subarray(OFFSET.routing, OFFSET.routing + routingBytes));
    routing.fill(0, routingBytes);
    const words = this.#routingWords;
    const mask = this.#keys.routingWords;
    for (let i = 0; i < words.length; i++) words[i] = (words[i] ?? 0) ^ (mask[i] ?? 0);
    const body = packet.subarray(OFFSET.body);
    this.#wideBlock.decrypt(this.#keys.lioness, body);

    const command = parseCommand(routing);
    if (command === undefined) return err({ code: 'command-unknown' });
    // A block whose maker is not the sender must not turn around at another crossover, nor ask a
    // service: the sender's half alone, whose body is under the MAC, may.
    const turns = command.op === 'cross' || command.op === 'contact' || command.op === 'arrive';
    if (turns && half === 'recipient') return err({ code: 'command-wrong-mac' });
    return this.#execute(packet, command, half, keyFor);
  }

  /** Derives the keys and says which MAC holds. Both are computed whatever the first one says. */
  #open(packet: Uint8Array, key: HopKey): Half | { readonly code: PeelReason } {
    const ct = packet.subarray(OFFSET.ct, OFFSET.mac);
    if (!isCanonicalPoint(ct)) return { code: 'point-not-canonical' };
    if (!this.#suite.x25519(this.#shared, key.secret, ct)) return { code: 'point-low-order' };
    this.#keys.derive(this.#shared, ct, key.public, key.epoch, key.nodeName);
    const input = this.#macInput;
    input.set(packet.subarray(0, OFFSET.mac), 0);
    input.set(packet.subarray(OFFSET.routing, OFFSET.log), OFFSET.mac);
    input.set(packet.subarray(OFFSET.body), HEADER_MAC_BYTES);
    this.#suite.poly1305(this.#macOfHeader, this.#headerMacInput, this.#keys.macHeader);
    this.#suite.poly1305(this.#macOfBody, input, this.#keys.macBody);
    const mac = packet.subarray(OFFSET.mac, OFFSET.routing);
    const ofHeader = equalBytes(this.#macOfHeader, mac);
    const ofBody = equalBytes(this.#macOfBody, mac);
    if (ofBody) return 'sender';
    return ofHeader ? 'recipient' : { code: 'mac' };
  }

  #execute(
    packet: Uint8Array,
    command: Command,
    half: Half,
    keyFor: KeyFor,
  ): Result<Peeled, { readonly code: PeelReason }> {
    const body = packet.subarray(OFFSET.body);
    const log = packet.subarray(OFFSET.log, OFFSET.body);
    switch (command.op) {
      case 'transmit': {
        xorInto(log, this.#keys.log);
        packet.set(command.ct, OFFSET.ct);
        packet.set(command.mac, OFFSET.mac);
        packet.set(
          this.#routing.subarray(command.length, command.length + routingBytes),
          OFFSET.routing,
        );
        const { delayClass } = command;
        return ok({ kind: 'transmit', next: command.next.slice(), delayClass, half, packet });
      }
      case 'cross': {
        if (command.surbRoutingBytes !== surbRoutingBytes) return err({ code: 'surb-length' });
        // Zeroed, so that nothing that a hop of the sender's half wrote goes on to the recipient's.
        log.fill(0);
        writeSurbHeader(packet, command.epoch, command);
        return this.#decode(packet, keyFor, 'inner');
      }
      case 'deliver': {
        xorInto(log, this.#keys.log);
        const delivered = { name: this.#keys.name.slice(), log: log.slice(), body: body.slice() };
        return ok({ kind: 'deliver', box: command.box.slice(), half, delivered });
      }
      case 'contact': {
        const box = command.box.slice();
        return ok({
          kind: 'contact',
          box,
          credential: command.credential.slice(),
          body: body.slice(),
        });
      }
      case 'arrive':
        return ok({ kind: 'arrive', service: command.service, body: body.slice() });
      case 'drop':
        return ok({ kind: 'drop', half });
    }
  }
}

/** Replaces the header by a reply block's, its routing bytes followed by zeros, as its maker's MAC expects. */
function writeSurbHeader(
  packet: Uint8Array,
  epoch: number,
  surb: { readonly ct: Uint8Array; readonly mac: Uint8Array; readonly routing: Uint8Array },
): void {
  packet[OFFSET.version] = PACKET_VERSION;
  packet[OFFSET.epoch] = epoch;
  packet.set(surb.ct, OFFSET.ct);
  packet.set(surb.mac, OFFSET.mac);
  packet.set(surb.routing, OFFSET.routing);
  packet.fill(0, OFFSET.routing + surb.routing.length, OFFSET.log);
}
