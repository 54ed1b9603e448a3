/** Makes spec/vectors/links.json: receipts of links between nodes, and frames that are none (Spec 10 §3.5). */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { encodeReceipt } from '@sotto/link';
import { toHex } from '@sotto/wire';

/** Where the vectors stand. */
export const VECTORS_FILE: string = fileURLToPath(
  new URL('../spec/vectors/links.json', import.meta.url),
);

const COUNTS = [0, 1, 256, 2 ** 32 + 7, Number.MAX_SAFE_INTEGER];

/** The text of the generated file. */
export function linkVectors(): string {
  const changed = (at: number, value: number): Uint8Array => {
    const frame = encodeReceipt(1);
    frame[at] = value;
    return frame;
  };
  const receipts = COUNTS.map((count) => ({ count, frame: toHex(encodeReceipt(count)) }));
  const refused = [
    { what: 'filler of a client link', frame: toHex(changed(0, 0)) },
    { what: 'another kind', frame: toHex(changed(0, 3)) },
    { what: 'a count of 2^53 and more', frame: toHex(changed(2, 0x20)) },
    { what: 'one byte short', frame: toHex(encodeReceipt(1).subarray(1)) },
  ];
  const what = 'receipts, and frames that are refused as receipt-invalid';
  return `${JSON.stringify({ spec: '10 §3.5', what, receipts, refused }, undefined, 2)}\n`;
}

if (import.meta.main) writeFileSync(VECTORS_FILE, linkVectors());
