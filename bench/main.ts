/**
 * `npm run -s bench -- [name…] [--samples n] [--json]`: runs the benchmarks of those names, all when
 * none is given. With `--json` one JSON line a row, else a table. Figures are printed, never asserted.
 */
import { parseArgs } from 'node:util';
import { backgroundBench } from './background.ts';
import { browserBench } from './browser.ts';
import { ctBench } from './ct.ts';
import { latencyBench } from './latency.ts';
import { mailboxBench } from './mailbox.ts';
import { mailboxAttackBench } from './mailbox-attack.ts';
import { memoryBench } from './memory.ts';
import { memorySlopeBench } from './memory-slope.ts';
import { monthBench } from './month.ts';
import { nodeBench } from './node.ts';
import { packetBench } from './packet-node.ts';
import { PACKET_BENCHES } from './packet.ts';
import { pageBench } from './page.ts';
import { partsBench } from './parts.ts';
import { ratchetBench } from './ratchet.ts';
import { plansBench } from './plans.ts';
import type { Benchmark, Row } from './row.ts';
import { suitesBench } from './suites.ts';
import { supplyBench } from './supply.ts';

/** Every benchmark by its name. */
const benchmarks: ReadonlyMap<string, Benchmark> = new Map<string, Benchmark>([
  ...PACKET_BENCHES.map((name) => [name, packetBench(name)] as const),
  ['browser', browserBench],
  ['parts', partsBench],
  ['ratchet', ratchetBench],
  ['suites', suitesBench],
  ['latency', latencyBench],
  ['ct', ctBench],
  ['mailbox', mailboxBench],
  ['node', nodeBench],
  ['memory', memoryBench],
  ['memory-slope', memorySlopeBench],
  ['page', pageBench],
  ['background', backgroundBench],
  ['mailbox-attack', mailboxAttackBench],
  ['supply', supplyBench],
  ['plans', plansBench],
  ['month', monthBench],
]);

function line(row: Row): string {
  const { bench, metric, value, unit, ...rest } = row;
  const more = Object.entries(rest).map(([name, given]) => `${name} ${given}`);
  return `${bench.padEnd(12)} ${metric.padEnd(32)} ${String(value).padStart(10)} ${unit.padEnd(8)} ${more.join(', ')}`;
}

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false }, samples: { type: 'string' } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !benchmarks.has(name));
const samples = values.samples === undefined ? undefined : Number(values.samples);
if (unknown.length > 0) {
  process.stderr.write(
    `no benchmark ${unknown.join(', ')}; there are: ${[...benchmarks.keys()].join(', ')}\n`,
  );
  process.exitCode = 2;
} else if (samples !== undefined && !(Number.isInteger(samples) && samples >= 100)) {
  process.stderr.write(`"samples" expected a number from 100 on, got ${values.samples}\n`);
  process.exitCode = 2;
} else {
  for (const [name, run] of benchmarks) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    for await (const row of run(samples === undefined ? {} : { samples })) {
      process.stdout.write(`${values.json ? JSON.stringify(row) : line(row)}\n`);
    }
  }
}
