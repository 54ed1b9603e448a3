import {
  type AcceptedKey,
  Builder,
  type Delivered,
  encodeEmbeddedSurb,
  type Hop,
  openBody,
  type Peeled,
  Peeler,
  sealBody,
  storedMail,
  unwindLayers,
} from '@sotto/sphinx';
import { randomBytes, toHex } from '@sotto/wire';
import { ReplayFilter } from '@sotto/mixing';
import { expect, test } from 'vitest';
import { seededRng, suite } from '../../mixing/test/seeded-rng.ts';
import {
  AggregationPoint,
  boxOf,
  ContactPoint,
  credentialHash,
  decodeRequest,
  encodeRequest,
  greetingBodySeed,
  greetingToken,
  openAnswer,
} from '../src/index.ts';
import { at, DAY, drain, parameters, SECOND } from './aggregation-cases.ts';

const rng = seededRng(3);
const EPOCH = 7;
const content = (byte: number): Uint8Array => new Uint8Array(992).fill(byte);

interface Node {
  readonly hop: Hop;
  readonly keyFor: () => AcceptedKey;
}

function makeNode(): Node {
  const secret = randomBytes(rng, 32);
  const publicKey = new Uint8Array(32);
  suite.x25519Base(publicKey, secret);
  const name = randomBytes(rng, 16);
  const key = { secret, public: publicKey, epoch: EPOCH, nodeName: name };
  const filter = new ReplayFilter({ suite, secret: randomBytes(rng, 32), maxTags: 1000 });
  return { hop: { name, routingKey: publicKey }, keyFor: () => ({ key, filter }) };
}

const nodes = Array.from({ length: 8 }, makeNode);
const hopAt = (index: number): Hop => {
  const node = nodes[index];
  if (node === undefined) throw new Error('no such node');
  return node.hop;
};
const [g, m1, m2, x] = [hopAt(0), hopAt(1), hopAt(2), hopAt(3)];
const [r1, r2, box, guard] = [hopAt(4), hopAt(5), hopAt(6), hopAt(7)];
const peeler = new Peeler(suite);
const builder = new Builder(suite, rng);
const nodeOf = (name: Uint8Array): Node => {
  const found = nodes.find(({ hop }) => toHex(hop.name) === toHex(name));
  if (found === undefined) throw new Error('no such node');
  return found;
};

/** Lets a packet travel until a node does something else than send it on. */
function travel(first: Peeled): Peeled {
  let peeled = first;
  while (peeled.kind === 'transmit') {
    const step = peeler.peel(peeled.packet, nodeOf(peeled.next).keyFor);
    if (!step.ok) throw new Error(step.error.code);
    peeled = step.value;
  }
  return peeled;
}
function send(packet: Uint8Array): Peeled {
  const step = peeler.peel(packet, nodeOf(g.name).keyFor);
  if (!step.ok) throw new Error(step.error.code);
  return travel(step.value);
}
function runAt(
  node: Hop,
  run: { embedded: Uint8Array; log: Uint8Array; body: Uint8Array },
): Delivered {
  const step = peeler.runSurb(run.embedded, run.log, run.body, nodeOf(node.name).keyFor);
  if (!step.ok) throw new Error(step.error.code);
  const end = travel(step.value);
  if (end.kind !== 'deliver') throw new Error(end.kind);
  return end.delivered;
}
const path = { epoch: EPOCH, delayClass: 'fast' } as const;

test('mail for someone away: stored by alias, fetched by reply block, unwound and opened', () => {
  const point = new AggregationPoint({ suite, rng, parameters });
  const secret = randomBytes(rng, 32);
  const alias = boxOf(suite, secret);
  const answerKey = randomBytes(rng, 32);
  const guardBox = randomBytes(rng, 16);
  // The owner's reply block for a friend ends in the alias, those of its fetch at its guard.
  const forFriend = builder.surb({
    hops: [x, r1, r2, box],
    ...path,
    terminal: { kind: 'deliver', box: alias },
  });
  const forFetch = [1, 2].map(() =>
    builder.surb({
      hops: [box, r1, r2, guard],
      ...path,
      terminal: { kind: 'deliver', box: guardBox },
    }),
  );
  const { service, body } = encodeRequest({
    kind: 'fetch',
    secret,
    answerKey,
    deletes: [],
    surbs: forFetch.map(({ surb }) => encodeEmbeddedSurb(surb)),
  });
  const arrived = send(
    builder.forward({
      hops: [g, m1, m2, box],
      ...path,
      terminal: { kind: 'arrive', service },
      body,
    }),
  );
  if (arrived.kind !== 'arrive') throw new Error(arrived.kind);
  const request = decodeRequest(arrived.service, arrived.body);
  if (!request.ok || request.value.kind !== 'fetch') throw new Error('no fetch');
  expect(point.fetch(at(0), request.value).ok).toBe(true);

  const delivered = send(
    builder.forward({
      hops: [g, m1, m2, x],
      ...path,
      terminal: { kind: 'cross', surb: forFriend.surb },
      body: sealBody(suite, forFriend.surb.bodySeed, content(42)),
    }),
  );
  if (delivered.kind !== 'deliver') throw new Error(delivered.kind);
  expect(delivered.box).toEqual(alias);
  expect(point.deliver(at(0), delivered.box, delivered.delivered).ok).toBe(true);

  const runs = [];
  for (let next = point.nextAt(); next !== undefined && next < 90 * SECOND; next = point.nextAt()) {
    point.wake(next);
    runs.push(...drain(point).runs);
  }
  const [withMail, empty] = runs.map((run) => runAt(box, run));
  if (withMail === undefined || empty === undefined) throw new Error('two answers');
  const [mailRecord, emptyRecord] = forFetch.map(({ record }) => record);
  if (mailRecord === undefined || emptyRecord === undefined) throw new Error('two records');

  const unwound = unwindLayers(suite, mailRecord, withMail);
  expect(openAnswer(suite, answerKey, unwound.body)).toBeUndefined();
  const mail = storedMail(unwound);
  expect(mail.name).toEqual(forFriend.record.name);
  const inner = unwindLayers(suite, forFriend.record, mail);
  expect(openBody(suite, forFriend.record.bodySeed, inner.body)).toEqual(content(42));

  const answer = openAnswer(suite, answerKey, unwindLayers(suite, emptyRecord, empty).body);
  expect(answer).toEqual({ ok: true, value: { kind: 'empty' } });
});

test('a first message: a credential opens a stashed reply block, and its hint arrives in the log', () => {
  const contact = new ContactPoint({
    suite,
    rng,
    parameters: {
      ...parameters,
      originMicros: 0,
      epochMicros: DAY,
      horizonEpochs: 8,
      graceMicros: 0,
    },
  });
  const now = at(EPOCH * DAY + 5);
  const secret = randomBytes(rng, 32);
  const credential = randomBytes(rng, 16);
  const hint = randomBytes(rng, 16);
  const own = builder.surb({
    hops: [box, r1, r2, guard],
    ...path,
    terminal: { kind: 'deliver', box: new Uint8Array(16) },
  });
  const grant = { hash: credentialHash(suite, credential), hint, uses: 1 };
  const surbs = [encodeEmbeddedSurb(own.surb)];
  expect(contact.stash(now, { kind: 'stash', secret, credentials: [grant], surbs })).toEqual({
    ok: true,
    value: [],
  });
  const bodyKey = randomBytes(rng, 32);
  const first = send(
    builder.forward({
      hops: [g, m1, m2, box],
      ...path,
      terminal: { kind: 'contact', box: boxOf(suite, secret), credential },
      body: sealBody(suite, bodyKey, content(9)),
    }),
  );
  if (first.kind !== 'contact') throw new Error(first.kind);
  const taken = contact.take(now, first.box, first.credential, [EPOCH]);
  if (!taken.ok) throw new Error(taken.error.code);
  const { embedded, log } = taken.value;
  const delivered = runAt(box, { embedded, log, body: first.body });
  const unwound = unwindLayers(suite, own.record, delivered);
  expect(unwound.log.subarray(0, 16)).toEqual(hint);
  expect(openBody(suite, bodyKey, unwound.body)).toEqual(content(9));
});

test('a stranger’s first message: the key of an address opens box and body, and the point reads neither', () => {
  const epochs = { originMicros: 0, epochMicros: DAY, horizonEpochs: 8, graceMicros: 0 };
  const point = new ContactPoint({ suite, rng, parameters: { ...parameters, ...epochs } });
  const now = at(EPOCH * DAY + 5);
  const [secret, key] = [randomBytes(rng, 32), randomBytes(rng, 32)];
  const hint = randomBytes(rng, 16);
  const token = greetingToken(suite, key);
  const own = builder.surb({
    hops: [box, r1, r2, guard],
    ...path,
    terminal: { kind: 'deliver', box: new Uint8Array(16) },
  });
  const opening = send(
    builder.forward({
      hops: [g, m1, m2, box],
      ...path,
      terminal: { kind: 'arrive', service: 5 },
      body: encodeRequest({
        kind: 'greeting',
        secret,
        tokenHash: credentialHash(suite, token),
        hint,
        perEpoch: 4,
        surbs: [encodeEmbeddedSurb(own.surb)],
      }).body,
    }),
  );
  if (opening.kind !== 'arrive') throw new Error(opening.kind);
  const request = decodeRequest(opening.service, opening.body);
  if (!request.ok || request.value.kind !== 'greeting') throw new Error('no greeting');
  expect(point.openGreeting(now, request.value)).toEqual({ ok: true, value: [] });

  const seed = greetingBodySeed(suite, key);
  const first = send(
    builder.forward({
      hops: [g, m1, m2, box],
      ...path,
      terminal: { kind: 'greet', box: boxOf(suite, secret), token, proof: new Uint8Array(32) },
      body: sealBody(suite, seed, content(9)),
    }),
  );
  if (first.kind !== 'greet') throw new Error(first.kind);
  // All that the point has to try it with.
  const padded = new Uint8Array(32);
  padded.set(token);
  expect(openBody(suite, padded, first.body)).toBeUndefined();
  const taken = point.greet(now, first.box, first, [EPOCH]);
  if (!taken.ok) throw new Error(taken.error.code);
  const { embedded, log } = taken.value;
  const delivered = runAt(box, { embedded, log, body: first.body });
  const unwound = unwindLayers(suite, own.record, delivered);
  expect(unwound.log.subarray(0, 16)).toEqual(hint);
  expect(openBody(suite, seed, unwound.body)).toEqual(content(9));
});
