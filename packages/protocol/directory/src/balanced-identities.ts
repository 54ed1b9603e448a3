import type { CryptoSuite } from '@sotto/suite';
import { randomBytes, type Rng } from '@sotto/wire';
import { type Layer, layerOf } from './node-identity.ts';

/** A node's Ed25519 identity. */
export interface Identity {
  /** 32 bytes. */
  readonly seed: Uint8Array;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes. */
  readonly secretKey: Uint8Array;
  /** Fixed by the public key. */
  readonly layer: Layer;
}

/** The identity of a 32-byte Ed25519 seed. */
export function identityOf(suite: CryptoSuite, seed: Uint8Array): Identity {
  const publicKey = new Uint8Array(32);
  const secretKey = new Uint8Array(64);
  suite.signingKeypair(publicKey, secretKey, seed);
  return { seed, publicKey, secretKey, layer: layerOf(suite, publicKey) };
}

/**
 * Draws identities until the layers, which an identity's hash decides, hold equally many (difference
 * at most one). For networks of one owner: local ones, tests and simulations.
 */
export function balancedIdentities(suite: CryptoSuite, rng: Rng, count: number): Identity[] {
  const identities: Identity[] = [];
  const perLayer = new Map<Layer, number>();
  const even = Math.floor(count / 3);
  let oneMore = count % 3; // layers that may hold one above the even share
  while (identities.length < count) {
    const identity = identityOf(suite, randomBytes(rng, 32));
    const held = perLayer.get(identity.layer) ?? 0;
    if (held > even || (held === even && oneMore === 0)) continue;
    if (held === even) oneMore--;
    perLayer.set(identity.layer, held + 1);
    identities.push(identity);
  }
  return identities;
}
