import { PASSWORD_SALT_BYTES, type PasswordHash, expectLength } from '@sotto/suite';
import { wipe } from '@sotto/wire';
import type { WasmModule } from './wasm-module.ts';

/** Argon2id 1.3 in libsodium's numbering. */
const ARGON2ID13 = 2;

/** Argon2id in the module's memory, which grows for it and does not shrink. */
export function wasmPasswordHash(sodium: WasmModule): PasswordHash {
  return (out, password, salt, { passes, memoryBytes }) => {
    expectLength('salt', salt, PASSWORD_SALT_BYTES);
    const size = out.byteLength + password.byteLength + salt.byteLength;
    const base = sodium.malloc(size);
    if (base === 0) return false;
    const passwordAt = base + out.byteLength;
    const saltAt = passwordAt + password.byteLength;
    sodium.heap().set(password, passwordAt);
    sodium.heap().set(salt, saltAt);
    const code = sodium.crypto_pwhash(
      base,
      out.byteLength,
      0,
      passwordAt,
      password.byteLength,
      0,
      saltAt,
      passes,
      0,
      memoryBytes,
      ARGON2ID13,
    );
    // Viewed anew: the memory has grown.
    const region = sodium.heap().subarray(base, base + size);
    if (code === 0) out.set(region.subarray(0, out.byteLength));
    else out.fill(0);
    wipe(region);
    sodium.free(base);
    return code === 0;
  };
}
