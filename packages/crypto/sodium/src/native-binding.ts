import { createRequire } from 'node:module';

/**
 * What we call of sodium-native’s binding. Not its `index.js`: that one asserts and throws on every
 * outcome. The binding trusts its caller, so every length is checked before it is called.
 * `crypto_generichash` and `crypto_sign_verify_detached` take buffer, offset and length apart.
 */
export interface NativeBinding {
  crypto_scalarmult(out: Uint8Array, scalar: Uint8Array, point: Uint8Array): number;
  crypto_scalarmult_base(out: Uint8Array, scalar: Uint8Array): number;
  crypto_generichash(
    out: ArrayBufferLike,
    outOffset: number,
    outLength: number,
    message: ArrayBufferLike,
    messageOffset: number,
    messageLength: number,
    key: ArrayBufferLike,
    keyOffset: number,
    keyLength: number,
  ): number;
  crypto_stream_chacha20_ietf(out: Uint8Array, nonce: Uint8Array, key: Uint8Array): number;
  crypto_stream_chacha20_ietf_xor(
    out: Uint8Array,
    message: Uint8Array,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number;
  crypto_onetimeauth(out: Uint8Array, message: Uint8Array, key: Uint8Array): number;
  crypto_aead_chacha20poly1305_ietf_encrypt(
    out: Uint8Array,
    plaintext: Uint8Array,
    associated: Uint8Array,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number;
  crypto_aead_chacha20poly1305_ietf_decrypt(
    out: Uint8Array,
    sealed: Uint8Array,
    associated: Uint8Array,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number;
  crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): number;
  crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): number;
  crypto_sign_verify_detached(
    signature: ArrayBufferLike,
    signatureOffset: number,
    signatureLength: number,
    message: ArrayBufferLike,
    messageOffset: number,
    messageLength: number,
    publicKey: ArrayBufferLike,
    publicKeyOffset: number,
    publicKeyLength: number,
  ): boolean;
  crypto_pwhash(
    out: Uint8Array,
    password: Uint8Array,
    salt: Uint8Array,
    passes: number,
    memoryBytes: number,
    algorithm: number,
  ): number;
}

/** Loads the addon (libsodium 1.0.21). @throws what `require` throws when there is none for this platform. */
export function loadBinding(): NativeBinding {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the package has no types
  return createRequire(import.meta.url)('sodium-native/binding') as NativeBinding;
}
