/** Makes spec/vectors/request.json: bodies of requests, and those that are refused (Spec 06 §2, §3). */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { boxOf, credentialHash, encodeRequest, greetingToken, type Request } from '@sotto/mailbox';
import { open } from '@sotto/noble';
import type { CryptoSuite } from '@sotto/suite';
import { SeededRng } from '@sotto/suite/testing';
import { randomBytes, toHex } from '@sotto/wire';
import type {
  RefusedCase,
  RequestCase,
  RequestFile,
} from '../packages/protocol/mailbox/test/vector-shapes.ts';
import { textOf } from './vectors-sphinx/text.ts';

/** Where the vectors stand. */
export const REQUEST_FILE: string = fileURLToPath(
  new URL('../spec/vectors/request.json', import.meta.url),
);

/** Fields in hexadecimal, as they stand in the file. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, plain(of)]));
}

function requests(rng: SeededRng): readonly (readonly [string, Request])[] {
  const some = (length: number): Uint8Array => randomBytes(rng, length);
  const blocks = (count: number): Uint8Array[] => Array.from({ length: count }, () => some(263));
  const names = (count: number): Uint8Array[] => Array.from({ length: count }, () => some(16));
  const grant = (uses: number) => ({ hash: some(16), hint: some(16), uses });
  const fetch = (deletes: number, surbs: number): Request => ({
    kind: 'fetch',
    secret: some(32),
    answerKey: some(32),
    deletes: names(deletes),
    surbs: blocks(surbs),
  });
  const stash = (uses: readonly number[], surbs: number): Request => ({
    kind: 'stash',
    secret: some(32),
    credentials: uses.map(grant),
    surbs: blocks(surbs),
  });
  const put = (index: number, count: number, length: number): Request => ({
    kind: 'bundle-put',
    secret: some(32),
    index,
    count,
    chunk: some(length),
  });
  const get = (first: number, surbs: number): Request => ({
    kind: 'bundle-get',
    box: some(16),
    credential: some(16),
    answerKey: some(32),
    first,
    surbs: blocks(surbs),
  });
  const greeting = (perEpoch: number, surbs: number): Request => ({
    kind: 'greeting',
    secret: some(32),
    tokenHash: some(16),
    hint: some(16),
    perEpoch,
    surbs: blocks(surbs),
  });
  return [
    ['announces an alias', fetch(0, 0)],
    ['fetches', fetch(0, 3)],
    ['deletes and fetches', fetch(8, 2)],
    ['a first credential', stash([4], 3)],
    ['two credentials, one taken back', stash([1, 0], 1)],
    ['a refill', stash([], 3)],
    ['the first of two chunks', put(0, 2, 987)],
    ['the last of four, of one byte', put(3, 4, 1)],
    ['asks for a bundle', get(0, 2)],
    ['asks for its fourth chunk', get(3, 1)],
    ['opens a box to strangers', greeting(16, 3)],
    ['closes it', greeting(0, 0)],
  ];
}

/** What is wrong, where, and how it is found: service, offset, byte. */
const faults: readonly (readonly [string, number, string, number, number])[] = [
  ['nine deletions', 0, 'request-count', 64, 9],
  ['a name in an unused slot', 0, 'request-padding', 65, 1],
  ['four reply blocks', 1, 'request-count', 193, 4],
  ['fewer reply blocks than are there', 1, 'request-padding', 193, 2],
  ['padding that is not zero', 2, 'request-padding', 1023, 1],
  ['three credentials', 3, 'request-count', 32, 3],
  ['seven uses', 3, 'request-field', 65, 7],
  ['four reply blocks', 3, 'request-count', 99, 4],
  ['padding that is not zero', 5, 'request-padding', 1000, 1],
  ['a chunk beyond the count', 6, 'request-count', 32, 2],
  ['no chunks', 6, 'request-count', 33, 0],
  ['five chunks', 7, 'request-count', 33, 5],
  ['a chunk of 988 bytes', 6, 'request-field', 35, 220],
  ['a chunk of no bytes', 7, 'request-field', 35, 0],
  ['a chunk longer than it says', 6, 'request-padding', 35, 218],
  ['the fifth chunk', 9, 'request-field', 64, 4],
  ['four reply blocks', 8, 'request-count', 65, 4],
  ['padding that is not zero', 9, 'request-padding', 900, 1],
  ['65 strangers an epoch', 10, 'request-field', 64, 65],
  ['terms of a later version', 10, 'request-field', 65, 1],
  ['a cost without terms', 10, 'request-field', 66, 1],
  ['four reply blocks', 10, 'request-count', 67, 4],
  ['a reply block in an unused slot', 11, 'request-padding', 68, 1],
];

/** The text of the file. */
export function requestVectors(suite: CryptoSuite): string {
  const seed = 'sotto vectors 1: request';
  const rng = new SeededRng(suite, seed);
  const cases = requests(rng).map(([what, request]): RequestCase => {
    const { service, body } = encodeRequest(request);
    return { what, service, request: plain(request), body: toHex(body) };
  });
  const refused: RefusedCase[] = faults.map(([what, of, code, offset, byte]) => {
    const bytes = toHex(Uint8Array.of(byte));
    return { what, code, valid: of, change: { writes: [{ offset, bytes }] } };
  });
  for (const length of [0, 1023, 1025]) {
    const what = `a body of ${length} bytes`;
    refused.push({ what, code: 'request-length', valid: 1, change: { length } });
  }
  for (const service of [0, 6, 255]) {
    const what = `service ${service}`;
    refused.push({ what, code: 'service-unknown', valid: 1, change: { service } });
  }
  const names = Array.from({ length: 4 }, () => {
    const secret = randomBytes(rng, 32);
    const credential = randomBytes(rng, 16);
    const addressKey = randomBytes(rng, 32);
    return {
      secret: toHex(secret),
      box: toHex(boxOf(suite, secret)),
      credential: toHex(credential),
      credentialHash: toHex(credentialHash(suite, credential)),
      addressKey: toHex(addressKey),
      token: toHex(greetingToken(suite, addressKey)),
    };
  });
  const what =
    'bodies of packets that end in ARRIVE; changes of them that are refused; names from their secrets';
  const file: RequestFile = {
    wireVersion: 17,
    spec: '06 §2, §3',
    what,
    seed,
    cases,
    refused,
    names,
  };
  return textOf(file);
}

if (import.meta.main) writeFileSync(REQUEST_FILE, requestVectors(await open()));
