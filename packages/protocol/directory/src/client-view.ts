import type { CryptoSuite } from '@sotto/suite';
import { equalBytes, err, type Instant, ok, type Result } from '@sotto/wire';
import { verifyDescriptor } from './descriptor.ts';
import { DescriptorRules, type RuleCode } from './descriptor-rules.ts';
import {
  conflicts,
  decodeProof,
  encodeProof,
  type EquivocationProof,
  equivocationProof,
  type ProofCode,
  proofLife,
  verifyProof,
} from './equivocation-proof.ts';
import { byKey, type NodeEntry, nodeEntry } from './node-entry.ts';
import type { NetworkParameters } from './parameters.ts';
import { SnapshotSet, type Version } from './snapshots.ts';

/** Share of the agreed nodes that a new peer's snapshot must hold, of 65,536: 0.8. */
export const COVERAGE_SHARE = 52_428;
/** Longest name of a source, characters. */
const MAX_SOURCE_LENGTH = 256;

/** Why a snapshot was refused as a whole; one code a check (Spec 07 §7.2). */
export type OfferCode = 'too-many' | 'empty' | 'descriptor' | 'duplicate' | 'differs' | 'forged';

/** A refused snapshot: which descriptor did it, and why. */
export interface OfferRefusal {
  readonly code: OfferCode;
  /** Place in the list, where one descriptor is the reason. */
  readonly index?: number;
  /** Of `descriptor`: the check that it failed. */
  readonly reason?: RuleCode;
}

/** A snapshot that was taken up. */
export interface OfferSummary {
  /** Descriptors held of this source. */
  readonly taken: number;
  /** Left out because of the clock or a ban. */
  readonly skipped: number;
  /** Nodes in use after it. */
  readonly agreed: number;
  /** Encoded proofs of equivocation that the snapshots brought to light, to be handed to peers. */
  readonly proofs: readonly Uint8Array[];
}

/**
 * A client's list of nodes, from snapshots that peers hand out (Spec 07 §7).
 *
 * A version of a descriptor is used only when two sources gave it, byte for byte: a node, or a
 * version of a node, that one lying peer shows to one client alone would mark that client's paths
 * (epistemic attack). Where sources are at different versions, the newest that two of them have
 * given counts, a source's previous version included; else the last good one stays until it expires.
 * Says nothing against two lying sources: step 1 has no answer to A5.
 */
export class ClientView {
  readonly #suite: CryptoSuite;
  readonly #rules: DescriptorRules;
  readonly #agreed = new Map<string, Version>();
  readonly #banned = new Map<string, number>();
  readonly #snapshots = new SnapshotSet();
  readonly #counts = new Map<string, number>();

  /** A view without nodes. @throws as `checkParameters`. */
  constructor(options: { readonly suite: CryptoSuite; readonly parameters: NetworkParameters }) {
    this.#suite = options.suite;
    this.#rules = new DescriptorRules(options.suite, options.parameters);
  }

  /**
   * Takes the snapshot that `source` handed out, any bytes (Spec 07 §7.2). A source's newer
   * snapshot takes the place of its older one; a fourth source takes that of the longest unheard.
   *
   * @param source - the peer's authenticated identity, 1 to 256 characters: two names of one peer would be two voices.
   * @returns a refusal changes nothing: routing goes on with the last good set.
   */
  offer(
    now: Instant,
    source: string,
    descriptors: readonly Uint8Array[],
  ): Result<OfferSummary, OfferRefusal> {
    if (source.length < 1 || source.length > MAX_SOURCE_LENGTH) {
      throw new RangeError(`"source" expected 1 to 256 characters, got ${source.length}`);
    }
    this.#forget(now);
    const read = this.#read(now, descriptors);
    if (!read.ok) return this.#refuse(read.error);
    const { versions, skipped } = read.value;
    if (!this.#snapshots.has(source) && !this.#covers(now, versions)) {
      return this.#refuse({ code: 'differs' });
    }
    const verified = this.#verify(versions);
    if (!verified.ok) return this.#refuse(verified.error);

    const proofs = this.#convict(verified.value);
    for (const key of this.#banned.keys()) verified.value.delete(key);
    this.#snapshots.put(source, verified.value);
    for (const [key, version] of this.#snapshots.agreed(now)) {
      if (!this.#banned.has(key)) this.#use(key, version);
    }
    this.#count('taken');
    return ok({ taken: verified.value.size, skipped, agreed: this.nodes(now).length, proofs });
  }

  /** Takes an encoded proof, any bytes (Spec 07 §6.2): its node is out at once, whoever brought it. */
  addProof(
    now: Instant,
    bytes: Uint8Array,
  ): Result<undefined, { readonly code: ProofCode | 'full' | 'banned' }> {
    this.#forget(now);
    const refuse = (
      code: ProofCode | 'full' | 'banned',
    ): Result<never, { readonly code: typeof code }> => {
      this.#count(code);
      return err({ code });
    };
    const read = decodeProof(this.#rules, now, bytes);
    if (!read.ok) return refuse(read.error.code);
    const { key } = nodeEntry(this.#suite, read.value.first);
    const until = this.#banned.get(key);
    if (until === undefined && this.#banned.size >= this.#rules.parameters.maxNodes) {
      return refuse('full');
    }
    if (until !== undefined && until >= proofLife(this.#rules, read.value)) return refuse('banned');
    if (!verifyProof(this.#suite, read.value)) return refuse('proof-forged');
    this.#ban(key, read.value);
    this.#count('convicted');
    return ok(undefined);
  }

  /** The nodes to route over at `now`, and those that leave, by name. Empty until two sources were heard. */
  nodes(now: Instant): readonly NodeEntry[] {
    const nodes: NodeEntry[] = [];
    for (const { entry } of this.#agreed.values()) if (entry.expiresAt > now) nodes.push(entry);
    return nodes.sort(byKey);
  }

  /** The last good set, to be stored: signed descriptors, by name. */
  state(now: Instant): readonly Uint8Array[] {
    return this.nodes(now).map((entry) => entry.descriptor);
  }

  /**
   * Puts back the last good set from one's own storage after a start (Spec 07 §7.3); signatures and
   * rules are checked again. Returns how many were put back; what has expired meanwhile is left out.
   */
  restore(now: Instant, stored: readonly Uint8Array[]): Result<number, OfferRefusal> {
    this.#forget(now);
    const read = this.#read(now, stored);
    if (!read.ok) return this.#refuse(read.error);
    const verified = this.#verify(read.value.versions);
    if (!verified.ok) return this.#refuse(verified.error);
    for (const [key, version] of verified.value) this.#use(key, version);
    return ok(verified.value.size);
  }

  /** Sources whose snapshots are held, longest unheard first: whom to ask again. */
  sources(): readonly string[] {
    return this.#snapshots.sources;
  }

  /** Drops the snapshot of a source that is no longer asked; what was agreed stays. */
  dropSource(source: string): void {
    this.#snapshots.drop(source);
  }

  /** Snapshots and proofs by outcome since the start. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  /** Every check but the signatures. An honest peer lists nothing that fails; only clocks and bans may differ. */
  #read(
    now: Instant,
    descriptors: readonly Uint8Array[],
  ): Result<{ versions: Map<string, Version>; skipped: number }, OfferRefusal> {
    if (descriptors.length > this.#rules.parameters.maxNodes) return err({ code: 'too-many' });
    const versions = new Map<string, Version>();
    const names = new Set<string>();
    let skipped = 0;
    for (const [index, bytes] of descriptors.entries()) {
      const read = this.#rules.readOfAnyAge(now, bytes);
      if (!read.ok) {
        if (read.error.code !== 'future') {
          return err({ code: 'descriptor', index, reason: read.error.code });
        }
        skipped++;
        continue;
      }
      const entry = nodeEntry(this.#suite, read.value);
      if (names.has(entry.key)) return err({ code: 'duplicate', index });
      names.add(entry.key);
      if (entry.expiresAt <= now || this.#banned.has(entry.key)) skipped++;
      else versions.set(entry.key, { descriptor: read.value, entry });
    }
    return versions.size === 0 ? err({ code: 'empty' }) : ok({ versions, skipped });
  }

  /**
   * Whether a new peer knows enough of what is agreed. An honest node lists whatever has not
   * expired, so it holds nearly all; extra entries do no harm, since two must give them.
   * Refusing the peer and not the agreed set denies two things at once: stopping a client by a
   * contrary list, and driving it from peer to peer until it meets two liars.
   */
  #covers(now: Instant, versions: ReadonlyMap<string, Version>): boolean {
    let live = 0;
    let shared = 0;
    for (const [key, { entry }] of this.#agreed) {
      if (entry.expiresAt <= now) continue;
      live++;
      if (versions.has(key)) shared++;
    }
    return shared * 65_536 >= live * COVERAGE_SHARE;
  }

  /** Checks signatures; what is held already, byte for byte, is taken as the object that is held. */
  #verify(versions: ReadonlyMap<string, Version>): Result<Map<string, Version>, OfferRefusal> {
    const verified = new Map<string, Version>();
    for (const [key, version] of versions) {
      const held = this.#held(key).find((other) =>
        equalBytes(other.descriptor.bytes, version.descriptor.bytes),
      );
      if (held === undefined && !verifyDescriptor(this.#suite, version.descriptor)) {
        return err({ code: 'forged' });
      }
      verified.set(key, held ?? version);
    }
    return ok(verified);
  }

  /** Every version of a node that is held, from wherever. */
  #held(key: string): Version[] {
    const held = this.#snapshots.held(key);
    const agreed = this.#agreed.get(key);
    return agreed === undefined ? held : [agreed, ...held];
  }

  #convict(verified: ReadonlyMap<string, Version>): Uint8Array[] {
    const proofs: Uint8Array[] = [];
    for (const [key, { descriptor }] of verified) {
      const other = this.#held(key).find((held) => conflicts(held.descriptor, descriptor));
      if (other === undefined) continue;
      if (this.#banned.size >= this.#rules.parameters.maxNodes) {
        this.#count('full');
        continue;
      }
      const proof = equivocationProof(other.descriptor, descriptor);
      this.#ban(key, proof);
      this.#count('equivocation');
      proofs.push(encodeProof(proof));
    }
    return proofs;
  }

  #ban(key: string, proof: EquivocationProof): void {
    this.#agreed.delete(key);
    const until = proofLife(this.#rules, proof);
    this.#banned.set(key, Math.max(until, this.#banned.get(key) ?? 0));
  }

  /** Never back to an older version, nor to another identity of the same name. */
  #use(key: string, version: Version): void {
    const held = this.#agreed.get(key);
    if (held !== undefined) {
      if (!equalBytes(held.entry.identityKey, version.entry.identityKey)) return;
      if (held.entry.sequence >= version.entry.sequence) return;
    } else if (this.#agreed.size >= this.#rules.parameters.maxNodes) {
      this.#count('full');
      return;
    }
    this.#agreed.set(key, version);
  }

  #forget(now: Instant): void {
    for (const [key, until] of this.#banned) if (until <= now) this.#banned.delete(key);
    for (const [key, { descriptor }] of this.#agreed) {
      if (this.#rules.rememberUntil(descriptor) <= now) this.#agreed.delete(key);
    }
  }

  #refuse(refusal: OfferRefusal): Result<never, OfferRefusal> {
    this.#count(refusal.code);
    return err(refusal);
  }

  #count(code: string): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
  }
}
