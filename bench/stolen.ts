import { readFileSync } from 'node:fs';
import { round } from './row.ts';

/** CPU times of all cores so far, in ticks: of them, those that the host gave to others. */
function ticks(): { readonly all: number; readonly stolen: number } | undefined {
  if (process.platform !== 'linux') return undefined;
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  // user, nice, system, idle, iowait, irq, softirq, steal (proc(5)); guests' are within user's.
  const times = line.trim().split(/\s+/u).slice(1, 9).map(Number);
  return { all: times.reduce((sum, time) => sum + time, 0), stolen: times[7] ?? 0 };
}

/**
 * Starts to measure what the host of a virtual machine takes from it: turns of several milliseconds
 * in which nothing here runs, and of which latest packets tell more than of the node.
 *
 * @returns gives the percentage so far; -1 where the system does not tell.
 */
export function stolenMeter(): () => number {
  const before = ticks();
  return () => {
    const now = ticks();
    if (before === undefined || now === undefined || now.all === before.all) return -1;
    return round((100 * (now.stolen - before.stolen)) / (now.all - before.all), 1);
  };
}
