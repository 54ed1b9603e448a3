import { open } from '@sotto/sodium/wasm';
import { expect, test } from 'vitest';
import { Scratch } from '../src/scratch.ts';
import { loadModule } from '../src/wasm-module.ts';

const sodium = await loadModule();
const suite = await open();
const secret = Uint8Array.from({ length: 64 }, (_, i) => (i * 89 + 41) & 255);
const key = secret.subarray(0, 32);
const nonce = new Uint8Array(12);

/** Whether the memory of the module holds 16 bytes from the middle of the secret anywhere. */
function leaks(): boolean {
  const heap = sodium.heap();
  const part = secret.subarray(8, 24);
  for (let at = heap.indexOf(part[0] ?? 0); at >= 0; at = heap.indexOf(part[0] ?? 0, at + 1)) {
    if (part.every((byte, i) => heap[at + i] === byte)) return true;
  }
  return false;
}

test('a secret in the scratch region is seen before it is closed, and gone after', () => {
  const scratch = new Scratch(sodium);
  for (const bytes of [100, 200_000]) {
    expect(leaks()).toBe(false);
    scratch.open(bytes);
    scratch.put(new Uint8Array(bytes - secret.length));
    scratch.put(secret);
    expect(leaks()).toBe(true);
    scratch.close();
    expect(leaks()).toBe(false);
  }
});

test('a call that was broken off leaves nothing to the next one', () => {
  const scratch = new Scratch(sodium);
  scratch.open(secret.length);
  const first = scratch.put(secret);
  expect(leaks()).toBe(true);
  scratch.open(secret.length);
  expect(leaks()).toBe(false);
  expect(scratch.reserve(1)).toBe(first);
  scratch.close();
});

test('what was put in comes out, whatever was asked for before', () => {
  const scratch = new Scratch(sodium);
  for (const length of [0, 1, 64, 65, 8192, 70_000, 3]) {
    const given = Uint8Array.from({ length }, (_, i) => i & 255);
    scratch.open(2 * length);
    const first = scratch.put(given);
    const second = scratch.reserve(length);
    sodium.heap().fill(9, second, second + length);
    const out = new Uint8Array(length);
    scratch.take(out, first);
    expect(out).toEqual(given);
    scratch.close();
  }
});

const uses: readonly (readonly [string, () => void])[] = [
  ['x25519', () => void suite.x25519(new Uint8Array(32), key, Uint8Array.from(secret.slice(32)))],
  ['x25519Base', () => suite.x25519Base(new Uint8Array(32), key)],
  ['blake2b', () => suite.blake2b(new Uint8Array(32), secret, key)],
  ['chacha20Stream', () => suite.chacha20Stream(new Uint8Array(1600), key, nonce)],
  ['chacha20Xor', () => suite.chacha20Xor(new Uint8Array(64), secret, key, nonce)],
  ['poly1305', () => suite.poly1305(new Uint8Array(16), secret, key)],
  ['aeadSeal', () => suite.aeadSeal(new Uint8Array(80), secret, nonce, key, nonce)],
  ['signingKeypair', () => suite.signingKeypair(new Uint8Array(32), new Uint8Array(64), key)],
  ['sign', () => suite.sign(new Uint8Array(64), nonce, secret)],
  ['kemKeypair', () => suite.kemKeypair(new Uint8Array(1184), new Uint8Array(2400), secret)],
];

test.each(uses)('%s leaves no copy of its secret in the module', (_, use) => {
  use();
  expect(leaks()).toBe(false);
});
