import {
  type Capabilities,
  decodeDescriptor,
  Directory,
  type DirectoryAnswer,
  epochAt,
  epochStart,
  type NetworkParameters,
  type NodeEntry,
  nodeName,
  signDescriptor,
  verifyDescriptor,
} from '@sotto/directory';
import type { CryptoSuite } from '@sotto/suite';
import { after, equalBytes, type Instant, MICROS_PER_SECOND, toHex } from '@sotto/wire';
import type { EpochKeys } from './epoch-keys.ts';

/** A view is made anew at most this often: sorting it for every descriptor of a flood would be all that a node does. */
const VIEW_MICROS = MICROS_PER_SECOND;

/** What membership is made of. */
export interface MembershipOptions {
  readonly suite: CryptoSuite;
  readonly parameters: NetworkParameters;
  readonly identityKey: Uint8Array;
  readonly identitySecret: Uint8Array;
  readonly capabilities: Capabilities;
  readonly addresses: readonly string[];
  readonly keys: EpochKeys;
  readonly now: Instant;
}

/** A node's place in the network: what it knows of others, and what it tells of itself (Spec 07). */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #directory: Directory;
  #addresses: readonly string[];
  #nodes: readonly NodeEntry[] = [];
  #snapshot: readonly Uint8Array[] | undefined;
  #announceAt: Instant | undefined;
  #announcedAt: Instant | undefined;
  /** Above every sequence number that this identity has signed, as far as one knows. */
  #sequence = 0;
  #leaving = false;
  #changed = false;
  #confirmedUntil = 0;
  /** When the first descriptor of the last view expires. */
  #expiryAt: Instant | undefined;
  #viewedAt: Instant | undefined;

  /** Knows nobody. */
  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#directory = new Directory(options);
    this.#addresses = options.addresses;
    this.#announceAt = options.now;
  }

  /** Everybody known, as of the last view. */
  get nodes(): readonly NodeEntry[] {
    return this.#nodes;
  }

  /** Refusals of descriptors and proofs, by reason. */
  get counts(): Readonly<Partial<Record<string, number>>> {
    return this.#directory.counts();
  }

  /**
   * How late it may be by the words of others (Spec 13 §2.1): half a descriptor's life after the
   * last but one of their latest issues, since one neighbour may err. 0 before two were heard.
   */
  get confirmedUntil(): number {
    return this.#confirmedUntil;
  }

  /** 16 bytes: of whose network one is. */
  get networkId(): Uint8Array {
    return this.#directory.networkId;
  }

  /** Changes the addresses of the next descriptor, which is soon. */
  setAddresses(now: Instant, addresses: readonly string[]): void {
    this.#addresses = addresses;
    this.#announceAt = now;
  }

  /**
   * Says with the next descriptor, as soon as one may be issued, that this node goes, and from then
   * on nothing else (Spec 13 §4). @returns when; undefined of a node that has never announced itself.
   */
  leave(now: Instant): Instant | undefined {
    this.#leaving = true;
    if (this.#announcedAt === undefined) return undefined;
    const earliest = after(this.#announcedAt, this.#options.parameters.reissueMicros);
    this.#announceAt = earliest > now ? earliest : now;
    return this.#announceAt;
  }

  /** A key was stored: perhaps it was the last that the descriptor waited for. */
  announceSoon(now: Instant): void {
    this.#announceAt ??= now;
  }

  /** Whether a proved identity is a node's. */
  knows(identityKey: Uint8Array): boolean {
    const name = toHex(nodeName(this.#options.suite, identityKey));
    const entry = this.#directory.byName(name);
    return entry !== undefined && equalBytes(entry.identityKey, identityKey);
  }

  /**
   * Descriptors for whoever asks: one array until the next view, since to collect and sort them anew
   * for each stranger who asks would be all that a node does. A change shows within a second.
   */
  snapshot(now: Instant): readonly Uint8Array[] {
    return (this.#snapshot ??= this.#directory.snapshot(now));
  }

  /** Judges a descriptor or proof. One's own words are not taken from others: played back, they would stand in the way of newer ones. */
  receive(now: Instant, bytes: Uint8Array): DirectoryAnswer {
    const { suite, identityKey } = this.#options;
    const read = decodeDescriptor(bytes);
    if (read.ok && equalBytes(read.value.identityKey, identityKey)) {
      if (read.value.sequence > this.#sequence && verifyDescriptor(suite, read.value)) {
        this.#sequence = read.value.sequence;
      }
      return { verdict: 'ignore', code: 'known' };
    }
    const answer = this.#directory.receive(now, bytes);
    if (answer.verdict === 'accept' || answer.code === 'equivocation') this.#changed = true;
    return answer;
  }

  /** The epoch changed. Others' clocks may be behind by the skew: until then the older descriptor, which has both keys, stays. */
  epochChanged(now: Instant): void {
    const { parameters } = this.#options;
    const start = epochStart(parameters, epochAt(parameters, now));
    const at = after(start, parameters.skewMicros);
    this.#announceAt = at > now ? at : now;
    this.#changed = true;
  }

  /** When `wake` must be called next. */
  nextAt(now: Instant): Instant | undefined {
    let next = this.#expiryAt;
    const view = this.#changed ? this.#viewDue(now) : undefined;
    for (const at of [view, this.#announceAt]) {
      if (at !== undefined && (next === undefined || at < next)) next = at;
    }
    return next;
  }

  /** Lets time pass. @returns what changed. */
  wake(now: Instant): {
    readonly view: boolean;
    readonly gossip?: Uint8Array;
    readonly refused?: boolean;
  } {
    if (this.#expiryAt !== undefined && this.#expiryAt <= now) {
      this.#directory.expire(now);
      this.#changed = true;
    }
    const announced =
      this.#announceAt !== undefined && this.#announceAt <= now ? this.#announce(now) : undefined;
    const view = this.#changed && (announced !== undefined || this.#viewDue(now) <= now);
    if (view) {
      this.#nodes = this.#directory.entries(now);
      this.#snapshot = undefined;
      const issued = this.#directory.issuedByTwo(this.#options.identityKey);
      if (issued !== undefined) {
        const until = issued + Math.floor(this.#options.parameters.descriptorLifeMicros / 2);
        this.#confirmedUntil = Math.max(this.#confirmedUntil, until);
      }
      // Costs a walk over all, so once a view and not once a packet.
      this.#expiryAt = this.#directory.nextAt(now);
      this.#changed = false;
      this.#viewedAt = now;
    }
    return announced === 'refused'
      ? { view, refused: true }
      : { view, ...(announced === undefined ? {} : { gossip: announced }) };
  }

  #viewDue(now: Instant): Instant {
    return this.#viewedAt === undefined ? now : after(this.#viewedAt, VIEW_MICROS);
  }

  /** Signs a descriptor when every key up to the horizon is stored; again at half its life. */
  #announce(now: Instant): Uint8Array | 'refused' | undefined {
    const { suite, parameters, keys, identityKey, identitySecret, capabilities } = this.#options;
    const firstEpoch = epochAt(parameters, now);
    const routingKeys = keys.published(firstEpoch);
    this.#announceAt = undefined;
    if (routingKeys.length <= parameters.horizonEpochs) return undefined;
    // Who goes before it was ever here has nothing to take back.
    if (this.#leaving && this.#announcedAt === undefined) return undefined;
    if (this.#announcedAt !== undefined) {
      const earliest = after(this.#announcedAt, parameters.reissueMicros);
      if (earliest > now) {
        this.#announceAt = earliest;
        return undefined;
      }
    }
    // Time as the sequence rises over restarts without being stored, but for a clock set back.
    this.#sequence = Math.max(now, this.#sequence + 1);
    const bytes = signDescriptor(suite, identitySecret, {
      networkId: this.networkId,
      identityKey,
      sequence: this.#sequence,
      issuedAt: now,
      expiresAt: after(now, parameters.descriptorLifeMicros),
      capabilities,
      addresses: this.#addresses,
      firstEpoch,
      routingKeys: this.#leaving ? routingKeys.slice(0, 1) : routingKeys,
    });
    if (this.#directory.add(now, bytes).verdict !== 'accept') {
      // The list is full of others: to be tried again when some have expired.
      this.#announceAt = after(now, parameters.reissueMicros);
      return 'refused';
    }
    this.#announcedAt = now;
    this.#announceAt = after(now, Math.floor(parameters.descriptorLifeMicros / 2));
    this.#changed = true;
    return bytes;
  }
}
