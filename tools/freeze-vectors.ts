/**
 * `node tools/freeze-vectors.ts NAME…` adds vectors to spec/vectors/FROZEN, for the day on which a
 * wire version is published. A name that stands there already is refused: what is published stays.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const folder = new URL('../spec/vectors/', import.meta.url);
const file = new URL('FROZEN', folder);
const text = readFileSync(file, 'utf8');
const rows = process.argv.slice(2).map((name) => {
  if (text.includes(`  ${name}\n`)) throw new RangeError(`${name} is frozen already`);
  const hash = createHash('sha256')
    .update(readFileSync(new URL(name, folder)))
    .digest('hex');
  return `${hash}  ${name}\n`;
});
writeFileSync(file, text + rows.join(''));
