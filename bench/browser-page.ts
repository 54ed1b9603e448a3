/** The page that `bench -- browser` drives: defines `sottoBench`. */
import { systemRng } from '@sotto/driver';
import { open as openNoble } from '@sotto/noble';
import { open as openWasm } from '@sotto/sodium/wasm';
import type { BenchPage } from './browser.ts';
import { measure } from './packet.ts';

const rng = systemRng();

const page: BenchPage = {
  async sottoBench(name, backend) {
    const maker = await openWasm();
    const wasm = backend === 'sodium-wasm';
    const suite = wasm ? maker : await openNoble();
    return measure(name, {
      suite,
      maker,
      rng,
      // No CPU time here. The clock's grain is 100 µs, a chunk some milliseconds.
      micros: () => performance.now() * 1000,
      runtime: 'chromium',
      chunk: wasm ? 50 : 20,
      operations: wasm ? 500 : 60,
      rounds: wasm ? 21 : 5,
    });
  },
};
Object.assign(globalThis, page);
