import { epochAt } from '@sotto/directory';
import {
  decodeRecord,
  encodeRecord,
  type InviteSeed,
  Records,
  type RecordPurpose,
  type ReplyRecord,
  unwind,
} from '@sotto/endpoint';
import { sealAnswer } from '@sotto/mailbox';
import {
  Builder,
  encodeEmbeddedSurb,
  type Delivered,
  pushName,
  sealBody,
  type Surb,
  type SurbRecord,
} from '@sotto/sphinx';
import { SeededRng } from '@sotto/suite/testing';
import { after, instant, randomBytes, xorInto } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Network, NOW, PARAMETERS, SECOND, suite } from './network.ts';

const rng = new SeededRng(suite, 'unwind');
const network = new Network('unwind', 2);
const epoch = epochAt(PARAMETERS, NOW);
const builder = new Builder(suite, rng);

/** A reply block over four nodes, and what comes out of it at the end. */
function block(): {
  surb: Surb;
  record: SurbRecord;
  run: (body: Uint8Array, log?: Uint8Array) => Delivered;
} {
  const entries = network.entries.slice(0, 4);
  const hops = entries.map((entry) => ({
    name: entry.name,
    routingKey: entry.routingKey(epoch) ?? new Uint8Array(32),
  }));
  const terminal = { kind: 'deliver', box: new Uint8Array(16) } as const;
  const made = builder.surb({ hops, epoch, delayClass: 'fast', terminal });
  const run = (body: Uint8Array, log: Uint8Array = new Uint8Array(48)): Delivered => {
    const [first, ...rest] = entries.map(({ key }) => network.node(key));
    if (first === undefined) throw new Error('no node');
    const embedded = encodeEmbeddedSurb(made.surb);
    let peeled = first.peeler.runSurb(embedded, log, body, first.keyFor);
    for (const node of rest) {
      if (!peeled.ok || peeled.value.kind !== 'transmit') throw new Error('not transmitted');
      peeled = node.peeler.peel(peeled.value.packet, node.keyFor);
    }
    if (!peeled.ok || peeled.value.kind !== 'deliver') throw new Error('not delivered');
    return peeled.value.delivered;
  };
  return { ...made, run };
}

const content = (fill: number): Uint8Array => new Uint8Array(992).fill(fill);
const filed = (surb: SurbRecord, purpose: RecordPurpose): ReplyRecord => ({
  surb,
  purpose,
  epoch,
  expiresAt: after(NOW, SECOND),
});
const ANSWER_KEY = new Uint8Array(32).fill(3);
const fetchOf = (alias: string): RecordPurpose => ({
  kind: 'fetch',
  alias,
  answerKey: ANSWER_KEY,
  madeAt: NOW,
});

function mailInFetch(): {
  records: Records;
  a: Delivered;
  b: Delivered;
  fetch: (mail: Delivered) => Delivered;
} {
  const records = new Records(100);
  const [blockA, blockB] = [block(), block()];
  records.add(filed(blockA.record, { kind: 'contact', contact: 'a', alias: 'x' }));
  records.add(filed(blockB.record, { kind: 'contact', contact: 'b', alias: 'x' }));
  const a = blockA.run(sealBody(suite, blockA.surb.bodySeed, content(1)));
  const b = blockB.run(sealBody(suite, blockB.surb.bodySeed, content(2)));
  const fetch = (mail: Delivered): Delivered => {
    const outer = block();
    records.add(filed(outer.record, fetchOf('x')));
    return outer.run(mail.body, pushName(mail));
  };
  return { records, a, b, fetch };
}

test('an answer with the wrong name loses no record: the right mail still opens', () => {
  const { records, a, b, fetch } = mailInFetch();
  const crossed = fetch({ ...a, name: b.name });
  const before = records.size;
  expect(unwind(suite, records, [], crossed)).toEqual({ kind: 'refused', code: 'body-check' });
  expect(records.size).toBe(before);
  const late = unwind(suite, records, [], fetch(b));
  expect(late).toMatchObject({ kind: 'contact', content: content(2) });
  const first = unwind(suite, records, [], fetch(a));
  expect(first).toMatchObject({ kind: 'contact', content: content(1), name: a.name });
});

test('an unwinding that forgets before it checks is caught by the same sequence', () => {
  const { records, a, b, fetch } = mailInFetch();
  // The planted fault: the record named goes at once, whatever the body says.
  unwind(suite, records, [], fetch({ ...a, name: b.name }));
  const named = records.get(b.name);
  if (named === undefined) throw new Error('no record');
  records.remove(named);
  expect(unwind(suite, records, [], fetch(b))).toEqual({
    kind: 'refused',
    code: 'stored-name-unknown',
  });
});

test('every refusal has its code, and none takes a record', () => {
  const { records, a, fetch } = mailInFetch();
  const loop = block();
  const check = new Uint8Array(32).fill(8);
  records.add(filed(loop.record, { kind: 'loop', loop: 5, check }));
  const direct = block();
  records.add(filed(direct.record, { kind: 'contact', contact: 'd' }));
  const bundle = block();
  records.add(filed(bundle.record, { kind: 'bundle', request: 1, answerKey: ANSWER_KEY }));
  const other = block();
  records.add(filed(other.record, fetchOf('y')));
  const inFetch = fetch(a);
  const nested = fetch({ ...a, name: loop.record.name });
  const held = records.size;
  const code = (delivered: Delivered): string => {
    const result = unwind(suite, records, [], delivered);
    return result.kind === 'refused' ? result.code : result.kind;
  };
  const flipped = (delivered: Delivered): Delivered => {
    const body = delivered.body.slice();
    body[700] = (body[700] ?? 0) ^ 1;
    return { ...delivered, body };
  };
  expect(code({ ...a, name: new Uint8Array(16) })).toBe('name-unknown');
  expect(code(a)).toBe('not-stored');
  expect(code(nested)).toBe('stored-name-misplaced');
  expect(code(other.run(a.body, pushName(a)))).toBe('stored-alias-wrong');
  expect(code(flipped(inFetch))).toBe('body-check');
  expect(code(flipped(bundle.run(sealAnswer(suite, ANSWER_KEY, { kind: 'empty' }))))).toBe(
    'body-check',
  );
  const home = loop.run(sealBody(suite, loop.surb.bodySeed, check));
  expect(unwind(suite, records, [], flipped(home))).toEqual({
    kind: 'refused',
    code: 'loop-garbled',
    loop: 5,
  });
  const mail = direct.run(sealBody(suite, direct.surb.bodySeed, content(4)));
  expect(code(flipped(mail))).toBe('body-check');
  expect(records.size).toBe(held);
  expect(code(home)).toBe('loop');
  expect(code(mail)).toBe('contact');
  expect(code(inFetch)).toBe('contact');
});

test('an empty answer is told from a garbled one', () => {
  const records = new Records(10);
  const outer = block();
  records.add(filed(outer.record, fetchOf('x')));
  const empty = outer.run(sealAnswer(suite, ANSWER_KEY, { kind: 'empty' }));
  expect(unwind(suite, records, [], empty).kind).toBe('answer');
  const garbled = { ...empty, body: randomBytes(rng, 1024) };
  expect(unwind(suite, records, [], garbled).kind).toBe('refused');
});

test('a forged hint changes neither the invite nor whether the mail opens', () => {
  const records = new Records(10);
  const inner = block();
  const purpose = { kind: 'stash', contactBox: 'c', alias: 'x' } as const;
  records.add(filed(inner.record, purpose));
  const seeds: InviteSeed[] = [1, 2, 3].map((n) => ({
    invite: `invite ${n}`,
    hint: new Uint8Array(16).fill(n),
    bodySeed: new Uint8Array(32).fill(n),
  }));
  const log = new Uint8Array(48);
  log.set(new Uint8Array(16).fill(2));
  const stored = inner.run(sealBody(suite, new Uint8Array(32).fill(2), content(9)), log);
  // Any hop can turn the hint of invite 2 into that of invite 3: ζ is not authenticated.
  const forged = stored.log.slice();
  xorInto(forged.subarray(0, 16), new Uint8Array(16).fill(2 ^ 3));
  for (const mail of [stored, { ...stored, log: forged }]) {
    const outer = block();
    records.add(filed(outer.record, fetchOf('x')));
    const opened = unwind(suite, records, seeds, outer.run(mail.body, pushName(mail)));
    expect(opened).toMatchObject({ kind: 'stash', invite: 'invite 2', content: content(9) });
  }
});

test('any frame is refused or counted, and never thrown at', () => {
  const alice = network.join('alice');
  const frames = fc.oneof(
    fc.uint8Array({ maxLength: 1700 }),
    fc.uint8Array({ minLength: 1600, maxLength: 1600 }),
    fc.uint8Array({ minLength: 1600, maxLength: 1600 }).map((bytes) => {
      const copy = bytes.slice();
      copy[0] = 1;
      return copy;
    }),
  );
  fc.assert(
    fc.property(frames, (bytes) => {
      const before = Object.values(alice.endpoint.counters).reduce((sum, n) => sum + n, 0);
      alice.endpoint.handle(NOW, { kind: 'frame', bytes });
      const counted = Object.values(alice.endpoint.counters).reduce((sum, n) => sum + n, 0);
      expect(counted).toBe(before + 1);
    }),
    { numRuns: 300, seed: 4 },
  );
  const { counters } = alice.endpoint;
  for (const reason of ['frame-length', 'frame-kind', 'name-unknown']) {
    expect(counters[reason]).toBeGreaterThan(0);
  }
});

test('records are bounded, expire, and come back from the store', () => {
  const records = new Records(3);
  const made = Array.from({ length: 4 }, (_, i) => ({
    ...filed(
      {
        name: randomBytes(rng, 16),
        hopKeys: [randomBytes(rng, 32)],
        bodySeed: randomBytes(rng, 32),
      },
      i === 0 ? { kind: 'contact', contact: 'ü' } : { kind: 'stash', contactBox: 'b', alias: 'a' },
    ),
    expiresAt: instant(NOW + i * SECOND),
  }));
  expect(made.map((record) => records.add(record))).toEqual([true, true, true, false]);
  const bytes = made.map(encodeRecord);
  expect(bytes.map((value) => decodeRecord(value ?? new Uint8Array(0)))).toEqual(made);
  expect(records.nextAt).toBe(NOW);
  expect(records.expire(after(NOW, SECOND)).length).toBe(2);
  expect(records.size).toBe(1);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (any) => {
      const read = decodeRecord(any);
      if (read !== undefined) expect(encodeRecord(read)).toEqual(any);
    }),
    { numRuns: 300, seed: 5 },
  );
});
