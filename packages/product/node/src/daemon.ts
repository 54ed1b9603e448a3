import {
  type Capabilities,
  type DirectoryAnswer,
  type Identity,
  identityOf,
  MAX_ADDRESSES,
  networkId,
  type NetworkParameters,
  nodeName,
} from '@sotto/directory';
import { Driver, SystemClock, systemRng } from '@sotto/driver';
import { encodePreface, FRAME_BYTES, PREFACE_BYTES } from '@sotto/link';
import { Relay, type RelayInput, type RelayOutput } from '@sotto/relay';
import { open as openSuite } from '@sotto/sodium/native';
import type { DataFolder } from '@sotto/storage';
import { openDataFolder } from '@sotto/storage-level';
import type { CryptoSuite } from '@sotto/suite';
import type { LinkAnswer, LinkOffer, PeerTarget, Transport } from '@sotto/transport';
import { nodeTransport } from '@sotto/transport-libp2p/node';
import { err, MICROS_PER_MS, ok, type Redacted, type Rng, toHex, wipe } from '@sotto/wire';
import { ClientLinks } from './client-links.ts';
import { DirectoryGossip, directoryTopic } from './directory-gossip.ts';
import { InboundMixLinks } from './inbound-mix-links.ts';
import type { Log } from './log.ts';
import { MixLinks } from './mix-links.ts';
import { EpochFiles, identitySeed, upgradeLogs } from './node-files.ts';
import { type NodeStatus, plainMetrics, processFigures } from './node-status.ts';
import { NodeStore } from './node-store.ts';
import { refuseElsewhere, withDatabase } from './records.ts';
import { peerAddress, withoutPeer } from '@sotto/transport';
import { limitsFor, type Machine, measureMachine, type NodeLimits } from './self-check.ts';
import { ShellCounters } from './shell-counters.ts';
import { StandingAlarms } from './standing-alarms.ts';

/** Means of the fast class that a stopping node waits for its pool: of 3,000 packets one is left behind. */
const DRAIN_MEANS = 8;
const DRAIN_LOOK_MILLIS = 20;

/** What a node is started with. */
export interface NodeConfig {
  /** Folder of its own; made on the first run, mode 0700. */
  readonly data: string;
  /** Multiaddrs to listen at; port 0 takes any. */
  readonly listen: readonly string[];
  /** Multiaddrs to tell others instead of those listened at. */
  readonly announce?: readonly string[];
  /** Peers to begin with. */
  readonly bootstrap: readonly PeerTarget[];
  /** What it does for others. */
  readonly capabilities: Capabilities;
  /** Everybody in one network has the same. */
  readonly parameters: NetworkParameters;
  /** All nodes share one address: limits per address are off. */
  readonly localNetwork?: boolean;
  /** PostgreSQL database for its mail and other records; in the folder when absent. */
  readonly database?: Redacted<string> | undefined;
  /** Where it tells the operator what happens. */
  readonly log: Log;
}

/** A node that runs. */
export interface RunningNode {
  /** Hex name. */
  readonly key: string;
  /** Ed25519, 32 bytes. */
  readonly identityKey: Uint8Array;
  /** Where it can be dialled, peer id included, as `--bootstrap` takes it. */
  readonly addresses: readonly string[];
  /** Resolves when the node has ended: with undefined after `stop`, else with the error that ended it. */
  readonly ended: Promise<unknown>;
  /** Figures now. */
  status(): NodeStatus;
  /** Ends it; what was taken is on the disk afterwards. A second call waits for the first. */
  stop(): Promise<void>;
}

/**
 * Starts a node: opens its folder, listens, joins the gossip.
 *
 * Rejects with a StorageError (folder) or a TransportError (`address-in-use`, `not-listening`);
 * nothing is left open then.
 */
export async function runNode(config: NodeConfig): Promise<RunningNode> {
  const suite = await openSuite();
  const machine = measureMachine(suite, systemRng());
  const limits = limitsFor(machine);
  config.log.info({ ...machine, ...limits }, 'machine');
  let folder = await openDataFolder(config.data, (opened) => upgradeLogs(suite, opened));
  try {
    const rng = systemRng();
    const seed = await identitySeed(folder, rng);
    const identity = identityOf(suite, seed);
    if (config.database === undefined) await refuseElsewhere(folder);
    else {
      const place = toHex(nodeName(suite, identity.publicKey));
      folder = await withDatabase(folder, config.database, place);
      config.log.info({ place }, 'records are in the database');
    }
    const network = networkId(suite, config.parameters);
    const transport = await nodeTransport({
      seed,
      sizes: { frameBytes: FRAME_BYTES, prefaceBytes: PREFACE_BYTES },
      listen: config.listen,
      topics: [directoryTopic(network)],
      localNetwork: config.localNetwork === true,
      ...(config.announce === undefined ? {} : { announce: config.announce }),
    });
    wipe(seed);
    const daemon = new Daemon({
      config,
      folder,
      suite,
      rng,
      identity,
      network,
      transport,
      machine,
      limits,
    });
    await daemon.start();
    return daemon;
  } catch (error) {
    await folder.close();
    throw error;
  }
}

interface DaemonParts {
  readonly config: NodeConfig;
  readonly folder: DataFolder;
  readonly suite: CryptoSuite;
  readonly rng: Rng;
  readonly identity: Identity;
  readonly network: Uint8Array;
  readonly transport: Transport;
  readonly machine: Machine;
  readonly limits: NodeLimits;
}

/** The core, and what runs on it; made when the transport listens, since a descriptor names the ports. */
interface Running {
  readonly relay: Relay;
  readonly driver: Driver<RelayInput, RelayOutput, Relay>;
  readonly links: MixLinks;
  readonly gossip: DirectoryGossip;
}

class Daemon implements RunningNode {
  readonly identityKey: Uint8Array;
  readonly ended: Promise<unknown>;
  readonly #parts: DaemonParts;
  readonly #started = performance.now();
  readonly #clock = new SystemClock();
  readonly #counters = new ShellCounters();
  readonly #alarms = new StandingAlarms();
  readonly #end: (error: unknown) => void;
  readonly #files: EpochFiles;
  readonly #store: NodeStore;
  readonly #clients: ClientLinks;
  readonly #inbound: InboundMixLinks;
  #restoring: Promise<void> | undefined;
  #running: Running | undefined;
  #stopping: Promise<void> | undefined;

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    this.identityKey = parts.identity.publicKey;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.ended = promise;
    this.#end = resolve;
    const deliver = (input: RelayInput): void => this.#deliver(input);
    this.#files = new EpochFiles(parts.folder, deliver, resolve);
    this.#store = new NodeStore(parts.folder.store, {
      stored: (batch) => deliver({ kind: 'persisted', batch }),
      failed: resolve,
    });
    this.#clients = new ClientLinks(deliver, this.#counters);
    this.#inbound = new InboundMixLinks(deliver);
  }

  get key(): string {
    return this.#core.relay.key;
  }

  get addresses(): readonly string[] {
    return this.#reachable.map((address) => peerAddress(this.identityKey, address));
  }

  async start(): Promise<void> {
    const { transport } = this.#parts;
    await transport.start({
      acceptLink: (offer) => this.#accept(offer),
      snapshot: () => this.#snapshot(),
    });
    try {
      await this.#run();
    } catch (error) {
      await transport.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#stopping ??= this.#shutDown();
    await this.#stopping;
  }

  status(): NodeStatus {
    const { relay, driver, links, gossip } = this.#core;
    const { lateness } = driver;
    return {
      name: relay.key,
      identityKey: toHex(this.identityKey),
      addresses: this.addresses,
      networkId: toHex(this.#parts.network),
      pid: process.pid,
      uptimeSeconds: (performance.now() - this.#started) / 1000,
      process: processFigures(),
      machine: { ...this.#parts.machine, ...this.#parts.limits },
      lateness: {
        count: lateness.count,
        p50Micros: lateness.quantile(0.5),
        p99Micros: lateness.quantile(0.99),
        maxMicros: lateness.maxMicros,
      },
      links: { ...links.counts(), clients: this.#clients.size },
      gossipNeighbours: gossip.neighbours,
      alarms: this.#alarms.list(),
      relay: plainMetrics(relay.metrics(this.#clock.now())),
      transport: this.#parts.transport.counters(),
      shell: this.#counters.read(),
    };
  }

  get #core(): Running {
    if (this.#running === undefined) throw new Error('"node" expected to be started');
    return this.#running;
  }

  get #reachable(): readonly string[] {
    return this.#parts.config.announce ?? this.#parts.transport.addresses();
  }

  async #run(): Promise<void> {
    const { config, suite, rng, identity, network, transport } = this.#parts;
    const now = this.#clock.now();
    const addresses = this.#reachable.map(withoutPeer).slice(0, MAX_ADDRESSES);
    const { limits } = this.#parts;
    const epochs = await this.#files.load();
    const relay = new Relay({
      suite,
      rng,
      parameters: config.parameters,
      now,
      identityKey: identity.publicKey,
      identitySecret: identity.secretKey,
      capabilities: config.capabilities,
      addresses,
      epochs,
      ...limits,
      stored: await this.#store.core(),
      mailFollows: true,
    });
    this.#nameUnreadable(relay.unreadable);
    for (const { epoch } of epochs) {
      for await (const places of this.#files.places(epoch)) relay.restorePlaces(epoch, places);
    }
    for (const { key, value } of await this.#store.descriptors()) {
      if (value === undefined) continue;
      const { verdict } = relay.receiveGossip(now, value);
      // Those that ran out meanwhile, or are of another network, go. Its own is signed anew; the
      // old one says above which sequence number.
      if (verdict !== 'accept' && key !== relay.key) this.#store.putDescriptor(key, undefined);
    }
    const announcedBefore = await this.#store.announcedAt();
    const links = new MixLinks({
      transport,
      preface: encodePreface({ kind: 'mix', networkId: network }),
      nodes: () => relay.nodes(),
      deliver: (input) => this.#deliver(input),
      log: config.log,
    });
    const gossip = new DirectoryGossip({
      transport,
      topic: directoryTopic(network),
      rng,
      bootstrap: config.bootstrap,
      receive: (bytes) => this.#receive(bytes),
      nodes: () => relay.nodes(),
      counters: this.#counters,
      log: config.log,
    });
    const driver = new Driver<RelayInput, RelayOutput, Relay>({
      core: relay,
      clock: this.#clock,
      onOutput: (output) => this.#carryOut(output, relay, links, gossip),
      onError: this.#end,
    });
    this.#running = { relay, driver, links, gossip };
    // Others refuse a descriptor so soon after the last; without this they would hear of changed
    // addresses half a descriptor's life later.
    if (
      announcedBefore !== undefined &&
      now - announcedBefore < config.parameters.reissueMicros &&
      now >= announcedBefore
    ) {
      driver.command((core, at) => core.setAddresses(at, addresses));
    }
    this.#restoring = this.#restoreMail(driver);
    gossip.start();
    config.log.info({ name: relay.key, addresses: this.addresses }, 'node is up');
  }

  /** Gives the core its mail while it works already: of a million it takes seconds. */
  async #restoreMail(driver: Running['driver']): Promise<void> {
    try {
      for await (const entries of this.#store.mail()) {
        if (driver.stopped) return;
        this.#nameUnreadable(driver.command((relay, now) => relay.restoreMail(now, entries)));
      }
      if (!driver.stopped) driver.command((relay, now) => relay.endRestore(now));
    } catch (error) {
      this.#end(error);
    }
  }

  #nameUnreadable(keys: readonly string[]): void {
    for (const key of keys) {
      this.#parts.config.log.warn({ key }, 'a stored entry cannot be read, and is deleted');
    }
  }

  #deliver(input: RelayInput): void {
    this.#running?.driver.deliver(input);
  }

  #accept(offer: LinkOffer): LinkAnswer {
    const driver = this.#running?.driver;
    if (driver === undefined || driver.stopped) return err({ code: 'not-ready' });
    const answer = driver.command((relay) =>
      relay.acceptLink(offer.kind, offer.peer, offer.preface),
    );
    if (!answer.ok) return err({ code: answer.code });
    const { preface } = answer;
    return ok((link) => {
      if (preface.kind === 'client') this.#clients.take(link, preface.boxSecret, preface.plan);
      else this.#inbound.take(link);
    });
  }

  #snapshot(): readonly Uint8Array[] | undefined {
    const driver = this.#running?.driver;
    if (driver === undefined || driver.stopped) return undefined;
    return driver.command((relay, now) => relay.snapshot(now));
  }

  #receive(bytes: Uint8Array): DirectoryAnswer {
    const { driver, links } = this.#core;
    if (driver.stopped) return { verdict: 'ignore', code: 'known' };
    const answer = driver.command((relay, now) => relay.receiveGossip(now, bytes));
    const { entry } = answer;
    if (entry !== undefined) {
      this.#store.putDescriptor(entry.key, entry.descriptor);
      links.retry(entry.key);
    }
    return answer;
  }

  #carryOut(output: RelayOutput, relay: Relay, links: MixLinks, gossip: DirectoryGossip): void {
    const { log } = this.#parts.config;
    switch (output.kind) {
      case 'write-key':
      case 'erase-key':
      case 'write-tags':
        this.#files.run(output);
        break;
      case 'transmit':
        links.send(output.to, output.packet);
        break;
      case 'open-link':
        links.open(output.to);
        break;
      case 'receipt':
        this.#inbound.sendReceipt(output.link, output.frame);
        break;
      case 'client-frame':
        this.#clients.send(output.client, output.frame);
        break;
      case 'client-replaced':
        this.#clients.close(output.client);
        break;
      case 'gossip':
        this.#store.putAnnounced(this.#clock.now());
        this.#store.putDescriptor(relay.key, output.bytes);
        gossip.publish(output.bytes);
        break;
      case 'persist':
        this.#store.putMail(output.entries, output.batch);
        break;
      case 'alarm':
        this.#alarms.take(output);
        log[output.raised ? 'warn' : 'info'](
          { subject: output.subject, key: output.key, suspects: output.suspects },
          output.raised ? 'loops are lost, late or changed' : 'loops come back in time again',
        );
        break;
    }
  }

  /** Lets what the pool holds of the fast class leave, by due time as always; nothing new comes in. */
  async #drain(): Promise<void> {
    const { relay, driver } = this.#core;
    this.#clients.closeAll();
    driver.command((core, now) => core.retire(now));
    const { fastMeanMicros } = this.#parts.config.parameters;
    const deadline = performance.now() + (DRAIN_MEANS * fastMeanMicros) / MICROS_PER_MS;
    const fastHeld = (): number => {
      const { sender, recipient } = relay.metrics(this.#clock.now()).pool.strata.fast;
      return sender.held + recipient.held;
    };
    while (fastHeld() > 0 && performance.now() < deadline && !driver.stopped) {
      await new Promise<void>((done) => void setTimeout(done, DRAIN_LOOK_MILLIS));
    }
    const { held } = relay.metrics(this.#clock.now());
    this.#parts.config.log.info({ held }, held === 0 ? 'pool is empty' : 'packets are left behind');
  }

  async #shutDown(): Promise<void> {
    const { transport, folder, config } = this.#parts;
    const { driver, links, gossip } = this.#core;
    gossip.stop();
    if (!driver.stopped) await this.#drain();
    links.stop();
    driver.stop();
    await transport.stop();
    await this.#restoring;
    await this.#files.idle();
    await this.#store.idle();
    await folder.close();
    this.#end(undefined);
    config.log.info('node has stopped');
  }
}
