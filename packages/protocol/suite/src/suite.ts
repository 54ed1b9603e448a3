/** Byte lengths of suite 1 (Spec 02 §2), first of a symmetric key. */
export const KEY_BYTES = 32;
/** An X25519 scalar or point. */
export const POINT_BYTES = 32;
/** A nonce of ChaCha20. */
export const NONCE_BYTES = 12;
/** A tag of Poly1305. */
export const MAC_BYTES = 16;
/** A hash of BLAKE2b-256. */
export const HASH_BYTES = 32;
/** A signature of Ed25519. */
export const SIGNATURE_BYTES = 64;
/** An Ed25519 secret: seed and public key. */
export const SIGNING_SECRET_BYTES = 64;
/** An encapsulation key of ML-KEM-768. */
export const KEM_PUBLIC_BYTES = 1184;
/** A decapsulation key of ML-KEM-768. */
export const KEM_SECRET_BYTES = 2400;
/** A ciphertext of ML-KEM-768. */
export const KEM_CIPHERTEXT_BYTES = 1088;
/** The seed of an ML-KEM-768 key pair, d ‖ z. */
export const KEM_SEED_BYTES = 64;

/**
 * The primitives that the protocol stands on. Synchronous: a promise would spill secrets into
 * closures and let two packets interleave in one core. Outputs go to buffers that the caller gives;
 * nothing is allocated for a packet. A wrong length is the caller's bug and throws `RangeError`;
 * an outcome that a peer can cause returns false and never throws. Inputs are not changed, and an
 * output buffer may be the input buffer only where a method says so.
 * Every backend passes the cases of `@sotto/suite/compliance`.
 */
export interface CryptoSuite {
  /** Names the backend in benchmarks and reports. */
  readonly name: 'sodium-native' | 'sodium-wasm' | 'noble';

  /**
   * X25519, RFC 7748 §5. `out` = scalar · point; the scalar is clamped.
   * @returns false, with `out` zeroed, when the result is all zero (a low-order point). A
   * non-canonical encoding is computed as RFC 7748 says; refusing it is the protocol's own check.
   */
  x25519(out: Uint8Array, scalar: Uint8Array, point: Uint8Array): boolean;
  /** X25519 of the base point, RFC 7748 §5. */
  x25519Base(out: Uint8Array, scalar: Uint8Array): void;

  /** BLAKE2b, RFC 7693, without salt or personalisation. `out` 16 to 64 bytes; `key` 16 to 64 bytes or absent. */
  blake2b(out: Uint8Array, message: Uint8Array, key?: Uint8Array): void;

  /** ChaCha20, RFC 8439 §2.4, key stream from block `counter` 0 into the whole of `out`. */
  chacha20Stream(out: Uint8Array, key: Uint8Array, nonce: Uint8Array): void;
  /** `out = message ⊕ ChaCha20`, from block 0. `out` may be `message`. */
  chacha20Xor(out: Uint8Array, message: Uint8Array, key: Uint8Array, nonce: Uint8Array): void;

  /** Poly1305, RFC 8439 §2.5: a one-time MAC, 16 bytes. */
  poly1305(out: Uint8Array, message: Uint8Array, key: Uint8Array): void;

  /** ChaCha20-Poly1305, RFC 8439 §2.8. `out` = ciphertext ‖ tag, 16 longer than `plaintext`. */
  aeadSeal(
    out: Uint8Array,
    plaintext: Uint8Array,
    associated: Uint8Array,
    key: Uint8Array,
    nonce: Uint8Array,
  ): void;
  /** Opens what {@link CryptoSuite.aeadSeal} made. @returns false, with `out` zeroed, when the tag is wrong. */
  aeadOpen(
    out: Uint8Array,
    sealed: Uint8Array,
    associated: Uint8Array,
    key: Uint8Array,
    nonce: Uint8Array,
  ): boolean;

  /** Ed25519, RFC 8032 §5.1.5: from a 32-byte seed the 32-byte public key and 64-byte secret (seed ‖ public). */
  signingKeypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
  /** Ed25519, RFC 8032 §5.1.6, deterministic. */
  sign(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
  /**
   * Ed25519 verification. @returns false for a wrong signature, a non-canonical S, and a public key
   * or R of low order (all backends must agree, or a descriptor would split the network).
   */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;

  /** ML-KEM-768 key generation, FIPS 203 §7.1, from `seed` = d ‖ z, 64 bytes. */
  kemKeypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
  /**
   * ML-KEM-768 encapsulation, FIPS 203 §7.2, with 32 bytes `coins` (the m of the standard).
   * @returns false when the public key fails the modulus check of §7.2.
   */
  kemEncapsulate(
    ciphertext: Uint8Array,
    shared: Uint8Array,
    publicKey: Uint8Array,
    coins: Uint8Array,
  ): boolean;
  /** ML-KEM-768 decapsulation, FIPS 203 §7.3, implicit rejection. @returns false when the secret key fails its hash check. */
  kemDecapsulate(shared: Uint8Array, ciphertext: Uint8Array, secretKey: Uint8Array): boolean;
}

/** Bytes of a {@link PasswordHash}'s salt. */
export const PASSWORD_SALT_BYTES = 16;

/**
 * Argon2id 1.3, RFC 9106, one lane: a key from what a person can remember. No part of the suite, since
 * nothing on the wire stands on it. Takes a tenth of a second and more, all at once.
 *
 * @param out - 16 bytes or more.
 * @param salt - 16 bytes.
 * @param cost - `passes` 1 or more, `memoryBytes` 8,192 or more.
 * @returns false, with `out` zeroed, when there is not so much memory.
 */
export type PasswordHash = (
  out: Uint8Array,
  password: Uint8Array,
  salt: Uint8Array,
  cost: { readonly passes: number; readonly memoryBytes: number },
) => boolean;
