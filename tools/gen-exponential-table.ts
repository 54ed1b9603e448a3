/**
 * Makes the table of the exponential sampler (Spec 01 §5): −ln(1/2 + i/512) for i in 0…256, in units
 * of 2^-32, rounded to nearest, by integer arithmetic alone so that every engine agrees.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the table stands. */
export const TABLE_FILE: string = fileURLToPath(
  new URL('../packages/protocol/wire/src/exponential-table.gen.ts', import.meta.url),
);

const SCALE = 200n; // working precision, bits
const one = 1n << SCALE;

/** −ln(num/den) for num/den in [1/2, 1], by the series of artanh. */
function minusLn(num: bigint, den: bigint): bigint {
  // ln(d/n) = 2 artanh((d-n)/(d+n))
  const z = ((den - num) * one) / (den + num);
  const z2 = (z * z) / one;
  let term = z;
  let sum = 0n;
  for (let k = 1n; term !== 0n; k += 2n) {
    sum += term / k;
    term = (term * z2) / one;
  }
  return 2n * sum;
}

const round32 = (x: bigint): bigint => (x + (1n << (SCALE - 33n))) >> (SCALE - 32n);

/** The text of the generated file. */
export function exponentialTable(): string {
  const table: string[] = [];
  for (let i = 0n; i <= 256n; i++) table.push(round32(minusLn(256n + i, 512n)).toString());
  const rows: string[] = [];
  for (let i = 0; i < table.length; i += 8) rows.push(`  ${table.slice(i, i + 8).join(', ')},`);
  return (
    `// Made by tools/gen-exponential-table.ts. Do not edit.\n` +
    `/** −ln(1/2 + i/512), i = 0…256, units of 2^-32 (Spec 01 §5). Entry 0 is ln 2. */\n` +
    `// oxfmt-ignore\nexport const NEGATIVE_LN_TABLE: readonly number[] = [\n${rows.join('\n')}\n];\n`
  );
}

if (import.meta.main) writeFileSync(TABLE_FILE, exponentialTable());
