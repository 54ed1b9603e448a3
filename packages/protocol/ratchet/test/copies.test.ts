import { COPY_NONCE_BYTES, importSession, SEALED_OVERHEAD, type Session } from '@sotto/ratchet';
import { open } from '@sotto/noble';
import type { CryptoSuite } from '@sotto/suite';
import { fromUtf8, toHex, toUtf8 } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import vectors from '../../../../spec/vectors/sealing-copy.json' with { type: 'json' };
import { decodeState, encodeState } from '../src/ratchet-state.ts';
import { startOf } from './schedule.ts';
import { seededRng } from './seeded-rng.ts';

const suite = await open();
const start = startOf(suite, 30);

function load(state: Uint8Array, under: CryptoSuite = suite): Session {
  const session = importSession(under, state);
  if (!session.ok) throw new Error(session.error.code);
  return session.value;
}

/** A copy of a session, marked as one or, the planted fault, not. */
function copyOf(session: Session, under: CryptoSuite = suite, marked = true): Session {
  const copy = load(session.export(), under);
  if (marked) copy.markCopied();
  return copy;
}

const PADDED = 60;
const rng = seededRng(suite, 31);
function seal(session: Session, text: string): Uint8Array {
  const sealed = session.seal(rng, toUtf8(text), PADDED);
  if (!sealed.ok) throw new Error(sealed.error.code);
  return sealed.value;
}
const opened = (session: Session, sealed: Uint8Array): string | undefined => {
  const result = session.open(sealed);
  return result.ok ? fromUtf8(result.value) : result.error.code;
};

test('a copy goes on in a chain that was begun, under nonces of its own, until the peer answers', () => {
  const [a, b] = [load(start.a), load(start.b)];
  expect(opened(b, seal(a, 'from the first one'))).toBe('from the first one');
  // Over a store, too.
  const copy = load(copyOf(a).export());
  expect(copy.nonceBytes).toBe(COPY_NONCE_BYTES);
  for (const text of ['one', 'two']) {
    const sealed = seal(copy, text);
    expect(sealed).toHaveLength(PADDED + SEALED_OVERHEAD);
    expect(sealed[0]).toBe(0x82);
    expect(opened(b, sealed)).toBe(text);
  }
  const full = 'x'.repeat(PADDED - COPY_NONCE_BYTES);
  expect(() => seal(copy, `${full}x`)).toThrow(RangeError);
  expect(opened(b, seal(copy, full))).toBe(full);
  expect(opened(copy, seal(b, 'answer'))).toBe('answer');
  expect(copy.nonceBytes).toBe(0);
  const own = seal(copy, 'in a chain of its own');
  expect(own[0]).toBe(0x02);
  expect(opened(b, own)).toBe('in a chain of its own');
});

test('a chain that is not begun is nobody else’s', () => {
  const copy = load(start.b);
  copy.markCopied();
  expect(copy.nonceBytes).toBe(0);
  const decoded = decodeState(suite, start.b);
  if (!decoded.ok) throw new Error(decoded.error.code);
  const bytes = encodeState(decoded.value);
  // Version, session, identity, three keys, two counters: the flags.
  const flags = 1 + 16 + 32 + 3 * 32 + 1 + 2;
  bytes[flags] = (bytes[flags] ?? 0) | 4;
  expect(importSession(suite, bytes)).toEqual({ ok: false, error: { code: 'malformed' } });
});

test('every byte of a copy’s message is authenticated, and any bytes behind its mark are refused', () => {
  const b = load(start.b);
  const sealed = seal(copyOf(load(start.a)), 'words');
  for (let at = 0; at < sealed.length; at++) {
    const changed = sealed.slice();
    changed[at] = (changed[at] ?? 0) ^ (at === 0 ? 0x80 : 1);
    expect(b.open(changed).ok).toBe(false);
  }
  expect(opened(b, sealed.subarray(0, 50))).toBe('malformed');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(b.open(Uint8Array.from([0x82, ...bytes])).ok).toBe(false);
    }),
  );
  expect(opened(b, sealed)).toBe('words');
});

/** Who may act: the peer, the first one, and two that were read from one file. */
const WHO = ['peer', 'first', 'copy', 'other copy'] as const;

const steps = fc.array(
  fc.record({
    who: fc.constantFrom(...WHO),
    act: fc.constantFrom('say' as const, 'say' as const, 'hear' as const),
    pick: fc.nat(20),
  }),
  { minLength: 30, maxLength: 60, size: 'max' },
);

/** Lets everybody act in any order, and hear whatever was said. @returns a key and nonce that closed two messages. */
function reused(
  schedule: typeof steps extends fc.Arbitrary<infer T> ? T : never,
  copiedAfter: number,
  marked: boolean,
): string | undefined {
  const seen = new Set<string>();
  let twice: string | undefined;
  const watched: CryptoSuite = {
    ...suite,
    aeadSeal(out, plaintext, associated, key, nonce) {
      const pair = `${toHex(key)} ${toHex(nonce)}`;
      if (seen.has(pair)) twice = pair;
      seen.add(pair);
      suite.aeadSeal(out, plaintext, associated, key, nonce);
    },
  };
  const all = new Map<string, Session>([
    ['peer', load(start.b, watched)],
    ['first', load(start.a, watched)],
  ]);
  const said: { readonly toPeer: boolean; readonly sealed: Uint8Array }[] = [];
  for (const [i, { who, act, pick }] of schedule.entries()) {
    const first = all.get('first');
    if (i === copiedAfter && first !== undefined) {
      all.set('copy', copyOf(first, watched, marked));
      all.set('other copy', copyOf(first, watched, marked));
    }
    const session = all.get(who);
    if (session === undefined) continue;
    if (act === 'say') said.push({ toPeer: who !== 'peer', sealed: seal(session, `${i}`) });
    else {
      const waiting = said.filter(({ toPeer }) => toPeer === (who === 'peer'));
      const heard = waiting[waiting.length - 1 - (pick % Math.max(1, waiting.length))];
      if (heard !== undefined) session.open(heard.sealed);
    }
  }
  return twice;
}

test('whatever the first one and two copies do, no key and nonce close two messages', () => {
  const when = fc.nat(20);
  fc.assert(
    fc.property(steps, when, (schedule, after) => {
      expect(reused(schedule, after, true)).toBeUndefined();
    }),
    { numRuns: 8, seed: 9 },
  );
  // Copies that do not know what they are, are found.
  const planted = fc.property(steps, when, (schedule, after) => {
    return reused(schedule, after, false) === undefined;
  });
  expect(fc.check(planted, { numRuns: 8, seed: 9, endOnFailure: true }).failed).toBe(true);
});

test('vectors: a message of a copied chain', () => {
  const bytes = (hex: string): Uint8Array =>
    Uint8Array.from(hex.match(/../gu) ?? [], (byte) => Number.parseInt(byte, 16));
  const copy = load(bytes(vectors.state));
  copy.markCopied();
  expect(toHex(copy.export())).toBe(vectors.copiedState);
  let left = bytes(vectors.drawn);
  const drawn = {
    fill(out: Uint8Array): void {
      out.set(left.subarray(0, out.length));
      left = left.subarray(out.length);
    },
  };
  const sealed = copy.seal(drawn, bytes(vectors.plaintext), vectors.paddedLength);
  expect(sealed.ok && toHex(sealed.value)).toBe(vectors.sealed);
  expect(left).toHaveLength(0);
  const peer = load(bytes(vectors.peerState));
  const result = peer.open(bytes(vectors.sealed));
  expect(result.ok && toHex(result.value)).toBe(vectors.plaintext);
});
