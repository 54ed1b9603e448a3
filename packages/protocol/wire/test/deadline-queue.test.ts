import { DeadlineQueue, instant } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

interface Model {
  readonly entries: { readonly at: number; readonly order: number; readonly value: number }[];
  pushed: number;
}

class Push implements fc.Command<Model, DeadlineQueue<number>> {
  readonly #at: number;
  readonly #order: number;
  readonly #value: number;
  constructor(at: number, order: number, value: number) {
    this.#at = at;
    this.#order = order;
    this.#value = value;
  }
  check(): boolean {
    return true;
  }
  run(model: Model, real: DeadlineQueue<number>): void {
    // Two entries of equal time and order may leave in either order, so no two are ever equal: the
    // count is of pushes, as one of entries held gives a number again after a pop.
    const order = this.#order + model.pushed++ / 1000;
    model.entries.push({ at: this.#at, order, value: this.#value });
    real.push(instant(this.#at), order, this.#value);
    agree(model, real);
  }
  toString(): string {
    return `push(${this.#at}, ${this.#order}, ${this.#value})`;
  }
}

class PopDue implements fc.Command<Model, DeadlineQueue<number>> {
  readonly #now: number;
  constructor(now: number) {
    this.#now = now;
  }
  check(): boolean {
    return true;
  }
  run(model: Model, real: DeadlineQueue<number>): void {
    model.entries.sort((a, b) => a.at - b.at || a.order - b.order);
    const first = model.entries[0];
    const due = first !== undefined && first.at <= this.#now ? model.entries.shift() : undefined;
    expect(real.popDue(instant(this.#now))).toBe(due?.value);
    agree(model, real);
  }
  toString(): string {
    return `popDue(${this.#now})`;
  }
}

function agree(model: Model, real: DeadlineQueue<number>): void {
  expect(real.size).toBe(model.entries.length);
  const earliest = Math.min(...model.entries.map((entry) => entry.at));
  expect(real.nextAt).toBe(model.entries.length === 0 ? undefined : earliest);
  const ascending = (a: number, b: number): number => a - b;
  expect([...real.values()].sort(ascending)).toEqual(
    model.entries.map((entry) => entry.value).sort(ascending),
  );
}

const commands = fc.commands(
  [
    // Few distinct times, so that ties are common.
    fc
      .tuple(fc.nat(12), fc.nat(5), fc.nat())
      .map(([at, order, value]) => new Push(at, order, value)),
    fc.nat(14).map((now) => new PopDue(now)),
  ],
  { maxCommands: 60 },
);

test('behaves as a sorted list', () => {
  fc.assert(
    fc.property(commands, (list) => {
      fc.modelRun(
        () => ({ model: { entries: [], pushed: 0 }, real: new DeadlineQueue<number>() }),
        list,
      );
    }),
    { numRuns: 500 },
  );
});

test('a queue that ignores `order` is caught by the same model', () => {
  class Careless extends DeadlineQueue<number> {
    override push(at: Parameters<DeadlineQueue<number>['push']>[0], _: number, v: number): void {
      super.push(at, 0, v);
    }
  }
  const outcome = fc.check(
    fc.property(commands, (list) => {
      fc.modelRun(() => ({ model: { entries: [], pushed: 0 }, real: new Careless() }), list);
    }),
    { numRuns: 500, seed: 1 },
  );
  expect(outcome.failed).toBe(true);
});

test('ten thousand leave in order of time', () => {
  const queue = new DeadlineQueue<number>();
  for (let i = 0; i < 10_000; i++) queue.push(instant((i * 7919) % 10_007), 0, (i * 7919) % 10_007);
  let last = -1;
  for (let left = 10_000; left > 0; left--) {
    const next = queue.popDue(instant(10_007)) ?? Number.NaN;
    expect(next).toBeGreaterThanOrEqual(last);
    last = next;
  }
  expect(queue.size).toBe(0);
  expect(queue.popDue(instant(10_007))).toBeUndefined();
});
