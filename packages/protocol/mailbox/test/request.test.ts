import { LABELS } from '@sotto/suite';
import { randomBytes } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRng, suite } from '../../mixing/test/seeded-rng.ts';
import {
  BUNDLE_CHUNK_BYTES,
  boxOf,
  credentialHash,
  decodeAnswer,
  decodeRequest,
  encodeRequest,
  MAX_CREDENTIAL_USES,
  openAnswer,
  type Request,
  sealAnswer,
  SERVICE,
} from '../src/index.ts';

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const surbs = fc.array(bytes(263), { maxLength: 3 });

const requests: fc.Arbitrary<Request> = fc.oneof(
  fc.record({
    kind: fc.constant('fetch' as const),
    secret: bytes(32),
    answerKey: bytes(32),
    deletes: fc.array(bytes(16), { maxLength: 8 }),
    surbs,
  }),
  fc.record({
    kind: fc.constant('stash' as const),
    secret: bytes(32),
    credentials: fc.array(
      fc.record({ hash: bytes(16), hint: bytes(16), uses: fc.nat({ max: MAX_CREDENTIAL_USES }) }),
      { maxLength: 2 },
    ),
    surbs,
  }),
  fc.integer({ min: 1, max: 4 }).chain((count) =>
    fc.record({
      kind: fc.constant('bundle-put' as const),
      secret: bytes(32),
      index: fc.nat({ max: count - 1 }),
      count: fc.constant(count),
      chunk: fc.uint8Array({ minLength: 1, maxLength: BUNDLE_CHUNK_BYTES }),
    }),
  ),
  fc.record({
    kind: fc.constant('bundle-get' as const),
    box: bytes(16),
    credential: bytes(16),
    answerKey: bytes(32),
    first: fc.nat({ max: 3 }),
    surbs,
  }),
  fc.record({
    kind: fc.constant('greeting' as const),
    secret: bytes(32),
    tokenHash: bytes(16),
    hint: bytes(16),
    perEpoch: fc.nat({ max: 64 }),
    cost: fc.integer({ min: 1, max: 24 }),
    surbs,
  }),
  fc.record({ kind: fc.constant('close' as const), secret: bytes(32) }),
);

test('what is encoded is decoded, in a body of one length', () => {
  fc.assert(
    fc.property(requests, (request) => {
      const { service, body } = encodeRequest(request);
      expect(body.length).toBe(1024);
      expect(decodeRequest(service, body)).toEqual({ ok: true, value: request });
    }),
  );
});

test('any bytes are a request that encodes to the same bytes, or a refusal', () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    bytes(1024),
    requests.chain((request) =>
      fc.tuple(fc.nat({ max: 1023 }), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => {
        const { body } = encodeRequest(request);
        body[at] = (body[at] ?? 0) ^ mask;
        return body;
      }),
    ),
  );
  fc.assert(
    fc.property(fc.nat({ max: 9 }), anything, (service, body) => {
      const decoded = decodeRequest(service, body);
      if (decoded.ok) expect(encodeRequest(decoded.value)).toEqual({ service, body });
    }),
    { numRuns: 500 },
  );
});

const zeros = (length: number): Uint8Array => new Uint8Array(length);
const changed = (request: Request, at: number, value: number): Uint8Array => {
  const { body } = encodeRequest(request);
  body[at] = value;
  return body;
};
const fetch: Request = {
  kind: 'fetch',
  secret: zeros(32),
  answerKey: zeros(32),
  deletes: [],
  surbs: [],
};
const stash: Request = {
  kind: 'stash',
  secret: zeros(32),
  credentials: [{ hash: zeros(16), hint: zeros(16), uses: 4 }],
  surbs: [],
};
const put: Request = {
  kind: 'bundle-put',
  secret: zeros(32),
  index: 0,
  count: 2,
  chunk: zeros(10),
};
const get: Request = {
  kind: 'bundle-get',
  box: zeros(16),
  credential: zeros(16),
  answerKey: zeros(32),
  first: 0,
  surbs: [],
};

test.each([
  ['service 0', 0, zeros(1024), 'service-unknown'],
  ['service 9', 9, zeros(1024), 'service-unknown'],
  ['a body too short', SERVICE.fetch, zeros(1023), 'request-length'],
  ['nine deletions', SERVICE.fetch, changed(fetch, 64, 9), 'request-count'],
  ['four reply blocks', SERVICE.fetch, changed(fetch, 193, 4), 'request-count'],
  ['bytes in an unused deletion', SERVICE.fetch, changed(fetch, 70, 1), 'request-padding'],
  ['bytes in an unused reply block', SERVICE.fetch, changed(fetch, 200, 1), 'request-padding'],
  ['bytes in the padding', SERVICE.fetch, changed(fetch, 1023, 1), 'request-padding'],
  ['three credentials', SERVICE.stash, changed(stash, 32, 3), 'request-count'],
  ['four reply blocks to stash', SERVICE.stash, changed(stash, 99, 4), 'request-count'],
  ['seven uses', SERVICE.stash, changed(stash, 65, 7), 'request-field'],
  ['bytes in an unused credential', SERVICE.stash, changed(stash, 66, 1), 'request-padding'],
  ['chunk 2 of 2', SERVICE.bundlePut, changed(put, 32, 2), 'request-count'],
  ['no chunks', SERVICE.bundlePut, changed(put, 33, 0), 'request-count'],
  ['five chunks', SERVICE.bundlePut, changed(put, 33, 5), 'request-count'],
  ['a chunk too long', SERVICE.bundlePut, changed(put, 34, 4), 'request-field'],
  ['an empty chunk', SERVICE.bundlePut, changed(put, 35, 0), 'request-field'],
  ['bytes behind the chunk', SERVICE.bundlePut, changed(put, 46, 1), 'request-padding'],
  ['first chunk 4', SERVICE.bundleGet, changed(get, 64, 4), 'request-field'],
  ['four reply blocks to get', SERVICE.bundleGet, changed(get, 65, 4), 'request-count'],
  ['bytes behind a get', SERVICE.bundleGet, changed(get, 1000, 1), 'request-padding'],
])('%s: refused with its own code', (_name, service, body, code) => {
  expect(decodeRequest(service, body)).toEqual({ ok: false, error: { code } });
});

test('a request that does not fit is its maker’s bug', () => {
  const nine = Array.from({ length: 9 }, () => zeros(16));
  expect(() => encodeRequest({ ...fetch, deletes: nine })).toThrow('"deletes" expected at most 8');
  expect(() => encodeRequest({ ...fetch, surbs: [zeros(262)] })).toThrow(
    '"surbs" expected 263 bytes, got 262',
  );
  expect(() => encodeRequest({ ...put, index: 2 })).toThrow('"index" expected');
  expect(() => encodeRequest({ ...put, chunk: zeros(988) })).toThrow('"chunk.length" expected');
});

const key = new Uint8Array(32).fill(7);

test('answers open under the key of their request alone', () => {
  const chunk = randomBytes(seededRng(1), BUNDLE_CHUNK_BYTES);
  for (const answer of [
    { kind: 'empty' },
    { kind: 'no-bundle' },
    { kind: 'chunk', index: 3, count: 4, chunk },
  ] as const) {
    const body = sealAnswer(suite, key, answer);
    expect(body.length).toBe(1024);
    expect(openAnswer(suite, key, body)).toEqual({ ok: true, value: answer });
    expect(openAnswer(suite, new Uint8Array(32), body)).toBeUndefined();
    body[500] = (body[500] ?? 0) ^ 1;
    expect(openAnswer(suite, key, body)).toBeUndefined();
  }
});

test('any content is an answer or a refusal', () => {
  const content = (...head: number[]): Uint8Array => {
    const out = zeros(992);
    out.set(head);
    return out;
  };
  const code = (bytesIn: Uint8Array): string => {
    const decoded = decodeAnswer(bytesIn);
    return decoded.ok ? decoded.value.kind : decoded.error.code;
  };
  expect(code(zeros(991))).toBe('answer-length');
  expect(code(content(3))).toBe('not-now');
  expect(code(content(4))).toBe('closed');
  expect(code(content(3, 1))).toBe('answer-padding');
  expect(code(content(5))).toBe('answer-status');
  expect(code(content(0, 1))).toBe('answer-padding');
  expect(code(content(1, 4, 4, 0, 1))).toBe('answer-field');
  expect(code(content(1, 0, 1, 0, 0))).toBe('answer-field');
  expect(code(content(1, 0, 1, 255, 0))).toBe('answer-field');
  expect(code(content(1, 0, 1, 0, 1, 9, 9))).toBe('answer-padding');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1100 }), (any) => {
      expect(typeof code(any)).toBe('string');
    }),
  );
});

test('a box is a labelled hash of its secret, a credential’s hash of another label', () => {
  const expected = new Uint8Array(16);
  suite.blake2b(expected, key, LABELS.box);
  expect(boxOf(suite, key)).toEqual(expected);
  suite.blake2b(expected, key.subarray(0, 16), LABELS.credential);
  expect(credentialHash(suite, key.subarray(0, 16))).toEqual(expected);
  expect(() => boxOf(suite, zeros(16))).toThrow('"secret" expected 32 bytes');
  expect(() => credentialHash(suite, zeros(32))).toThrow('"credential" expected 16 bytes');
});
