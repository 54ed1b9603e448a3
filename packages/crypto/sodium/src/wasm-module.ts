// oxlint-disable-next-line typescript/triple-slash-reference -- what imports this sees no ambient file otherwise
/// <reference path="./libsodium-sumo.d.ts" />
import compile from 'libsodium-sumo';

/** An address in the memory of the module. */
export type Pointer = number;

/**
 * The raw functions of libsodium’s Wasm build that we call. A 64-bit length is two arguments:
 * its low and its high 32 bits. `heap` is to be called anew
 * each time: the memory gets another view when it grows.
 */
export interface WasmModule {
  heap(): Uint8Array;
  malloc(bytes: number): Pointer;
  free(at: Pointer): void;
  crypto_scalarmult_curve25519(out: Pointer, scalar: Pointer, point: Pointer): number;
  crypto_scalarmult_curve25519_base(out: Pointer, scalar: Pointer): number;
  crypto_generichash_blake2b(
    out: Pointer,
    outLength: number,
    message: Pointer,
    messageLow: number,
    messageHigh: number,
    key: Pointer,
    keyLength: number,
  ): number;
  crypto_stream_chacha20_ietf(
    out: Pointer,
    low: number,
    high: number,
    nonce: Pointer,
    key: Pointer,
  ): number;
  crypto_stream_chacha20_ietf_xor(
    out: Pointer,
    message: Pointer,
    low: number,
    high: number,
    nonce: Pointer,
    key: Pointer,
  ): number;
  crypto_onetimeauth_poly1305(
    out: Pointer,
    message: Pointer,
    low: number,
    high: number,
    key: Pointer,
  ): number;
  crypto_aead_chacha20poly1305_ietf_encrypt(
    out: Pointer,
    outLength: Pointer,
    plaintext: Pointer,
    plaintextLow: number,
    plaintextHigh: number,
    associated: Pointer,
    associatedLow: number,
    associatedHigh: number,
    unused: Pointer,
    nonce: Pointer,
    key: Pointer,
  ): number;
  crypto_aead_chacha20poly1305_ietf_decrypt(
    out: Pointer,
    outLength: Pointer,
    unused: Pointer,
    sealed: Pointer,
    sealedLow: number,
    sealedHigh: number,
    associated: Pointer,
    associatedLow: number,
    associatedHigh: number,
    nonce: Pointer,
    key: Pointer,
  ): number;
  crypto_sign_seed_keypair(publicKey: Pointer, secretKey: Pointer, seed: Pointer): number;
  crypto_sign_detached(
    signature: Pointer,
    lengthAt: Pointer,
    message: Pointer,
    low: number,
    high: number,
    secretKey: Pointer,
  ): number;
  crypto_sign_verify_detached(
    signature: Pointer,
    message: Pointer,
    low: number,
    high: number,
    publicKey: Pointer,
  ): number;
  crypto_hash_sha3256(out: Pointer, message: Pointer, low: number, high: number): number;
  crypto_kem_mlkem768_seed_keypair(publicKey: Pointer, secretKey: Pointer, seed: Pointer): number;
  crypto_kem_mlkem768_enc_deterministic(
    ciphertext: Pointer,
    shared: Pointer,
    publicKey: Pointer,
    coins: Pointer,
  ): number;
  crypto_kem_mlkem768_dec(shared: Pointer, ciphertext: Pointer, secretKey: Pointer): number;
  sodium_init(): number;
  crypto_pwhash(
    out: Pointer,
    outLow: number,
    outHigh: number,
    password: Pointer,
    passwordLow: number,
    passwordHigh: number,
    salt: Pointer,
    passesLow: number,
    passesHigh: number,
    memoryBytes: number,
    algorithm: number,
  ): number;
}

const functions = [
  'malloc',
  'free',
  'crypto_scalarmult_curve25519',
  'crypto_scalarmult_curve25519_base',
  'crypto_generichash_blake2b',
  'crypto_stream_chacha20_ietf',
  'crypto_stream_chacha20_ietf_xor',
  'crypto_onetimeauth_poly1305',
  'crypto_aead_chacha20poly1305_ietf_encrypt',
  'crypto_aead_chacha20poly1305_ietf_decrypt',
  'crypto_sign_seed_keypair',
  'crypto_sign_detached',
  'crypto_sign_verify_detached',
  'crypto_hash_sha3256',
  'crypto_kem_mlkem768_seed_keypair',
  'crypto_kem_mlkem768_enc_deterministic',
  'crypto_kem_mlkem768_dec',
  'sodium_init',
  'crypto_pwhash',
] as const satisfies readonly (keyof WasmModule)[];

/**
 * Compiles the module, libsodium 1.0.22, and waits until it is ready. The raw build, since we call
 * nothing of the wrappers, which weigh half as much again.
 *
 * @throws Error when this version of the build lacks one of the functions.
 */
export async function loadModule(): Promise<WasmModule> {
  const raw: unknown = await compile({
    getRandomValue: () => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
  });
  if (!isModule(raw)) throw new Error('libsodium’s Wasm build has no memory');
  const found: Record<string, unknown> = { heap: () => raw.HEAPU8 };
  for (const name of functions) {
    const entry: unknown = Reflect.get(raw, `_${name}`);
    if (typeof entry !== 'function') throw new Error(`libsodium’s Wasm build lacks ${name}`);
    found[name] = entry;
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each was looked up above
  const sodium = found as unknown as WasmModule;
  if (sodium.sodium_init() < 0) throw new Error('libsodium’s Wasm build found no randomness');
  return sodium;
}

const isModule = (value: unknown): value is { readonly HEAPU8: Uint8Array } =>
  typeof value === 'object' &&
  value !== null &&
  'HEAPU8' in value &&
  value.HEAPU8 instanceof Uint8Array;
