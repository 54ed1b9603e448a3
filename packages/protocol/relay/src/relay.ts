import {
  type Capabilities,
  Directory,
  type DirectoryAnswer,
  epochAt,
  layerOf,
  networkId,
  type NetworkParameters,
  nextEpochChange,
  type NodeEntry,
  nodeName,
  signDescriptor,
} from '@sotto/directory';
import { decodePreface, FRAME_BYTES, type Preface } from '@sotto/link';
import type { MailboxOutput, StoredEntry } from '@sotto/mailbox';
import { Counters, DROP_REASONS, type DropReason, Pool } from '@sotto/mixing';
import { type Peeled, Peeler, type PeelReason } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import {
  after,
  type Core,
  equalBytes,
  type Instant,
  type Result,
  type Rng,
  toHex,
} from '@sotto/wire';
import { EpochKeys, type StoredEpoch } from './epoch-keys.ts';
import { LoopSender } from './loop-sender.ts';
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
  /** Routing keys and tags that the secret files hold. */
  readonly epochs?: readonly StoredEpoch[];
  /** Entries of the store. */
  readonly stored?: readonly StoredEntry[];
  /** Replay tags that one key may see. */
  readonly maxTags?: number;
}

/** Why a link is refused. */
export type LinkRefusal = 'preface' | 'network' | 'link-kind' | 'not-a-node' | 'not-capable';

const DEFAULT_MAX_TAGS = 2 ** 24;

/**
 * One node, sans-IO: what comes in by links is peeled, held, sent on, stored or answered.
 * It composes the packet, the mix, the mailbox and the directory, and knows no sockets, no files
 * and no clock, so that the simulator runs the code that nodes run.
 */
export class Relay implements Core<RelayInput, RelayOutput> {
  readonly #options: RelayOptions;
  readonly #suite: CryptoSuite;
  readonly #peeler: Peeler;
  readonly #keys: EpochKeys;
  readonly #pool: Pool;
  readonly #loops: LoopSender;
  readonly #directory: Directory;
  readonly #services: Services;
  readonly #drops = new Counters<DropReason>(DROP_REASONS);
  readonly #terminals = new Counters<TerminalKind>([
    'deliver',
    'loop',
    'arrive',
    'contact',
    'drop',
  ]);
  readonly #traffic = new Counters(['link', 'client', 'own', 'sent', 'mail', 'filler']);
  readonly #outputs: RelayOutput[] = [];
  /** Hex of this node's name. */
  readonly key: string;
  readonly #networkId: Uint8Array;
  readonly #loopBoxKey: string;
  #addresses: readonly string[];
  #nodes: readonly NodeEntry[] = [];
  #announceAt: Instant | undefined;
  #epochChangeAt: Instant;
  #announced = 0;

  /** Draws routing keys; they, and then the descriptor, come out by `poll`. */
  constructor(options: RelayOptions) {
    const { suite, rng, parameters, now } = options;
    this.#options = options;
    this.#suite = suite;
    const name = nodeName(suite, options.identityKey);
    this.key = toHex(name);
    this.#networkId = networkId(suite, parameters);
    this.#addresses = options.addresses;
    this.#peeler = new Peeler(suite);
    this.#pool = new Pool({ rng, now, parameters });
    this.#keys = new EpochKeys({
      suite,
      rng,
      parameters,
      nodeName: name,
      maxTags: options.maxTags ?? DEFAULT_MAX_TAGS,
      restored: options.epochs ?? [],
    });
    this.#loops = new LoopSender({ suite, rng, parameters, self: this.key });
    this.#loopBoxKey = toHex(this.#loops.box);
    this.#directory = new Directory({ suite, parameters });
    this.#services = new Services({
      suite,
      rng,
      parameters,
      capabilities: options.capabilities,
      drops: this.#drops,
      now,
      stored: options.stored ?? [],
    });
    this.#keys.advance(now);
    this.#epochChangeAt = nextEpochChange(parameters, now);
    this.#announceAt = now;
  }

  /** Changes the addresses that the next descriptor names. */
  setAddresses(now: Instant, addresses: readonly string[]): void {
    this.#addresses = addresses;
    this.#announceAt = now;
  }

  /** Judges a descriptor or proof that gossip or a snapshot brought. */
  receiveGossip(now: Instant, bytes: Uint8Array): DirectoryAnswer {
    const answer = this.#directory.receive(now, bytes);
    if (answer.verdict === 'accept') this.#refreshView(now);
    return answer;
  }

  /** Descriptors for a client or node that asks. */
  snapshot(now: Instant): readonly Uint8Array[] {
    return this.#directory.snapshot(now);
  }

  /** The nodes that this node knows, itself included once it has announced itself. */
  nodes(): readonly NodeEntry[] {
    return this.#nodes;
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
      this.#drops.count(code === 'not-capable' ? 'not-capable' : 'preface');
      return { ok: false, code };
    };
    if (!equalBytes(preface.value.networkId, this.#networkId)) return refuse('network');
    if (preface.value.kind !== kind) return refuse('link-kind');
    if (kind === 'mix' && !this.#nodes.some((node) => equalBytes(node.identityKey, identityKey))) {
      return refuse('not-a-node');
    }
    const { mix, guard } = this.#options.capabilities;
    if (kind === 'mix' ? !mix : !guard) return refuse('not-capable');
    return { ok: true, preface: preface.value };
  }

  handle(now: Instant, input: RelayInput): void {
    switch (input.kind) {
      case 'packet':
        this.#traffic.count('link');
        this.#receive(now, input.packet);
        break;
      case 'client-packet':
        this.#traffic.count('client');
        if (this.#services.admit(now, input.client)) this.#receive(now, input.packet);
        break;
      case 'client-attached': {
        const closed = this.#services.attach(now, input.client, input.boxSecret);
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
        this.#announceAt ??= now;
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
    const key = this.#keys.poll();
    if (key !== undefined) return key;
    for (;;) {
      const output = this.#services.poll();
      if (output === undefined) break;
      if (output.kind === 'persist') return output;
      this.#run(now, output);
    }
    const transmit = this.#pool.popDue(now, this.#keys.durableSequence);
    if (transmit !== undefined) {
      this.#traffic.count('sent');
      return { kind: 'transmit', to: toHex(transmit.next), packet: transmit.packet };
    }
    return this.#outputs.shift() ?? this.#loops.tracker.poll();
  }

  nextAt(): Instant | undefined {
    let next: Instant = this.#epochChangeAt;
    const others = [
      this.#announceAt,
      this.#pool.nextAt(),
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
      },
      sent: {
        link: traffic['sent'] ?? 0,
        mail: traffic['mail'] ?? 0,
        filler: traffic['filler'] ?? 0,
      },
      loops: this.#loops.tracker.counts,
      terminals: this.#terminals.snapshot(),
      drops: this.#drops.snapshot(),
      pool: this.#pool.statistics(now),
      held: this.#pool.size,
      clients: this.#services.clients,
      replayTags: this.#keys.tags,
      nodes: this.#nodes.length,
      epoch: epochAt(this.#options.parameters, now),
      layer: layerOf(this.#suite, this.#options.identityKey),
    };
  }

  /** Everything that time alone brings. */
  #advance(now: Instant): void {
    const { parameters } = this.#options;
    if (now >= this.#epochChangeAt) {
      this.#epochChangeAt = nextEpochChange(parameters, now);
      this.#keys.advance(now);
      this.#announceAt = now;
      this.#directory.expire(now);
      this.#refreshView(now);
    }
    if (this.#announceAt !== undefined && now >= this.#announceAt) this.#announce(now);
    this.#services.wake(now);
    const epoch = epochAt(parameters, now);
    for (;;) {
      const packet = this.#loops.popDue(now, epoch, this.#nodes);
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

  /** Publishes a descriptor when every key up to the horizon is stored; later again before it expires. */
  #announce(now: Instant): void {
    const { parameters, identityKey, identitySecret, capabilities } = this.#options;
    const firstEpoch = epochAt(parameters, now);
    const routingKeys = this.#keys.published(firstEpoch);
    this.#announceAt = undefined;
    if (routingKeys.length <= parameters.horizonEpochs) return;
    if (this.#announced > 0 && now - this.#announced < parameters.reissueMicros) {
      this.#announceAt = after(now, parameters.reissueMicros - (now - this.#announced));
      return;
    }
    this.#announced = now;
    this.#announceAt = after(now, Math.floor(parameters.descriptorLifeMicros / 2));
    const bytes = signDescriptor(this.#suite, identitySecret, {
      networkId: this.#networkId,
      identityKey,
      // Time as the sequence: it rises over restarts without being stored.
      sequence: now,
      issuedAt: now,
      expiresAt: after(now, parameters.descriptorLifeMicros),
      capabilities,
      addresses: this.#addresses,
      firstEpoch,
      routingKeys,
    });
    const { verdict, code } = this.#directory.add(now, bytes);
    if (verdict !== 'accept') throw new Error(`own descriptor refused: ${code}`);
    this.#refreshView(now);
    this.#outputs.push({ kind: 'gossip', bytes });
  }

  #refreshView(now: Instant): void {
    this.#nodes = this.#directory.entries(now);
    this.#loops.setNetwork(now, this.#nodes);
  }

  #receive(now: Instant, packet: Uint8Array): void {
    if (packet.length !== FRAME_BYTES) {
      this.#drops.count('frame-length');
      return;
    }
    this.#execute(now, this.#peeler.peel(packet, this.#keys.keyFor));
  }

  #run(now: Instant, output: Exclude<MailboxOutput, { readonly kind: 'persist' }>): void {
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
      case 'contact': {
        this.#terminals.count('contact');
        const { box, credential, body } = value;
        const opening = this.#services.open(now, box, credential, this.#keys.acceptedBytes);
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
