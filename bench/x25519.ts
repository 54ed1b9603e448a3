import { open } from '@sotto/sodium/native';
import { round } from './row.ts';
import { cpuMicros } from './runtime.ts';

const suite = await open();

/** Mean time of one X25519 of sodium-native, µs of CPU: what figures of CPU time are held against. */
export function x25519Micros(): number {
  const [out, scalar, point] = [new Uint8Array(32), new Uint8Array(32).fill(7), new Uint8Array(32)];
  suite.x25519Base(point, new Uint8Array(32).fill(9));
  const [runs, started] = [2000, cpuMicros()];
  for (let i = 0; i < runs; i++) suite.x25519(out, scalar, point);
  return round((cpuMicros() - started) / runs, 1);
}
