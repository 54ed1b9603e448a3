import {
  type Capabilities,
  type DirectoryAnswer,
  epochAt,
  layerOf,
  type NetworkParameters,
  nextEpochChange,
  type NodeEntry,
  nodeName,
} from '@sotto/directory';
import { decodePreface, FRAME_BYTES, type Plan, PLANS, type Preface } from '@sotto/link';
import type { MailboxOutput, StoredEntry } from '@sotto/mailbox';
import { Counters, DROP_REASONS, type DropReason, Pool } from '@sotto/mixing';
import { type Peeled, Peeler, type PeelReason } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { type Core, equalBytes, type Instant, type Result, type Rng, toHex } from '@sotto/wire';
import { EpochKeys, type StoredEpoch } from './epoch-keys.ts';
import { LoopSender } from './loop-sender.ts';
import { Membership } from './membership.ts';
import type { RelayInput, RelayMetrics, RelayOutput, TerminalKind } from './relay-io.ts';
import { Services } from './services.ts';

/** What one node is made of. */
export interface RelayOptions {
  readonly suite: CryptoSuite;
  readonly rng: Rng;
  readonly parameters: NetworkParameters;
  readonly now: Instant;
  /** Ed25519 public key, 32 bytes. */
  readonly identityKey: Uint8Array;
  /** Ed25519 secret key, 64 bytes. */
  readonly identitySecret: Uint8Array;
  readonly capabilities: Capabilities;
  /** Multiaddrs under which others reach it. */
  readonly addresses: readonly string[];
  /** Routing keys that the secret files hold; `restorePlaces` brings what was seen under them. */
  readonly epochs?: readonly StoredEpoch[];
  /** Entries of the store. */
  readonly stored?: readonly StoredEntry[];
  /** Plans that it serves; those of the network unless a test has its own. */
  readonly plans?: readonly Plan[];
  /** Replay tags that one key may see, 3.33 bytes of memory each; default 2^27. */
  readonly maxTags?: number;
  /** Packets that the pool holds at most; default 65,536, 105 MB. */
  readonly maxPackets?: number;
}

/** Why a link is refused. */
export type LinkRefusal =
  | 'preface'
  | 'link-network'
  | 'link-kind'
  | 'link-stranger'
  | 'link-plan'
  | 'not-capable';

const DEFAULT_MAX_TAGS = 2 ** 27;

/**
 * One node, sans-IO: what comes in by links is peeled, held, sent on, stored or answered.
 * It composes the packet, the mix, the mailbox and the directory, and knows no sockets, no files
 * and no clock, so that the simulator runs the code that nodes run.
 */
export class Relay implements Core<RelayInput, RelayOutput> {
  readonly #options: Omit<RelayOptions, 'epochs' | 'stored'>;
  readonly #suite: CryptoSuite;
  readonly #peeler: Peeler;
  readonly #keys: EpochKeys;
  readonly #pool: Pool;
  readonly #loops: LoopSender;
  readonly #membership: Membership;
  readonly #services: Services;
  readonly #drops = new Counters<DropReason>(DROP_REASONS);
  readonly #terminals = new Counters<TerminalKind>([
    'deliver',
    'loop',
    'arrive',
    'contact',
    'greet',
    'drop',
  ]);
  readonly #traffic = new Counters(['link', 'client', 'own', 'run', 'sent', 'mail', 'filler']);
  readonly #outputs: RelayOutput[] = [];
  /** Hex of this node's name. */
  readonly key: string;
  readonly #loopBoxKey: string;
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
    this.#peeler = new Peeler(suite);
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
    this.#loopBoxKey = toHex(this.#loops.box);
    this.#membership = new Membership({ ...rest, keys: this.#keys });
    this.#services = new Services({
      suite,
      rng,
      parameters,
      capabilities: options.capabilities,
      drops: this.#drops,
      now,
      stored: stored ?? [],
    });
    this.#keys.advance(now);
    this.#epochChangeAt = nextEpochChange(parameters, now);
    this.#now = now;
  }

  /**
   * Loads places of replay tags that were stored for a key (Spec 05 §4.4), in pieces of any number
   * of whole records: a day of a busy node would not fit the memory as one.
   */
  restorePlaces(epoch: number, bytes: Uint8Array): void {
    this.#keys.restorePlaces(epoch, bytes);
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

  /** Descriptors for a client or node that asks. */
  snapshot(now: Instant): readonly Uint8Array[] {
    return this.#membership.snapshot(now);
  }

  /** The nodes that this node knows, itself included once it has announced itself. */
  nodes(): readonly NodeEntry[] {
    return this.#membership.nodes;
  }

  /** Judges the opener of a link; its identity key is proved by the transport. */
  acceptLink(
    kind: 'mix' | 'client',
    identityKey: Uint8Array,
    bytes: Uint8Array,
  ):
    | { readonly ok: true; readonly preface: Preface }
    | { readonly ok: false; readonly code: LinkRefusal } {
    const preface = decodePreface(bytes);
    if (!preface.ok) {
      this.#drops.count('preface');
      return { ok: false, code: 'preface' };
    }
    const refuse = (code: LinkRefusal): { readonly ok: false; readonly code: LinkRefusal } => {
      this.#drops.count(code);
      return { ok: false, code };
    };
    if (!equalBytes(preface.value.networkId, this.#membership.networkId))
      return refuse('link-network');
    if (preface.value.kind !== kind) return refuse('link-kind');
    // Other nodes bring what a mailbox or contact point is for as well as what is to be mixed.
    if (kind === 'mix' && !this.#membership.knows(identityKey)) return refuse('link-stranger');
    if (preface.value.kind === 'client') {
      if (!this.#options.capabilities.guard) return refuse('not-capable');
      if (this.#plan(preface.value.plan) === undefined) return refuse('link-plan');
    }
    return { ok: true, preface: preface.value };
  }

  handle(now: Instant, input: RelayInput): void {
    // First of all: a key whose time has ended opens nothing more, however late this call comes.
    this.#changeEpoch(now);
    switch (input.kind) {
      case 'packet':
        this.#traffic.count('link');
        this.#receive(now, input.packet);
        break;
      case 'packets':
        this.#traffic.count('link', input.packets.length);
        for (const packet of input.packets) this.#receive(now, packet);
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
      case 'undelivered':
        this.#drops.count(input.reason);
        break;
      case 'key-stored':
        this.#keys.keyStored(input.epoch);
        this.#membership.announceSoon(now);
        break;
      case 'tags-stored':
        this.#keys.tagsStored(input.sequence);
        break;
    }
    this.#advance(now);
  }

  wake(now: Instant): void {
    this.#advance(now);
  }

  poll(now: Instant): RelayOutput | undefined {
    const key = this.#keys.poll(now);
    if (key !== undefined) return key;
    for (;;) {
      const output = this.#services.poll();
      if (output === undefined) break;
      if (output.kind === 'persist') return output;
      this.#run(now, output);
    }
    // Frames before packets: a client's constant beat must not bend with what the mix has to do.
    const output = this.#outputs.shift();
    if (output !== undefined) return output;
    const transmit = this.#pool.popDue(now, this.#keys.durableSequence);
    if (transmit === undefined) {
      const alarm = this.#loops.tracker.poll();
      if (alarm?.subject === 'self') this.#pool.setSlowdown(this.#loops.tracker.slowdown);
      return alarm;
    }
    this.#traffic.count('sent');
    return { kind: 'transmit', to: toHex(transmit.next), packet: transmit.packet };
  }

  nextAt(): Instant | undefined {
    let next: Instant = this.#epochChangeAt;
    const others = [
      this.#membership.nextAt(this.#now),
      this.#pool.nextAt(),
      this.#keys.nextAt(),
      this.#loops.nextAt(),
      this.#services.nextAt(),
    ];
    for (const at of others) if (at !== undefined && at < next) next = at;
    return next;
  }

  /** Figures since the start. */
  metrics(now: Instant): RelayMetrics {
    const traffic = this.#traffic.snapshot();
    return {
      received: {
        link: traffic['link'] ?? 0,
        client: traffic['client'] ?? 0,
        own: traffic['own'] ?? 0,
        run: traffic['run'] ?? 0,
      },
      sent: {
        link: traffic['sent'] ?? 0,
        mail: traffic['mail'] ?? 0,
        filler: traffic['filler'] ?? 0,
      },
      loops: this.#loops.tracker.counts,
      alarms: this.#loops.tracker.standing,
      slowdown: this.#loops.tracker.slowdown,
      terminals: this.#terminals.snapshot(),
      drops: this.#drops.snapshot(),
      pool: this.#pool.statistics(now),
      held: this.#pool.size,
      clients: this.#services.clients,
      replayTags: this.#keys.tags,
      replayFilterBytes: this.#keys.filterBytes,
      nodes: this.#membership.nodes.length,
      epoch: epochAt(this.#options.parameters, now),
      layer: layerOf(this.#suite, this.#options.identityKey),
    };
  }

  /** Everything that time alone brings. */
  #advance(now: Instant): void {
    const { parameters } = this.#options;
    this.#changeEpoch(now);
    this.#belong(now);
    this.#services.wake(now);
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
    if (view) this.#loops.setNetwork(now, this.#membership.nodes);
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
    this.#execute(now, this.#peeler.peel(packet, this.#keys.keyFor));
  }

  #run(now: Instant, output: Exclude<MailboxOutput, { readonly kind: 'persist' }>): void {
    this.#traffic.count('run');
    const { embedded, log, body } = output;
    const peeled = this.#peeler.runSurb(embedded, log, body, this.#keys.keyFor);
    this.#execute(now, peeled);
  }

  #execute(now: Instant, peeled: Result<Peeled, { readonly code: PeelReason }>): void {
    if (!peeled.ok) {
      const { code } = peeled.error;
      this.#drops.count(code === 'replay' ? this.#keys.refusal : code);
      return;
    }
    const { value } = peeled;
    switch (value.kind) {
      case 'transmit': {
        const sequence = this.#keys.lastSequence;
        const added = this.#pool.add(now, { ...value, sequence });
        if (!added.ok) this.#drops.count(added.error.code);
        break;
      }
      case 'deliver':
        if (toHex(value.box) === this.#loopBoxKey) {
          this.#terminals.count('loop');
          if (!this.#loops.returned(now, value.delivered)) this.#drops.count('unknown-loop');
          break;
        }
        this.#terminals.count('deliver');
        this.#services.deliver(now, value.box, value.delivered);
        break;
      case 'arrive':
        this.#terminals.count('arrive');
        this.#services.serve(now, value.service, value.body);
        break;
      case 'contact':
      case 'greet': {
        this.#terminals.count(value.kind);
        const { box, body } = value;
        const { openBytes } = this.#keys;
        const opening =
          value.kind === 'contact'
            ? this.#services.open(now, box, value.credential, openBytes)
            : this.#services.greet(now, box, value, openBytes);
        if (opening === undefined) break;
        const { embedded, log } = opening;
        this.#run(now, { kind: 'run-surb', embedded, log, body });
        break;
      }
      case 'drop':
        this.#terminals.count('drop');
        break;
    }
  }
}
