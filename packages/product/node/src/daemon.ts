import { type DirectoryAnswer, type Identity, MAX_ADDRESSES } from '@sotto/directory';
import { Driver, SystemClock } from '@sotto/driver';
import { encodePreface } from '@sotto/link';
import { Relay, type RelayInput, type RelayOutput } from '@sotto/relay';
import type { DataFolder } from '@sotto/storage';
import type { CryptoSuite } from '@sotto/suite';
import type { LinkAnswer, LinkOffer, Transport } from '@sotto/transport';
import { peerAddress, withoutPeer } from '@sotto/transport';
import { err, ok, type Rng, toHex } from '@sotto/wire';
import { ClientLinks } from './client-links.ts';
import { ClockWatch, type Hearing } from './clock-watch.ts';
import { depart } from './departure.ts';
import { DirectoryGossip, directoryTopic } from './directory-gossip.ts';
import { InboundMixLinks } from './inbound-mix-links.ts';
import { MixLinks } from './mix-links.ts';
import { EpochFiles } from './node-files.ts';
import type { NodeConfig, RunningNode } from './node-interface.ts';
import { type NodeStatus, plainMetrics, plainTimes, processFigures } from './node-status.ts';
import { NodeStore } from './node-store.ts';
import type { Machine, NodeLimits } from './self-check.ts';
import { ShellCounters } from './shell-counters.ts';
import { StandingAlarms } from './standing-alarms.ts';

/** What a {@link Daemon} is made of. */
export interface DaemonParts {
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

/** A node's core on this machine: its folder, its transport, its neighbours. */
export class Daemon implements RunningNode {
  readonly identityKey: Uint8Array;
  readonly ended: Promise<unknown>;
  readonly #parts: DaemonParts;
  readonly #started = performance.now();
  readonly #clock = new SystemClock();
  readonly #counters = new ShellCounters();
  readonly #alarms = new StandingAlarms();
  readonly #hurry = new AbortController();
  readonly #end: (error: unknown) => void;
  readonly #files: EpochFiles;
  readonly #store: NodeStore;
  readonly #clients: ClientLinks;
  readonly #inbound: InboundMixLinks;
  readonly #clockWatch: ClockWatch;
  #restoring: Promise<void> | undefined;
  #running: Running | undefined;
  #stopping: Promise<void> | undefined;
  #failed = false;

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    this.identityKey = parts.identity.publicKey;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.ended = promise;
    // Who cannot store takes nothing more: no notice then.
    this.#end = (error) => {
      if (error !== undefined) {
        this.#failed = true;
        this.#hurry.abort();
      }
      resolve(error);
    };
    this.#clockWatch = new ClockWatch({
      suite: parts.suite,
      parameters: parts.config.parameters,
      clock: this.#clock,
      log: parts.config.log,
      confirmed: () => this.#core.relay.metrics(this.#clock.now()).clockConfirmed,
    });
    const deliver = (input: RelayInput): void => this.#deliver(input);
    this.#files = new EpochFiles(parts.folder, deliver, this.#end);
    this.#store = new NodeStore(parts.folder.store, {
      stored: (batch) => deliver({ kind: 'persisted', batch }),
      failed: this.#end,
      damaged: (key) => this.#nameUnreadable([key]),
    });
    this.#clients = new ClientLinks(deliver, this.#counters);
    this.#inbound = new InboundMixLinks(deliver, this.#counters);
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
    if (this.#stopping !== undefined) this.#hurry.abort();
    this.#stopping ??= this.#shutDown();
    await this.#stopping;
  }

  status(): NodeStatus {
    const { relay, driver, links, gossip } = this.#core;
    return {
      name: relay.key,
      identityKey: toHex(this.identityKey),
      addresses: this.addresses,
      networkId: toHex(this.#parts.network),
      pid: process.pid,
      state: this.#failed ? 'failed' : this.#stopping === undefined ? 'up' : 'stopping',
      listed: relay.nodes().some(({ key, leaving }) => key === relay.key && !leaving),
      clock: this.#clockWatch.read(),
      uptimeSeconds: (performance.now() - this.#started) / 1000,
      process: processFigures(),
      machine: { ...this.#parts.machine, ...this.#parts.limits },
      lateness: plainTimes(driver.lateness),
      tagWrites: plainTimes(this.#files.tagWrites),
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
      ...(config.mailboxLimits === undefined ? {} : { mailboxLimits: config.mailboxLimits }),
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
      receive: (bytes, how) => this.#receive(bytes, how),
      caughtUp: () => this.#clockWatch.caughtUp(),
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

  #receive(bytes: Uint8Array, how: Hearing): DirectoryAnswer {
    const { driver, links } = this.#core;
    if (driver.stopped) return { verdict: 'ignore', code: 'known' };
    const answer = driver.command((relay, now) => relay.receiveGossip(now, bytes));
    const { entry } = answer;
    this.#clockWatch.heard(bytes, answer, how);
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

  async #shutDown(): Promise<void> {
    const { transport, folder, config } = this.#parts;
    const { relay, driver, links, gossip } = this.#core;
    if (!driver.stopped) {
      await depart({
        driver,
        relay,
        clock: this.#clock,
        log: config.log,
        fastMeanMicros: config.parameters.fastMeanMicros,
        noticeMillis: config.noticeMillis ?? 0,
        hurry: this.#hurry.signal,
        closeClients: () => this.#clients.closeAll(),
      });
    }
    gossip.stop();
    await gossip.sent();
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
