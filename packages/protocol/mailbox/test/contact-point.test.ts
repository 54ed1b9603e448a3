import { err, ok } from '@sotto/wire';
import { expect, test } from 'vitest';
import { seededRng, suite } from '../../mixing/test/seeded-rng.ts';
import {
  boxOf,
  type ContactLimits,
  ContactPoint,
  type CredentialGrant,
  credentialHash,
  MAX_BOX_CREDENTIALS,
  MAX_STASH,
  openAnswer,
  type StashRequest,
} from '../src/index.ts';
import { answerKey, apply, at, DAY, drain, entriesOf, SECOND } from './aggregation-cases.ts';

const parameters = {
  originMicros: 0,
  epochMicros: DAY,
  horizonEpochs: 8,
  graceMicros: 750 * SECOND,
  answerMeanMicros: SECOND,
};
const contactPoint = (limits: Partial<ContactLimits> = {}, seed = 1): ContactPoint =>
  new ContactPoint({ suite, rng: seededRng(seed), parameters, limits });

/** Epoch 300, low byte 44: far enough that the low byte and the epoch differ. */
const START = 300 * DAY + 3600 * SECOND;
const BYTE = 300 % 256;
const secret = new Uint8Array(32).fill(1);
const box = boxOf(suite, secret);
const credential = (n: number): Uint8Array => {
  const out = new Uint8Array(16);
  new DataView(out.buffer).setUint32(0, n + 1);
  return out;
};
const grant = (n: number, uses = 4): CredentialGrant => ({
  hash: credentialHash(suite, credential(n)),
  hint: new Uint8Array(16).fill(n),
  uses,
});
const surb = (epochByte: number, n: number): Uint8Array => {
  const out = new Uint8Array(263);
  out[0] = epochByte;
  new DataView(out.buffer).setUint32(4, n);
  return out;
};
const surbsOf = (...numbers: number[]): Uint8Array[] => numbers.map((n) => surb(BYTE, n));
const stash = (parts: Partial<StashRequest> = {}): StashRequest => ({
  kind: 'stash',
  secret,
  credentials: [grant(1)],
  surbs: surbsOf(1, 2, 3),
  ...parts,
});
const numberOf = (embedded: Uint8Array): number => new DataView(embedded.buffer).getUint32(4);

test('a credential opens reply blocks, its hint leads the log, and its uses run out', () => {
  const made = contactPoint();
  expect(made.stash(at(START), stash({ credentials: [grant(1, 2)] }))).toEqual(ok([]));
  expect(made.take(at(START), box, credential(1), [BYTE])).toEqual(
    ok({
      embedded: surb(BYTE, 1),
      hint: new Uint8Array(16).fill(1),
      log: Uint8Array.of(...new Uint8Array(16).fill(1), ...new Uint8Array(32)),
    }),
  );
  const second = made.take(at(START), box, credential(1), [BYTE]);
  expect(second.ok && numberOf(second.value.embedded)).toBe(2);
  const spent = err({ code: 'spent-credential' });
  expect(made.take(at(START), box, credential(1), [BYTE])).toEqual(spent);
  expect(made.size.surbs).toBe(1);
});

test('each refusal has its own code and costs nothing', () => {
  const made = contactPoint();
  const take = (n: number, of = box) => made.take(at(START), of, credential(n), [BYTE]);
  expect(take(1)).toEqual(err({ code: 'contact-box-unknown' }));
  made.stash(at(START), stash({ surbs: [] }));
  expect(take(2)).toEqual(err({ code: 'bad-credential' }));
  expect(take(1)).toEqual(err({ code: 'empty-stash' }));
  expect(take(1, new Uint8Array(16))).toEqual(err({ code: 'contact-box-unknown' }));
  made.stash(at(START), stash({ credentials: [] }));
  for (let i = 0; i < 3; i++) expect(take(1).ok).toBe(true);
  expect(take(1)).toEqual(err({ code: 'empty-stash' }));
  made.stash(at(START), stash({ credentials: [] }));
  expect(take(1).ok).toBe(true);
  expect(take(1)).toEqual(err({ code: 'spent-credential' }));
});

test('only who knows the secret refills or takes back', () => {
  const made = contactPoint();
  made.stash(at(START), stash());
  made.stash(at(START), stash({ secret: new Uint8Array(32).fill(9), credentials: [grant(2)] }));
  expect(made.take(at(START), box, credential(2), [BYTE])).toEqual(err({ code: 'bad-credential' }));
  made.stash(at(START), stash({ credentials: [grant(1, 0)], surbs: [] }));
  expect(made.take(at(START), box, credential(1), [BYTE])).toEqual(err({ code: 'bad-credential' }));
});

test('reply blocks open in their epoch only, the preferred one first', () => {
  const made = contactPoint();
  made.stash(at(START), stash({ surbs: [surb(BYTE - 1, 9)] }));
  made.stash(at(START), stash({ surbs: [surb(BYTE + 1, 5), surb(BYTE, 4), surb(BYTE + 8, 8)] }));
  const take = (bytes: number[]) => {
    const taken = made.take(at(START), box, credential(1), bytes);
    return taken.ok ? numberOf(taken.value.embedded) : taken.error.code;
  };
  expect(take([BYTE - 1])).toBe('empty-stash');
  expect(take([BYTE, BYTE + 1])).toBe(4);
  expect(take([BYTE, BYTE + 1])).toBe(5);
  expect(take([BYTE, BYTE + 1])).toBe('empty-stash');
});

test('a reply block of an epoch that is over or beyond the horizon is refused, the rest stands', () => {
  const made = contactPoint();
  const surbs = [surb(BYTE - 1, 1), surb(BYTE + 9, 2), surb(BYTE + 8, 3)];
  expect(made.stash(at(START), stash({ surbs }))).toEqual(ok(['surb-epoch', 'surb-epoch']));
  expect(made.size.surbs).toBe(1);
  // In the grace of epoch 299 its blocks still work.
  const grace = at(300 * DAY + 749 * SECOND);
  expect(contactPoint().stash(grace, stash({ surbs: [surb(BYTE - 1, 1)] }))).toEqual(ok([]));
});

test('blocks are dropped when the grace of their epoch is over, a box when its owner stays away', () => {
  const made = contactPoint({ boxLifeMicros: 3 * DAY });
  made.stash(at(START), stash({ surbs: [surb(BYTE, 1), surb(BYTE + 1, 2)] }));
  made.putBundle(at(START), {
    kind: 'bundle-put',
    secret,
    index: 0,
    count: 1,
    chunk: credential(1),
  });
  drain(made);
  const end = 301 * DAY + 750 * SECOND;
  expect(made.nextAt()).toBe(end);
  made.wake(at(end - 1));
  expect(made.size.surbs).toBe(2);
  made.wake(at(end));
  expect(made.size.surbs).toBe(1);
  made.wake(at(304 * DAY));
  expect(made.size).toMatchObject({ boxes: 0, surbs: 0 });
  expect(made.has(box)).toBe(false);
  const gone = drain(made).entries.map(
    ({ key, value }) => `${key.split('/')[0] ?? ''}:${value === undefined}`,
  );
  expect(new Set(gone)).toEqual(new Set(['stash:true', 'contact:true', 'bundle:true']));
  expect(made.nextAt()).toBeUndefined();
});

test('boxes, stashes and credentials are bounded; spent credentials give way', () => {
  const made = contactPoint({ maxBoxes: 1, maxStashedSurbs: 70 });
  for (let i = 0; i < MAX_STASH; i++)
    expect(made.stash(at(START), stash({ surbs: surbsOf(i) }))).toEqual(ok([]));
  expect(made.stash(at(START), stash({ surbs: surbsOf(99) }))).toEqual(ok(['stash-full']));
  const other = new Uint8Array(32).fill(9);
  const limit = err({ code: 'contact-box-limit' });
  expect(made.stash(at(START), stash({ secret: other }))).toEqual(limit);
  const chunk = credential(1);
  const put = { kind: 'bundle-put', secret: other, index: 0, count: 1, chunk } as const;
  expect(made.putBundle(at(START), put)).toEqual(limit);
  for (let n = 2; n <= MAX_BOX_CREDENTIALS; n++)
    expect(made.stash(at(START), stash({ credentials: [grant(n, 1)], surbs: [] }))).toEqual(ok([]));
  const more = stash({ credentials: [grant(500)], surbs: [] });
  expect(made.stash(at(START), more)).toEqual(ok(['credential-limit']));
  expect(made.take(at(START), box, credential(2), [BYTE]).ok).toBe(true);
  expect(made.stash(at(START), more)).toEqual(ok([]));
  const tight = contactPoint({ maxStashedSurbs: 2 });
  expect(tight.stash(at(START), stash())).toEqual(ok(['stash-full']));
});

const chunkOf = (n: number): Uint8Array => new Uint8Array(987).fill(n);
const get = (first: number, surbs: Uint8Array[], shown = 1) =>
  ({
    kind: 'bundle-get',
    box,
    credential: credential(shown),
    answerKey,
    first,
    surbs,
  }) as const;

/** What a contact point answers until nothing waits. */
function bundleAnswers(made: ContactPoint): string[] {
  const out: { surb: number; text: string }[] = [];
  for (let i = 0; made.size.answers > 0; i++) {
    const next = made.nextAt();
    if (next === undefined) throw new Error('nothing is due');
    made.wake(next);
    for (const { embedded, body } of drain(made).runs) {
      const answer = openAnswer(suite, answerKey, body);
      if (answer === undefined || !answer.ok) throw new Error('the answer does not open');
      const { value } = answer;
      const text =
        value.kind === 'chunk'
          ? `${value.index}/${value.count}:${value.chunk[0] ?? 0}`
          : value.kind;
      out.push({ surb: numberOf(embedded), text });
    }
  }
  return out.sort((a, b) => a.surb - b.surb).map(({ text }) => text);
}

test('a bundle comes back chunk by chunk, counted round from the first that was asked for', () => {
  const made = contactPoint();
  made.stash(at(START), stash());
  made.getBundle(at(START), get(0, surbsOf(1)));
  expect(bundleAnswers(made)).toEqual(['no-bundle']);
  for (const index of [1, 0, 2])
    made.putBundle(at(START), {
      kind: 'bundle-put',
      secret,
      index,
      count: 3,
      chunk: chunkOf(index),
    });
  expect(made.getBundle(at(START), get(1, surbsOf(1, 2, 3)))).toEqual(ok(undefined));
  expect(bundleAnswers(made)).toEqual(['1/3:1', '2/3:2', '0/3:0']);
  // A bundle of another length replaces the whole.
  made.putBundle(at(START), { kind: 'bundle-put', secret, index: 1, count: 2, chunk: chunkOf(7) });
  made.getBundle(at(START), get(0, surbsOf(1, 2)));
  expect(bundleAnswers(made)).toEqual(['no-bundle', '1/2:7']);
});

test('a bundle is for those who could write, and asking does not spend', () => {
  const made = contactPoint({ maxAnswers: 2 });
  expect(made.getBundle(at(START), get(0, surbsOf(1)))).toEqual(
    err({ code: 'contact-box-unknown' }),
  );
  made.stash(at(START), stash({ credentials: [grant(1, 1), grant(2, 1)] }));
  expect(made.getBundle(at(START), get(0, surbsOf(1), 3))).toEqual(err({ code: 'bad-credential' }));
  expect(made.getBundle(at(START), get(0, surbsOf(1, 2, 3)))).toEqual(
    err({ code: 'answer-queue-full' }),
  );
  expect(made.size.answers).toBe(2);
  expect(made.take(at(START), box, credential(1), [BYTE]).ok).toBe(true);
  expect(made.getBundle(at(START), get(0, surbsOf(1)))).toEqual(err({ code: 'spent-credential' }));
});

test('answers leave after a delay of their own, exponential with the public mean', () => {
  const made = contactPoint();
  made.stash(at(START), stash());
  const n = 3000;
  let sum = 0;
  let early = 0;
  for (let i = 0; i < n; i++) {
    made.getBundle(at(START), get(0, surbsOf(1)));
    const wait = ((made.nextAt() ?? 0) - START) / SECOND;
    sum += wait;
    if (wait < 0.01) early++;
    made.wake(made.nextAt() ?? at(START));
  }
  expect(Math.abs(sum / n - 1)).toBeLessThan(4 / Math.sqrt(n));
  const expected = n * (1 - Math.exp(-0.01));
  expect(Math.abs(early - expected)).toBeLessThan(4 * Math.sqrt(expected));
});

test('what is stored comes back after a restart; what is over, foreign or torn is deleted', () => {
  const made = contactPoint();
  const store = new Map<string, Uint8Array>();
  made.stash(at(START), stash({ credentials: [grant(1, 2), grant(2, 1)] }));
  made.stash(at(START), stash({ credentials: [], surbs: [surb(BYTE + 1, 4)] }));
  for (const index of [0, 1])
    made.putBundle(at(START), {
      kind: 'bundle-put',
      secret,
      index,
      count: 2,
      chunk: chunkOf(index),
    });
  made.take(at(START), box, credential(1), [BYTE]);
  made.take(at(START), box, credential(2), [BYTE]);
  apply(store, drain(made).entries);
  expect(store.size).toBe(1 + 2 + 2);
  const orphan = `stash/${'00'.repeat(16)}/000000000009`;
  store.set(
    orphan,
    store.get([...store.keys()].find((key) => key.startsWith('stash/')) ?? '') ?? credential(1),
  );
  store.set('contact/torn', new Uint8Array(3));
  store.set('bundle/torn', new Uint8Array(3));
  store.set('mail/of-another-part', new Uint8Array(3));

  const later = contactPoint();
  later.restore(at(START + DAY), entriesOf(store));
  apply(store, drain(later).entries);
  expect(later.size).toEqual({ boxes: 1, surbs: 1, answers: 0, restoreRefused: 3 });
  expect(store.size).toBe(1 + 1 + 2 + 1);
  expect(later.take(at(START + DAY), box, credential(2), [BYTE + 1])).toEqual(
    err({ code: 'spent-credential' }),
  );
  const taken = later.take(at(START + DAY), box, credential(1), [BYTE + 1]);
  expect(taken.ok && numberOf(taken.value.embedded)).toBe(4);
  expect(later.take(at(START + DAY), box, credential(1), [BYTE + 1])).toEqual(
    err({ code: 'spent-credential' }),
  );
  later.stash(at(START + DAY), stash({ credentials: [], surbs: [surb(BYTE + 1, 6)] }));
  apply(store, drain(later).entries);
  expect([...store.keys()].filter((key) => key.startsWith('stash/')).length).toBe(1);
});
