/** Makes spec/vectors/fragments.json: a message in its fragments and parity fragments (Spec 08 §6). */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fragment, FRAGMENT_BYTES } from '@sotto/endpoint';
import { toHex } from '@sotto/wire';

/** Where the vectors stand. */
export const VECTORS_FILE: string = fileURLToPath(
  new URL('../spec/vectors/fragments.json', import.meta.url),
);

const vector = (length: number, parity: number): object => {
  const id = Uint8Array.from({ length: 8 }, (_, i) => 0xa0 + i);
  // Bytes that repeat in none of the parts.
  const message = Uint8Array.from({ length }, (_, i) => (i * 7 + Math.floor(i / 256)) & 255);
  return {
    id: toHex(id),
    message: toHex(message),
    parity,
    contents: fragment(id, message, parity).map(toHex),
  };
};

/** The text of the generated file. */
export function fragmentVectors(): string {
  const vectors = {
    spec: '08 §6',
    what: 'byte strings in lower-case hexadecimal; any `count` of the contents give the message',
    messages: [vector(0, 0), vector(100, 1), vector(2 * FRAGMENT_BYTES + 100, 2)],
  };
  return `${JSON.stringify(vectors, undefined, 2)}\n`;
}

if (import.meta.main) writeFileSync(VECTORS_FILE, fragmentVectors());
