import { open } from '@sotto/sodium/wasm';
import {
  closedSession,
  importSession,
  MAX_GAP,
  MAX_SKIPPED,
  SEALED_OVERHEAD,
  type Session,
} from '@sotto/ratchet';
import type { CryptoSuite } from '@sotto/suite';
import { concat, isZero, toHex, toUtf8 } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeState, encodeState } from '../src/ratchet-state.ts';
import { stepChain } from '../src/key-schedule.ts';
import { pair } from './pair.ts';
import { seededRng } from './seeded-rng.ts';

const suite = await open();
const rng = seededRng(suite, 4);
const first = pair(suite, 10);
const start = { a: first.initiated.session.export(), b: first.responded.session.export() };

function load(state: Uint8Array): Session {
  const session = importSession(suite, state);
  if (!session.ok) throw new Error(session.error.code);
  return session.value;
}
const fresh = (): { a: Session; b: Session } => ({ a: load(start.a), b: load(start.b) });
function seal(session: Session, text: string, paddedLength = 32): Uint8Array {
  const sealed = session.seal(rng, toUtf8(text), paddedLength);
  if (!sealed.ok) throw new Error(sealed.error.code);
  return sealed.value;
}
const opened = (session: Session, sealed: Uint8Array): string => {
  const result = session.open(sealed);
  return result.ok ? `+${String.fromCodePoint(...result.value)}` : result.error.code;
};
/** One message each way, so that both have ratchet keys of their own. */
function talking(): { a: Session; b: Session } {
  const both = fresh();
  expect(opened(both.a, seal(both.b, 'x'))).toBe('+x');
  expect(opened(both.b, seal(both.a, 'y'))).toBe('+y');
  return both;
}

test('a sealed message is as long as was asked, whatever it says', () => {
  const { a } = fresh();
  const lengths = ['', 'x', 'x'.repeat(200)].map((text) => seal(a, text, 200).length);
  expect(new Set(lengths)).toEqual(new Set([200 + SEALED_OVERHEAD]));
  expect(SEALED_OVERHEAD).toBe(64);
  expect(() => a.seal(rng, new Uint8Array(201), 200)).toThrow(RangeError);
  expect(() => a.seal(rng, new Uint8Array(0), 65_536)).toThrow(RangeError);
  expect(() => a.seal(rng, new Uint8Array(0), 1.5)).toThrow(RangeError);
});

test('a refused plaintext does not move the state', () => {
  for (const session of [fresh().a, fresh().b]) {
    const before = session.export();
    expect(() => session.seal(rng, new Uint8Array(2), 1)).toThrow(RangeError);
    expect(session.export()).toEqual(before);
  }
});

test('after the version byte a sealed message is uniform to the eye, the same words or not', () => {
  const { a, b } = talking();
  const counts = new Uint32Array(256);
  const seen = new Set<string>();
  for (let i = 0; i < 100; i++) {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const sealed = seal(from, 'the same', 100);
      expect(sealed[0]).toBe(2);
      seen.add(toHex(sealed.subarray(1, 46)));
      for (const byte of sealed.subarray(1)) counts[byte] = (counts[byte] ?? 0) + 1;
      if (i % 3 === 0) expect(opened(to, sealed)).toBe('+the same');
    }
  }
  expect(seen.size).toBe(200);
  // n = 200 × 163 bytes; χ² with 255 degrees of freedom above 400: chance 1e-8. Fixed seed.
  const mean = (200 * 163) / 256;
  const chi = counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
  expect(chi).toBeLessThan(400);
});

test('what one side sealed, the same side does not open, nor another pair', () => {
  const { a, b } = fresh();
  const sealed = seal(a, 'm');
  expect(opened(a, sealed)).toBe('sealed');
  expect(opened(pair(suite, 11).responded.session, sealed)).toBe('sealed');
  expect(opened(b, sealed)).toBe('+m');
});

test('any bit changed: no text comes out, the state stays, and the message still opens afterwards', () => {
  const chains = talking();
  seal(chains.a, 'passed over');
  const inChain = { to: chains.b, sealed: seal(chains.a, 'm') };
  expect(opened(chains.a, seal(chains.b, 'z'))).toBe('+z');
  const nextChain = { to: load(chains.b.export()), sealed: seal(chains.a, 'm') };
  for (const { to, sealed } of [inChain, nextChain]) {
    fc.assert(
      fc.property(fc.nat(sealed.length * 8 - 1), (bit) => {
        const changed = sealed.slice();
        changed[bit >>> 3] = (changed[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
        const before = to.export();
        expect(opened(to, changed)).toBe(bit < 7 ? 'unknown-version' : 'sealed');
        expect(to.export()).toEqual(before);
      }),
      { numRuns: 60 },
    );
    expect(opened(to, sealed)).toBe('+m');
  }
});

test('any bytes have an answer and leave the state as it is', () => {
  const { b } = talking();
  const before = b.export();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (any) => {
      for (const bytes of [any, concat(Uint8Array.of(2), any)]) {
        expect(opened(b, bytes)).not.toMatch(/^\+/u);
      }
    }),
    { numRuns: 60 },
  );
  expect(b.export()).toEqual(before);
  expect(opened(b, new Uint8Array(0))).toBe('malformed');
  expect(opened(b, Uint8Array.of(2))).toBe('malformed');
  expect(opened(b, Uint8Array.of(1))).toBe('unknown-version');
  expect(opened(b, Uint8Array.of(2, ...new Uint8Array(45 + 17)))).toBe('malformed');
  expect(opened(b, Uint8Array.of(2, ...new Uint8Array(45 + 18)))).toBe('sealed');
});

test('both sides speak at once, in either order, and go on', () => {
  for (const crossing of [fresh(), talking()]) {
    const { a, b } = crossing;
    for (let round = 0; round < 4; round++) {
      const fromA = [seal(a, 'a0'), seal(a, 'a1')];
      const fromB = [seal(b, 'b0'), seal(b, 'b1')];
      expect(fromB.map((sealed) => opened(a, sealed))).toEqual(['+b0', '+b1']);
      expect(fromA.toReversed().map((sealed) => opened(b, sealed))).toEqual(['+a1', '+a0']);
    }
  }
});

test('a gap of the bound is crossed in a chain and between two; one more is refused and changes nothing', () => {
  const { a, b } = talking();
  const sealed = Array.from({ length: MAX_GAP + 2 }, (_, i) => seal(a, `${i}`));
  const at = (i: number): Uint8Array => sealed[i] ?? new Uint8Array(0);
  const before = b.export();
  expect(opened(b, at(MAX_GAP + 1))).toBe('gap');
  expect(b.export()).toEqual(before);
  expect(opened(b, at(MAX_GAP))).toBe(`+${MAX_GAP}`);
  expect(opened(b, at(MAX_GAP + 1))).toBe(`+${MAX_GAP + 1}`);
  expect(opened(b, at(0))).toBe('+0');
  expect(opened(b, at(0))).toBe('duplicate');
  // A new chain, whose header says that too many of the old one are missing.
  for (const [missing, answer] of [
    [MAX_GAP, '+new'],
    [MAX_GAP + 1, 'gap'],
  ] as const) {
    const both = talking();
    for (let i = 0; i < missing; i++) seal(both.a, 'lost');
    expect(opened(both.a, seal(both.b, 'x'))).toBe('+x');
    const state = both.b.export();
    const next = seal(both.a, 'new');
    expect(opened(both.b, next)).toBe(answer);
    if (answer === 'gap') expect(both.b.export()).toEqual(state);
  }
});

test('a flood of skipped keys is bounded: the oldest go first, and the state with them', () => {
  const { a, b } = talking();
  const late: Uint8Array[] = [];
  for (let round = 0; round < 6; round++) {
    late.push(seal(a, `late ${round}`));
    for (let i = 0; i < 99; i++) seal(a, 'lost');
    expect(opened(b, seal(a, 'through'))).toBe('+through');
    expect(opened(a, seal(b, 'answer'))).toBe('+answer');
  }
  const state = decodeState(suite, b.export());
  expect(state.ok && state.value.held.size).toBe(MAX_SKIPPED);
  expect(b.export().length).toBeLessThan(20_000);
  expect(late.slice(0, 3).map((sealed) => opened(b, sealed))).toEqual(Array(3).fill('sealed'));
  expect(opened(b, late[5] ?? start.b)).toBe('+late 5');
  expect(opened(b, late[3] ?? start.b)).toBe('duplicate');
});

test('a key that is held too long is erased', () => {
  const { a, b } = talking();
  const late = seal(a, 'late');
  const state = decodeState(suite, b.export());
  if (!state.ok) throw new Error(state.error.code);
  expect(opened(b, seal(a, '0'))).toBe('+0');
  const held = b.export();
  expect(opened(load(held), late)).toBe('+late');
  for (let i = 0; i < 1023; i++) expect(opened(b, seal(a, '1'))).toBe('+1');
  expect(opened(load(b.export()), late)).toBe('+late');
  expect(opened(b, seal(a, '2'))).toBe('+2');
  expect(opened(b, late)).toBe('duplicate');
});

test('a session is its export read back; other bytes are refused', () => {
  const { a, b } = talking();
  const sealed = ['0', '1', '2', '3'].map((text) => seal(a, text, 200));
  expect(opened(b, sealed[3] ?? start.a)).toBe('+3');
  expect(opened(a, seal(b, 'turn', 200))).toBe('+turn');
  for (const state of [a.export(), b.export(), start.a, start.b]) {
    expect(load(state).export()).toEqual(state);
    for (let cut = 1; cut < state.length; cut += 3) {
      expect(importSession(suite, state.subarray(0, cut)).ok, `${cut}`).toBe(false);
    }
    expect(importSession(suite, concat(state, Uint8Array.of(0))).ok).toBe(false);
  }
  expect(opened(load(b.export()), sealed[1] ?? start.a)).toBe('+1');
  const code = (bytes: Uint8Array): string => {
    const result = importSession(suite, bytes);
    return result.ok ? 'ok' : result.error.code;
  };
  expect(code(new Uint8Array(0))).toBe('malformed');
  expect(code(b.export().fill(1, 0, 1))).toBe('unknown-version');
  expect(code(b.export().fill(3, 0, 1))).toBe('unknown-version');
  fc.assert(
    fc.property(fc.nat(start.b.length - 1), fc.nat(255), (at, value) => {
      const changed = start.b.slice();
      changed[at] = value;
      const result = importSession(suite, changed);
      if (result.ok) expect(result.value.export()).toEqual(changed);
    }),
  );
});

test('a session of another version stays as it is and says nothing', () => {
  const state = Uint8Array.of(1, 2, 3);
  const closed = closedSession(state);
  expect(closed.version).toBe(1);
  expect(closed.seal(rng, new Uint8Array(0), 0)).toEqual({ ok: false, error: { code: 'closed' } });
  expect(opened(closed, seal(fresh().a, 'm'))).toBe('unknown-version');
  closed.skip(1);
  expect(closed.export()).toEqual(Uint8Array.of(1, 2, 3));
  closed.wipe();
  expect(isZero(state)).toBe(true);
});

test('a lost state does not come back: a new handshake is a session of its own, beside the old one', () => {
  const { a: lost, b } = talking();
  const old = seal(b, 'to nobody');
  lost.wipe();
  const again = pair(suite, 12);
  const renewed = { a: again.initiated.session, b: again.responded.session };
  expect(opened(renewed.a, old)).toBe('sealed');
  expect(opened(renewed.a, seal(renewed.b, 'new'))).toBe('+new');
  expect(opened(renewed.b, seal(renewed.a, 'words'))).toBe('+words');
  expect(toHex(renewed.b.id)).not.toBe(toHex(b.id));
  // The other side's old session can still say something, to nobody, and forget it.
  expect(seal(b, 'more').length).toBe(96);
});

test('a copy of a state that went on elsewhere opens nothing sealed after the ratchet turned', () => {
  const { a, b } = talking();
  const copy = load(a.export());
  const early = seal(b, 'early');
  expect(opened(a, early)).toBe('+early');
  expect(opened(b, seal(a, 'turn'))).toBe('+turn');
  const later = seal(b, 'later');
  expect(opened(copy, early)).toBe('+early');
  expect(opened(copy, later)).toBe('malformed');
  expect(opened(b, seal(copy, 'from the copy'))).toBe('duplicate');
  expect(opened(a, later)).toBe('+later');
});

test('keys that are given up are not used again, and the peer goes on', () => {
  const { a, b } = talking();
  const copy = load(a.export());
  const used = [seal(copy, '0'), seal(copy, '1')];
  a.skip(2);
  const next = seal(a, 'next');
  expect(opened(b, used[0] ?? next)).toBe('+0');
  expect(opened(b, next)).toBe('+next');
  expect(opened(b, used[1] ?? next)).toBe('+1');
  expect(() => a.skip(MAX_GAP + 1)).toThrow(RangeError);
  b.skip(3);
  expect(opened(a, seal(b, 'fresh chain'))).toBe('+fresh chain');
});

test('the last counter is never used, and a new chain counts from the start', () => {
  const decoded = decodeState(suite, start.a);
  if (!decoded.ok || !('sending' in decoded.value.turn)) throw new Error('no chain');
  decoded.value.turn.sending.counter = 0xfffe;
  const a = load(encodeState(decoded.value));
  seal(a, 'last');
  const refused = { ok: false, error: { code: 'exhausted' } };
  expect(a.seal(rng, new Uint8Array(0), 0)).toEqual(refused);
  expect(load(a.export()).seal(rng, new Uint8Array(0), 0)).toEqual(refused);
  expect(opened(a, seal(load(start.b), 'x'))).toBe('+x');
  expect(a.seal(rng, new Uint8Array(0), 0).ok).toBe(true);
});

test('a peer who pads wrongly costs only that message', () => {
  const { a, b } = fresh();
  const decoded = decodeState(suite, a.export());
  if (!decoded.ok || !('sending' in decoded.value.turn)) throw new Error('no chain');
  const { chainKey } = decoded.value.turn.sending;
  // The tag of a body that is padded with something else than pieces or zeros.
  const watched: CryptoSuite = {
    ...suite,
    aeadSeal(out, _padded, associated, key, nonce) {
      suite.aeadSeal(out, Uint8Array.of(0, 1, 7, 9), associated, key, nonce);
    },
  };
  const bad = importSession(watched, a.export());
  if (!bad.ok) throw new Error(bad.error.code);
  const sealed = bad.value.seal(rng, Uint8Array.of(7), 2);
  if (!sealed.ok) throw new Error(sealed.error.code);
  expect(opened(b, sealed.value)).toBe('padding');
  expect(opened(b, sealed.value)).toBe('duplicate');
  stepChain(suite, chainKey);
  const onward = load(
    encodeState({
      ...decoded.value,
      turn: { sending: { ...decoded.value.turn.sending, counter: 1 } },
    }),
  );
  expect(opened(b, seal(onward, 'good'))).toBe('+good');
});

test('a wiped session holds no key and does nothing', () => {
  const { a, b } = talking();
  const sealed = seal(a, 'm');
  b.wipe();
  expect(() => b.open(sealed)).toThrow(TypeError);
  expect(() => b.seal(rng, new Uint8Array(0), 0)).toThrow(TypeError);
  expect(() => b.export()).toThrow(TypeError);
});

test('no key stands in a session as JSON', () => {
  const { a } = fresh();
  expect(JSON.stringify(a)).not.toContain(toHex(start.a.subarray(49, 57)));
  expect(Object.keys(a).toSorted()).toEqual(['id', 'peerIdentity', 'version']);
});

test('keys of messages and agreements are zero when a call returns, opened, refused or passed over', () => {
  const keys: Uint8Array[] = [];
  const watched: CryptoSuite = {
    ...suite,
    x25519(out, scalar, point) {
      keys.push(out);
      return suite.x25519(out, scalar, point);
    },
    blake2b(out, message, key) {
      keys.push(message);
      suite.blake2b(out, message, key);
    },
    aeadSeal(out, plaintext, associated, key, nonce) {
      keys.push(key, plaintext);
      suite.aeadSeal(out, plaintext, associated, key, nonce);
    },
    aeadOpen(out, sealed, associated, key, nonce) {
      keys.push(key, out);
      return suite.aeadOpen(out, sealed, associated, key, nonce);
    },
  };
  const [a, b] = [importSession(watched, start.a), importSession(watched, start.b)];
  if (!a.ok || !b.ok) throw new Error('not imported');
  const [zero, one, two] = [seal(a.value, '0'), seal(a.value, '1'), seal(a.value, '2')];
  const bad = two.slice();
  bad[60] = (bad[60] ?? 0) ^ 1;
  expect(opened(b.value, one)).toBe('+1');
  expect(opened(b.value, zero)).toBe('+0');
  expect(opened(b.value, bad)).toBe('sealed');
  expect(opened(a.value, seal(b.value, 'turn', 400))).toBe('+turn');
  expect(keys.length).toBeGreaterThan(40);
  for (const key of keys) expect(isZero(key)).toBe(true);
});
