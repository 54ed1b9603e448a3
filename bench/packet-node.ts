/** The packet's benchmarks in Node, on each backend. */
import { systemRng } from '@sotto/driver';
import { open as openNoble } from '@sotto/noble';
import { open as openNative } from '@sotto/sodium/native';
import { open as openWasm } from '@sotto/sodium/wasm';
import type { CryptoSuite } from '@sotto/suite';
import { measure, type PacketBench } from './packet.ts';
import type { Row } from './row.ts';
import { cpuMicros, runtime } from './runtime.ts';

const backends: readonly {
  readonly open: () => Promise<CryptoSuite>;
  readonly operations: number;
  readonly rounds: number;
}[] = [
  { open: openNative, operations: 2000, rounds: 15 },
  { open: openWasm, operations: 1000, rounds: 11 },
  { open: openNoble, operations: 100, rounds: 5 },
];

/** One row a backend. */
export const packetBench = (name: PacketBench): (() => AsyncGenerator<Row>) =>
  async function* rows() {
    const maker = await openNative();
    const rng = systemRng();
    for (const { open, operations, rounds } of backends) {
      const suite = await open();
      const plan = { suite, maker, rng, micros: cpuMicros, runtime };
      yield measure(name, { ...plan, chunk: 50, operations, rounds });
    }
  };
