import { open } from '@sotto/noble';
import { importSession, MAX_GAP, MAX_SKIPPED, SEALED_OVERHEAD, type Session } from '@sotto/ratchet';
import type { CryptoSuite } from '@sotto/suite';
import { ByteWriter, concat, isZero, toHex, toUtf8 } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChainSession } from '../src/chain-session.ts';
import { splitRoot, stepChain } from '../src/key-schedule.ts';
import { pair } from './pair.ts';

const suite = await open();
const { initiated, responded } = pair(suite, 10);
const start = { a: initiated.session.export(), b: responded.session.export() };

function load(state: Uint8Array): Session {
  const session = importSession(suite, state);
  if (!session.ok) throw new Error(session.error.code);
  return session.value;
}
const fresh = (): { a: Session; b: Session } => ({ a: load(start.a), b: load(start.b) });
function seal(session: Session, text: string, paddedLength = 32): Uint8Array {
  const sealed = session.seal(toUtf8(text), paddedLength);
  if (!sealed.ok) throw new Error(sealed.error.code);
  return sealed.value;
}
const opened = (session: Session, sealed: Uint8Array): string => {
  const result = session.open(sealed);
  return result.ok ? `+${String.fromCodePoint(...result.value)}` : result.error.code;
};

test('a sealed message is as long as was asked, whatever it says', () => {
  const { a } = fresh();
  const lengths = ['', 'x', 'x'.repeat(200)].map((text) => seal(a, text, 200).length);
  expect(new Set(lengths)).toEqual(new Set([200 + SEALED_OVERHEAD]));
  expect(() => a.seal(new Uint8Array(201), 200)).toThrow(RangeError);
  expect(() => a.seal(new Uint8Array(0), 65_536)).toThrow(RangeError);
  expect(() => a.seal(new Uint8Array(0), 1.5)).toThrow(RangeError);
});

test('a refused plaintext does not move the state', () => {
  const { a } = fresh();
  expect(() => a.seal(new Uint8Array(2), 1)).toThrow(RangeError);
  expect(a.export()).toEqual(start.a);
});

test('what one side sealed, the same side does not open, nor another pair', () => {
  const { a, b } = fresh();
  const sealed = seal(a, 'm');
  expect(opened(a, sealed)).toBe('sealed');
  expect(opened(pair(suite, 11).responded.session, sealed)).toBe('sealed');
  expect(opened(b, sealed)).toBe('+m');
});

test('any bit changed: no text comes out and the message still opens afterwards', () => {
  const { a, b } = fresh();
  seal(a, 'passed over');
  const sealed = seal(a, 'm');
  fc.assert(
    fc.property(fc.nat(sealed.length * 8 - 1), (bit) => {
      const changed = sealed.slice();
      changed[bit >>> 3] = (changed[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      const before = b.export();
      expect(opened(b, changed)).toBe(bit < 8 ? 'unknown-version' : bit < 32 ? 'gap' : 'sealed');
      expect(b.export()).toEqual(before);
    }),
    { numRuns: 60 },
  );
  expect(opened(b, sealed)).toBe('+m');
});

test('any bytes have an answer and leave the state as it is', () => {
  const { b } = fresh();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(300), (any, counter) => {
      for (const bytes of [
        any,
        concat(Uint8Array.of(1, 0, 0, counter >>> 8, counter & 255), any),
      ]) {
        expect(opened(b, bytes)).not.toMatch(/^\+/u);
      }
    }),
    { numRuns: 40 },
  );
  expect(b.export()).toEqual(start.b);
  expect(opened(b, new Uint8Array(0))).toBe('malformed');
  expect(opened(b, Uint8Array.of(1))).toBe('malformed');
  expect(opened(b, concat(Uint8Array.of(1, 255, 255, 255, 255), new Uint8Array(50)))).toBe(
    'malformed',
  );
});

test('a gap of the bound is crossed, one more is refused, and the far message opens later', () => {
  const { a, b } = fresh();
  const sealed = Array.from({ length: MAX_GAP + 2 }, (_, i) => seal(a, `${i}`));
  const at = (i: number): Uint8Array => sealed[i] ?? new Uint8Array(0);
  expect(opened(b, at(MAX_GAP + 1))).toBe('gap');
  expect(b.export()).toEqual(start.b);
  expect(opened(b, at(MAX_GAP))).toBe(`+${MAX_GAP}`);
  expect(opened(b, at(MAX_GAP + 1))).toBe(`+${MAX_GAP + 1}`);
  expect(opened(b, at(0))).toBe('+0');
  expect(opened(b, at(0))).toBe('duplicate');
});

test('held keys are bounded and the oldest goes first', () => {
  const { a, b } = fresh();
  const sealed = Array.from({ length: MAX_SKIPPED + 10 }, (_, i) => seal(a, `${i}`));
  const at = (i: number): Uint8Array => sealed[i] ?? new Uint8Array(0);
  expect(opened(b, at(MAX_SKIPPED))).toMatch(/^\+/u); // holds 0..255
  expect(opened(b, at(MAX_SKIPPED + 4))).toMatch(/^\+/u); // three more are missing
  expect(b.export().length).toBe(91 + MAX_SKIPPED * 36);
  for (const i of [0, 1, 2]) expect(opened(b, at(i))).toBe('duplicate');
  expect(opened(b, at(3))).toBe('+3');
  expect(opened(b, at(MAX_SKIPPED + 3))).toBe(`+${MAX_SKIPPED + 3}`);
});

test('a state taken after message n opens none up to n, and every later one', () => {
  const { a, b } = fresh();
  const sealed = Array.from({ length: 8 }, (_, i) => seal(a, `${i}`));
  for (let n = 0; n < 8; n++) {
    expect(opened(b, sealed[n] ?? start.b)).toBe(`+${n}`);
    const thief = load(b.export());
    for (const [i, message] of sealed.entries()) {
      expect(opened(thief, message), `state after ${n}, message ${i}`).toBe(
        i <= n ? 'duplicate' : `+${i}`,
      );
    }
  }
  // The sender's state opens nothing that it has sealed, even read as a receiver's.
  const state = a.export();
  const turned = new ChainSession(suite, {
    id: state.slice(1, 17),
    send: new Uint8Array(32),
    receive: state.slice(17, 49),
  });
  for (const [i, message] of sealed.entries()) {
    expect(opened(turned, message), `message ${i}`).toBe('sealed');
  }
});

test('a state that keeps an old chain key would be caught by the same look', () => {
  const keys = splitRoot(suite, new Uint8Array(32).fill(3));
  const early = keys.initiatorChain.slice();
  const sender = new ChainSession(suite, {
    id: keys.sessionId,
    send: keys.initiatorChain,
    receive: keys.responderChain,
  });
  const sealed = seal(sender, 'm');
  const keeper = new ChainSession(suite, {
    id: keys.sessionId,
    send: new Uint8Array(32),
    receive: early,
  });
  expect(opened(keeper, sealed)).toBe('+m');
  stepChain(suite, early);
  expect(opened(keeper, sealed)).toBe('duplicate');
});

test('a session is its export read back; other bytes are refused', () => {
  const { a, b } = fresh();
  const sealed = ['0', '1', '2', '3'].map((text) => seal(a, text));
  expect(opened(b, sealed[3] ?? start.a)).toBe('+3');
  const state = b.export();
  expect(load(state).export()).toEqual(state);
  expect(opened(load(state), sealed[1] ?? start.a)).toBe('+1');
  const code = (bytes: Uint8Array): string => {
    const result = importSession(suite, bytes);
    return result.ok ? 'ok' : result.error.code;
  };
  for (let cut = 0; cut < state.length; cut++) {
    expect(code(state.subarray(0, cut)), `${cut}`).toBe('malformed');
  }
  expect(code(concat(state, Uint8Array.of(0)))).toBe('malformed');
  expect(code(state.slice().fill(2, 0, 1))).toBe('unknown-version');
  const withSkipped = (...counters: number[]): Uint8Array => {
    const writer = new ByteWriter(91 + 36 * counters.length);
    writer.put(state.subarray(0, 89)).u16(counters.length);
    for (const counter of counters) writer.u32(counter).put(new Uint8Array(32));
    return writer.bytes;
  };
  expect(code(withSkipped(0, 2))).toBe('ok');
  expect(code(withSkipped(2, 0))).toBe('malformed');
  expect(code(withSkipped(0, 0))).toBe('malformed');
  expect(code(withSkipped(4))).toBe('malformed');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (any) => {
      expect(['malformed', 'unknown-version', 'ok']).toContain(code(any));
      expect(code(concat(Uint8Array.of(1), any.subarray(0, 89)))).toBe('malformed');
    }),
  );
});

test('the last counter is never used', () => {
  const state = start.a.slice();
  state.fill(255, 49, 53);
  state[52] = 254;
  const a = load(state);
  expect(seal(a, 'last').subarray(1, 5)).toEqual(Uint8Array.of(255, 255, 255, 254));
  expect(a.seal(new Uint8Array(0), 0)).toEqual({ ok: false, error: { code: 'exhausted' } });
  expect(load(a.export()).seal(new Uint8Array(0), 0).ok).toBe(false);
});

test('a peer who pads wrongly costs only that message', () => {
  const { b } = fresh();
  const chain = start.a.slice(17, 49);
  const key = stepChain(suite, chain);
  const header = Uint8Array.of(1, 0, 0, 0, 0);
  const body = new Uint8Array(4 + 16);
  const associated = concat(header, start.a.subarray(1, 17));
  suite.aeadSeal(body, Uint8Array.of(0, 1, 7, 9), associated, key, new Uint8Array(12));
  expect(opened(b, concat(header, body))).toBe('padding');
  expect(opened(b, concat(header, body))).toBe('duplicate');
});

test('a wiped session holds no key and does nothing', () => {
  const { a, b } = fresh();
  const sealed = seal(a, 'm');
  b.wipe();
  expect(() => b.open(sealed)).toThrow(TypeError);
  expect(() => b.seal(new Uint8Array(0), 0)).toThrow(TypeError);
  expect(() => b.export()).toThrow(TypeError);
});

test('no key stands in a session as JSON', () => {
  const { a } = fresh();
  expect(JSON.stringify(a)).not.toContain(toHex(start.a.subarray(17, 25)));
  expect(Object.keys(a).toSorted()).toEqual(['id', 'version']);
});

test('keys of messages are zero when a call returns, opened, refused or passed over', () => {
  const keys: Uint8Array[] = [];
  const watched: CryptoSuite = {
    ...suite,
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
  bad[20] = (bad[20] ?? 0) ^ 1;
  expect(opened(b.value, one)).toBe('+1');
  expect(opened(b.value, zero)).toBe('+0');
  expect(opened(b.value, bad)).toBe('sealed');
  expect(keys.length).toBe(12);
  for (const key of keys) expect(isZero(key)).toBe(true);
});
