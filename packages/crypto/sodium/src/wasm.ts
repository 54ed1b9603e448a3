/** The backend for browsers: libsodium as WebAssembly. Runs in Node as well. @module */
import type { CryptoSuite, PasswordHash } from '@sotto/suite';
import { Scratch } from './scratch.ts';
import { wasmAead } from './wasm-aead.ts';
import { wasmKem } from './wasm-kem.ts';
import { loadModule, type WasmModule } from './wasm-module.ts';
import { wasmPacket } from './wasm-packet.ts';
import { wasmPasswordHash } from './wasm-password.ts';
import { wasmSigning } from './wasm-signing.ts';

let loaded: Promise<WasmModule> | undefined;
const load = (): Promise<WasmModule> => (loaded ??= loadModule());

async function start(): Promise<CryptoSuite> {
  const sodium = await load();
  const scratch = new Scratch(sodium);
  return {
    name: 'sodium-wasm',
    ...wasmPacket(sodium, scratch),
    ...wasmAead(sodium, scratch),
    ...wasmSigning(sodium, scratch),
    ...wasmKem(sodium, scratch),
  };
}

let opened: Promise<CryptoSuite> | undefined;

/** The backend on libsodium’s Wasm build; one module a process. Rejects where WebAssembly is off. */
export const open = (): Promise<CryptoSuite> => (opened ??= start());

/** Argon2id on the same module, for the passphrases of accounts. */
export const openPasswordHash = async (): Promise<PasswordHash> => wasmPasswordHash(await load());
