/**
 * What every backend must do, as cases that a test runner of any kind loops over. A backend that
 * passes them all agrees with the others, byte for byte, on all that the network can see.
 * @module
 */
import type { ComplianceCase } from './compliance/check.ts';
import { cipherCases } from './compliance/cipher.ts';
import { ed25519Cases } from './compliance/ed25519.ts';
import { hashCases } from './compliance/hash.ts';
import { lengthCases } from './compliance/lengths.ts';
import { kemCases } from './compliance/ml-kem.ts';
import { viewCases } from './compliance/views.ts';
import { x25519Cases } from './compliance/x25519.ts';

export type { ComplianceCase } from './compliance/check.ts';

/** All cases: published vectors, edge cases of points and encodings, refusals, memory. */
export const complianceCases: readonly ComplianceCase[] = [
  ...x25519Cases,
  ...hashCases,
  ...cipherCases,
  ...ed25519Cases,
  ...kemCases,
  ...viewCases,
  ...lengthCases,
];
