/**
 * `npm run -s bench -- [name…] [--json]`: runs the benchmarks of those names, all when none is
 * given. With `--json` one JSON line a row, else a table. Figures are printed, never asserted.
 */
import { parseArgs } from 'node:util';
import { nodeBench } from './node.ts';
import { peelBench } from './peel.ts';
import type { Benchmark, Row } from './row.ts';

/** Every benchmark by its name. */
const benchmarks: ReadonlyMap<string, Benchmark> = new Map([
  ['node', nodeBench],
  ['peel', peelBench],
]);

function line(row: Row): string {
  const { bench, metric, value, unit, ...rest } = row;
  const more = Object.entries(rest).map(([name, given]) => `${name} ${given}`);
  return `${bench.padEnd(12)} ${metric.padEnd(16)} ${String(value).padStart(10)} ${unit.padEnd(8)} ${more.join(', ')}`;
}

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !benchmarks.has(name));
if (unknown.length > 0) {
  process.stderr.write(
    `no benchmark ${unknown.join(', ')}; there are: ${[...benchmarks.keys()].join(', ')}\n`,
  );
  process.exitCode = 2;
} else {
  for (const [name, run] of benchmarks) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    for await (const row of run()) {
      process.stdout.write(`${values.json ? JSON.stringify(row) : line(row)}\n`);
    }
  }
}
