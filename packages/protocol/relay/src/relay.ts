import {
  type DirectoryAnswer,
  epochAt,
  layerOf,
  nextEpochChange,
  type NodeEntry,
  nodeName,
} from '@sotto/directory';
import { FRAME_BYTES, type Plan, PLANS } from '@sotto/link';
import type { StoredEntry } from '@sotto/mailbox';
import { Counters, DROP_REASONS, type DropReason, Pool } from '@sotto/mixing';
import type { CryptoSuite } from '@sotto/suite';
import { type Core, type Instant, toHex } from '@sotto/wire';
import { EpochKeys } from './epoch-keys.ts';
import { InboundLinks } from './inbound-links.ts';
import { judgeLink, type LinkVerdict } from './link-judge.ts';
import { LoopSender } from './loop-sender.ts';
import { Membership } from './membership.ts';
import { OutboundLinks } from './outbound-links.ts';
import { PacketWork } from './packet-work.ts';
import type { RelayOptions } from './relay-options.ts';
import type { RelayInput, RelayMetrics, RelayOutput } from './relay-io.ts';
import { relayMetrics, TRAFFIC } from './relay-metrics.ts';
import { Services } from './services.ts';
import { StoreWrites } from './store-writes.ts';
import { restoreStoredPlaces } from './stored-places.ts';

const DEFAULT_MAX_TAGS = 2 ** 27;

/**
 * One node, sans-IO: what comes in by links is peeled, held, sent on, stored or answered.
 * It composes the packet, the mix, the mailbox and the directory, and knows no sockets, no files
 * and no clock, so that the simulator runs the code that nodes run.
 */
export class Relay implements Core<RelayInput, RelayOutput> {
  readonly #options: Omit<RelayOptions, 'epochs' | 'stored'>;
  readonly #suite: CryptoSuite;
  readonly #keys: EpochKeys;
  readonly #pool: Pool;
  readonly #loops: LoopSender;
  readonly #membership: Membership;
  readonly #services: Services;
  readonly #writes = new StoreWrites();
  readonly #inbound = new InboundLinks();
  readonly #outbound: OutboundLinks;
  readonly #drops = new Counters<DropReason>(DROP_REASONS);
  readonly #packets: PacketWork;
  readonly #traffic = new Counters(TRAFFIC);
  readonly #outputs: RelayOutput[] = [];
  /** Hex of this node's name. */
  readonly key: string;
  /** Keys of stored entries that could not be read: the operator is told, and the rest is served. */
  readonly unreadable: readonly string[];
  #epochChangeAt: Instant;
  #complete = false;
  #retired = false;
  #now: Instant;

  /** Draws routing keys; they, and then the descriptor, come out by `poll`. */
  constructor(options: RelayOptions) {
    // Routing keys and mail that were stored are not kept beside those in use: they must end in their time.
    const { epochs, stored, ...rest } = options;
    const { suite, rng, parameters, now } = rest;
    this.#options = rest;
    this.#suite = suite;
    const name = nodeName(suite, options.identityKey);
    this.key = toHex(name);
    this.#pool = new Pool({
      rng,
      now,
      parameters,
      ...(options.maxPackets === undefined ? {} : { maxPackets: options.maxPackets }),
    });
    this.#keys = new EpochKeys({
      suite,
      rng,
      parameters,
      nodeName: name,
      maxTags: options.maxTags ?? DEFAULT_MAX_TAGS,
      restored: epochs ?? [],
    });
    this.#loops = new LoopSender({ suite, rng, parameters, now, self: this.key });
    this.#membership = new Membership({ ...rest, keys: this.#keys });
    this.#services = new Services({
      suite,
      rng,
      parameters,
      capabilities: options.capabilities,
      drops: this.#drops,
      now,
      stored: stored ?? [],
      mailboxLimits: options.mailboxLimits ?? {},
      mailFollows: options.mailFollows === true,
    });
    this.#packets = new PacketWork({
      suite,
      keys: this.#keys,
      pool: this.#pool,
      loops: this.#loops,
      services: this.#services,
      writes: this.#writes,
      drops: this.#drops,
    });
    this.#outbound = new OutboundLinks((reason, count) => this.#drops.count(reason, count));
    this.unreadable = [
      ...this.#services.unreadable,
      ...restoreStoredPlaces(stored ?? [], this.#writes, this.#keys),
    ];
    this.#keys.advance(now);
    this.#epochChangeAt = nextEpochChange(parameters, now);
    this.#now = now;
  }

  /**
   * Loads places of replay tags that were stored for a key (Spec 05 §4.4), in pieces of any number
   * of whole records: a day of a busy node would not fit the memory as one.
   *
   * @throws TagRoomError when `maxTags` has no room for them.
   */
  restorePlaces(epoch: number, bytes: Uint8Array): void {
    this.#keys.restorePlaces(epoch, bytes);
  }

  /**
   * Takes back some of the mail that the store holds: packets, puts and requests are taken
   * meanwhile, answers wait for `endRestore`.
   *
   * @returns keys of what cannot be read.
   */
  restoreMail(now: Instant, entries: readonly StoredEntry[]): readonly string[] {
    return this.#services.restoreMail(now, entries);
  }

  /** All stored mail has come. */
  endRestore(now: Instant): void {
    this.#services.endRestore(now);
  }

  /**
   * Tells everybody that this node goes, as soon as it may: its own loops end then, others draw no
   * paths by way of it, and it serves on (Spec 13 §4). Nothing undoes it.
   *
   * @returns when it is said; undefined of a node that has never announced itself.
   */
  leave(now: Instant): Instant | undefined {
    const at = this.#membership.leave(now);
    this.#belong(now);
    return at;
  }

  /**
   * Takes nothing more and sends no loops, so that what the pool holds can leave before the process
   * ends (Spec 13 §4). Nothing undoes it.
   */
  retire(now: Instant): void {
    this.#retired = true;
    this.#loops.stop(now);
  }

  /** Changes the addresses that the next descriptor names. */
  setAddresses(now: Instant, addresses: readonly string[]): void {
    this.#membership.setAddresses(now, addresses);
  }

  /** Judges a descriptor or proof that gossip or a snapshot brought. */
  receiveGossip(now: Instant, bytes: Uint8Array): DirectoryAnswer {
    const answer = this.#membership.receive(now, bytes);
    this.#belong(now);
    return answer;
  }

  /** Descriptors for a client or node that asks; the same array until the view is made anew, once a second at most. */
  snapshot(now: Instant): readonly Uint8Array[] {
    return this.#membership.snapshot(now);
  }

  /** The nodes that this node knows, itself included once it has announced itself. */
  nodes(): readonly NodeEntry[] {
    return this.#membership.nodes;
  }

  /** Judges the opener of a link; its identity key is proved by the transport. A refusal is counted. */
  acceptLink(kind: 'mix' | 'client', identityKey: Uint8Array, bytes: Uint8Array): LinkVerdict {
    const judge = {
      membership: this.#membership,
      capabilities: this.#options.capabilities,
      plan: (code: number) => this.#plan(code),
    };
    const answer = judgeLink(judge, kind, identityKey, bytes);
    if (!answer.ok) this.#drops.count(answer.code);
    return answer;
  }

  handle(now: Instant, input: RelayInput): void {
    // First of all: a key whose time has ended opens nothing more, however late this call comes.
    this.#changeEpoch(now);
    switch (input.kind) {
      case 'packet':
        this.#traffic.count('link');
        this.#receive(now, input.packet);
        this.#received(now, input.link, 1);
        break;
      case 'packets':
        this.#traffic.count('link', input.packets.length);
        for (const packet of input.packets) this.#receive(now, packet);
        this.#received(now, input.link, input.packets.length);
        break;
      case 'link-ended':
        this.#inbound.ended(input.link);
        break;
      case 'link-up':
        this.#outbound.linkUp(now, input.to);
        break;
      case 'link-down':
        this.#outbound.linkDown(now, input.to, input.unknown);
        break;
      case 'link-frame':
        this.#outbound.frame(input.to, input.frame);
        break;
      case 'client-packet':
        this.#traffic.count('client');
        if (this.#services.admit(now, input.client)) this.#receive(now, input.packet);
        break;
      case 'client-attached': {
        const { client, boxSecret } = input;
        const plan = this.#plan(input.plan);
        // The preface was judged by `acceptLink`; a driver that skips it gets its client back.
        const closed =
          plan === undefined ? client : this.#services.attach(now, client, boxSecret, plan);
        if (closed !== undefined) this.#outputs.push({ kind: 'client-replaced', client: closed });
        break;
      }
      case 'client-detached':
        this.#services.detach(now, input.client);
        break;
      case 'link-full':
        this.#outbound.refused(input.to, input.packet);
        break;
      case 'key-stored':
        this.#keys.keyStored(input.epoch);
        this.#membership.announceSoon(now);
        break;
      case 'tags-stored':
        this.#keys.tagsStored(input.sequence);
        this.#writes.forget(this.#keys.takeLogged());
        this.#settle();
        break;
      case 'persisted':
        for (const stored of this.#writes.stored(input.batch)) this.#keys.adoptPlaces(stored);
        this.#settle();
        break;
    }
    this.#advance(now);
  }

  wake(now: Instant): void {
    this.#advance(now);
  }

  turnEnded(now: Instant): void {
    this.#pool.turnEnded(now);
  }

  poll(now: Instant): RelayOutput | undefined {
    const key = this.#keys.poll(now);
    if (key !== undefined) return key;
    for (;;) {
      const output = this.#services.poll();
      if (output === undefined) break;
      if (output.kind === 'persist') this.#writes.put(output.entries);
      else this.#packets.run(now, output);
    }
    const persist = this.#writes.poll();
    if (persist !== undefined) return persist;
    // Frames before packets: a client's constant beat must not bend with what the mix has to do.
    const output = this.#outputs.shift();
    if (output !== undefined) return output;
    const receipt = this.#inbound.poll();
    if (receipt !== undefined) {
      this.#traffic.count('receipt');
      return receipt;
    }
    for (;;) {
      const outbound = this.#outbound.poll();
      if (outbound !== undefined) return outbound;
      const due = this.#pool.popDue(now, this.#keys.durableSequence, this.#writes.durable);
      if (due === undefined) break;
      this.#traffic.count('sent');
      this.#outbound.send(now, due.next, due.packet);
    }
    const alarm = this.#loops.tracker.poll();
    if (alarm?.subject === 'self') this.#pool.setSlowdown(this.#loops.tracker.slowdown);
    return alarm;
  }

  nextAt(): Instant | undefined {
    let next: Instant = this.#epochChangeAt;
    const others = [
      this.#membership.nextAt(this.#now),
      this.#pool.nextAt(),
      this.#keys.nextAt(),
      this.#loops.nextAt(),
      this.#services.nextAt(),
      this.#inbound.nextAt(),
      this.#outbound.nextAt(),
    ];
    for (const at of others) if (at !== undefined && at < next) next = at;
    return next;
  }

  /** Figures since the start. */
  metrics(now: Instant): RelayMetrics {
    const { parameters, identityKey } = this.#options;
    return relayMetrics(now, {
      traffic: this.#traffic.snapshot(),
      drops: this.#drops.snapshot(),
      pool: this.#pool,
      keys: this.#keys,
      loops: this.#loops.tracker,
      outbound: this.#outbound,
      packets: this.#packets,
      clients: this.#services.clients,
      clockConfirmed: this.#services.confirms(now),
      nodes: this.#membership.nodes.filter(({ leaving }) => !leaving).length,
      epoch: epochAt(parameters, now),
      layer: layerOf(this.#suite, identityKey),
    });
  }

  /** Everything that time alone brings. */
  #advance(now: Instant): void {
    const { parameters } = this.#options;
    this.#changeEpoch(now);
    this.#belong(now);
    this.#services.wake(now);
    this.#inbound.wake(now);
    this.#outbound.wake(now);
    const epoch = epochAt(parameters, now);
    for (;;) {
      const packet = this.#loops.popDue(now, epoch);
      if (packet === undefined) break;
      this.#traffic.count('own');
      this.#receive(now, packet);
    }
    for (;;) {
      const next = this.#services.nextFrame(now);
      if (next === undefined) break;
      this.#traffic.count(next.mail ? 'mail' : 'filler');
      this.#outputs.push({ kind: 'client-frame', client: next.client, frame: next.frame });
    }
  }

  /** Packets of a link were handled: their receipt waits for what they changed, whatever became of each. */
  #received(now: Instant, link: string | undefined, packets: number): void {
    // What a node that is about to end refuses gets no receipt: it is sent again when it is back.
    if (link === undefined || this.#retired) return;
    const mark = { tag: this.#keys.lastSequence, batch: this.#writes.mark };
    this.#inbound.received(now, link, packets, mark);
  }

  /** Something has become durable. */
  #settle(): void {
    this.#inbound.stored({ tag: this.#keys.durableSequence, batch: this.#writes.durable });
  }

  #plan(code: number): Plan | undefined {
    return (this.#options.plans ?? PLANS).find((plan) => plan.code === code);
  }

  #changeEpoch(now: Instant): void {
    this.#now = now;
    if (now < this.#epochChangeAt) return;
    this.#epochChangeAt = nextEpochChange(this.#options.parameters, now);
    this.#keys.advance(now);
    this.#membership.epochChanged(now);
  }

  /** Tells of oneself and looks at others, when it is time. */
  #belong(now: Instant): void {
    const { view, gossip, refused } = this.#membership.wake(now);
    if (view) {
      this.#loops.setNetwork(now, this.#membership.nodes);
      this.#services.confirmClock(this.#membership.confirmedUntil);
    }
    if (gossip !== undefined) this.#outputs.push({ kind: 'gossip', bytes: gossip });
    if (refused === true) this.#drops.count('announce-refused');
  }

  #receive(now: Instant, packet: Uint8Array): void {
    if (!this.#complete) {
      this.#complete = this.#keys.complete;
      if (!this.#complete) {
        throw new TypeError('"restorePlaces" expected every stored place before the first packet');
      }
    }
    if (this.#retired) {
      this.#drops.count('stopping');
      return;
    }
    if (packet.length !== FRAME_BYTES) {
      this.#drops.count('frame-length');
      return;
    }
    this.#packets.peel(now, packet);
  }
}
