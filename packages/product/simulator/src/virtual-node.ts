import type { Capabilities, Identity } from '@sotto/directory';
import { Relay, type RelayInput, type RelayOutput, type StoredEpoch } from '@sotto/relay';
import { SeededRng } from '@sotto/suite/testing';
import { type Instant, instant, MICROS_PER_MS } from '@sotto/wire';
import type { EventQueue } from './event-queue.ts';
import type { NodeView, ViewEntry, VirtualNetworkOptions } from './network-options.ts';

/** What a node asks of the network around it. */
export interface NodeSurroundings {
  readonly options: VirtualNetworkOptions;
  readonly queue: EventQueue;
  /** Carries a packet to another node, by hex name, over the link to it. */
  readonly toNode: (from: VirtualNode, to: string, packet: Uint8Array) => void;
  /** Opens a link to another node when that is up. */
  readonly openLink: (from: VirtualNode, to: string) => void;
  /** Carries a receipt back to who opened a link. */
  readonly toOpener: (from: VirtualNode, link: string, frame: Uint8Array) => void;
  readonly toClient: (from: VirtualNode, client: string, frame: Uint8Array) => void;
  readonly gossip: (from: VirtualNode, bytes: Uint8Array) => void;
}

interface Arrival {
  readonly from: string;
  readonly packet: Uint8Array;
}

/** One node: a relay core, and the files that outlive its process. */
export class VirtualNode {
  readonly #around: NodeSurroundings;
  readonly #identity: Identity;
  readonly #capabilities: Capabilities;
  readonly #rng: SeededRng;
  readonly #keys = new Map<number, Uint8Array>();
  readonly #places = new Map<number, Uint8Array[]>();
  readonly #entries = new Map<string, Uint8Array>();
  /** By the buffer, which the relay overwrites and sends on: where it came from, and how it was then. */
  readonly #arrivals = new WeakMap<Uint8Array, Arrival>();
  #handling: Arrival | undefined;
  #relay: Relay | undefined;
  #aheadMicros = 0;
  /** Hex name. */
  readonly key: string;

  /** Boots it. */
  constructor(
    around: NodeSurroundings,
    identity: Identity,
    capabilities: Capabilities,
    seed: string,
  ) {
    this.#around = around;
    this.#identity = identity;
    this.#capabilities = capabilities;
    this.#rng = new SeededRng(around.options.suite, seed);
    this.key = this.#boot([]).key;
  }

  /** Its core; undefined while it is down. */
  get relay(): Relay | undefined {
    return this.#relay;
  }

  /** What its clock shows. */
  get now(): Instant {
    return instant(this.#around.queue.now + this.#aheadMicros);
  }

  /** What its store holds. */
  get entries(): ReadonlyMap<string, Uint8Array> {
    return this.#entries;
  }

  /** Ends its process: what it had not stored yet is lost. */
  kill(): void {
    if (this.#relay !== undefined) this.#around.queue.disarm(this.#relay);
    this.#relay = undefined;
  }

  /**
   * Starts it again from its files, with the descriptors that others hand out and a clock that is
   * that far ahead, or behind where below zero.
   */
  restart(descriptors: readonly Uint8Array[], aheadMicros = 0): void {
    if (this.#relay !== undefined) return;
    this.#aheadMicros = aheadMicros;
    this.#boot(descriptors);
  }

  /** Lets it say that it goes. */
  leave(): void {
    this.#relay?.leave(this.now);
    this.drain();
  }

  /** Lets it take nothing more, as one that is about to end. */
  retire(): void {
    this.#relay?.retire(this.now);
    this.drain();
  }

  /** A packet from a link. @returns false when the node is down. */
  receive(from: string, packet: Uint8Array, input: RelayInput): boolean {
    const relay = this.#relay;
    if (relay === undefined) return false;
    if (this.#around.options.onView !== undefined) {
      this.#handling = { from, packet: packet.slice() };
      this.#arrivals.set(packet, this.#handling);
    }
    relay.handle(this.now, input);
    this.drain();
    this.#handling = undefined;
    return true;
  }

  /** Any other input. */
  handle(input: RelayInput): void {
    this.#relay?.handle(this.now, input);
    this.drain();
  }

  /** A descriptor or proof from another node. */
  gossip(bytes: Uint8Array): void {
    this.#relay?.receiveGossip(this.now, bytes);
    this.drain();
  }

  /** Carries out what the core asks for, and plans its next wake. */
  drain(): void {
    const relay = this.#relay;
    const { queue } = this.#around;
    if (relay === undefined) return;
    for (let out = relay.poll(this.now); out !== undefined; out = relay.poll(this.now)) {
      this.#carryOut(relay, out);
    }
    const wake = (): void => {
      if (this.#relay !== relay) return;
      relay.wake(this.now);
      this.drain();
    };
    queue.arm(relay, `node ${this.key}`, wake, this.#aheadMicros);
  }

  #boot(descriptors: readonly Uint8Array[]): Relay {
    const { options, queue } = this.#around;
    const { suite, parameters, plans, maxPackets } = options;
    // Copies: the relay erases what it was given.
    const epochs: StoredEpoch[] = [...this.#keys].map(([epoch, secret]) => ({
      epoch,
      secret: secret.slice(),
      placeBytes: (this.#places.get(epoch) ?? []).reduce((sum, { length }) => sum + length, 0),
    }));
    const relay = new Relay({
      suite,
      rng: this.#rng,
      parameters,
      now: this.now,
      identityKey: this.#identity.publicKey,
      identitySecret: this.#identity.secretKey,
      capabilities: this.#capabilities,
      addresses: [],
      epochs,
      stored: [...this.#entries].map(([key, value]) => ({ key, value })),
      ...(plans === undefined ? {} : { plans }),
      ...(maxPackets === undefined ? {} : { maxPackets }),
    });
    this.#relay = relay;
    for (const [epoch, pieces] of this.#places) {
      for (const places of pieces) relay.restorePlaces(epoch, places);
    }
    for (const bytes of descriptors) relay.receiveGossip(this.now, bytes);
    // In an event of its own: nobody is there to talk to before the constructor is through.
    queue.later(0, () => {
      relay.wake(this.now);
      this.drain();
    });
    return relay;
  }

  #carryOut(relay: Relay, out: RelayOutput): void {
    const { options, queue, toNode, openLink, toOpener, toClient, gossip } = this.#around;
    const sync = options.syncMicros ?? MICROS_PER_MS;
    switch (out.kind) {
      case 'transmit': {
        const arrival = this.#arrivals.get(out.packet);
        this.#see({ kind: 'forward', arrival, next: out.to, packetOut: out.packet });
        toNode(this, out.to, out.packet);
        break;
      }
      case 'open-link':
        openLink(this, out.to);
        break;
      case 'receipt':
        toOpener(this, out.link, out.frame);
        break;
      case 'client-frame':
        this.#see({ kind: 'push', next: out.client, packetOut: out.frame });
        toClient(this, out.client, out.frame);
        break;
      case 'gossip':
        gossip(this, out.bytes);
        break;
      case 'write-key':
        queue.later(sync, () => {
          if (this.#relay !== relay) return;
          this.#keys.set(out.epoch, out.secret);
          this.handle({ kind: 'key-stored', epoch: out.epoch });
        });
        break;
      case 'erase-key':
        this.#keys.delete(out.epoch);
        this.#places.delete(out.epoch);
        break;
      case 'write-tags':
        queue.later(sync, () => {
          if (this.#relay !== relay) return;
          for (const { epoch, bytes } of out.batches) {
            const pieces = this.#places.get(epoch) ?? [];
            this.#places.set(epoch, pieces);
            pieces.push(bytes);
          }
          this.handle({ kind: 'tags-stored', sequence: out.sequence });
        });
        break;
      case 'persist': {
        const stored = out.entries.flatMap(({ key, value }): ViewEntry[] =>
          value === undefined ? [] : [{ key, value }],
        );
        if (stored.length > 0) this.#see({ kind: 'store', arrival: this.#handling, stored });
        queue.later(sync, () => {
          if (this.#relay !== relay) return;
          for (const { key, value } of out.entries) {
            if (value === undefined) this.#entries.delete(key);
            else this.#entries.set(key, value);
          }
          this.handle({ kind: 'persisted', batch: out.batch });
        });
        break;
      }
      case 'client-replaced':
      case 'alarm':
        break;
    }
  }

  #see(seen: {
    readonly kind: NodeView['kind'];
    readonly arrival?: Arrival | undefined;
    readonly next?: string;
    readonly packetOut?: Uint8Array;
    readonly stored?: readonly ViewEntry[];
  }): void {
    const { kind, arrival, next, packetOut, stored } = seen;
    this.#around.options.onView?.({
      at: this.#around.queue.now,
      node: this.key,
      kind,
      previous: arrival?.from,
      packetIn: arrival?.packet,
      next,
      packetOut,
      stored: stored ?? [],
    });
  }
}
