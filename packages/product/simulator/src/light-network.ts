import {
  type Capabilities,
  epochAt,
  type NetworkParameters,
  type NodeEntry,
} from '@sotto/directory';
import { AggregationPoint, decodeRequest, type Request } from '@sotto/mailbox';
import { type AcceptedKey, type Delivered, type Peeled, Peeler } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { SeededRng } from '@sotto/suite/testing';
import { exponentialMicros, instant, randomBytes, toHex } from '@sotto/wire';
import type { EventQueue } from './event-queue.ts';

const ALL: Capabilities = { mix: true, guard: true, mailbox: true, contact: true };
/** Nothing is replayed in here, and nobody asks: a filter would only fill memory over weeks. */
const NO_FILTER = { addIfNew: (): boolean => true };

/** What arrives at a node's services. */
export type Arrival =
  | { readonly kind: 'deliver'; readonly box: string; readonly delivered: Delivered }
  | { readonly kind: 'request'; readonly request: Request };

interface LightNode {
  readonly entry: NodeEntry;
  readonly keyFor: (byte: number) => AcceptedKey | undefined;
}

/**
 * Nodes that do nothing but what a packet's time and way depend on: they peel, draw the delay of
 * the class, and answer fetches. No directory, no links, no loops of their own, so that hundreds of
 * mixes over weeks are cheap. Links take no time: what they would add is known to a global observer.
 */
export class LightNetwork {
  readonly #suite: CryptoSuite;
  readonly #queue: EventQueue;
  readonly #rng: SeededRng;
  readonly #parameters: NetworkParameters;
  readonly #peeler: Peeler;
  readonly #nodes = new Map<string, LightNode>();
  readonly #points = new Map<string, AggregationPoint>();
  /** Called before a service takes it; true of what is for a client's guard box. */
  onArrival: (node: string, lastHop: string | undefined, arrival: Arrival) => boolean = () => false;

  /** @param perLayer - mixes of each layer; every node is a mailbox as well. */
  constructor(
    suite: CryptoSuite,
    seed: string,
    queue: EventQueue,
    parameters: NetworkParameters,
    perLayer: number,
  ) {
    this.#suite = suite;
    this.#queue = queue;
    this.#parameters = parameters;
    this.#rng = new SeededRng(suite, `${seed}/light network`);
    this.#peeler = new Peeler(suite);
    for (let i = 0; i < perLayer; i++) {
      for (const layer of [1, 2, 3] as const) this.#add(`${seed}/node ${3 * i + layer - 1}`, layer);
    }
  }

  /** Every node. */
  get entries(): NodeEntry[] {
    return [...this.#nodes.values()].map(({ entry }) => entry);
  }

  /** A client's packet comes to its guard. */
  inject(guard: string, packet: Uint8Array): void {
    this.#peel(guard, undefined, packet.slice());
  }

  #add(seed: string, layer: 1 | 2 | 3): void {
    const rng = new SeededRng(this.#suite, seed);
    const name = randomBytes(rng, 16);
    const identityKey = randomBytes(rng, 32);
    const keys = new Map<number, AcceptedKey>();
    const keyOf = (epoch: number): AcceptedKey => {
      let accepted = keys.get(epoch);
      if (accepted === undefined) {
        const secret = randomBytes(rng, 32);
        const key = { secret, public: new Uint8Array(32), epoch, nodeName: name };
        this.#suite.x25519Base(key.public, secret);
        accepted = { key, filter: NO_FILTER };
        keys.set(epoch, accepted);
      }
      return accepted;
    };
    const keyFor = (byte: number): AcceptedKey => {
      const current = epochAt(this.#parameters, this.#queue.now);
      // The nearest epoch of that low byte.
      return keyOf(current + ((((byte - current + 128) % 256) + 256) % 256) - 128);
    };
    const entry: NodeEntry = {
      name,
      key: toHex(name),
      identityKey,
      layer,
      capabilities: ALL,
      addresses: [],
      sequence: 1,
      expiresAt: instant(Number.MAX_SAFE_INTEGER),
      descriptor: new Uint8Array(0),
      leaving: false,
      routingKey: (epoch) => keyOf(epoch).key.public,
    };
    this.#nodes.set(entry.key, { entry, keyFor });
  }

  #node(key: string): LightNode {
    const node = this.#nodes.get(key);
    if (node === undefined) throw new RangeError(`"key" expected a node, got ${key}`);
    return node;
  }

  #peel(key: string, lastHop: string | undefined, packet: Uint8Array): void {
    const peeled = this.#peeler.peel(packet, this.#node(key).keyFor);
    if (!peeled.ok) throw new Error(`an honest packet was refused: ${peeled.error.code}`);
    this.#carryOut(key, lastHop, peeled.value);
  }

  #carryOut(key: string, lastHop: string | undefined, peeled: Peeled): void {
    switch (peeled.kind) {
      case 'transmit': {
        const { fastMeanMicros, slowMeanMicros } = this.#parameters;
        const mean = peeled.delayClass === 'slow' ? slowMeanMicros : fastMeanMicros;
        const next = toHex(peeled.next);
        const { packet } = peeled;
        this.#queue.later(exponentialMicros(this.#rng, mean), () => this.#peel(next, key, packet));
        break;
      }
      case 'deliver': {
        const arrival = { ...peeled, box: toHex(peeled.box) };
        if (this.onArrival(key, lastHop, arrival)) break;
        this.#point(key).deliver(this.#queue.now, peeled.box, peeled.delivered);
        break;
      }
      case 'arrive': {
        const request = decodeRequest(peeled.service, peeled.body);
        if (!request.ok) throw new Error(`an honest request was refused: ${request.error.code}`);
        this.onArrival(key, lastHop, { kind: 'request', request: request.value });
        if (request.value.kind !== 'fetch') break;
        this.#point(key).fetch(this.#queue.now, request.value);
        this.#serve(key);
        break;
      }
      default:
        break;
    }
  }

  #point(key: string): AggregationPoint {
    let point = this.#points.get(key);
    if (point === undefined) {
      const parameters = this.#parameters;
      point = new AggregationPoint({ suite: this.#suite, rng: this.#rng, parameters });
      this.#points.set(key, point);
    }
    return point;
  }

  #serve(key: string): void {
    const point = this.#point(key);
    point.wake(this.#queue.now);
    for (let out = point.poll(); out !== undefined; out = point.poll()) {
      if (out.kind !== 'run-surb') continue;
      const peeled = this.#peeler.runSurb(out.embedded, out.log, out.body, this.#node(key).keyFor);
      if (!peeled.ok) throw new Error(`an honest answer was refused: ${peeled.error.code}`);
      this.#carryOut(key, undefined, peeled.value);
    }
    this.#queue.arm(point, `mailbox ${key}`, () => this.#serve(key));
  }
}
