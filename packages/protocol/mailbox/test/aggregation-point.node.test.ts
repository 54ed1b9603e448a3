import { err, ok } from '@sotto/wire';
import { expect, test } from 'vitest';
import { suite } from '../../mixing/test/seeded-rng.ts';
import {
  type AggregationPoint,
  boxOf,
  MAIL_BYTES,
  type MailboxOutput,
  openAnswer,
  type RunSurb,
} from '../src/index.ts';
import {
  answerKey,
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

const box = (alias: number): Uint8Array => boxOf(suite, secretOf(alias));

/** Runs a point until nothing waits for an answer; what it answered, and when. */
function answers(made: AggregationPoint, until: number): { at: number; run: RunSurb }[] {
  const out: { at: number; run: RunSurb }[] = [];
  for (;;) {
    const next = made.nextAt();
    if (next === undefined || next > until) return out;
    made.wake(next);
    for (const run of drain(made).runs) out.push({ at: next, run });
  }
}

test('only an announced alias accepts mail', () => {
  const made = point();
  expect(made.deliver(at(0), box(1), mailOf(1))).toEqual(err({ code: 'box-unknown' }));
  expect(made.accepts(at(0), box(1))).toBe(false);
  expect(made.fetch(at(0), fetchOf(1))).toEqual(ok({ announced: true }));
  expect(made.fetch(at(1), fetchOf(1))).toEqual(ok({ announced: false }));
  expect(made.accepts(at(1), box(1))).toBe(true);
  expect(made.deliver(at(1), box(1), mailOf(1)).ok).toBe(true);
  expect(made.deliver(at(1), box(2), mailOf(1))).toEqual(err({ code: 'box-unknown' }));
});

test('mail goes out as it was stored, its name in front of its log; then an empty answer that opens', () => {
  const made = point();
  made.fetch(at(0), fetchOf(1, [10, 11]));
  const mail = mailOf(5);
  made.deliver(at(0), box(1), mail);
  const [first, second] = answers(made, 60 * SECOND).map(({ run }) => run);
  if (first === undefined || second === undefined) throw new Error('no answers');
  expect(surbNumber(first.embedded)).toBe(10);
  expect(first.log).toEqual(Uint8Array.of(...mail.name, ...mail.log.subarray(0, 32)));
  expect(first.body).toEqual(mail.body);
  expect(surbNumber(second.embedded)).toBe(11);
  expect(second.log).toEqual(new Uint8Array(48));
  expect(openAnswer(suite, answerKey, second.body)).toEqual(ok({ kind: 'empty' }));
});

test('one batch never brings one mail twice; the next batch brings it again until it is deleted', () => {
  const made = point();
  made.fetch(at(0), fetchOf(1, [1, 2, 3]));
  made.deliver(at(0), box(1), mailOf(7));
  made.deliver(at(0), box(1), mailOf(8));
  expect(answers(made, 90 * SECOND).map(({ run }) => mailIn(run))).toEqual([7, 8, undefined]);
  made.fetch(at(100 * SECOND), fetchOf(1, [4]));
  expect(answers(made, 190 * SECOND).map(({ run }) => mailIn(run))).toEqual([7]);
  made.fetch(at(200 * SECOND), fetchOf(1, [5, 6], [7, 99]));
  expect(answers(made, 290 * SECOND).map(({ run }) => mailIn(run))).toEqual([8, undefined]);
  const { deleted, deleteUnknown, answeredMail, answeredEmpty } = made.counts;
  expect([deleted, deleteUnknown, answeredMail, answeredEmpty]).toEqual([1, 1, 4, 2]);
});

test('an alias cannot delete another’s mail', () => {
  const made = point();
  made.fetch(at(0), fetchOf(1));
  made.fetch(at(0), fetchOf(2));
  made.deliver(at(0), box(1), mailOf(7));
  made.fetch(at(0), fetchOf(2, [], [7]));
  expect(made.size.mail).toBe(1);
});

test('each bound refuses the newcomer with its own code, and nobody loses mail by it', () => {
  const made = point({ maxAliases: 2, maxMailBytes: 9 * MAIL_BYTES + 5 });
  made.fetch(at(0), fetchOf(1));
  made.fetch(at(0), fetchOf(2));
  expect(made.fetch(at(0), fetchOf(3))).toEqual(err({ code: 'alias-limit' }));
  for (let n = 1; n <= 8; n++) expect(made.deliver(at(0), box(1), mailOf(n)).ok).toBe(true);
  expect(made.deliver(at(0), box(1), mailOf(9))).toEqual(err({ code: 'alias-quota' }));
  expect(made.deliver(at(0), box(2), mailOf(10)).ok).toBe(true);
  expect(made.deliver(at(0), box(2), mailOf(10))).toEqual(err({ code: 'duplicate-name' }));
  expect(made.deliver(at(0), box(2), mailOf(11))).toEqual(err({ code: 'store-full' }));
  expect(made.size.mail).toBe(9);
});

test('twelve reply blocks wait for an alias, the oldest give way; all waiting ones are bounded', () => {
  const made = point({ maxWaitingSurbs: 13 });
  for (let batch = 0; batch < 5; batch++)
    made.fetch(at(0), fetchOf(1, [3 * batch, 3 * batch + 1, 3 * batch + 2]));
  expect(made.size.waitingSurbs).toBe(12);
  expect(made.counts.surbsDiscarded).toBe(3);
  made.fetch(at(0), fetchOf(2, [100, 101]));
  expect(made.counts.surbsRefused).toBe(1);
  const order = answers(made, 200 * SECOND).map(({ run }) => surbNumber(run.embedded));
  expect(order.filter((n) => n < 100)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  expect(order.filter((n) => n >= 100)).toEqual([100]);
  expect(made.size.waitingSurbs).toBe(0);
});

interface PointLike {
  fetch: AggregationPoint['fetch'];
  deliver: AggregationPoint['deliver'];
  wake: AggregationPoint['wake'];
  nextAt: AggregationPoint['nextAt'];
  poll(): MailboxOutput | undefined;
}

/**
 * Sends a fetch for each of 4,000 aliases, mail half a second later, and says what in the waits
 * from fetch to answer is not as Exp(1 s) has it, at four standard errors.
 */
function wrongWaits(made: PointLike): string[] {
  const n = 4000;
  const waits: number[] = [];
  for (let i = 1; i <= n; i++) {
    const start = i * 100 * SECOND;
    const mailAt = start + SECOND / 2;
    made.fetch(at(start), fetchOf(i, [i]));
    let mailDue = true;
    for (let now = start; ;) {
      if (drain(made).runs.length > 0) {
        waits.push((now - start) / SECOND);
        break;
      }
      const next = made.nextAt() ?? Infinity;
      now = mailDue ? Math.min(mailAt, next) : next;
      if (now === mailAt) {
        made.deliver(at(now), box(i), mailOf(i));
        mailDue = false;
      } else made.wake(at(now));
    }
  }
  const mean = waits.reduce((sum, wait) => sum + wait, 0) / n;
  const share = (from: number, to: number): number =>
    waits.filter((wait) => wait >= from && wait < to).length / n;
  const wrong: string[] = [];
  if (Math.abs(mean - 1) > 4 / Math.sqrt(n)) wrong.push('mean');
  for (const [from, to] of [
    [0, 0.01],
    [0.5, 0.51],
    [3, Infinity],
  ] as const) {
    const expected = Math.exp(-from) - Math.exp(-to);
    const standardError = Math.sqrt((expected * (1 - expected)) / n);
    if (Math.abs(share(from, to) - expected) > 4 * standardError) wrong.push(`${from}`);
  }
  return wrong;
}

class Planted implements PointLike {
  readonly inner: AggregationPoint = point();
  readonly #atFetch: boolean;

  constructor(atFetch: boolean) {
    this.#atFetch = atFetch;
  }

  fetch: AggregationPoint['fetch'] = (now, request) => {
    const result = this.inner.fetch(now, request);
    if (this.#atFetch) this.inner.wake(this.inner.nextAt() ?? now);
    return result;
  };

  deliver: AggregationPoint['deliver'] = (now, to, mail) => {
    const result = this.inner.deliver(now, to, mail);
    if (!this.#atFetch) this.inner.wake(this.inner.nextAt() ?? now);
    return result;
  };

  wake: AggregationPoint['wake'] = (now) => this.inner.wake(now);
  nextAt: AggregationPoint['nextAt'] = () => this.inner.nextAt();
  poll = (): MailboxOutput | undefined => this.inner.poll();
}

test('answers leave on the alias’s own clock, whenever the request or the mail came', () => {
  expect(wrongWaits(point())).toEqual([]);
});

test('planted: a point that answers when the request, or the mail, arrives is caught', () => {
  expect(wrongWaits(new Planted(true))).toContain('0');
  expect(wrongWaits(new Planted(false))).toContain('0.5');
});

test('mail lives 14 days, an alias 14 days from its last fetch, and both to the hour', () => {
  const made = point();
  made.fetch(at(5), fetchOf(1));
  made.deliver(at(10 * DAY + 5), box(1), mailOf(1));
  expect(made.nextAt()).toBe(14 * DAY + SECOND * 3600);
  made.wake(at(14 * DAY + SECOND * 3600));
  expect(made.counts.aliasesExpired).toBe(1);
  expect(made.accepts(at(15 * DAY), box(1))).toBe(false);
  expect(made.deliver(at(15 * DAY), box(1), mailOf(2))).toEqual(err({ code: 'box-unknown' }));
  // Its mail stays its own time, for an owner who asks again.
  expect(made.size).toEqual({ aliases: 1, mail: 1, waitingSurbs: 0 });
  made.wake(at(24 * DAY + SECOND * 3600));
  expect(made.size).toEqual({ aliases: 0, mail: 0, waitingSurbs: 0 });
  expect(made.counts.mailExpired).toBe(1);
  expect(made.nextAt()).toBeUndefined();
});

test('reply blocks of an alias that expires are forgotten with it', () => {
  const made = point();
  made.fetch(at(0), fetchOf(1, [1, 2, 3]));
  // Nobody woke it for 15 days.
  made.wake(at(15 * DAY));
  expect(drain(made).runs).toEqual([]);
  expect(made.size.waitingSurbs).toBe(0);
});

test('what is stored comes back after a restart; what is over or torn is deleted', () => {
  const made = point();
  const store = new Map<string, Uint8Array>();
  made.fetch(at(0), fetchOf(1, [1]));
  made.fetch(at(0), fetchOf(2));
  for (let n = 1; n <= 3; n++) made.deliver(at(n * DAY), box(1), mailOf(n));
  made.deliver(at(0), box(2), mailOf(4));
  made.fetch(at(3 * DAY), fetchOf(1, [], [2]));
  apply(store, drain(made).entries);
  expect(store.size).toBe(2 + 3);
  const torn = [...store.keys()].find((key) => key.startsWith('mail/'));
  store.set(`${torn ?? ''}00`, new Uint8Array(9));
  store.set('alias/zz', new Uint8Array(9));
  store.set('contact/of-another-part', new Uint8Array(1));

  const later = point();
  later.restore(at(14.5 * DAY), entriesOf(store));
  apply(store, drain(later).entries);
  expect(later.counts.restoreRefused).toBe(2);
  // Alias 2 and its mail are over; of alias 1 mail 1 just is not.
  expect(later.size).toEqual({ aliases: 1, mail: 2, waitingSurbs: 0 });
  expect(
    [...store.keys()].map((key) => key.split('/')[0]).sort((a = '', b = '') => (a < b ? -1 : 1)),
  ).toEqual(['alias', 'contact', 'mail', 'mail']);
  later.fetch(at(14.5 * DAY), fetchOf(1, [1, 2, 3]));
  expect(answers(later, 14.5 * DAY + 90 * SECOND).map(({ run }) => mailIn(run))).toEqual([
    1,
    3,
    undefined,
  ]);
});
