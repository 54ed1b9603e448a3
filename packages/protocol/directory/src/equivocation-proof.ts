import type { CryptoSuite } from '@sotto/suite';
import {
  ByteReader,
  ByteWriter,
  equalBytes,
  err,
  type Instant,
  ok,
  type Result,
} from '@sotto/wire';
import { type Descriptor, verifyDescriptor } from './descriptor.ts';
import type { DescriptorRules } from './descriptor-rules.ts';

/** First byte of a proof, where a descriptor has its version: one gossip topic carries both. */
export const PROOF_KIND = 0x81;

const PROOF_OVERHEAD = 5;

/** Two descriptors that one identity signed under one sequence number: its own confession (Spec 07 §6). */
export interface EquivocationProof {
  readonly first: Descriptor;
  readonly second: Descriptor;
}

/** Why bytes are no proof; one code a check (Spec 07 §6.2). */
export type ProofCode =
  | 'proof-length'
  | 'proof-kind'
  | 'proof-size'
  | 'proof-descriptor'
  | 'proof-future'
  | 'proof-identity'
  | 'proof-sequence'
  | 'proof-order'
  | 'proof-expired'
  | 'proof-forged';

/** −1, 0 or 1 by the first byte that differs, then by length. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return Math.sign(a.length - b.length);
}

/** Whether two verified descriptors convict their signer: one identity, one sequence, another body. */
export const conflicts = (a: Descriptor, b: Descriptor): boolean =>
  a.sequence === b.sequence &&
  equalBytes(a.identityKey, b.identityKey) &&
  !equalBytes(a.body, b.body);

/** The proof of two conflicting descriptors, in its one order. */
export const equivocationProof = (a: Descriptor, b: Descriptor): EquivocationProof =>
  compareBytes(a.body, b.body) < 0 ? { first: a, second: b } : { first: b, second: a };

/** Kind ‖ u16 length ‖ descriptor ‖ u16 length ‖ descriptor (Spec 07 §6.1). */
export function encodeProof(proof: EquivocationProof): Uint8Array {
  const { first, second } = proof;
  return new ByteWriter(PROOF_OVERHEAD + first.bytes.length + second.bytes.length)
    .u8(PROOF_KIND)
    .u16(first.bytes.length)
    .put(first.bytes)
    .u16(second.bytes.length)
    .put(second.bytes).bytes;
}

/**
 * Reads a proof from any bytes, without its signatures: see {@link verifyProof} (Spec 07 §6.2).
 * A pair whose memory has run out is refused: nothing it could convict is still accepted.
 */
export function decodeProof(
  rules: DescriptorRules,
  now: Instant,
  bytes: Uint8Array,
): Result<EquivocationProof, { readonly code: ProofCode }> {
  const most = PROOF_OVERHEAD + 2 * rules.parameters.maxDescriptorBytes;
  if (bytes.length < PROOF_OVERHEAD || bytes.length > most) return err({ code: 'proof-length' });
  const reader = new ByteReader(bytes);
  if (reader.u8() !== PROOF_KIND) return err({ code: 'proof-kind' });
  const firstBytes = reader.take(reader.u16());
  const secondBytes = reader.take(reader.u16());
  if (!reader.done) return err({ code: 'proof-size' });
  const first = rules.readOfAnyAge(now, firstBytes);
  if (!first.ok) return err({ code: proofCode(first.error.code) });
  const second = rules.readOfAnyAge(now, secondBytes);
  if (!second.ok) return err({ code: proofCode(second.error.code) });
  if (!equalBytes(first.value.identityKey, second.value.identityKey)) {
    return err({ code: 'proof-identity' });
  }
  if (first.value.sequence !== second.value.sequence) return err({ code: 'proof-sequence' });
  // One spelling of a conflict, and no conflict of a descriptor with itself.
  if (compareBytes(first.value.body, second.value.body) >= 0) return err({ code: 'proof-order' });
  const proof = { first: first.value, second: second.value };
  return proofLife(rules, proof) <= now ? err({ code: 'proof-expired' }) : ok(proof);
}

const proofCode = (code: string): ProofCode =>
  code === 'future' ? 'proof-future' : 'proof-descriptor';

/** Until when the proof convicts: as long as any descriptor issued before the later of its two could be live. */
export const proofLife = (rules: DescriptorRules, proof: EquivocationProof): number =>
  Math.max(rules.rememberUntil(proof.first), rules.rememberUntil(proof.second));

/** Whether both signatures are the identity's: without that anybody could convict anybody. */
export const verifyProof = (suite: CryptoSuite, proof: EquivocationProof): boolean =>
  verifyDescriptor(suite, proof.first) && verifyDescriptor(suite, proof.second);
