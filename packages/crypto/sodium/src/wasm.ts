/** The backend for browsers: libsodium as WebAssembly. Runs in Node as well. @module */
import type { CryptoSuite } from '@sotto/suite';
import { Scratch } from './scratch.ts';
import { wasmAead } from './wasm-aead.ts';
import { wasmKem } from './wasm-kem.ts';
import { loadModule } from './wasm-module.ts';
import { wasmPacket } from './wasm-packet.ts';
import { wasmSigning } from './wasm-signing.ts';

async function start(): Promise<CryptoSuite> {
  const sodium = await loadModule();
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
