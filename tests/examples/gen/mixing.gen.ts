// Made by tools/gen-examples.ts from packages/protocol/mixing/README.md: change it there.
import { Pool, ReplayFilter, TagSequence } from '@sotto/mixing';
import { toHex } from '@sotto/wire';
import type { MixingStage as Stage } from '../stages.ts';

/** Line 6. */
export async function example1({ console, later, now, rng, secret, send, suite, transmit }: Pick<Stage, 'console' | 'later' | 'now' | 'rng' | 'secret' | 'send' | 'suite' | 'transmit'>) {
  const sequence = new TagSequence();
  const filter = new ReplayFilter({ suite, secret, maxTags: 1 << 20, sequence }); // one for each routing key
  const parameters = { fastMeanMicros: 250_000, slowMeanMicros: 30_000_000 };
  const pool = new Pool({ rng, now, parameters });
  // After a peel, which has asked the filter; nothing leaves before its tag is on the disk.
  pool.add(now, { ...transmit, next: toHex(transmit.next), sequence: sequence.last });
  const durable = sequence.last;
  for (let due = pool.popDue(later, durable); due !== undefined; due = pool.popDue(later, durable)) {
    send(due.next, due.packet); // at pool.nextAt()
  }
  console.log(pool.statistics(later).strata.fast.sender.meanHeld, filter.size);
  return { sequence, filter, parameters, pool, durable };
}
