import {
  type InviteSeed,
  Records,
  type RecordPurpose,
  type ReplyRecord,
  unwind,
} from '@sotto/endpoint';
import {
  CONTENT_BYTES,
  type Delivered,
  encodeEmbeddedSurb,
  GEOMETRY,
  PACKET_NAME_BYTES,
  pushName,
  sealBody,
  type Surb,
  type SurbRecord,
} from '@sotto/sphinx';
import { open } from '@sotto/sodium/native';
import { instant, toHex, xorInto } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { propertyRuns } from '../../../../tests/property-runs.ts';
import { EPOCH, TestNetwork } from '../../sphinx/test/network.ts';

const suite = await open();
const net = new TestNetwork(suite, 'answers', 4);
const terminal = { kind: 'deliver', box: new Uint8Array(16) } as const;

interface Block {
  readonly surb: Surb;
  readonly record: SurbRecord;
}

/** A block of two hops: what comes of names and bodies does not depend on how many there are. */
const block = (): Block =>
  net.builder.surb({ hops: net.hops(0, 1), epoch: EPOCH, delayClass: 'fast', terminal });

/** Runs a block as a mailbox does. */
function run({ surb }: Block, log: Uint8Array, body: Uint8Array): Delivered {
  const sent = net.node(0).runSurb(encodeEmbeddedSurb(surb), log, body);
  if (!sent.ok || sent.value.kind !== 'transmit') throw new Error('not transmitted');
  const end = net.carry(1, sent.value.packet);
  for (const { tags } of net.nodes) tags.clear();
  if (end.kind !== 'deliver') throw new Error(end.kind);
  return end.delivered;
}

const NO_LOG = new Uint8Array(GEOMETRY.logBytes);
const contentOf = (mark: number): Uint8Array => new Uint8Array(CONTENT_BYTES).fill(mark + 1);

function file(records: Records, { record }: Block, purpose: RecordPurpose): void {
  records.add({ surb: record, purpose, epoch: EPOCH, expiresAt: instant(2 ** 50) });
}

/** Mail inside the answer to a fetch of the alias x. */
function answer(records: Records, mail: Delivered): Delivered {
  const outer = block();
  const answerKey = new Uint8Array(32).fill(3);
  file(records, outer, { kind: 'fetch', alias: 'x', answerKey, madeAt: instant(0) });
  return run(outer, pushName(mail), mail.body);
}

/** Name of one message and body of another, as a mailbox may put them together. */
const liar = fc.record({ name: fc.nat(3), body: fc.nat(3), bit: fc.nat(8 * GEOMETRY.bodyBytes) });

/** A client, and what it makes of each delivery. */
type Client = (records: Records, delivered: Delivered) => ReturnType<typeof unwind>;

const honest: Client = (records, delivered) => {
  const result = unwind(suite, records, [], delivered);
  if (result.kind !== 'refused') for (const record of result.records) records.remove(record);
  return result;
};

const losesNothing = (
  client: Client,
): fc.IProperty<[{ readonly name: number; readonly body: number; readonly bit: number }[]]> =>
  fc.property(fc.array(liar, { maxLength: 6 }), (lies) => {
    const records = new Records(100);
    const mails = [0, 1, 2, 3].map((mark) => {
      const inner = block();
      file(records, inner, { kind: 'contact', contact: String(mark), alias: 'x' });
      return run(inner, NO_LOG, sealBody(suite, inner.surb.bodySeed, contentOf(mark)));
    });
    const arrived = new Set<number>();
    const take = (delivered: Delivered): void => {
      const result = client(records, delivered);
      if (result.kind !== 'contact') return;
      const mark = Number(result.purpose.contact);
      expect(result.content).toEqual(contentOf(mark));
      expect(arrived.has(mark)).toBe(false);
      arrived.add(mark);
    };
    for (const { name, body, bit } of lies) {
      const named = mails[name];
      const source = mails[body];
      if (named === undefined || source === undefined) continue;
      const bytes = source.body.slice();
      // The last value stands for a body that is left as it is.
      if (bit < 8 * bytes.length) bytes[bit >>> 3] = (bytes[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      take(answer(records, { ...source, name: named.name, body: bytes }));
    }
    for (const mail of mails) take(answer(records, mail));
    expect(arrived.size).toBe(mails.length);
  });

test('whatever names and bodies a mailbox puts together, every message that comes whole opens once', () => {
  fc.assert(losesNothing(honest), propertyRuns());
});

test('planted fault, noticed: a record given up before its body has opened', () => {
  const hasty: Client = (records, delivered) => {
    const get = records.get.bind(records);
    const lookedUp: ReplyRecord[] = [];
    records.get = (name) => {
      const found = get(name);
      if (found !== undefined) lookedUp.push(found);
      return found;
    };
    const result = honest(records, delivered);
    records.get = get;
    for (const record of lookedUp) records.remove(record);
    return result;
  };
  const planted = { numRuns: 50, seed: 1, endOnFailure: true };
  expect(fc.check(losesNothing(hasty), planted).failed).toBe(true);
});

const seeds: readonly InviteSeed[] = [0, 1, 2].map((n) => ({
  invite: `invite ${n}`,
  hint: new Uint8Array(PACKET_NAME_BYTES).fill(16 + n),
  bodySeed: new Uint8Array(32).fill(n),
}));

const hints = fc.oneof(
  fc.constantFrom(...seeds.map(({ hint }) => hint)),
  fc.uint8Array({ minLength: PACKET_NAME_BYTES, maxLength: PACKET_NAME_BYTES }),
);

/** The invite under which a stranger's mail opens, when a hop has made another hint of its own. */
const keepsInvite = (
  known: (hint: Uint8Array) => readonly InviteSeed[],
): fc.IProperty<[number, Uint8Array]> =>
  fc.property(fc.nat(2), hints, (own, forged) => {
    const records = new Records(10);
    const inner = block();
    file(records, inner, { kind: 'stash', contactBox: 'c', alias: 'x' });
    const seed = seeds[own];
    if (seed === undefined) throw new RangeError(`no invite ${own}`);
    const log = NO_LOG.slice();
    log.set(seed.hint);
    const stored = run(inner, log, sealBody(suite, seed.bodySeed, contentOf(own)));
    const change = seed.hint.slice();
    xorInto(change, forged);
    const bent = stored.log.slice();
    xorInto(bent.subarray(0, PACKET_NAME_BYTES), change);
    const delivered = answer(records, { ...stored, log: bent });
    expect(unwind(suite, records, known(forged), delivered)).toMatchObject({
      kind: 'stash',
      invite: seed.invite,
      content: contentOf(own),
    });
  });

test('any hint at all: a stranger’s mail opens under the invite that it was sealed for', () => {
  fc.assert(
    keepsInvite(() => seeds),
    propertyRuns(),
  );
});

test('planted fault, noticed: a client that believes the hint', () => {
  const believing = (forged: Uint8Array): readonly InviteSeed[] =>
    seeds.filter(({ hint }) => toHex(hint) === toHex(forged));
  const planted = { numRuns: 20, seed: 1, endOnFailure: true };
  expect(fc.check(keepsInvite(believing), planted).failed).toBe(true);
});
