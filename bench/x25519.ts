import { open } from '@sotto/sodium/native';
import { round } from './row.ts';

const suite = await open();
const [out, scalar, point] = [new Uint8Array(32), new Uint8Array(32).fill(7), new Uint8Array(32)];
suite.x25519Base(point, new Uint8Array(32).fill(9));

/** CPU time of this thread so far, µs. */
function threadMicros(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

/**
 * Measures one X25519 of sodium-native again and again while something else is measured: what a core
 * does in a second changes with what its neighbours do, here by half within a minute.
 */
export class ExchangeMeter {
  #runs = 0;
  #micros = 0;

  /** Runs some more. */
  sample(runs: number): void {
    const started = threadMicros();
    for (let i = 0; i < runs; i++) suite.x25519(out, scalar, point);
    this.#micros += threadMicros() - started;
    this.#runs += runs;
  }

  /** Mean time of one, µs of CPU. */
  get micros(): number {
    return round(this.#micros / this.#runs, 1);
  }
}

/** Mean time of one X25519 of sodium-native, µs of CPU: what figures of CPU time are held against. */
export function x25519Micros(): number {
  const meter = new ExchangeMeter();
  meter.sample(2000);
  return meter.micros;
}
