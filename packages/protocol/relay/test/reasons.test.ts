import { expect, test } from 'vitest';
import { Bench, CASES, NOW } from './reason-cases.ts';

test.each(Object.entries(CASES))(
  '%s is raised once by its cause, and nothing else is',
  (reason, raise) => {
    const benches: Bench[] = [];
    raise((options) => {
      const bench = new Bench(options);
      benches.push(bench);
      return bench;
    });
    const drops: Readonly<Record<string, number>> = benches[0]?.relay.metrics(NOW).drops ?? {};
    expect(Object.entries(drops).filter(([, count]) => count > 0)).toEqual([[reason, 1]]);
  },
);
