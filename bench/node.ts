/** The packet's benchmarks in Node, on each backend. */
import { systemRng } from '@sotto/driver';
import { open as openNoble } from '@sotto/noble';
import { open as openNative } from '@sotto/sodium/native';
import { open as openWasm } from '@sotto/sodium/wasm';
import type { CryptoSuite } from '@sotto/suite';
import { measure, type PacketBench } from './packet.ts';
import type { Row } from './row.ts';

/** What ran it, for the row. */
export const runtime: string = `node ${process.version}`;

/** CPU time of the process so far, µs: waiting for a core that others use does not count. */
export function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

const backends: readonly {
  readonly open: () => Promise<CryptoSuite>;
  readonly operations: number;
  readonly rounds: number;
}[] = [
  { open: openNative, operations: 1000, rounds: 11 },
  { open: openWasm, operations: 400, rounds: 7 },
  { open: openNoble, operations: 50, rounds: 3 },
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
