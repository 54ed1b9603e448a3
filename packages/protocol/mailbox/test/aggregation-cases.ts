import type { Delivered } from '@sotto/sphinx';
import { instant, type Instant } from '@sotto/wire';
import { seededRng, suite } from '../../mixing/test/seeded-rng.ts';
import {
  type AggregationLimits,
  AggregationPoint,
  type FetchRequest,
  type MailboxOutput,
  type RunSurb,
  type StoredEntry,
} from '../src/index.ts';

export const SECOND = 1_000_000;
export const DAY = 86_400 * SECOND;
export const parameters = {
  answerMeanMicros: SECOND,
  mailLifeMicros: 14 * DAY,
  aliasQuota: 8,
};

export const at = (micros: number): Instant => instant(micros);
export const secretOf = (alias: number): Uint8Array => {
  const secret = new Uint8Array(32);
  new DataView(secret.buffer).setUint32(0, alias);
  return secret;
};
export const answerKey: Uint8Array = new Uint8Array(32).fill(0xaa);

export const mailOf = (n: number): Delivered => {
  const name = new Uint8Array(16);
  new DataView(name.buffer).setUint32(0, n);
  return { name, log: new Uint8Array(48).fill(n), body: new Uint8Array(1024).fill(n) };
};

/** An embedded reply block that can be told from others. */
const surbOf = (n: number): Uint8Array => {
  const surb = new Uint8Array(263);
  new DataView(surb.buffer).setUint32(4, n);
  return surb;
};
export const surbNumber = (surb: Uint8Array): number =>
  new DataView(surb.buffer, surb.byteOffset).getUint32(4);

export const fetchOf = (
  alias: number,
  surbs: readonly number[] = [],
  deletes: readonly number[] = [],
): FetchRequest => ({
  kind: 'fetch',
  secret: secretOf(alias),
  answerKey,
  deletes: deletes.map((n) => mailOf(n).name),
  surbs: surbs.map(surbOf),
});

export const point = (limits: Partial<AggregationLimits> = {}, seed = 1): AggregationPoint =>
  new AggregationPoint({ suite, rng: seededRng(seed), parameters, limits });

export interface Drained {
  readonly runs: RunSurb[];
  readonly entries: StoredEntry[];
}

export function drain(made: { poll(): MailboxOutput | undefined }): Drained {
  const out: Drained = { runs: [], entries: [] };
  for (;;) {
    const output = made.poll();
    if (output === undefined) return out;
    if (output.kind === 'run-surb') out.runs.push(output);
    else out.entries.push(...output.entries);
  }
}

/** Applies writes to a store, as a node does. */
export function apply(store: Map<string, Uint8Array>, entries: readonly StoredEntry[]): void {
  for (const { key, value } of entries) {
    if (value === undefined) store.delete(key);
    else store.set(key, value);
  }
}

export const entriesOf = (store: ReadonlyMap<string, Uint8Array>): StoredEntry[] =>
  [...store].map(([key, value]) => ({ key, value }));

/** Number of the mail that an answer carries; undefined of an empty one. */
export function mailIn(run: RunSurb): number | undefined {
  const n = new DataView(run.log.buffer, run.log.byteOffset).getUint32(0);
  return n === 0 ? undefined : n;
}
