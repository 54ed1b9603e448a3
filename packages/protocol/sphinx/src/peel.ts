import { type CryptoSuite, MAC_BYTES, POINT_BYTES } from '@sotto/suite';
import { equalBytes, err, ok, type Result, wipe, xorInto } from '@sotto/wire';
import { WideBlock } from './body.ts';
import { type Command, type Half, parseCommand, parseSubHop } from './command.ts';
import { type PacketFormat, SUITE_1 } from './geometry.ts';
import { HopKeys, isCanonicalPoint } from './key-schedule.ts';
import type { HopKey, KeyFor, Peeled, PeelReason, SubHopKey } from './peeled.ts';
import { decodeEmbeddedSurb } from './surb.ts';

/** How a hop came to a header: from a link, or from a reply block that it runs itself. */
type Decode = 'outer' | 'inner';

/** Commands that only the sender's half may hold, whose body is under the MAC (Spec 03 §4). */
const SENDER_ONLY: ReadonlySet<Command['op']> = new Set(['cross', 'contact', 'greet', 'arrive']);

/**
 * Processes packets at a hop (Spec 03 §5). One instance a thread: it owns scratch buffers, and
 * allocates only what it hands out. The same sequence of operations runs for every packet up to
 * the verdict on its MAC, whichever MAC is right.
 */
export class Peeler {
  readonly #suite: CryptoSuite;
  readonly #format: PacketFormat;
  readonly #wideBlock: WideBlock;
  readonly #keys: HopKeys;
  readonly #shared = new Uint8Array(POINT_BYTES);
  readonly #macInput: Uint8Array;
  readonly #headerMacInput: Uint8Array;
  readonly #macOfHeader = new Uint8Array(MAC_BYTES);
  readonly #macOfBody = new Uint8Array(MAC_BYTES);
  readonly #routingWords: Uint32Array;
  readonly #routing: Uint8Array;

  /** Allocates the scratch. Packets of another suite than `format`'s are refused by their first byte. */
  constructor(suite: CryptoSuite, format: PacketFormat = SUITE_1) {
    this.#suite = suite;
    this.#format = format;
    this.#wideBlock = new WideBlock(suite);
    this.#keys = new HopKeys(suite, format);
    const { routingBytes, bodyBytes } = format.geometry;
    const headerMacBytes = format.offset.mac + routingBytes;
    this.#macInput = new Uint8Array(headerMacBytes + bodyBytes);
    this.#headerMacInput = this.#macInput.subarray(0, headerMacBytes);
    this.#routingWords = new Uint32Array(this.#keys.routingWords.length);
    this.#routing = new Uint8Array(this.#routingWords.buffer);
  }

  /**
   * Peels one layer, two at a crossover.
   *
   * @param packet - any bytes; a packet's are overwritten when the MAC holds and the tag is new.
   */
  peel(packet: Uint8Array, keyFor: KeyFor): Result<Peeled, { readonly code: PeelReason }> {
    const { geometry, offset, version } = this.#format;
    if (packet.length !== geometry.packetBytes) return err({ code: 'packet-length' });
    if (packet[offset.version] !== version) return err({ code: 'packet-version' });
    return this.#finish(this.#decode(packet, keyFor, 'outer'));
  }

  /**
   * Runs a reply block at its own first hop: a mailbox that answers, a contact point, a crossover.
   *
   * @param embedded - 263 bytes (1,368 in suite 2).
   * @param log - ζ to start with, 48 bytes.
   * @param body - δ, 1,024 bytes (2,048 in suite 2); copied.
   */
  runSurb(
    embedded: Uint8Array,
    log: Uint8Array,
    body: Uint8Array,
    keyFor: KeyFor,
  ): Result<Peeled, { readonly code: PeelReason }> {
    const { geometry, offset, embeddedSurbBytes } = this.#format;
    if (
      embedded.length !== embeddedSurbBytes ||
      log.length !== geometry.logBytes ||
      body.length !== geometry.bodyBytes
    ) {
      return err({ code: 'packet-length' });
    }
    const surb = decodeEmbeddedSurb(embedded, this.#format);
    if (!surb.ok) return err({ code: 'surb-length' });
    const packet = new Uint8Array(geometry.packetBytes);
    packet.set(log, offset.log);
    packet.set(body, offset.body);
    this.#writeSurbHeader(packet, surb.value.epoch, surb.value);
    for (const copy of [surb.value.ct, surb.value.mac, surb.value.routing]) wipe(copy);
    return this.#finish(this.#decode(packet, keyFor, 'inner'));
  }

  /** Erases what would link a packet that has been passed on for who seizes the node: keys, and the header as it came and as it leaves. */
  #finish<T>(result: T): T {
    this.#keys.wipe();
    wipe(this.#shared);
    wipe(this.#routing);
    wipe(this.#macInput);
    wipe(this.#macOfHeader);
    wipe(this.#macOfBody);
    return result;
  }

  #decode(
    packet: Uint8Array,
    keyFor: KeyFor,
    decode: Decode,
  ): Result<Peeled, { readonly code: PeelReason }> {
    const { offset } = this.#format;
    const accepted = keyFor(packet[offset.epoch] ?? 0);
    if (accepted === undefined) return err({ code: 'epoch' });
    const half = this.#open(packet, accepted.key);
    if (typeof half === 'object') return err(half);
    // A reply block's maker does not know the body, so only a chained second half could hold here.
    if (decode === 'inner' && half === 'sender') return err({ code: 'inner-body-mac' });
    if (!accepted.filter.addIfNew(this.#keys.replay)) return err({ code: 'replay' });

    this.#unmask(packet);
    const refused = this.#passSubHop(packet, half, accepted.key.subHop);
    if (refused !== undefined) return err(refused);
    const routing = this.#routing;
    const body = packet.subarray(offset.body);
    this.#wideBlock.decrypt(this.#keys.lioness, body);

    const command = parseCommand(routing, this.#format);
    if (command === undefined) return err({ code: 'command-unknown' });
    // A block whose maker is not the sender must not turn around at another crossover, nor ask a
    // service: the sender's half alone, whose body is under the MAC, may.
    if (half === 'recipient' && SENDER_ONLY.has(command.op)) {
      return err({ code: 'command-wrong-mac' });
    }
    return this.#execute(packet, command, half, keyFor);
  }

  /** D = (β ‖ 0…) ⊕ routing stream, into the scratch. */
  #unmask(packet: Uint8Array): void {
    const { offset, geometry } = this.#format;
    this.#routing.set(packet.subarray(offset.routing, offset.log));
    this.#routing.fill(0, geometry.routingBytes);
    const words = this.#routingWords;
    const mask = this.#keys.routingWords;
    for (let i = 0; i < words.length; i++) words[i] = (words[i] ?? 0) ^ (mask[i] ?? 0);
  }

  /**
   * Where D starts with a sub-hop: on to the keys behind it, and D by them (Spec 11 §4). The tag is
   * in the filter by now, so that one packet costs one decapsulation, however often it is sent.
   */
  #passSubHop(
    packet: Uint8Array,
    half: Half,
    key: SubHopKey | undefined,
  ): { readonly code: PeelReason } | undefined {
    const { offset, geometry, commandBytes } = this.#format;
    const found = parseSubHop(this.#routing, this.#format);
    if (found === undefined) return undefined;
    if (key === undefined) return { code: 'sub-hop-key' };
    const kem = this.#shared;
    if (!this.#suite.kemDecapsulate(kem, found.ct, key.secret)) return { code: 'sub-hop-key' };
    const start = commandBytes.kem;
    packet.set(this.#routing.subarray(start, start + geometry.routingBytes), offset.routing);
    packet.set(found.mac, offset.mac);
    this.#keys.deriveSubHop(this.#keys.key, kem, found.ct, key.publicHash);
    // The same MAC as outside: a half has one kind.
    if (this.#verify(packet) !== half) return { code: 'sub-hop-mac' };
    this.#unmask(packet);
    const again = parseSubHop(this.#routing, this.#format);
    return again === undefined ? undefined : { code: 'sub-hop-twice' };
  }

  /** Derives the keys and says which MAC holds. */
  #open(packet: Uint8Array, key: HopKey): Half | { readonly code: PeelReason } {
    const { offset } = this.#format;
    const ct = packet.subarray(offset.ct, offset.mac);
    if (!isCanonicalPoint(ct)) return { code: 'point-not-canonical' };
    if (!this.#suite.x25519(this.#shared, key.secret, ct)) return { code: 'point-low-order' };
    this.#keys.derive(this.#shared, ct, key.public, key.epoch, key.nodeName);
    return this.#verify(packet) ?? { code: 'mac' };
  }

  /** The half whose MAC holds. Both are computed whatever the first one says. */
  #verify(packet: Uint8Array): Half | undefined {
    const { offset } = this.#format;
    const input = this.#macInput;
    input.set(packet.subarray(0, offset.mac), 0);
    input.set(packet.subarray(offset.routing, offset.log), offset.mac);
    input.set(packet.subarray(offset.body), this.#headerMacInput.length);
    this.#suite.poly1305(this.#macOfHeader, this.#headerMacInput, this.#keys.macHeader);
    this.#suite.poly1305(this.#macOfBody, input, this.#keys.macBody);
    const mac = packet.subarray(offset.mac, offset.routing);
    const ofHeader = equalBytes(this.#macOfHeader, mac);
    const ofBody = equalBytes(this.#macOfBody, mac);
    if (ofBody) return 'sender';
    return ofHeader ? 'recipient' : undefined;
  }

  #execute(
    packet: Uint8Array,
    command: Command,
    half: Half,
    keyFor: KeyFor,
  ): Result<Peeled, { readonly code: PeelReason }> {
    const { offset, geometry } = this.#format;
    const body = packet.subarray(offset.body);
    const log = packet.subarray(offset.log, offset.body);
    switch (command.op) {
      case 'transmit': {
        xorInto(log, this.#keys.log);
        packet.set(command.ct, offset.ct);
        packet.set(command.mac, offset.mac);
        packet.set(
          this.#routing.subarray(command.length, command.length + geometry.routingBytes),
          offset.routing,
        );
        const { delayClass } = command;
        return ok({ kind: 'transmit', next: command.next.slice(), delayClass, half, packet });
      }
      case 'cross': {
        if (command.surbRoutingBytes !== geometry.surbRoutingBytes) {
          return err({ code: 'surb-length' });
        }
        // Zeroed, so that nothing that a hop of the sender's half wrote goes on to the recipient's.
        log.fill(0);
        this.#writeSurbHeader(packet, command.epoch, command);
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
      case 'greet': {
        const box = command.box.slice();
        const token = command.token.slice();
        return ok({ kind: 'greet', box, token, proof: command.proof.slice(), body: body.slice() });
      }
      case 'arrive':
        return ok({ kind: 'arrive', service: command.service, body: body.slice() });
      case 'drop':
        return ok({ kind: 'drop', half });
    }
  }

  /** Replaces the header by a reply block's, its routing bytes followed by zeros, as its maker's MAC expects. */
  #writeSurbHeader(
    packet: Uint8Array,
    epoch: number,
    surb: { readonly ct: Uint8Array; readonly mac: Uint8Array; readonly routing: Uint8Array },
  ): void {
    const { offset, version } = this.#format;
    packet[offset.version] = version;
    packet[offset.epoch] = epoch;
    packet.set(surb.ct, offset.ct);
    packet.set(surb.mac, offset.mac);
    packet.set(surb.routing, offset.routing);
    packet.fill(0, offset.routing + surb.routing.length, offset.log);
  }
}
