import type { CryptoSuite } from '@sotto/suite';
import { equalBytes, type Instant, instant, ok, type Result } from '@sotto/wire';
import { type Descriptor, isFarewell, verifyDescriptor } from './descriptor.ts';
import { DescriptorRules, type RuleCode } from './descriptor-rules.ts';
import {
  conflicts,
  decodeProof,
  encodeProof,
  equivocationProof,
  PROOF_KIND,
  type ProofCode,
  proofLife,
  verifyProof,
} from './equivocation-proof.ts';
import { byKey, type NodeEntry, nodeEntry } from './node-entry.ts';
import type { NetworkParameters } from './parameters.ts';

/**
 * What to do with whoever sent it (Spec 07 §5.2): pass it on; drop it; drop it and lower his score.
 * `reject` only where every honest peer, whatever it has heard before and whatever its clock, would have known.
 */
export type Verdict = 'accept' | 'ignore' | 'reject';

/** What became of a descriptor or proof; each is counted (Spec 07 §5.2, §6.2). */
export type DirectoryCode =
  | 'new'
  | 'replaced'
  | 'equivocation'
  | 'convicted'
  | 'known'
  | 'stale'
  | 'too-soon'
  | 'banned'
  | 'name-taken'
  | 'full'
  | 'forged'
  | RuleCode
  | ProofCode;

/** The answer to one message of gossip. */
export interface DirectoryAnswer {
  readonly verdict: Verdict;
  readonly code: DirectoryCode;
  /** The entry that is now in use: on `new` and `replaced`. */
  readonly entry?: NodeEntry;
  /** An encoded proof to be gossiped: on `equivocation`. */
  readonly proof?: Uint8Array;
}

/** What is remembered of one identity. */
interface Slot {
  readonly identityKey: Uint8Array;
  /** Until when; see `DescriptorRules.rememberUntil`. */
  readonly until: number;
  /** When what stands here came. */
  readonly since: Instant;
  readonly standing:
    | { readonly kind: 'listed'; readonly descriptor: Descriptor; readonly entry: NodeEntry }
    | { readonly kind: 'banned'; readonly proof: Uint8Array };
}

const VERDICTS: ReadonlyMap<DirectoryCode, Verdict> = new Map<DirectoryCode, Verdict>([
  ['new', 'accept'],
  ['replaced', 'accept'],
  ['convicted', 'accept'],
  ['equivocation', 'ignore'],
  ['known', 'ignore'],
  ['stale', 'ignore'],
  ['too-soon', 'ignore'],
  ['banned', 'ignore'],
  ['name-taken', 'ignore'],
  ['full', 'ignore'],
  ['future', 'ignore'],
  ['expired', 'ignore'],
  ['proof-future', 'ignore'],
  ['proof-expired', 'ignore'],
]);

/**
 * A node's list of nodes, from gossip (Spec 07 §5). One slot an identity, at most `maxNodes`; a
 * descriptor replaces only one of a lower sequence number; two of one number convict their signer,
 * who is then out until neither could be live. `now` never decreases.
 */
export class Directory {
  readonly #suite: CryptoSuite;
  readonly #rules: DescriptorRules;
  readonly #slots = new Map<string, Slot>();
  readonly #counts = new Map<DirectoryCode, number>();
  #sweepAt = Infinity;

  /** An empty directory. @throws as `checkParameters`. */
  constructor(options: { readonly suite: CryptoSuite; readonly parameters: NetworkParameters }) {
    this.#suite = options.suite;
    this.#rules = new DescriptorRules(options.suite, options.parameters);
  }

  /** The network that it lists: 16 bytes. */
  get networkId(): Uint8Array {
    return this.#rules.networkId;
  }

  /** Takes one message of the directory topic, any bytes: a descriptor or a proof, told apart by the first byte. */
  receive(now: Instant, bytes: Uint8Array): DirectoryAnswer {
    return bytes[0] === PROOF_KIND ? this.addProof(now, bytes) : this.add(now, bytes);
  }

  /** Takes a descriptor, any bytes (Spec 07 §5.2). The signature, costlier than all else together, is checked last. */
  add(now: Instant, bytes: Uint8Array): DirectoryAnswer {
    this.#sweep(now);
    const read = this.#rules.read(now, bytes);
    if (!read.ok) return this.#answer(read.error.code);
    const descriptor = read.value;
    const entry = nodeEntry(this.#suite, descriptor);
    const slot = this.#slots.get(entry.key);
    const before = this.#judge(now, slot, descriptor);
    if (!before.ok) return this.#answer(before.error.code);
    if (!verifyDescriptor(this.#suite, descriptor)) return this.#answer('forged');
    if (slot?.standing.kind === 'listed' && conflicts(slot.standing.descriptor, descriptor)) {
      const conflict = equivocationProof(slot.standing.descriptor, descriptor);
      const proof = encodeProof(conflict);
      this.#ban(now, entry.key, descriptor.identityKey, proofLife(this.#rules, conflict), proof);
      return { ...this.#answer('equivocation'), proof };
    }
    this.#put(entry.key, {
      identityKey: descriptor.identityKey,
      until: this.#rules.rememberUntil(descriptor),
      since: now,
      standing: { kind: 'listed', descriptor, entry },
    });
    return { ...this.#answer(slot === undefined ? 'new' : 'replaced'), entry };
  }

  /** Takes an encoded proof, any bytes (Spec 07 §6.2), of a node that is listed or of one not heard of yet. */
  addProof(now: Instant, bytes: Uint8Array): DirectoryAnswer {
    this.#sweep(now);
    const read = decodeProof(this.#rules, now, bytes);
    if (!read.ok) return this.#answer(read.error.code);
    const { identityKey } = read.value.first;
    const { key } = nodeEntry(this.#suite, read.value.first);
    const slot = this.#slots.get(key);
    if (slot === undefined && this.#full) return this.#answer('full');
    if (slot !== undefined && !equalBytes(slot.identityKey, identityKey)) {
      return this.#answer('name-taken');
    }
    const until = proofLife(this.#rules, read.value);
    // A later conflict prolongs the ban, but no oftener than descriptors may follow one another:
    // one identity could else keep the whole network busy with its confessions.
    if (
      slot?.standing.kind === 'banned' &&
      until < slot.until + this.#rules.parameters.reissueMicros
    ) {
      return this.#answer('banned');
    }
    if (!verifyProof(this.#suite, read.value)) return this.#answer('proof-forged');
    this.#ban(now, key, identityKey, until, bytes.slice());
    return this.#answer('convicted');
  }

  /** Nodes in use at `now`, and those that leave, by name. */
  entries(now: Instant): readonly NodeEntry[] {
    return this.#listed(now).sort(byKey);
  }

  /**
   * The node of a name in hexadecimal; undefined when unknown or banned. One whose descriptor has
   * run out is found until it is forgotten, so that packets on their way to it still arrive.
   */
  byName(key: string): NodeEntry | undefined {
    const standing = this.#slots.get(key)?.standing;
    return standing?.kind === 'listed' ? standing.entry : undefined;
  }

  /** The signed descriptors in use at `now`, by name: what a client is given and what is kept over a restart. */
  snapshot(now: Instant): readonly Uint8Array[] {
    return this.entries(now).map((entry) => entry.descriptor);
  }

  /** The proofs that still ban somebody at `now`, encoded: for newcomers and over a restart. */
  proofs(now: Instant): readonly Uint8Array[] {
    const proofs: Uint8Array[] = [];
    for (const { standing, until } of this.#slots.values()) {
      if (standing.kind === 'banned' && until > now) proofs.push(standing.proof);
    }
    return proofs;
  }

  /** Forgets what can no longer matter. Called by every `add` too; returns how many identities were forgotten. */
  expire(now: Instant): number {
    return this.#sweep(now);
  }

  /** When `entries` changes next by time alone; undefined when nothing is listed. */
  nextAt(now: Instant): Instant | undefined {
    let next = Infinity;
    for (const entry of this.#listed(now)) next = Math.min(next, entry.expiresAt);
    return next === Infinity ? undefined : instant(next);
  }

  /**
   * The last but one of the times at which others have issued what is listed of them: so late it is
   * by the word of two identities. Undefined before two are listed.
   */
  issuedByTwo(ownIdentityKey: Uint8Array): Instant | undefined {
    let last = -1;
    let before = -1;
    for (const { standing, identityKey } of this.#slots.values()) {
      if (standing.kind === 'banned' || equalBytes(identityKey, ownIdentityKey)) continue;
      const { issuedAt } = standing.descriptor;
      before = Math.max(before, Math.min(last, issuedAt));
      last = Math.max(last, issuedAt);
    }
    return before < 0 ? undefined : instant(before);
  }

  /** Messages by outcome since the start; outcomes that never happened are absent. */
  counts(): Readonly<Partial<Record<DirectoryCode, number>>> {
    return Object.fromEntries(this.#counts);
  }

  /** Identities remembered: listed, expired but not forgotten, and banned. At most `maxNodes`. */
  get size(): number {
    return this.#slots.size;
  }

  get #full(): boolean {
    return this.#slots.size >= this.#rules.parameters.maxNodes;
  }

  #listed(now: Instant): NodeEntry[] {
    const listed: NodeEntry[] = [];
    for (const { standing } of this.#slots.values()) {
      if (standing.kind === 'listed' && standing.entry.expiresAt > now) listed.push(standing.entry);
    }
    return listed;
  }

  /** What is known without the signature. */
  #judge(
    now: Instant,
    slot: Slot | undefined,
    descriptor: Descriptor,
  ): Result<undefined, { readonly code: DirectoryCode }> {
    const refuse = (code: DirectoryCode) => ({ ok: false, error: { code } }) as const;
    if (slot === undefined) return this.#full ? refuse('full') : ok(undefined);
    if (!equalBytes(slot.identityKey, descriptor.identityKey)) return refuse('name-taken');
    if (slot.standing.kind === 'banned') return refuse('banned');
    const held = slot.standing.descriptor;
    if (equalBytes(held.body, descriptor.body)) return refuse('known');
    if (descriptor.sequence < held.sequence) return refuse('stale');
    if (descriptor.sequence === held.sequence) return ok(undefined);
    // Who was stopped and is back need not wait; before the next farewell it must, so that no
    // identity causes more than two messages in that time.
    if (isFarewell(held) && !isFarewell(descriptor)) return ok(undefined);
    // Too soon by its own time and by ours. By its own alone, two versions issued a second apart,
    // one shown to each half of the network, would stay apart for ever without convicting anybody.
    const { reissueMicros } = this.#rules.parameters;
    const early = descriptor.issuedAt < held.issuedAt + reissueMicros;
    return early && now < slot.since + reissueMicros ? refuse('too-soon') : ok(undefined);
  }

  #ban(now: Instant, key: string, identityKey: Uint8Array, until: number, proof: Uint8Array): void {
    this.#put(key, { identityKey, until, since: now, standing: { kind: 'banned', proof } });
  }

  #put(key: string, slot: Slot): void {
    this.#slots.set(key, slot);
    this.#sweepAt = Math.min(this.#sweepAt, slot.until);
  }

  /** Costs a comparison until the first slot runs out, so that a full directory is no lever for a flood. */
  #sweep(now: Instant): number {
    if (now < this.#sweepAt) return 0;
    const before = this.#slots.size;
    this.#sweepAt = Infinity;
    for (const [key, { until }] of this.#slots) {
      if (until <= now) this.#slots.delete(key);
      else this.#sweepAt = Math.min(this.#sweepAt, until);
    }
    return before - this.#slots.size;
  }

  #answer(code: DirectoryCode): DirectoryAnswer {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
    return { verdict: VERDICTS.get(code) ?? 'reject', code };
  }
}
