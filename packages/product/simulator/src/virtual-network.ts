import {
  balancedIdentities,
  type Capabilities,
  ClientView,
  epochAt,
  networkId,
  type NetworkParameters,
} from '@sotto/directory';
import { encodePreface } from '@sotto/link';
import type { Relay, RelayMetrics } from '@sotto/relay';
import type { CryptoSuite } from '@sotto/suite';
import { SeededRng } from '@sotto/suite/testing';
import { below, type Instant, MICROS_PER_MS, MICROS_PER_SECOND } from '@sotto/wire';
import type { ClientCore, TimedEvent } from './client-core.ts';
import { EventQueue } from './event-queue.ts';
import { LinkEmulator } from './link-emulator.ts';
import { DEFAULT_START, type VirtualNetworkOptions } from './network-options.ts';
import { Trace } from './trace.ts';
import { type ClientSurroundings, VirtualClient } from './virtual-client.ts';
import { VirtualNode } from './virtual-node.ts';

const ALL: Capabilities = { mix: true, guard: true, mailbox: true, contact: true };
/** Peers whose snapshots a client compares. */
const DIRECTORY_PEERS = 3;
const NO_KEY = new Uint8Array(32);

/** What a new client core is made of. */
export interface ClientContext {
  readonly suite: CryptoSuite;
  readonly rng: SeededRng;
  readonly parameters: NetworkParameters;
  readonly now: Instant;
  /** What an earlier process of the same name stored. */
  readonly stored: readonly { readonly key: string; readonly value: Uint8Array }[];
}

/** A network of relay cores and client cores on one event queue in virtual time. */
export class VirtualNetwork<Event> {
  readonly #options: VirtualNetworkOptions;
  readonly #rng: SeededRng;
  readonly #queue: EventQueue;
  readonly #nodes: readonly VirtualNode[];
  readonly #byKey: ReadonlyMap<string, VirtualNode>;
  readonly #clients = new Map<string, VirtualClient<Event>>();
  readonly #emulators = new Map<string, LinkEmulator>();
  /** Links between nodes by `from>to`: each has a name of its own, so that what is under way on an old one is told from the new. */
  readonly #links = new Map<string, string>();
  #linkNumber = 0;
  readonly #clientSurroundings: ClientSurroundings<Event>;
  /** Every frame on every link. */
  readonly trace: Trace;

  /** Starts the nodes; they know each other after a few link delays. */
  constructor(options: VirtualNetworkOptions) {
    const { suite, seed, syncMicros } = options;
    this.#options = options;
    this.#rng = new SeededRng(suite, `${seed}/network`);
    this.#queue = new EventQueue(options.start ?? DEFAULT_START);
    this.trace = new Trace(suite);
    const around = {
      options,
      queue: this.#queue,
      toNode: this.#toNode,
      openLink: this.#openLink,
      toOpener: this.#toOpener,
      toClient: this.#toClient,
      gossip: this.#gossip,
    };
    this.#nodes = balancedIdentities(suite, this.#rng, options.nodes).map(
      (identity, i) =>
        new VirtualNode(around, identity, options.capabilities?.(i) ?? ALL, `${seed}/node ${i}`),
    );
    this.#byKey = new Map(this.#nodes.map((node) => [node.key, node]));
    this.#clientSurroundings = {
      queue: this.#queue,
      syncMicros,
      toGuard: this.#toGuard,
      link: this.#link,
      unlink: this.#unlink,
    };
  }

  /** The time. */
  get now(): Instant {
    return this.#queue.now;
  }

  /** The epoch, full number. */
  get epoch(): number {
    return epochAt(this.#options.parameters, this.now);
  }

  /** Hex names of the nodes, in the order of their numbers. */
  get keys(): readonly string[] {
    return this.#nodes.map((node) => node.key);
  }

  /** The core of node `i`; undefined while it is down. */
  relay(i: number): Relay | undefined {
    return this.#nodes[i]?.relay;
  }

  /** What node `i` has stored. */
  storeOf(i: number): ReadonlyMap<string, Uint8Array> {
    return this.#node(i).entries;
  }

  /** Figures of every node that is up. */
  metrics(): readonly RelayMetrics[] {
    return this.#nodes.flatMap(({ relay, now }) =>
      relay === undefined ? [] : [relay.metrics(now)],
    );
  }

  /** How often any node dropped something for this reason. */
  drops(reason: string): number {
    return this.metrics().reduce((sum, { drops }) => sum + (drops[reason] ?? 0), 0);
  }

  /** Puts a copy of any bytes into a node as if they had come by a link from another node. */
  inject(i: number, frame: Uint8Array): void {
    const packet = frame.slice();
    this.#options.onArrive?.('', this.#node(i).key, packet);
    this.#node(i).receive('', packet, { kind: 'packet', packet });
  }

  /** Lets time pass by `micros`. */
  run(micros: number): void {
    this.#queue.run(micros);
  }

  /** Runs in steps of a second until something holds, `micros` at most. @returns whether it came to hold. */
  until(micros: number, holds: () => boolean): boolean {
    const end = this.now + micros;
    while (!holds()) {
      if (this.now >= end) return false;
      this.run(Math.min(MICROS_PER_SECOND, end - this.now));
    }
    return true;
  }

  /** Adds a client, or starts one again that was stopped. `make` gets what is stored under its name. */
  addClient<C extends ClientCore<Event>>(name: string, make: (context: ClientContext) => C): C {
    const { suite, seed, parameters } = this.#options;
    const earlier = this.#clients.get(name);
    if (earlier?.running === true) {
      throw new RangeError(`"name" expected no running client's, got ${name}`);
    }
    const { stored, events } = earlier ?? {
      stored: new Map<string, Uint8Array>(),
      events: [] as TimedEvent<Event>[],
    };
    const core = make({
      suite,
      rng: new SeededRng(suite, `${seed}/client ${name} ${this.now}`),
      parameters,
      now: this.now,
      stored: [...stored].map(([key, value]) => ({ key, value })),
    });
    const view = new ClientView({ suite, parameters });
    const kept = { stored, events };
    const client = new VirtualClient(this.#clientSurroundings, name, core, view, kept);
    this.#clients.set(name, client);
    this.#tellDirectory(client);
    return core;
  }

  /** Calls a command of a client's core and drains what it brings. */
  command<Result>(name: string, call: (now: Instant) => Result): Result {
    const result = call(this.now);
    this.#client(name).drain();
    return result;
  }

  /** Events of a client since its first start. */
  events(name: string): readonly TimedEvent<Event>[] {
    return this.#client(name).events;
  }

  /** Hex name of the node that a client's link ends at; undefined while it has none. */
  guardOf(name: string): string | undefined {
    return this.#client(name).guard;
  }

  /** Cuts a client off; its process runs on. */
  disconnect(name: string): void {
    const client = this.#client(name);
    client.online = false;
    this.#unlink(client);
  }

  /** Gives a client its line back. */
  reconnect(name: string): void {
    const client = this.#client(name);
    client.online = true;
    this.#tellDirectory(client);
    this.#link(client);
  }

  /** Ends a client's process: only what it has stored stays. */
  stopClient(name: string): void {
    const client = this.#client(name);
    client.stop();
    this.disconnect(name);
  }

  /** Ends a node's process: only what it has stored stays. */
  kill(i: number): void {
    const node = this.#node(i);
    for (const client of this.#clients.values()) {
      if (client.guard === node.key) this.#unlink(client);
    }
    node.kill();
    this.#endLinks(node.key);
  }

  /** Lets a node say that it goes; it serves on. */
  leave(i: number): void {
    this.#node(i).leave();
  }

  /** Lets a node take nothing more, as one that is about to end. */
  retire(i: number): void {
    this.#node(i).retire();
  }

  /** Starts a killed node again from what it had stored, its clock that far ahead of the others'. */
  restart(i: number, aheadMicros = 0): void {
    const node = this.#node(i);
    const peer = this.#nodes.find((other) => other !== node && other.relay !== undefined);
    node.restart(peer?.relay?.snapshot(peer.now) ?? [], aheadMicros);
    for (const client of this.#clients.values()) this.#link(client);
  }

  #node(i: number): VirtualNode {
    const node = this.#nodes[i];
    if (node === undefined) throw new RangeError(`"i" expected a node's number, got ${i}`);
    return node;
  }

  #client(name: string): VirtualClient<Event> {
    const client = this.#clients.get(name);
    if (client === undefined) throw new RangeError(`"name" expected a client, got ${name}`);
    return client;
  }

  #linkDelay(): number {
    const least = this.#options.linkDelayMicros ?? 10 * MICROS_PER_MS;
    return least + below(this.#rng, Math.floor(least / 10) + 1);
  }

  #send(from: string, to: string, frame: Uint8Array, arrive: () => void): void {
    this.#options.tamper?.(from, to, frame);
    const line = this.trace.add(this.now, from, to, frame);
    this.#options.onFrame?.(line, frame);
    const profile = this.#options.line?.(from, to);
    if (profile === undefined) {
      this.#queue.later(this.#linkDelay(), arrive);
      return;
    }
    const arrival = this.#emulator(from, to).send(this.now, frame.length, profile);
    if (arrival !== undefined) this.#queue.later(arrival - this.now, arrive);
  }

  #emulator(from: string, to: string): LinkEmulator {
    const key = `${from}>${to}`;
    const emulator =
      this.#emulators.get(key) ??
      new LinkEmulator(new SeededRng(this.#options.suite, `${this.#options.seed}/line ${key}`));
    this.#emulators.set(key, emulator);
    return emulator;
  }

  readonly #toNode = (from: VirtualNode, to: string, packet: Uint8Array): void => {
    const target = this.#byKey.get(to);
    const link = this.#links.get(`${from.key}>${to}`);
    if (link === undefined) throw new Error(`"to" expected a node with a link, got ${to}`);
    // A copy: the sender keeps its own until the receipt, and a node peels in place.
    const frame = packet.slice();
    this.#send(from.key, to, frame, () => {
      if (this.#links.get(`${from.key}>${to}`) !== link) return;
      this.#options.onArrive?.(from.key, to, frame);
      target?.receive(from.key, frame, { kind: 'packet', packet: frame, link });
    });
  };

  readonly #toOpener = (from: VirtualNode, link: string, frame: Uint8Array): void => {
    const [opener = ''] = link.split('>');
    const name = `${opener}>${from.key}`;
    this.#send(from.key, opener, frame, () => {
      if (this.#links.get(name) !== link) return;
      this.#byKey.get(opener)?.handle({ kind: 'link-frame', to: from.key, frame });
    });
  };

  readonly #openLink = (from: VirtualNode, to: string): void => {
    const relay = from.relay;
    const name = `${from.key}>${to}`;
    this.#queue.later(this.#linkDelay(), () => {
      if (from.relay !== relay || this.#links.has(name)) return;
      const target = this.#byKey.get(to);
      if (target?.relay === undefined) {
        from.handle({ kind: 'link-down', to, unknown: target === undefined });
        return;
      }
      this.#links.set(name, `${name}#${++this.#linkNumber}`);
      from.handle({ kind: 'link-up', to });
    });
  };

  /** Ends all links from and to a node, as the end of its process does. */
  #endLinks(key: string): void {
    for (const [name, link] of this.#links) {
      const [from = '', to = ''] = name.split('>');
      if (from !== key && to !== key) continue;
      this.#links.delete(name);
      if (from === key) this.#byKey.get(to)?.handle({ kind: 'link-ended', link });
      else this.#byKey.get(from)?.handle({ kind: 'link-down', to, unknown: false });
    }
  }

  readonly #toClient = (from: VirtualNode, name: string, frame: Uint8Array): void => {
    const client = this.#clients.get(name);
    if (client === undefined || client.guard !== from.key) return;
    const link = client.linkNumber;
    this.#send(from.key, name, frame, () => {
      if (client.linkNumber === link) client.handle({ kind: 'frame', bytes: frame });
    });
  };

  readonly #toGuard = (client: VirtualClient<Event>, packet: Uint8Array): void => {
    const { name, guard, linkNumber } = client;
    if (guard === undefined) return;
    this.#send(name, guard, packet, () => {
      if (client.linkNumber !== linkNumber) return;
      this.#options.onArrive?.(name, guard, packet);
      this.#byKey
        .get(guard)
        ?.receive(name, packet, { kind: 'client-packet', client: name, packet });
    });
  };

  readonly #gossip = (from: VirtualNode, bytes: Uint8Array): void => {
    for (const other of this.#nodes) {
      if (other !== from) this.#queue.later(this.#linkDelay(), () => other.gossip(bytes));
    }
    this.#queue.later(MICROS_PER_SECOND, () => {
      for (const client of this.#clients.values()) this.#tellDirectory(client);
    });
  };

  #tellDirectory(client: VirtualClient<Event>): void {
    if (!client.online || !client.running) return;
    const up = this.#nodes.filter(({ relay }) => relay !== undefined);
    for (const { key, relay, now } of up.slice(0, DIRECTORY_PEERS)) {
      client.view.offer(this.now, key, relay?.snapshot(now) ?? []);
    }
    client.handle({ kind: 'directory', nodes: client.view.nodes(this.now) });
  }

  readonly #unlink = (client: VirtualClient<Event>): void => {
    const { guard } = client;
    if (guard === undefined) return;
    client.guard = undefined;
    client.linkNumber++;
    this.#byKey.get(guard)?.handle({ kind: 'client-detached', client: client.name });
    client.handle({ kind: 'link', up: false });
  };

  readonly #link = (client: VirtualClient<Event>): void => {
    const { wanted } = client;
    if (wanted === undefined) return;
    this.#queue.later(this.#linkDelay(), () => {
      const node = this.#byKey.get(wanted.guard.key);
      const open = client.online && client.running && client.guard === undefined;
      if (!open || client.wanted !== wanted || node?.relay === undefined) return;
      const { suite, parameters } = this.#options;
      const preface = encodePreface({
        kind: 'client',
        networkId: networkId(suite, parameters),
        plan: wanted.planCode,
        boxSecret: wanted.boxSecret,
      });
      const accepted = node.relay.acceptLink('client', NO_KEY, preface);
      if (!accepted.ok || accepted.preface.kind !== 'client') return;
      client.guard = node.key;
      client.linkNumber++;
      const { boxSecret, plan } = accepted.preface;
      node.handle({ kind: 'client-attached', client: client.name, boxSecret, plan });
      client.handle({ kind: 'link', up: true });
    });
  };
}
