// Made by tools/gen-examples.ts from packages/protocol/wire/README.md: change it there.
import { ByteReader, ByteWriter, after, exponentialMicros, instant, type Rng } from '@sotto/wire';

/** Line 6. */
export async function example1() {
  const rng: Rng = { fill: (out) => void crypto.getRandomValues(out as Uint8Array<ArrayBuffer>) };
  const now = instant(Date.now() * 1000);
  const due = after(now, exponentialMicros(rng, 250_000)); // a mean of 0.25 s

  const bytes = new ByteWriter(9).u8(1).u53(due).bytes;
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const read = reader.u53();
  if (!reader.done || version !== 1) throw new RangeError(`"bytes" expected version 1, got ${read}`);
  return { rng, now, due, bytes, reader, version, read };
}
