import { open } from '@sotto/noble';
import { fromHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import { agree, isCanonicalPoint } from '../src/point.ts';

const suite = await open();
const scalar = new Uint8Array(32).fill(7);
const hex = (text: string): Uint8Array => fromHex(text) ?? new Uint8Array(0);
const base = hex(`09${'00'.repeat(31)}`);

test('the largest canonical value is taken, p and above are not, nor is a set top bit', () => {
  expect(isCanonicalPoint(hex(`ec${'ff'.repeat(30)}7f`))).toBe(true);
  expect(isCanonicalPoint(hex(`ff${'ff'.repeat(29)}fe7f`))).toBe(true);
  for (const low of ['ed', 'ee', 'ff']) {
    expect(isCanonicalPoint(hex(`${low}${'ff'.repeat(30)}7f`)), low).toBe(false);
  }
  expect(isCanonicalPoint(hex(`09${'00'.repeat(30)}80`))).toBe(false);
  expect(isCanonicalPoint(new Uint8Array(31))).toBe(false);
});

test('agreement is RFC 7748 for the base point and refuses low order and other spellings', () => {
  const expected = new Uint8Array(32);
  suite.x25519Base(expected, scalar);
  expect(agree(suite, scalar, base)).toEqual(expected);
  const lowOrder = [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    `ec${'ff'.repeat(30)}7f`,
  ];
  for (const point of lowOrder) expect(agree(suite, scalar, hex(point)), point).toBeUndefined();
  const otherSpelling = base.slice();
  otherSpelling[31] = 0x80;
  expect(agree(suite, scalar, otherSpelling)).toBeUndefined();
  expect(agree(suite, scalar, hex(`ee${'ff'.repeat(30)}7f`))).toBeUndefined();
});
