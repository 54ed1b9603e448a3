import type { Pointer, WasmModule } from './wasm-module.ts';

// Enough for a packet with its keys, and for ML-KEM-768, without another allocation.
const initialBytes = 8192;
const chunkBytes = 1 << 16;

/**
 * One region in the module’s memory through which every call passes its arguments: allocated once,
 * filled from the front, and zeroed after each call, so that no secret stays in it.
 */
export class Scratch {
  readonly #module: WasmModule;
  #base: Pointer;
  #size = initialBytes;
  #used = 0;

  constructor(module: WasmModule) {
    this.#module = module;
    this.#base = allocate(module, initialBytes);
  }

  /** Makes room for `bytes` in total before the first argument of a call. */
  open(bytes: number): void {
    // A call that threw half-way has left its arguments behind.
    if (this.#used > 0) this.close();
    // 16 for every argument: each begins at a multiple of it.
    const needed = bytes + 16 * 8;
    if (needed <= this.#size) return;
    const size = Math.ceil(needed / chunkBytes) * chunkBytes;
    const base = allocate(this.#module, size);
    this.#module.free(this.#base);
    this.#base = base;
    this.#size = size;
  }

  /** Reserves `bytes` for a result. */
  reserve(bytes: number): Pointer {
    const at = this.#base + this.#used;
    this.#used += (bytes + 15) & ~15;
    return at;
  }

  /** Copies an argument in. */
  put(bytes: Uint8Array): Pointer {
    const at = this.reserve(bytes.byteLength);
    // Read anew each time: the memory gets another view when it grows.
    this.#module.heap().set(bytes, at);
    return at;
  }

  /** Copies a result out. */
  take(out: Uint8Array, at: Pointer): void {
    const heap = this.#module.heap();
    if (out.byteLength > 64) {
      out.set(heap.subarray(at, at + out.byteLength));
      return;
    }
    // A view costs more than so few bytes.
    for (let i = 0; i < out.byteLength; i++) out[i] = heap[at + i] ?? 0;
  }

  /** Zeroes all that the call used. A region larger than the usual one is given back. */
  close(): void {
    this.#module.heap().fill(0, this.#base, this.#base + this.#used);
    this.#used = 0;
    if (this.#size === initialBytes) return;
    this.#module.free(this.#base);
    this.#base = allocate(this.#module, initialBytes);
    this.#size = initialBytes;
  }
}

function allocate(module: WasmModule, bytes: number): Pointer {
  const at = module.malloc(bytes);
  if (at === 0) throw new RangeError(`libsodium’s memory is full: ${bytes} bytes were asked for`);
  return at;
}
