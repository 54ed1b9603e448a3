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
import { decodePreface, encodeDownlink, FRAME_BYTES, type Preface } from '@sotto/link';
import {
  AggregationPoint,
  ContactPoint,
  decodeRequest,
  GuardBoxes,
  type MailboxOutput,
  type Request,
  type StoredEntry,
} from '@sotto/mailbox';
import { Counters, DROP_REASONS, type DropReason, Pool } from '@sotto/mixing';
import { type Delivered, type Peeled, Peeler, type PeelReason } from '@sotto/sphinx';
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
import { ClientSessions } from './client-sessions.ts';
import { EpochKeys, type StoredEpoch } from './epoch-keys.ts';
import { LoopSender } from './loop-sender.ts';
import type { RelayInput, RelayMetrics, RelayOutput, TerminalKind } from './relay-io.ts';

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
  readonly #mail: AggregationPoint;
  readonly #contacts: ContactPoint;
  readonly #guard: GuardBoxes;
  readonly #sessions: ClientSessions;
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
    this.#mail = new AggregationPoint({ suite, rng, parameters });
    this.#contacts = new ContactPoint({ suite, rng, parameters });
    this.#guard = new GuardBoxes({ suite, parameters });
    this.#sessions = new ClientSessions(parameters.downlinkIntervalMicros);
    const stored = options.stored ?? [];
    this.#mail.restore(now, stored);
    this.#contacts.restore(now, stored);
    this.#guard.restore(now, stored);
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
        if (this.#sessions.admit(now, input.client)) this.#receive(now, input.packet);
        else this.#drops.count('client-rate');
        break;
      case 'client-attached':
        this.#attach(now, input.client, input.boxSecret);
        break;
      case 'client-detached':
        this.#detach(now, input.client);
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
      const output = this.#mail.poll() ?? this.#contacts.poll() ?? this.#guard.poll();
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
      this.#mail.nextAt(),
      this.#contacts.nextAt(),
      this.#guard.nextAt(),
      this.#sessions.nextAt(),
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
      clients: this.#sessions.size,
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
    this.#mail.wake(now);
    this.#contacts.wake(now);
    this.#guard.wake(now);
    const epoch = epochAt(parameters, now);
    for (;;) {
      const packet = this.#loops.popDue(now, epoch, this.#nodes);
      if (packet === undefined) break;
      this.#traffic.count('own');
      this.#receive(now, packet);
    }
    for (;;) {
      const session = this.#sessions.popDue(now);
      if (session === undefined) break;
      const delivered = this.#guard.take(session.boxKey);
      this.#traffic.count(delivered === undefined ? 'filler' : 'mail');
      const frame = encodeDownlink(
        delivered === undefined ? { kind: 'filler' } : { kind: 'mail', delivered },
      );
      this.#outputs.push({ kind: 'client-frame', client: session.client, frame });
    }
  }

  /** Publishes a descriptor when every key up to the horizon is stored; later again before it expires. */
  #announce(now: Instant): void {
    const { parameters, identityKey, identitySecret, capabilities } = this.#options;
    const firstEpoch = epochAt(parameters, now);
    const routingKeys = this.#keys.published(firstEpoch);
    this.#announceAt = undefined;
    if (routingKeys.length <= parameters.horizonEpochs) return;
    const earliest = after(now, 0);
    if (this.#announced > 0 && now - this.#announced < parameters.reissueMicros) {
      this.#announceAt = after(earliest, parameters.reissueMicros - (now - this.#announced));
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

  #attach(now: Instant, client: string, secret: Uint8Array): void {
    const attached = this.#guard.attach(now, secret);
    if (!attached.ok) {
      this.#drops.count(attached.error.code);
      this.#outputs.push({ kind: 'client-replaced', client });
      return;
    }
    const older = this.#sessions.attach(now, { client, boxKey: attached.value });
    if (older !== undefined) this.#outputs.push({ kind: 'client-replaced', client: older });
  }

  #detach(now: Instant, client: string): void {
    const boxKey = this.#sessions.detach(client);
    if (boxKey !== undefined) this.#guard.detach(now, boxKey);
  }

  #receive(now: Instant, packet: Uint8Array): void {
    if (packet.length !== FRAME_BYTES) {
      this.#drops.count('frame-length');
      return;
    }
    const epochByte = packet[1] ?? 0;
    this.#execute(now, this.#peeler.peel(packet, this.#keys.keyFor), epochByte);
  }

  #run(now: Instant, output: Exclude<MailboxOutput, { readonly kind: 'persist' }>): void {
    const { embedded, log, body } = output;
    const peeled = this.#peeler.runSurb(embedded, log, body, this.#keys.keyFor);
    this.#execute(now, peeled, embedded[0] ?? 0);
  }

  #execute(
    now: Instant,
    peeled: Result<Peeled, { readonly code: PeelReason }>,
    epochByte: number,
  ): void {
    if (!peeled.ok) {
      const { code } = peeled.error;
      this.#drops.count(code === 'replay' ? this.#keys.refusal(epochByte) : code);
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
        this.#deliver(now, value.box, value.delivered);
        break;
      case 'arrive':
        this.#terminals.count('arrive');
        this.#serve(now, value.service, value.body);
        break;
      case 'contact': {
        this.#terminals.count('contact');
        const { acceptedBytes } = this.#keys;
        const taken = this.#contacts.take(now, value.box, value.credential, acceptedBytes);
        if (!taken.ok) {
          this.#drops.count(taken.error.code);
          break;
        }
        const { embedded, log } = taken.value;
        this.#run(now, { kind: 'run-surb', embedded, log, body: value.body });
        break;
      }
      case 'drop':
        this.#terminals.count('drop');
        break;
    }
  }

  #deliver(now: Instant, box: Uint8Array, delivered: Delivered): void {
    const boxKey = toHex(box);
    if (boxKey === this.#loopBoxKey) {
      this.#terminals.count('loop');
      if (!this.#loops.returned(now, delivered)) this.#drops.count('unknown-loop');
      return;
    }
    this.#terminals.count('deliver');
    const stored = this.#guard.has(box)
      ? this.#guard.deliver(now, box, delivered)
      : this.#mail.deliver(now, box, delivered);
    if (!stored.ok) this.#drops.count(stored.error.code);
  }

  #serve(now: Instant, service: number, body: Uint8Array): void {
    const decoded = decodeRequest(service, body);
    if (!decoded.ok) {
      this.#drops.count(decoded.error.code);
      return;
    }
    const request = decoded.value;
    const { mailbox, contact } = this.#options.capabilities;
    if (!(request.kind === 'fetch' ? mailbox : contact)) {
      this.#drops.count('not-capable');
      return;
    }
    const answer = this.#answer(now, request);
    if (!answer.ok) this.#drops.count(answer.error.code);
  }

  #answer(now: Instant, request: Request): Result<unknown, { readonly code: DropReason }> {
    switch (request.kind) {
      case 'fetch':
        return this.#mail.fetch(now, request);
      case 'stash': {
        const stashed = this.#contacts.stash(now, request);
        if (stashed.ok) for (const refused of stashed.value) this.#drops.count(refused);
        return stashed;
      }
      case 'bundle-put':
        return this.#contacts.putBundle(now, request);
      case 'bundle-get':
        return this.#contacts.getBundle(now, request);
    }
  }
}
