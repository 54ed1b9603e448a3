import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { suite } from '../../mixing/test/seeded-rng.ts';
import { boxOf, type AggregationPoint, type MailboxOutput, type RunSurb } from '../src/index.ts';
import {
  apply,
  at,
  DAY,
  drain,
  entriesOf,
  fetchOf,
  mailIn,
  mailOf,
  point,
  SECOND,
  secretOf,
  surbNumber,
} from './aggregation-cases.ts';

interface ModelAlias {
  /** Fetched at. */
  at: number;
  mail: Map<number, number>;
}

/** What anybody would expect of a mailbox, said as simply as possible. */
interface Model {
  now: number;
  aliases: Map<number, ModelAlias>;
  /** By reply block: alias, batch. */
  surbs: Map<number, { alias: number; batch: number }>;
  /** Mails brought by each batch. */
  brought: Map<number, Set<number>>;
  lastSurb: number;
  lastBatch: number;
  lastMail: number;
}

interface PointLike {
  fetch: AggregationPoint['fetch'];
  deliver: AggregationPoint['deliver'];
  wake: AggregationPoint['wake'];
  nextAt: AggregationPoint['nextAt'];
  restore: AggregationPoint['restore'];
  poll(): MailboxOutput | undefined;
}

interface Real {
  point: PointLike;
  readonly store: Map<string, Uint8Array>;
  readonly make: () => PointLike;
}

const LIMIT = 4;

/** What the model allows of an answer. */
function judge(model: Model, run: RunSurb): void {
  const surb = surbNumber(run.embedded);
  const waiting = model.surbs.get(surb);
  if (waiting === undefined) throw new Error(`reply block ${surb} was used twice, or is not ours`);
  model.surbs.delete(surb);
  const brought = model.brought.get(waiting.batch) ?? new Set();
  const held = model.aliases.get(waiting.alias)?.mail ?? new Map<number, number>();
  const mail = mailIn(run);
  const open = [...held.keys()].filter((n) => !brought.has(n));
  if (mail === undefined) {
    if (open.length > 0)
      throw new Error('empty, though mail waits that this batch has not brought');
    return;
  }
  if (brought.has(mail)) throw new Error(`mail ${mail} twice in one batch`);
  if (!held.has(mail)) throw new Error(`mail ${mail} is not this alias's`);
  brought.add(mail);
  model.brought.set(waiting.batch, brought);
}

function settle(model: Model, real: Real): void {
  const { runs, entries } = drain(real.point);
  apply(real.store, entries);
  for (const run of runs) judge(model, run);
}

class Fetch implements fc.Command<Model, Real> {
  readonly alias: number;
  readonly surbs: number;
  readonly deletes: readonly number[];

  constructor(alias: number, surbs: number, deletes: readonly number[]) {
    this.alias = alias;
    this.surbs = surbs;
    this.deletes = deletes;
  }

  check = (): boolean => true;

  run(model: Model, real: Real): void {
    const batch = ++model.lastBatch;
    const surbs = Array.from({ length: this.surbs }, () => ++model.lastSurb);
    const deletes = this.deletes.map((back) => model.lastMail - back).filter((n) => n > 0);
    const known = model.aliases.get(this.alias);
    const result = real.point.fetch(at(model.now), fetchOf(this.alias, surbs, deletes));
    if (known === undefined && model.aliases.size >= LIMIT) {
      expect(result).toEqual({ ok: false, error: { code: 'alias-limit' } });
    } else {
      expect(result).toEqual({ ok: true, value: { announced: known === undefined } });
      const alias = known ?? { at: model.now, mail: new Map() };
      alias.at = model.now;
      model.aliases.set(this.alias, alias);
      for (const n of deletes) alias.mail.delete(n);
      for (const n of surbs) model.surbs.set(n, { alias: this.alias, batch });
      const waiting = [...model.surbs].filter(([, surb]) => surb.alias === this.alias);
      for (const [n] of waiting.slice(0, Math.max(0, waiting.length - 12))) model.surbs.delete(n);
    }
    settle(model, real);
  }

  toString = (): string => `fetch(${this.alias}, ${this.surbs}, ${this.deletes.join()})`;
}

class Deliver implements fc.Command<Model, Real> {
  readonly alias: number;

  constructor(alias: number) {
    this.alias = alias;
  }

  check = (): boolean => true;

  run(model: Model, real: Real): void {
    const n = ++model.lastMail;
    const result = real.point.deliver(at(model.now), boxOf(suite, secretOf(this.alias)), mailOf(n));
    const mail = model.aliases.get(this.alias)?.mail;
    const code = mail === undefined ? 'box-unknown' : mail.size >= 8 ? 'alias-quota' : undefined;
    expect(result.ok ? undefined : result.error.code).toBe(code);
    if (code === undefined) mail?.set(n, model.now);
    settle(model, real);
  }

  toString = (): string => `deliver(${this.alias})`;
}

/** Lets time pass, at most some days in all: nothing expires (another test). */
class Pass implements fc.Command<Model, Real> {
  readonly micros: number;

  constructor(micros: number) {
    this.micros = micros;
  }

  check = (model: Readonly<Model>): boolean => model.now + this.micros < 13 * DAY;

  run(model: Model, real: Real): void {
    const end = model.now + this.micros;
    for (;;) {
      const next = real.point.nextAt();
      if (next === undefined || next > end) break;
      model.now = next;
      real.point.wake(next);
      settle(model, real);
    }
    model.now = end;
  }

  toString = (): string => `pass(${this.micros})`;
}

/** The node stops and starts: stored mail is there, waiting reply blocks are not. */
class Restart implements fc.Command<Model, Real> {
  check = (): boolean => true;

  run(model: Model, real: Real): void {
    real.point = real.make();
    real.point.restore(at(model.now), entriesOf(real.store));
    model.surbs.clear();
    settle(model, real);
  }

  toString = (): string => 'restart';
}

const alias = fc.integer({ min: 1, max: 6 });
const commands = fc.commands(
  [
    fc
      .tuple(alias, fc.integer({ min: 0, max: 3 }), fc.array(fc.nat({ max: 12 }), { maxLength: 8 }))
      .map(([a, surbs, deletes]) => new Fetch(a, surbs, deletes)),
    alias.map((a) => new Deliver(a)),
    alias.map((a) => new Deliver(a)),
    fc.integer({ min: 0, max: 5 * SECOND }).map((micros) => new Pass(micros)),
    fc.constant(new Restart()),
  ],
  { maxCommands: 60 },
);

/** @throws the first fault of the shortest run of commands that shows one. */
function check(make: () => PointLike): void {
  const fresh = (): Model => ({
    now: 0,
    aliases: new Map(),
    surbs: new Map(),
    brought: new Map(),
    lastSurb: 0,
    lastBatch: 0,
    lastMail: 0,
  });
  const details = fc.check(
    fc.property(commands, (list) => {
      const real = { point: make(), store: new Map<string, Uint8Array>(), make };
      fc.modelRun(() => ({ model: fresh(), real }), list);
    }),
    { numRuns: 300, seed: 7 },
  );
  if (details.failed) {
    const where = `${String(details.counterexamplePath)}, seed 7`;
    throw new Error(`${String(details.errorInstance)} at ${where}`);
  }
}

test('an aggregation point does what its model does, over restarts', () => {
  check(() => point({ maxAliases: LIMIT }));
});

/** Passes everything through, but for the outputs. */
class Faulty implements PointLike {
  readonly #inner = point({ maxAliases: LIMIT });
  readonly #change: (run: RunSurb) => RunSurb;

  constructor(change: (run: RunSurb) => RunSurb) {
    this.#change = change;
  }

  fetch: AggregationPoint['fetch'] = (now, request) => this.#inner.fetch(now, request);
  deliver: AggregationPoint['deliver'] = (now, to, mail) => this.#inner.deliver(now, to, mail);
  wake: AggregationPoint['wake'] = (now) => this.#inner.wake(now);
  nextAt: AggregationPoint['nextAt'] = () => this.#inner.nextAt();
  restore: AggregationPoint['restore'] = (now, entries) => this.#inner.restore(now, entries);

  poll(): MailboxOutput | undefined {
    const output = this.#inner.poll();
    return output?.kind === 'run-surb' ? this.#change(output) : output;
  }
}

test('planted: the same mail twice in one batch is caught', () => {
  const planted = (): PointLike => {
    let last: RunSurb | undefined;
    return new Faulty((run) => {
      // Sends the last mail again in place of an empty answer.
      const isEmpty = mailIn(run) === undefined;
      const out = isEmpty && last !== undefined ? { ...last, embedded: run.embedded } : run;
      if (!isEmpty) last = run;
      return out;
    });
  };
  expect(() => check(planted)).toThrow('twice in one batch');
});

test('planted: an empty answer in place of mail, and a reply block used twice, are caught', () => {
  const empty = { log: new Uint8Array(48), body: new Uint8Array(1024) };
  expect(() => check(() => new Faulty((run) => ({ ...run, ...empty })))).toThrow('empty, though');
  const twice = (): PointLike => {
    let first: RunSurb | undefined;
    return new Faulty((run) => ({ ...run, embedded: (first ??= run).embedded }));
  };
  expect(() => check(twice)).toThrow('used twice');
});
