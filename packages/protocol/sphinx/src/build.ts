import {
  type CryptoSuite,
  HASH_BYTES,
  KEY_BYTES,
  LABELS,
  MAC_BYTES,
  POINT_BYTES,
} from '@sotto/suite';
import { ByteWriter, concat, randomBytes, type Rng, wipe, xorInto } from '@sotto/wire';
import { WideBlock } from './body.ts';
import { type DelayClass, OP } from './command.ts';
import {
  BOX_BYTES,
  COMMAND_BYTES,
  CREDENTIAL_BYTES,
  GEOMETRY,
  NAME_BYTES,
  PACKET_VERSION,
} from './geometry.ts';
import { HopKeys, ZERO_NONCE } from './key-schedule.ts';
import type { Surb, SurbRecord } from './surb.ts';

/** One node of a path, with its key for the path's epoch. */
export interface Hop {
  /** 16 bytes. */
  readonly name: Uint8Array;
  /** X25519 routing key, 32 bytes, canonical and not of low order (the directory refuses others). */
  readonly routingKey: Uint8Array;
}

/** What the last node of a reply block does. */
export type SurbTerminal =
  | { readonly kind: 'deliver'; readonly box: Uint8Array }
  | { readonly kind: 'drop' };

/** What the last node of the sender's half does. */
export type Terminal =
  | SurbTerminal
  | { readonly kind: 'arrive'; readonly service: number }
  | { readonly kind: 'contact'; readonly box: Uint8Array; readonly credential: Uint8Array }
  | { readonly kind: 'cross'; readonly surb: Surb };

/** A path of one half. */
export interface Path {
  /** At least one node; the packet goes to the first. */
  readonly hops: readonly Hop[];
  /** Full number of the epoch whose keys the hops are. */
  readonly epoch: number;
  /** One class for the whole half. */
  readonly delayClass: DelayClass;
}

/** Seeds of one packet: one-way children of 32 fresh bytes (Spec 03 §7). */
interface Seeds {
  readonly path: Uint8Array;
  readonly ephemeral: Uint8Array;
  readonly body: Uint8Array;
}

interface Layer {
  readonly ct: Uint8Array;
  readonly keys: HopKeys;
}

/**
 * Builds packets and reply blocks (Spec 03 §7, 04 §3). 32 fresh bytes of the generator a packet;
 * nothing of a forward packet is kept.
 */
export class Builder {
  readonly #suite: CryptoSuite;
  readonly #rng: Rng;
  readonly #wideBlock: WideBlock;
  readonly #layers: HopKeys[] = [];

  /** Keeps both. */
  constructor(suite: CryptoSuite, rng: Rng) {
    this.#suite = suite;
    this.#rng = rng;
    this.#wideBlock = new WideBlock(suite);
  }

  /**
   * A packet for `hops[0]` whose body every hop of this half verifies.
   *
   * @param o.body - δ as the last hop sees it, 1,024 bytes, not changed.
   * @throws RangeError when the path does not fit β.
   */
  forward(o: Path & { readonly terminal: Terminal; readonly body: Uint8Array }): Uint8Array {
    if (o.body.length !== GEOMETRY.bodyBytes) {
      throw new RangeError(`"body" expected ${GEOMETRY.bodyBytes} bytes, got ${o.body.length}`);
    }
    this.#check(o);
    const seeds = this.#seeds();
    const layers = this.#derive(o, seeds.ephemeral);
    const bodies: Uint8Array[] = [];
    let body = o.body.slice();
    for (let i = layers.length - 1; i >= 0; i--) {
      this.#wideBlock.encrypt(keysOf(layers, i).lioness, body);
      bodies[i] = body;
      body = body.slice();
    }
    const commands = this.#commands(o, layers, o.terminal);
    const start = this.#padding(seeds.path, GEOMETRY.routingBytes + GEOMETRY.logBytes);
    const log = start.subarray(GEOMETRY.routingBytes);
    const { routing, mac } = this.#header(
      o,
      layers,
      commands,
      GEOMETRY.routingBytes,
      start,
      bodies,
    );
    const first = layers[0];
    if (first === undefined) throw new RangeError('"hops" expected at least one, got 0');
    const packet = new ByteWriter(GEOMETRY.packetBytes)
      .u8(PACKET_VERSION)
      .u8(o.epoch % 256)
      .put(first.ct)
      .put(mac)
      .put(routing)
      .put(log)
      .put(bodies[0] ?? body);
    this.#wipe(seeds);
    return packet.bytes;
  }

  /**
   * A reply block whose first hop is the crossover, and what its maker keeps.
   *
   * @throws RangeError when the path does not fit k.
   */
  surb(o: Path & { readonly terminal: SurbTerminal }): {
    readonly surb: Surb;
    readonly record: SurbRecord;
  } {
    this.#check(o);
    const seeds = this.#seeds();
    const layers = this.#derive(o, seeds.ephemeral);
    const commands = this.#commands(o, layers, o.terminal);
    const start = this.#padding(seeds.path, GEOMETRY.surbRoutingBytes);
    const { routing, mac } = this.#header(o, layers, commands, GEOMETRY.surbRoutingBytes, start);
    const [crossover] = o.hops;
    const first = layers[0];
    if (first === undefined || crossover === undefined) {
      throw new RangeError('"hops" expected at least one, got 0');
    }
    const made = {
      surb: {
        crossover: crossover.name.slice(),
        epoch: o.epoch % 256,
        ct: first.ct,
        mac,
        routing: routing.slice(0, GEOMETRY.surbRoutingBytes),
        bodySeed: seeds.body.slice(),
      },
      record: {
        name: keysOf(layers, layers.length - 1).name.slice(),
        hopKeys: layers.map((layer) => layer.keys.key.slice()),
        bodySeed: seeds.body.slice(),
      },
    };
    this.#wipe(seeds);
    return made;
  }

  #check(path: Path): void {
    if (path.hops.length === 0) throw new RangeError('"hops" expected at least one, got 0');
    if (!Number.isSafeInteger(path.epoch) || path.epoch < 0) {
      throw new RangeError(`"epoch" expected a number of an epoch, got ${path.epoch}`);
    }
  }

  #seeds(): Seeds {
    const seed = randomBytes(this.#rng, KEY_BYTES);
    const child = (label: Uint8Array): Uint8Array => {
      const out = new Uint8Array(HASH_BYTES);
      this.#suite.blake2b(out, seed, label);
      return out;
    };
    const seeds = {
      path: child(LABELS.pathSeed),
      ephemeral: child(LABELS.ephemeralSeed),
      body: child(LABELS.bodySeed),
    };
    wipe(seed);
    return seeds;
  }

  #wipe(seeds: Seeds): void {
    wipe(seeds.path);
    wipe(seeds.ephemeral);
    wipe(seeds.body);
    for (const keys of this.#layers) keys.wipe();
  }

  #padding(seed: Uint8Array, length: number): Uint8Array {
    const out = new Uint8Array(length);
    this.#suite.chacha20Stream(out, seed, ZERO_NONCE);
    return out;
  }

  #derive(path: Path, seed: Uint8Array): Layer[] {
    const scalar = new Uint8Array(KEY_BYTES);
    const shared = new Uint8Array(POINT_BYTES);
    const numbered = concat(seed, new Uint8Array(1));
    const layers = path.hops.map((hop, i) => {
      numbered[KEY_BYTES] = i;
      this.#suite.blake2b(scalar, numbered, LABELS.ephemeralSeed);
      const ct = new Uint8Array(POINT_BYTES);
      this.#suite.x25519Base(ct, scalar);
      if (!this.#suite.x25519(shared, scalar, hop.routingKey)) {
        throw new RangeError('"routingKey" expected a point that is not of low order');
      }
      const keys = (this.#layers[i] ??= new HopKeys(this.#suite));
      keys.derive(shared, ct, hop.routingKey, path.epoch, hop.name);
      return { ct, keys };
    });
    wipe(numbered);
    wipe(scalar);
    wipe(shared);
    return layers;
  }

  /** Commands with their MAC field still zero: it is known only from the last hop backwards. */
  #commands(path: Path, layers: readonly Layer[], terminal: Terminal): Uint8Array[] {
    const commands: Uint8Array[] = [];
    for (let i = 1; i < layers.length; i++) {
      const next = path.hops[i];
      const layer = layers[i];
      if (next === undefined || layer === undefined) break;
      commands.push(
        new ByteWriter(COMMAND_BYTES.transmit)
          .u8(path.delayClass === 'slow' ? OP.transmitSlow : OP.transmitFast)
          .put(exactly(next.name, NAME_BYTES, 'name'))
          .put(new Uint8Array(MAC_BYTES))
          .put(layer.ct).bytes,
      );
    }
    commands.push(encodeTerminal(terminal));
    return commands;
  }

  /**
   * Fills β from the last hop to the first (Spec 03 §7). `start` gives the random bytes behind the
   * last command: with zeros there the last hop could read how long the path was
   * (Kuhn, Beck, Strufe 2020).
   */
  #header(
    path: Path,
    layers: readonly Layer[],
    commands: readonly Uint8Array[],
    room: number,
    start: Uint8Array,
    bodies?: readonly Uint8Array[],
  ): { readonly routing: Uint8Array; readonly mac: Uint8Array } {
    const beta = GEOMETRY.routingBytes;
    const used = commands.reduce((sum, command) => sum + command.length, 0);
    if (used > room) {
      throw new RangeError(`"hops" expected at most ${room} bytes of commands, got ${used}`);
    }
    // What each hop will see behind the bytes that the builder controls.
    const tails: Uint8Array[] = [new Uint8Array(beta - room)];
    layers.forEach((layer, i) => {
      const tail = tails[i] ?? new Uint8Array(0);
      const length = commands[i]?.length ?? 0;
      const longer = new Uint8Array(tail.length + length);
      longer.set(tail);
      xorInto(longer, layer.keys.routing.subarray(beta - tail.length));
      tails.push(longer);
    });
    let current: Uint8Array = start.slice(0, room - used);
    let mac: Uint8Array = new Uint8Array(MAC_BYTES);
    let routing: Uint8Array = current;
    for (let i = layers.length - 1; i >= 0; i--) {
      const layer = layers[i];
      const command = commands[i];
      if (layer === undefined || command === undefined) continue;
      if (i < layers.length - 1) command.set(mac, 1 + NAME_BYTES);
      const plain = concat(command, current);
      xorInto(plain, layer.keys.routing);
      current = plain;
      routing = concat(plain, tails[i] ?? new Uint8Array(0));
      mac = new Uint8Array(MAC_BYTES);
      const body = bodies?.[i];
      const prefix = Uint8Array.of(PACKET_VERSION, path.epoch % 256);
      if (body === undefined) {
        this.#suite.poly1305(mac, concat(prefix, layer.ct, routing), layer.keys.macHeader);
      } else {
        this.#suite.poly1305(mac, concat(prefix, layer.ct, routing, body), layer.keys.macBody);
      }
    }
    return { routing, mac };
  }
}

function keysOf(layers: readonly Layer[], i: number): HopKeys {
  const layer = layers[i];
  if (layer === undefined) throw new RangeError('"hops" expected at least one, got 0');
  return layer.keys;
}

function exactly(bytes: Uint8Array, length: number, name: string): Uint8Array {
  if (bytes.length !== length) {
    throw new RangeError(`"${name}" expected ${length} bytes, got ${bytes.length}`);
  }
  return bytes;
}

function encodeTerminal(terminal: Terminal): Uint8Array {
  switch (terminal.kind) {
    case 'deliver':
      return new ByteWriter(COMMAND_BYTES.deliver)
        .u8(OP.deliver)
        .put(exactly(terminal.box, BOX_BYTES, 'box')).bytes;
    case 'drop':
      return Uint8Array.of(OP.drop);
    case 'arrive':
      if (!Number.isInteger(terminal.service) || terminal.service < 0 || terminal.service > 255) {
        throw new RangeError(`"service" expected a byte, got ${terminal.service}`);
      }
      return Uint8Array.of(OP.arrive, terminal.service);
    case 'contact':
      return new ByteWriter(COMMAND_BYTES.contact)
        .u8(OP.contact)
        .put(exactly(terminal.box, BOX_BYTES, 'box'))
        .put(exactly(terminal.credential, CREDENTIAL_BYTES, 'credential')).bytes;
    case 'cross':
      return new ByteWriter(COMMAND_BYTES.cross)
        .u8(OP.cross)
        .u8(terminal.surb.epoch)
        .u16(GEOMETRY.surbRoutingBytes)
        .put(terminal.surb.ct)
        .put(terminal.surb.mac)
        .put(terminal.surb.routing).bytes;
  }
}
