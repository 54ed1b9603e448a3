import { open } from '@sotto/noble';
import {
  createIdentity,
  createPrekey,
  FIRST_MESSAGE_OVERHEAD,
  firstMessageCapacity,
  handshakeId,
  initiate,
  respond,
} from '@sotto/ratchet';
import type { CryptoSuite } from '@sotto/suite';
import { isZero, toHex, toUtf8 } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { pair, people } from './pair.ts';
import { seededRng } from './seeded-rng.ts';

const suite = await open();
const rng = seededRng(suite, 9);
const known = pair(suite, 1, toUtf8('good evening'));
const bobsOwn = { identity: known.bob, prekeySecret: known.prekey.secret, secret: known.secret };
const answer = (o: typeof bobsOwn, message: Uint8Array): string => {
  const responded = respond(suite, o, message);
  return responded.ok ? 'ok' : responded.error.code;
};

test('both sides end with one session, and the responder knows who it is', () => {
  const { initiated, responded, alice, bob } = known;
  expect(responded.payload).toEqual(toUtf8('good evening'));
  expect(responded.peerIdentity).toEqual(alice.public);
  expect(responded.session.peerIdentity).toEqual(alice.public);
  expect(initiated.session.peerIdentity).toEqual(bob.public);
  expect(responded.session.id).toEqual(initiated.session.id);
  expect(responded.handshakeId).toEqual(initiated.handshakeId);
  expect(initiated.message.length).toBe(FIRST_MESSAGE_OVERHEAD + 100);
  expect(firstMessageCapacity(initiated.message.length)).toBe(100);
  expect(firstMessageCapacity(1000)).toBe(0);
  for (const [from, to] of [
    [initiated.session, responded.session],
    [responded.session, initiated.session],
  ] as const) {
    const sealed = from.seal(rng, toUtf8('hello'), 40);
    expect(sealed.ok && to.open(sealed.value)).toEqual({ ok: true, value: toUtf8('hello') });
  }
});

test('any pair of people and payload agrees', () => {
  fc.assert(
    fc.property(fc.nat(1e6), fc.uint8Array({ maxLength: 100 }), (seed, payload) => {
      const { initiated, responded, alice } = pair(suite, seed, payload);
      expect(responded.payload).toEqual(payload);
      expect(responded.peerIdentity).toEqual(alice.public);
      const sealed = responded.session.seal(rng, payload, 100);
      expect(sealed.ok && initiated.session.open(sealed.value)).toEqual({
        ok: true,
        value: payload,
      });
    }),
    { numRuns: 15 },
  );
});

test('a first message with any bit changed is refused', () => {
  const { message } = known.initiated;
  fc.assert(
    fc.property(fc.nat(message.length * 8 - 1), (bit) => {
      const changed = message.slice();
      changed[bit >>> 3] = (changed[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      expect(answer(bobsOwn, changed)).toBe(
        bit < 8 ? 'unknown-version' : bit === 32 * 8 + 7 ? 'point' : 'sealed',
      );
    }),
    { numRuns: 60, examples: [[0], [32 * 8 + 7], [33 * 8], [1121 * 8], [message.length * 8 - 1]] },
  );
});

test('a wrong secret, another prekey or another identity opens nothing', () => {
  const other = people(suite, 2);
  const { message } = known.initiated;
  expect(answer(bobsOwn, message)).toBe('ok');
  expect(answer({ ...bobsOwn, secret: other.secret }, message)).toBe('sealed');
  expect(answer({ ...bobsOwn, identity: other.bob }, message)).toBe('sealed');
  expect(answer({ ...bobsOwn, prekeySecret: other.prekey.secret }, message)).toBe('sealed');
  const sameCurveKey = known.prekey.secret.slice();
  sameCurveKey.set(other.prekey.secret.subarray(32), 32);
  expect(answer({ ...bobsOwn, prekeySecret: sameCurveKey }, message)).toBe('sealed');
  expect(() => respond(suite, { ...bobsOwn, secret: new Uint8Array(31) }, message)).toThrow(
    RangeError,
  );
});

test('who has the invite but not the identity that he names is not taken for it', () => {
  // Mallory seals Alice's public key while holding only her own secret.
  const mallory = createIdentity(suite, seededRng(suite, 3));
  const forged = initiate(suite, seededRng(suite, 4), {
    identity: { public: known.alice.public, secret: mallory.secret },
    bundle: known.prekey.bundle,
    secret: known.secret,
    payload: new Uint8Array(0),
    paddedLength: 10,
  });
  expect(forged.ok && answer(bobsOwn, forged.value.message)).toBe('sealed');
});

test('low-order and non-canonical keys of a bundle, a bad KEM key and the own bundle are refused', () => {
  const { bundle } = known.prekey;
  const attempt = (changed: Partial<typeof bundle>, identity = known.alice): string => {
    const result = initiate(suite, seededRng(suite, 5), {
      identity,
      bundle: { ...bundle, ...changed },
      secret: known.secret,
      payload: new Uint8Array(0),
      paddedLength: 0,
    });
    return result.ok ? 'ok' : result.error.code;
  };
  expect(attempt({})).toBe('ok');
  expect(attempt({ prekey: new Uint8Array(32) })).toBe('point');
  expect(attempt({ identity: new Uint8Array(32).fill(0xff) })).toBe('point');
  expect(attempt({ kemKey: new Uint8Array(1184).fill(0xff) })).toBe('kem-key');
  expect(attempt({}, known.bob)).toBe('own-bundle');
});

test('a first message with a low-order ephemeral is refused', () => {
  const changed = known.initiated.message.slice();
  changed.fill(0, 1, 33);
  expect(answer(bobsOwn, changed)).toBe('point');
});

test('a replay has the name of the first, before it is opened as after', () => {
  const { initiated, prekey } = known;
  const again = respond(suite, bobsOwn, initiated.message);
  const used = new Set([toHex(known.responded.handshakeId)]);
  expect(again.ok && used.has(toHex(again.value.handshakeId))).toBe(true);
  expect(handshakeId(suite, prekey.bundle.hash, initiated.message)).toEqual(initiated.handshakeId);
  expect(
    handshakeId(suite, prekey.bundle.hash, initiated.message.subarray(0, 1120)),
  ).toBeUndefined();
  // Another run for the same invite has another name.
  const second = pair(suite, 1).initiated;
  const rerun = initiate(suite, seededRng(suite, 77), {
    identity: known.alice,
    bundle: createPrekey(suite, seededRng(suite, 78), known.bob).bundle,
    secret: known.secret,
    payload: new Uint8Array(0),
    paddedLength: 0,
  });
  expect(toHex(second.handshakeId)).toBe(toHex(initiated.handshakeId));
  expect(rerun.ok && used.has(toHex(rerun.value.handshakeId))).toBe(false);
});

test('any bytes have an answer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1400 }), fc.boolean(), (any, versioned) => {
      const message = versioned ? Uint8Array.of(2, ...any) : any;
      expect(answer(bobsOwn, message)).not.toBe('ok');
    }),
    { numRuns: 60 },
  );
  expect(answer(bobsOwn, new Uint8Array(0))).toBe('malformed');
  expect(answer(bobsOwn, known.initiated.message.subarray(0, FIRST_MESSAGE_OVERHEAD - 1))).toBe(
    'malformed',
  );
  expect(answer(bobsOwn, known.initiated.message.subarray(0, -1))).toBe('sealed');
});

test('no 8 bytes of an identity, secret or payload stand in the first message', () => {
  const { message } = known.initiated;
  const text = toHex(message);
  for (const hidden of [
    known.alice.public,
    known.bob.public,
    known.secret,
    toUtf8('good evening'),
  ]) {
    for (let at = 0; at + 8 <= hidden.length; at++) {
      expect(text.includes(toHex(hidden.subarray(at, at + 8)))).toBe(false);
    }
  }
});

test('every secret of a run is zero when it returns, taken or refused', () => {
  const secrets: Uint8Array[] = [];
  const watched: CryptoSuite = {
    ...suite,
    blake2b(out, message, key) {
      suite.blake2b(out, message, key);
      secrets.push(message);
    },
    x25519(out, scalar, point) {
      secrets.push(out);
      return suite.x25519(out, scalar, point);
    },
    kemEncapsulate(ciphertext, shared, publicKey, coins) {
      secrets.push(shared, coins);
      return suite.kemEncapsulate(ciphertext, shared, publicKey, coins);
    },
    kemDecapsulate(shared, ciphertext, secretKey) {
      secrets.push(shared, secretKey);
      return suite.kemDecapsulate(shared, ciphertext, secretKey);
    },
    aeadSeal(out, plaintext, associated, key, nonce) {
      secrets.push(key);
      suite.aeadSeal(out, plaintext, associated, key, nonce);
    },
    aeadOpen(out, sealed, associated, key, nonce) {
      secrets.push(key);
      return suite.aeadOpen(out, sealed, associated, key, nonce);
    },
  };
  const { message } = pair(watched, 6).initiated;
  const { bob, prekey, secret } = people(suite, 6);
  const badTag = message.slice();
  badTag[message.length - 1] = (badTag[message.length - 1] ?? 0) ^ 1;
  const refused = respond(watched, { identity: bob, prekeySecret: prekey.secret, secret }, badTag);
  expect(refused).toEqual({ ok: false, error: { code: 'sealed' } });
  expect(secrets.length).toBeGreaterThan(40);
  for (const each of secrets) expect(isZero(each)).toBe(true);
});
