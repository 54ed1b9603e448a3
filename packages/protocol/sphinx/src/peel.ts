import { type CryptoSuite, MAC_BYTES, POINT_BYTES } from '@sotto/suite';
import { equalBytes, err, ok, type Result, wipe, xorInto } from '@sotto/wire';
import { WideBlock } from './body.ts';
import { type Command, CommandReader, type Half, parseSubHop } from './command.ts';
import { type PacketFormat, SUITE_1 } from './geometry.ts';
import { HopKeys, isCanonicalPoint } from './key-schedule.ts';
import type { HopKey, KeyFor, Peeled, PeelReason, SubHopKey } from './peeled.ts';
import { decodeEmbeddedSurb } from './surb.ts';

/** How a hop came to a header: from a link, or from a reply block that it runs itself. */
type Decode = 'outer' | 'inner';

/** Commands that only the sender's half may hold, whose body is under the MAC (Spec 03 §4). */
const SENDER_ONLY: ReadonlySet<Command['op']> = new Set(['cross', 'contact', 'greet', 'arrive']);

/** By the sum of 1 for the header's MAC and 2 for the body's: without a branch, which would tell them apart by its time. */
const HALF_BY_MACS: readonly (Half | undefined)[] = [undefined, 'recipient', 'sender', 'sender'];

/**
 * Processes packets at a hop (Spec 03 §5). One instance a thread: it owns the bytes that it works
 * on, and the views of them that every packet needs. The same sequence of operations runs for every
 * packet up to the verdict on its MAC, whichever MAC is right.
 */
export class Peeler {
  readonly #suite: CryptoSuite;
  readonly #format: PacketFormat;
  readonly #wideBlock: WideBlock;
  readonly #commands: CommandReader;
  readonly #keys: HopKeys;
  /** The packet at hand. */
  readonly #packet: Uint8Array;
  /** Version, epoch and ct. */
  readonly #head: Uint8Array;
  readonly #ct: Uint8Array;
  readonly #mac: Uint8Array;
  /** β. */
  readonly #beta: Uint8Array;
  readonly #log: Uint8Array;
  readonly #body: Uint8Array;
  readonly #shared = new Uint8Array(POINT_BYTES);
  readonly #macInput: Uint8Array;
  readonly #headerMacInput: Uint8Array;
  readonly #macOfHeader = new Uint8Array(MAC_BYTES);
  readonly #macOfBody = new Uint8Array(MAC_BYTES);
  readonly #routingWords: Uint32Array;
  /** D. */
  readonly #routing: Uint8Array;

  /** Allocates the scratch. Packets of another suite than `format`'s are refused by their first byte. */
  constructor(suite: CryptoSuite, format: PacketFormat = SUITE_1) {
    this.#suite = suite;
    this.#format = format;
    this.#keys = new HopKeys(suite, format);
    const { routingBytes, bodyBytes, packetBytes } = format.geometry;
    const { ct, mac, routing, log, body } = format.offset;
    const packet = new Uint8Array(packetBytes);
    this.#packet = packet;
    this.#head = packet.subarray(0, mac);
    this.#ct = packet.subarray(ct, mac);
    this.#mac = packet.subarray(mac, routing);
    this.#beta = packet.subarray(routing, log);
    this.#log = packet.subarray(log, body);
    this.#body = packet.subarray(body);
    this.#wideBlock = new WideBlock(suite, this.#body);
    const headerMacBytes = mac + routingBytes;
    this.#macInput = new Uint8Array(headerMacBytes + bodyBytes);
    this.#headerMacInput = this.#macInput.subarray(0, headerMacBytes);
    this.#routingWords = new Uint32Array(this.#keys.routingWords.length);
    this.#routing = new Uint8Array(this.#routingWords.buffer);
    this.#commands = new CommandReader(this.#routing, format);
  }

  /**
   * Peels one layer, two at a crossover.
   *
   * @param packet - any bytes; those of one that is sent on become the next hop's.
   */
  peel(packet: Uint8Array, keyFor: KeyFor): Result<Peeled, { readonly code: PeelReason }> {
    const { geometry, offset, version } = this.#format;
    if (packet.length !== geometry.packetBytes) return err({ code: 'packet-length' });
    if (packet[offset.version] !== version) return err({ code: 'packet-version' });
    this.#packet.set(packet);
    return this.#run(packet, keyFor, 'outer');
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
    const { geometry, embeddedSurbBytes } = this.#format;
    if (
      embedded.length !== embeddedSurbBytes ||
      log.length !== geometry.logBytes ||
      body.length !== geometry.bodyBytes
    ) {
      return err({ code: 'packet-length' });
    }
    const surb = decodeEmbeddedSurb(embedded, this.#format);
    if (!surb.ok) return err({ code: 'surb-length' });
    this.#log.set(log);
    this.#body.set(body);
    this.#writeSurbHeader(surb.value);
    for (const copy of [surb.value.ct, surb.value.mac, surb.value.routing]) wipe(copy);
    return this.#run(new Uint8Array(geometry.packetBytes), keyFor, 'inner');
  }

  /**
   * @param out - where the next hop's packet goes.
   * @returns after what would link a packet that has been passed on for who seizes the node is
   *   erased: keys, and the packet as it came and as it leaves.
   */
  #run(
    out: Uint8Array,
    keyFor: KeyFor,
    decode: Decode,
  ): Result<Peeled, { readonly code: PeelReason }> {
    try {
      return this.#decode(out, keyFor, decode);
    } finally {
      this.#keys.wipe();
      wipe(this.#shared);
      wipe(this.#packet);
      wipe(this.#routing);
      wipe(this.#macInput);
      wipe(this.#macOfHeader);
      wipe(this.#macOfBody);
    }
  }

  #decode(
    out: Uint8Array,
    keyFor: KeyFor,
    decode: Decode,
  ): Result<Peeled, { readonly code: PeelReason }> {
    const accepted = keyFor(this.#packet[this.#format.offset.epoch] ?? 0);
    if (accepted === undefined) return err({ code: 'epoch' });
    const half = this.#open(accepted.key);
    if (typeof half === 'object') return err(half);
    // A reply block's maker does not know the body, so only a chained second half could hold here.
    if (decode === 'inner' && half === 'sender') return err({ code: 'inner-body-mac' });
    if (!accepted.filter.addIfNew(this.#keys.replay)) return err({ code: 'replay' });

    this.#unmask();
    const refused = this.#passSubHop(half, accepted.key.subHop);
    if (refused !== undefined) return err(refused);
    this.#wideBlock.decrypt(this.#keys.lioness);

    const command = this.#commands.read();
    if (command === undefined) return err({ code: 'command-unknown' });
    // A block whose maker is not the sender must not turn around at another crossover, nor ask a
    // service: the sender's half alone, whose body is under the MAC, may.
    if (SENDER_ONLY.has(command.op) && half === 'recipient') {
      return err({ code: 'command-wrong-mac' });
    }
    return this.#execute(out, command, half, keyFor);
  }

  /** D = (β ‖ 0…) ⊕ routing stream, into the scratch. */
  #unmask(): void {
    this.#routing.set(this.#beta);
    this.#routing.fill(0, this.#beta.length);
    const words = this.#routingWords;
    const mask = this.#keys.routingWords;
    for (let i = 0; i < words.length; i++) words[i] = (words[i] ?? 0) ^ (mask[i] ?? 0);
  }

  /**
   * Where D starts with a sub-hop: on to the keys behind it, and D by them (Spec 11 §4). The tag is
   * in the filter by now, so that one packet costs one decapsulation, however often it is sent.
   */
  #passSubHop(half: Half, key: SubHopKey | undefined): { readonly code: PeelReason } | undefined {
    const { geometry, commandBytes } = this.#format;
    const found = parseSubHop(this.#routing, this.#format);
    if (found === undefined) return undefined;
    if (key === undefined) return { code: 'sub-hop-key' };
    const kem = this.#shared;
    if (!this.#suite.kemDecapsulate(kem, found.ct, key.secret)) return { code: 'sub-hop-key' };
    const start = commandBytes.kem;
    this.#beta.set(this.#routing.subarray(start, start + geometry.routingBytes));
    this.#mac.set(found.mac);
    this.#keys.deriveSubHop(this.#keys.key, kem, found.ct, key.publicHash);
    // The same MAC as outside: a half has one kind.
    if (this.#verify() !== half) return { code: 'sub-hop-mac' };
    this.#unmask();
    const again = parseSubHop(this.#routing, this.#format);
    return again === undefined ? undefined : { code: 'sub-hop-twice' };
  }

  /** Derives the keys and says which MAC holds. */
  #open(key: HopKey): Half | { readonly code: PeelReason } {
    const ct = this.#ct;
    if (!isCanonicalPoint(ct)) return { code: 'point-not-canonical' };
    if (!this.#suite.x25519(this.#shared, key.secret, ct)) return { code: 'point-low-order' };
    this.#keys.derive(this.#shared, ct, key.public, key.epoch, key.nodeName);
    return this.#verify() ?? { code: 'mac' };
  }

  /** The half whose MAC holds. Both are computed whatever the first one says. */
  #verify(): Half | undefined {
    const input = this.#macInput;
    input.set(this.#head);
    input.set(this.#beta, this.#head.length);
    input.set(this.#body, this.#headerMacInput.length);
    this.#suite.poly1305(this.#macOfHeader, this.#headerMacInput, this.#keys.macHeader);
    this.#suite.poly1305(this.#macOfBody, input, this.#keys.macBody);
    const ofHeader = equalBytes(this.#macOfHeader, this.#mac);
    const ofBody = equalBytes(this.#macOfBody, this.#mac);
    return HALF_BY_MACS[Number(ofHeader) + 2 * Number(ofBody)];
  }

  #execute(
    out: Uint8Array,
    command: Command,
    half: Half,
    keyFor: KeyFor,
  ): Result<Peeled, { readonly code: PeelReason }> {
    const body = this.#body;
    const log = this.#log;
    switch (command.op) {
      case 'transmit': {
        xorInto(log, this.#keys.log);
        this.#ct.set(command.ct);
        this.#mac.set(command.mac);
        this.#beta.set(command.rest);
        out.set(this.#packet);
        const { delayClass } = command;
        return ok({ kind: 'transmit', next: command.next.slice(), delayClass, half, packet: out });
      }
      case 'cross': {
        if (command.surbRoutingBytes !== command.routing.length) {
          return err({ code: 'surb-length' });
        }
        // Zeroed, so that nothing that a hop of the sender's half wrote goes on to the recipient's.
        log.fill(0);
        this.#writeSurbHeader(command);
        return this.#decode(out, keyFor, 'inner');
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
  #writeSurbHeader(surb: {
    readonly epoch: number;
    readonly ct: Uint8Array;
    readonly mac: Uint8Array;
    readonly routing: Uint8Array;
  }): void {
    const { offset, version } = this.#format;
    this.#packet[offset.version] = version;
    this.#packet[offset.epoch] = surb.epoch;
    this.#ct.set(surb.ct);
    this.#mac.set(surb.mac);
    this.#beta.set(surb.routing);
    this.#beta.fill(0, surb.routing.length);
  }
}
