import { argon2Sync } from 'node:crypto';
import { toUtf8 } from '@sotto/wire';
import { expect, test } from 'vitest';
import { openPasswordHash as openNative } from '../src/native.ts';
import { openPasswordHash as openWasm } from '../src/wasm.ts';

const salt = new Uint8Array(16).map((_, i) => i * 7);
const backends = [
  { name: 'sodium-native', open: openNative },
  { name: 'sodium-wasm', open: openWasm },
];

test.each(backends)('$name: Argon2id as OpenSSL computes it', async ({ open }) => {
  const hash = await open();
  for (const [words, passes, kibibytes] of [
    ['correct horse', 1, 64],
    ['grüße', 3, 256],
  ] as const) {
    const out = new Uint8Array(32);
    const password = toUtf8(words);
    const parameters = { parallelism: 1, tagLength: 32, memory: kibibytes, passes };
    const expected = argon2Sync('argon2id', { message: password, nonce: salt, ...parameters });
    expect(hash(out, password, salt, { passes, memoryBytes: kibibytes * 1024 })).toBe(true);
    expect(out).toEqual(new Uint8Array(expected));
  }
});

test.each(backends)(
  '$name: what cannot be computed is said, and leaves nothing',
  async ({ open }) => {
    const hash = await open();
    const out = new Uint8Array(32).fill(7);
    expect(hash(out, toUtf8('x'), salt, { passes: 1, memoryBytes: 1024 })).toBe(false);
    expect(out).toEqual(new Uint8Array(32));
    const cost = { passes: 1, memoryBytes: 65_536 };
    expect(() => hash(out, toUtf8('x'), salt.subarray(1), cost)).toThrow(
      '"salt" expected 16 bytes',
    );
  },
);
