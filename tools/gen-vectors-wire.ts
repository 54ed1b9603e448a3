/** Makes spec/vectors/exponential.json: twelve random bytes and a mean → microseconds (Spec 01 §5). */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { exponentialMicros, toHex } from '@sotto/wire';

/** Where the vectors stand. */
export const VECTORS_FILE: string = fileURLToPath(
  new URL('../spec/vectors/exponential.json', import.meta.url),
);

const means = [0, 1, 250_000, 30_000_000, 2 ** 40];

/** Inputs at the edges: each count of leading zeros that crosses a word, and each end of the table. */
function* inputs(): Generator<Uint8Array> {
  yield new Uint8Array(12);
  yield new Uint8Array(12).fill(255);
  for (const zeros of [0, 1, 7, 8, 31, 32, 33, 63]) {
    const bytes = new Uint8Array(12);
    bytes[zeros >>> 3] = 0x80 >>> (zeros & 7);
    yield bytes;
  }
  for (const place of [0x00000001, 0x00ffffff, 0x01000000, 0x80000000, 0xff000000, 0xfffffffe]) {
    const bytes = new Uint8Array(12).fill(255, 0, 8);
    new DataView(bytes.buffer).setUint32(8, place);
    yield bytes;
  }
  // A few without pattern: x ← x · 1664525 + 1013904223 mod 2^32, top byte of each.
  let state = 1;
  for (let i = 0; i < 8; i++) {
    const bytes = new Uint8Array(12);
    for (let k = 0; k < 12; k++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      bytes[k] = state >>> 24;
    }
    yield bytes;
  }
}

/** The text of the generated file. */
export function exponentialVectors(): string {
  const cases: string[] = [];
  for (const bytes of inputs())
    for (const meanMicros of means) {
      const rng = { fill: (out: Uint8Array): void => out.set(bytes) };
      const micros = exponentialMicros(rng, meanMicros);
      cases.push(
        `    { "random": "${toHex(bytes)}", "meanMicros": ${meanMicros}, "micros": ${micros} }`,
      );
    }
  return (
    `{\n  "spec": "01 §5",\n` +
    `  "what": "random: the 12 bytes drawn, hexadecimal; meanMicros: mean; micros: the result",\n` +
    `  "cases": [\n${cases.join(',\n')}\n  ]\n}\n`
  );
}

if (import.meta.main) writeFileSync(VECTORS_FILE, exponentialVectors());
