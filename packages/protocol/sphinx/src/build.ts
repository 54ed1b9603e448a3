import { type CryptoSuite, HASH_BYTES, KEY_BYTES, LABELS } from '@sotto/suite';
import { type Rng, wipe } from '@sotto/wire';
import { type PacketFormat, SUITE_1 } from './geometry.ts';
import { HeaderWriter } from './header.ts';
import { ZERO_NONCE } from './key-schedule.ts';
import { type Layer, Layers } from './layers.ts';
import {
  checkPath,
  encodeSubHop,
  encodeTerminal,
  encodeTransmit,
  exactly,
  type Path,
  type SurbTerminal,
  type Terminal,
} from './path.ts';
import type { Surb, SurbRecord } from './surb.ts';

/** Seeds of one packet: one-way children of 32 fresh bytes (Spec 03 §7). */
interface Seeds {
  readonly path: Uint8Array;
  readonly ephemeral: Uint8Array;
  readonly body: Uint8Array;
}

/**
 * Builds packets and reply blocks (Spec 03 §7, 04 §3). 32 fresh bytes of the generator a packet;
 * nothing of a forward packet is kept.
 */
export class Builder {
  readonly #suite: CryptoSuite;
  readonly #rng: Rng;
  readonly #format: PacketFormat;
  readonly #header: HeaderWriter;
  readonly #layers: Layers;
  readonly #seed = new Uint8Array(KEY_BYTES);
  readonly #seeds: Seeds = {
    path: new Uint8Array(HASH_BYTES),
    ephemeral: new Uint8Array(HASH_BYTES),
    body: new Uint8Array(HASH_BYTES),
  };
  /** What pads β, and the log as it starts. */
  readonly #start: Uint8Array;

  /** Keeps all; the suite of what is built is `format`'s. */
  constructor(suite: CryptoSuite, rng: Rng, format: PacketFormat = SUITE_1) {
    this.#suite = suite;
    this.#rng = rng;
    this.#format = format;
    this.#header = new HeaderWriter(suite, format);
    this.#layers = new Layers(suite, format);
    this.#start = new Uint8Array(format.geometry.routingBytes + format.geometry.logBytes);
  }

  /**
   * A packet for `hops[0]` whose body every hop of this half verifies.
   *
   * @param o.body - δ as the last hop sees it, 1,024 bytes (2,048 in suite 2), not changed.
   * @throws RangeError when the path does not fit β, or has hops or a reply block of another suite.
   */
  forward(o: Path & { readonly terminal: Terminal; readonly body: Uint8Array }): Uint8Array {
    const { geometry, offset, version } = this.#format;
    exactly(o.body, geometry.bodyBytes, 'body');
    checkPath(o, this.#format);
    const terminal = encodeTerminal(o.terminal, this.#format);
    const seeds = this.#drawSeeds();
    const layers = this.#layers.derive(o, seeds.ephemeral);
    const start = this.#padding(seeds.path, geometry.routingBytes + geometry.logBytes);
    const { ct, mac, routing, body } = this.#header.write({
      layers,
      commands: this.#commands(o, layers, terminal),
      epoch: o.epoch,
      room: geometry.routingBytes,
      padding: start,
      body: o.body,
    });
    const packet = new Uint8Array(geometry.packetBytes);
    packet[offset.version] = version;
    packet[offset.epoch] = o.epoch % 256;
    packet.set(ct, offset.ct);
    packet.set(mac, offset.mac);
    packet.set(routing, offset.routing);
    packet.set(start.subarray(geometry.routingBytes), offset.log);
    packet.set(body, offset.body);
    this.#wipe(seeds);
    return packet;
  }

  /**
   * A reply block whose first hop is the crossover, and what its maker keeps.
   *
   * @throws RangeError when the path does not fit k, or has hops of another suite.
   */
  surb(o: Path & { readonly terminal: SurbTerminal }): {
    readonly surb: Surb;
    readonly record: SurbRecord;
  } {
    const { surbRoutingBytes } = this.#format.geometry;
    checkPath(o, this.#format);
    const terminal = encodeTerminal(o.terminal, this.#format);
    const seeds = this.#drawSeeds();
    const layers = this.#layers.derive(o, seeds.ephemeral);
    const { routing, mac, ct } = this.#header.write({
      layers,
      commands: this.#commands(o, layers, terminal),
      epoch: o.epoch,
      room: surbRoutingBytes,
      padding: this.#padding(seeds.path, surbRoutingBytes),
    });
    const crossover = o.hops[0]?.name ?? new Uint8Array(0);
    // Of a hop with a sub-hop, what is kept is K': K laid nothing on log and body.
    const kept = layers.filter(({ kemCt }) => kemCt === undefined);
    const made = {
      surb: {
        crossover: crossover.slice(),
        epoch: o.epoch % 256,
        ct: ct.slice(),
        mac: mac.slice(),
        routing: routing.slice(0, surbRoutingBytes),
        bodySeed: seeds.body.slice(),
      },
      record: {
        name: kept.at(-1)?.keys.name.slice() ?? new Uint8Array(0),
        hopKeys: kept.map((layer) => layer.keys.key.slice()),
        bodySeed: seeds.body.slice(),
      },
    };
    this.#wipe(seeds);
    return made;
  }

  #drawSeeds(): Seeds {
    const seed = this.#seed;
    this.#rng.fill(seed);
    const { path, ephemeral, body } = this.#seeds;
    this.#suite.blake2b(path, seed, LABELS.pathSeed);
    this.#suite.blake2b(ephemeral, seed, LABELS.ephemeralSeed);
    this.#suite.blake2b(body, seed, LABELS.bodySeed);
    wipe(seed);
    return this.#seeds;
  }

  #wipe({ path, ephemeral, body }: Seeds): void {
    wipe(path);
    wipe(ephemeral);
    wipe(body);
    this.#layers.wipe();
  }

  #padding(seed: Uint8Array, length: number): Uint8Array {
    const out = this.#start.subarray(0, length);
    this.#suite.chacha20Stream(out, seed, ZERO_NONCE);
    return out;
  }

  /** One a layer, with their MAC fields still zero: they are known only from the last hop backwards. */
  #commands(path: Path, layers: readonly Layer[], terminal: Uint8Array): Uint8Array[] {
    return layers.map((layer, i) => {
      if (layer.kemCt !== undefined) return encodeSubHop(layer.kemCt, this.#format);
      const next = layers[i + 1];
      if (next === undefined) return terminal;
      return encodeTransmit(path.delayClass, next.name, next.ct, this.#format);
    });
  }
}
