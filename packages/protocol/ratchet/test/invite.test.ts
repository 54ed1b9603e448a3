import { open } from '@sotto/noble';
import {
  contactBodySeed,
  decodeInvite,
  encodeInvite,
  type Invite,
  INVITE_BYTES,
} from '@sotto/ratchet';
import { toBase64url } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

const suite = await open();
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const invites: fc.Arbitrary<Invite> = fc.record({
  networkId: bytes(16),
  contactPoint: bytes(16),
  box: bytes(16),
  credential: bytes(16),
  secret: bytes(32),
  bundleHash: bytes(32),
  expiryEpoch: fc.nat(0xffff_ffff),
});
const one: Invite = {
  networkId: new Uint8Array(16).fill(1),
  contactPoint: new Uint8Array(16).fill(2),
  box: new Uint8Array(16).fill(3),
  credential: new Uint8Array(16).fill(4),
  secret: new Uint8Array(32).fill(5),
  bundleHash: new Uint8Array(32).fill(6),
  expiryEpoch: 20_700,
};
const link = encodeInvite(suite, one);
const code = (text: string): string => {
  const read = decodeInvite(suite, text);
  return read.ok ? 'ok' : read.error.code;
};

test('an invite is its link read back, within the sizes of the design', () => {
  expect(INVITE_BYTES).toBeLessThanOrEqual(150);
  expect(link.length).toBe(189);
  fc.assert(
    fc.property(invites, (invite) => {
      expect(decodeInvite(suite, encodeInvite(suite, invite))).toEqual({ ok: true, value: invite });
    }),
  );
});

test('a link says what is wrong with it', () => {
  expect(code(link.slice(1))).toBe('bad-prefix');
  expect(code(`https://example.org/#${link}`)).toBe('bad-prefix');
  expect(code(`${link.slice(0, 50)}+${link.slice(51)}`)).toBe('bad-alphabet');
  expect(code(`${link} `)).toBe('bad-alphabet');
  for (let cut = 6; cut < link.length; cut++) {
    expect(code(link.slice(0, cut)), `${cut}`).toBe('wrong-length');
  }
  expect(code(`${link}A`)).toBe('wrong-length');
  expect(code(`sotto:${'A'.repeat(1_000_000)}`)).toBe('wrong-length');
  expect(code(`sotto:${toBase64url(new Uint8Array(INVITE_BYTES).fill(2))}`)).toBe(
    'unknown-version',
  );
});

test('one wrong letter anywhere is noticed', () => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  fc.assert(
    fc.property(fc.integer({ min: 6, max: link.length - 1 }), fc.nat(63), (at, which) => {
      const letter = letters.charAt(which);
      fc.pre(letter !== link.charAt(at));
      const typed = link.slice(0, at) + letter + link.slice(at + 1);
      // The version is in the first letter and the upper two bits of the second.
      const versionHolds = at > 7 || (at === 7 && which >>> 4 === 1);
      expect(code(typed)).toBe(versionHolds ? 'checksum' : 'unknown-version');
    }),
    {
      examples: [
        [6, 5],
        [7, 20],
        [7, 5],
        [188, 1],
      ],
    },
  );
});

test('any text has an answer', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ unit: 'binary' }), (a, b) => {
      expect(code(a)).not.toBe('ok');
      expect(code(`sotto:${b}`)).not.toBe('ok');
    }),
  );
});

test("a field of the wrong length is the caller's bug", () => {
  expect(() => encodeInvite(suite, { ...one, box: new Uint8Array(15) })).toThrow(RangeError);
  expect(() => encodeInvite(suite, { ...one, expiryEpoch: 2 ** 32 })).toThrow(RangeError);
  expect(() => contactBodySeed(suite, new Uint8Array(31))).toThrow(RangeError);
});

test('the body seed follows the secret and is not the secret', () => {
  const seed = contactBodySeed(suite, one.secret);
  expect(seed).not.toEqual(one.secret);
  expect(contactBodySeed(suite, new Uint8Array(32).fill(6))).not.toEqual(seed);
});
