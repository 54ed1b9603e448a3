import {
  DEFAULT_PARAMETERS,
  epochAt,
  type NetworkParameters,
  type NodeEntry,
} from '@sotto/directory';
import {
  Endpoint,
  type EndpointEvent,
  type EndpointOptions,
  type EndpointOutput,
  type Plan,
  type StoredEntry,
} from '@sotto/endpoint';
import { encodeDownlink } from '@sotto/link';
import { AggregationPoint, boxOf, ContactPoint, decodeRequest } from '@sotto/mailbox';
import { type AcceptedKey, type Delivered, type Peeled, Peeler } from '@sotto/sphinx';
import { open } from '@sotto/sodium/wasm';
import type { CryptoSuite } from '@sotto/suite';
import { curveless, SeededRng } from '@sotto/suite/testing';
import { type Instant, instant, randomBytes, toHex } from '@sotto/wire';

/** What packets carry and where they go is looked at here; what keys do, in the tests of the packet and in `tests/e2e`. */
export const suite: CryptoSuite = curveless(await open());
export const SECOND = 1_000_000;

/** Short epochs and slow means, so that hours of a client fit a test. */
export const PARAMETERS: NetworkParameters = {
  ...DEFAULT_PARAMETERS,
  originMicros: 0,
  epochMicros: 3600 * SECOND,
  graceMicros: 60 * SECOND,
  skewMicros: 5 * SECOND,
  slowMeanMicros: 2 * SECOND,
  mailLifeMicros: 4 * 3600 * SECOND,
  descriptorLifeMicros: 3600 * SECOND,
};

export const NOW: Instant = instant(100 * PARAMETERS.epochMicros + 10 * SECOND);

/** Ten slots a second: a test plan. */
export const FAST_PLAN: Plan = {
  name: 'test',
  code: 99,
  phase: { uplinkMeanMicros: 100_000, downlinkIntervalMicros: 50_000 },
};

export interface Passage {
  readonly at: Instant;
  readonly client: string;
  /** Keys of the nodes that peeled it, in order. */
  readonly path: readonly string[];
  /** How it ended, and where. */
  readonly end: Peeled['kind'] | 'dropped';
  /** Box of a delivery or a contact. */
  readonly box?: string;
  readonly service?: number;
}

/** A node of the test: real peeling, real services, no delays. */
class Node {
  readonly entry: NodeEntry;
  readonly peeler = new Peeler(suite);
  readonly aggregation: AggregationPoint;
  readonly contact: ContactPoint;
  readonly #keys = new Map<number, AcceptedKey>();

  constructor(rng: SeededRng, layer: 1 | 2 | 3, epochs: readonly number[]) {
    const name = randomBytes(rng, 16);
    for (const epoch of epochs) {
      const secret = randomBytes(rng, 32);
      const publicKey = new Uint8Array(32);
      suite.x25519Base(publicKey, secret);
      const seen = new Set<string>();
      const addIfNew = (tag: Uint8Array): boolean =>
        !seen.has(toHex(tag)) && seen.add(toHex(tag)) !== undefined;
      const key = { secret, public: publicKey, epoch, nodeName: name };
      this.#keys.set(epoch % 256, { key, filter: { addIfNew } });
    }
    this.entry = {
      name,
      key: toHex(name),
      identityKey: randomBytes(rng, 32),
      layer,
      capabilities: { mix: true, guard: true, mailbox: true, contact: true },
      addresses: [],
      sequence: 1,
      expiresAt: instant(Number.MAX_SAFE_INTEGER),
      descriptor: new Uint8Array(0),
      leaving: false,
      routingKey: (epoch) => this.#keys.get(epoch % 256)?.key.public,
    };
    this.aggregation = new AggregationPoint({ suite, rng, parameters: PARAMETERS });
    this.contact = new ContactPoint({ suite, rng, parameters: PARAMETERS });
  }

  readonly keyFor = (byte: number): AcceptedKey | undefined => this.#keys.get(byte);
}

/** One client and all that came out of its endpoint. */
export class Client {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly events: EndpointEvent[] = [];
  readonly frames: { readonly at: Instant; readonly bytes: Uint8Array }[] = [];
  readonly store = new Map<string, Uint8Array>();
  readonly batches: number[] = [];
  /** Answers `persist` at once, as a driver with a fast disk would. */
  stores = true;
  guard: string | undefined;
  box: string | undefined;

  constructor(name: string, options: EndpointOptions) {
    this.name = name;
    this.endpoint = new Endpoint(options);
  }

  of<K extends EndpointEvent['kind']>(kind: K): Extract<EndpointEvent, { kind: K }>[] {
    return this.events.filter((event) => event.kind === kind) as Extract<
      EndpointEvent,
      { kind: K }
    >[];
  }
}

/** Nodes and clients in virtual time; packets cross in no time, answers on the mailboxes' own clocks. */
export class Network {
  readonly rng: SeededRng;
  readonly nodes = new Map<string, Node>();
  readonly clients: Client[] = [];
  readonly passages: Passage[] = [];
  /** Changes mail on its way into a client: a guard or mailbox that lies. */
  tamper: ((delivered: Delivered) => Delivered | undefined) | undefined;
  now: Instant = NOW;
  /** Off where only the times of frames matter. */
  carries = true;

  constructor(seed: string, perLayer = 4) {
    this.rng = new SeededRng(suite, seed);
    const first = epochAt(PARAMETERS, NOW);
    const epochs = Array.from({ length: 6 }, (_, i) => first + i);
    for (let i = 0; i < 3 * perLayer; i++) {
      const node = new Node(this.rng, ((i % 3) + 1) as 1 | 2 | 3, epochs);
      this.nodes.set(node.entry.key, node);
    }
  }

  get entries(): NodeEntry[] {
    return [...this.nodes.values()].map(({ entry }) => entry);
  }

  node(key: string): Node {
    const node = this.nodes.get(key);
    if (node === undefined) throw new RangeError(`no node ${key}`);
    return node;
  }

  /** A client with a directory and its link up. */
  join(name: string, options: Partial<EndpointOptions> = {}): Client {
    const rng = new SeededRng(suite, `client ${name}`);
    const parameters = PARAMETERS;
    const client = new Client(name, { suite, rng, parameters, plan: FAST_PLAN, ...options });
    this.clients.push(client);
    client.endpoint.handle(this.now, { kind: 'directory', nodes: this.entries });
    this.drain(client);
    client.endpoint.handle(this.now, { kind: 'link', up: true });
    this.drain(client);
    return client;
  }

  drain(client: Client): void {
    for (;;) {
      const output: EndpointOutput | undefined = client.endpoint.poll(this.now);
      if (output === undefined) return;
      switch (output.kind) {
        case 'persist':
          this.#store(client, output.entries);
          client.batches.push(output.sequence);
          if (client.stores) {
            client.endpoint.handle(this.now, { kind: 'stored', sequence: output.sequence });
          }
          break;
        case 'connect':
          client.guard = output.guard.key;
          client.box = toHex(boxOf(suite, output.boxSecret));
          break;
        case 'frame':
          client.frames.push({ at: this.now, bytes: output.bytes });
          if (client.guard !== undefined && this.carries) {
            this.#carry(client.name, client.guard, [], (node) =>
              node.peeler.peel(output.bytes.slice(), node.keyFor),
            );
          }
          break;
        case 'event':
          client.events.push(output.event);
          break;
      }
    }
  }

  /** Lets virtual time pass. */
  run(micros: number): void {
    const end = instant(this.now + micros);
    for (;;) {
      const times = [
        ...this.clients.map(({ endpoint }) => endpoint.nextAt()),
        ...[...this.nodes.values()].flatMap(({ aggregation, contact }) => [
          aggregation.nextAt(),
          contact.nextAt(),
        ]),
      ].filter((at) => at !== undefined);
      const next = Math.min(end, ...times);
      this.now = instant(Math.max(this.now, next));
      for (const client of this.clients) {
        client.endpoint.wake(this.now);
        this.drain(client);
      }
      for (const node of this.nodes.values()) this.#wakeNode(node);
      if (next >= end) return;
    }
  }

  /** Runs until something holds, at most so long. */
  until(micros: number, test: () => boolean): boolean {
    const end = this.now + micros;
    while (!test()) {
      if (this.now >= end) return false;
      this.run(SECOND);
    }
    return true;
  }

  #store(client: Client, entries: readonly StoredEntry[]): void {
    for (const { key, value } of entries) {
      if (value === undefined) client.store.delete(key);
      else client.store.set(key, value);
    }
  }

  #wakeNode(node: Node): void {
    for (const service of [node.aggregation, node.contact]) {
      service.wake(this.now);
      for (let output = service.poll(); output !== undefined; output = service.poll()) {
        if (output.kind !== 'run-surb') continue;
        const { embedded, log, body } = output;
        this.#carry('', node.entry.key, [], () =>
          node.peeler.runSurb(embedded, log, body, node.keyFor),
        );
      }
    }
  }

  #carry(
    client: string,
    key: string,
    path: readonly string[],
    peel: (node: Node) => ReturnType<Peeler['peel']>,
  ): void {
    const node = this.node(key);
    const peeled = peel(node);
    const passed = [...path, key];
    const at = this.now;
    if (!peeled.ok) {
      this.passages.push({ at, client, path: passed, end: 'dropped' });
      return;
    }
    const done = peeled.value;
    if (done.kind === 'transmit') {
      this.#carry(client, toHex(done.next), passed, (next) =>
        next.peeler.peel(done.packet, next.keyFor),
      );
      return;
    }
    const box = done.kind === 'deliver' || done.kind === 'contact' ? { box: toHex(done.box) } : {};
    const service = done.kind === 'arrive' ? { service: done.service } : {};
    this.passages.push({ at, client, path: passed, end: done.kind, ...box, ...service });
    this.#end(node, done);
  }

  #end(node: Node, done: Exclude<Peeled, { kind: 'transmit' }>): void {
    if (done.kind === 'deliver') {
      const owner = this.clients.find(
        ({ guard, box }) => guard === node.entry.key && box === toHex(done.box),
      );
      if (owner === undefined) node.aggregation.deliver(this.now, done.box, done.delivered);
      else this.deliver(owner, done.delivered);
    } else if (done.kind === 'arrive') {
      const request = decodeRequest(done.service, done.body);
      if (!request.ok) throw new Error(request.error.code);
      if (request.value.kind === 'fetch') node.aggregation.fetch(this.now, request.value);
      else if (request.value.kind === 'stash') node.contact.stash(this.now, request.value);
      else if (request.value.kind === 'bundle-put') node.contact.putBundle(this.now, request.value);
      else if (request.value.kind === 'greeting')
        node.contact.openGreeting(this.now, request.value);
      else if (request.value.kind === 'close')
        node.contact.closeBox(this.now, request.value.secret);
      else node.contact.getBundle(this.now, request.value);
    } else if (done.kind === 'contact') {
      const epoch = epochAt(PARAMETERS, this.now) % 256;
      const taken = node.contact.take(this.now, done.box, done.credential, [epoch]);
      if (!taken.ok) return;
      const { embedded, log } = taken.value;
      this.#carry('', node.entry.key, [], () =>
        node.peeler.runSurb(embedded, log, done.body, node.keyFor),
      );
    }
  }

  /** Hands mail to a client, as its guard would. */
  deliver(client: Client, mail: Delivered): void {
    const delivered = this.tamper === undefined ? mail : this.tamper(mail);
    if (delivered === undefined) return;
    const bytes = encodeDownlink({ kind: 'mail', delivered });
    client.endpoint.handle(this.now, { kind: 'frame', bytes });
    this.drain(client);
  }
}
