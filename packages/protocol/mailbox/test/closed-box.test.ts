import { err, ok } from '@sotto/wire';
import { expect, test } from 'vitest';
import { seededRng, suite } from '../../mixing/test/seeded-rng.ts';
import {
  type BundleGetRequest,
  boxOf,
  ContactPoint,
  credentialHash,
  decodeRequest,
  encodeRequest,
  greetingToken,
  openAnswer,
} from '../src/index.ts';
import { answerKey, apply, at, DAY, drain, SECOND } from './aggregation-cases.ts';

const parameters = {
  originMicros: 0,
  epochMicros: DAY,
  horizonEpochs: 8,
  graceMicros: 750 * SECOND,
  answerMeanMicros: SECOND,
};
const EPOCH = 300;
const START = EPOCH * DAY + 3600 * SECOND;
const secret = new Uint8Array(32).fill(1);
const box = boxOf(suite, secret);
const credential = new Uint8Array(16).fill(2);
const token = greetingToken(suite, new Uint8Array(32).fill(5));
const hint = new Uint8Array(16).fill(8);
const surb = (n: number, epoch = EPOCH): Uint8Array => {
  const out = new Uint8Array(263);
  out[0] = epoch % 256;
  out[4] = n;
  return out;
};

/** A box that an invited person and strangers may use, with a bundle. */
function filled(): ContactPoint {
  const made = new ContactPoint({ suite, rng: seededRng(1), parameters });
  const grant = { hash: credentialHash(suite, credential), hint, uses: 1 };
  const tokenHash = credentialHash(suite, token);
  made.stash(at(START), { kind: 'stash', secret, credentials: [grant], surbs: [surb(1), surb(2)] });
  made.openGreeting(at(START), {
    kind: 'greeting',
    secret,
    tokenHash,
    hint,
    perEpoch: 1,
    surbs: [],
  });
  const chunk = new Uint8Array(9).fill(7);
  made.putBundle(at(START), { kind: 'bundle-put', secret, index: 0, count: 1, chunk });
  return made;
}

const asking = (shown: Uint8Array, parts: Partial<BundleGetRequest> = {}): BundleGetRequest => ({
  kind: 'bundle-get',
  box,
  credential: shown,
  answerKey,
  first: 0,
  surbs: [surb(9)],
  ...parts,
});

/** What the next answer says. */
function answered(made: ContactPoint): string {
  made.wake(made.nextAt() ?? at(START));
  const [run] = drain(made).runs;
  const answer = run === undefined ? undefined : openAnswer(suite, answerKey, run.body);
  return answer?.ok === true ? answer.value.kind : 'nothing';
}

/** Why there is no bundle, and what is said. */
function asked(made: ContactPoint, request: BundleGetRequest, now = START): string {
  const got = made.getBundle(at(now), request);
  return `${got.ok ? 'ok' : got.error.code}: ${answered(made)}`;
}

test('nothing is left of a box that its owner gives up, and who comes later is told', () => {
  const made = filled();
  const store = new Map<string, Uint8Array>();
  apply(store, drain(made).entries);
  expect([...store.keys()].map((key) => key.split('/')[0]).toSorted()).toEqual([
    'bundle',
    'contact',
    'greeting',
    'stash',
    'stash',
  ]);
  expect(asked(made, asking(credential))).toBe('ok: chunk');
  expect(made.closeBox(at(START), secret)).toEqual(ok(undefined));
  apply(store, drain(made).entries);
  expect([...store.keys()]).toEqual([]);
  expect(made.size).toMatchObject({ boxes: 0, surbs: 0 });
  expect(made.take(at(START), box, credential, [EPOCH % 256])).toEqual(
    err({ code: 'contact-box-unknown' }),
  );
  expect(asked(made, asking(credential))).toBe('contact-box-unknown: closed');
  expect(asked(made, asking(token))).toBe('contact-box-unknown: closed');
  expect(made.closeBox(at(START), secret)).toEqual(err({ code: 'contact-box-unknown' }));
});

test('who does not have the secret cannot give a box up', () => {
  const made = filled();
  expect(made.closeBox(at(START), new Uint8Array(32))).toEqual(
    err({ code: 'contact-box-unknown' }),
  );
  expect(asked(made, asking(credential))).toBe('ok: chunk');
});

test('an answer that waited while its box was given up says so', () => {
  const made = filled();
  expect(made.getBundle(at(START), asking(credential))).toEqual(ok(undefined));
  made.closeBox(at(START), secret);
  expect(answered(made)).toBe('closed');
});

test('who could not write now is told why there is no bundle', () => {
  const made = filled();
  const accepted = [EPOCH % 256];
  expect(asked(made, asking(new Uint8Array(16)))).toBe('bad-credential: closed');
  made.greet(at(START), box, { token, proof: new Uint8Array(32) }, accepted);
  expect(asked(made, asking(token))).toBe('spent-credential: not-now');
  expect(asked(made, asking(credential))).toBe('ok: chunk');
  made.take(at(START), box, credential, accepted);
  expect(asked(made, asking(credential))).toBe('spent-credential: closed');
  // The next epoch has no reply block.
  expect(asked(made, asking(token), START + DAY)).toBe('empty-stash: not-now');
});

test('a refusal is as many answers as a bundle', () => {
  const made = filled();
  const surbs = [surb(1), surb(2), surb(3)];
  made.getBundle(at(START), asking(credential, { surbs }));
  expect(made.size.answers).toBe(3);
  made.getBundle(at(START), asking(new Uint8Array(16), { surbs }));
  expect(made.size.answers).toBe(6);
});

test('the request to give a box up has one spelling', () => {
  const { service, body } = encodeRequest({ kind: 'close', secret });
  expect(service).toBe(8);
  expect(decodeRequest(8, body)).toEqual(ok({ kind: 'close', secret }));
  expect(decodeRequest(6, body)).toEqual(err({ code: 'service-unknown' }));
  body[32] = 1;
  expect(decodeRequest(8, body)).toEqual(err({ code: 'request-padding' }));
});
