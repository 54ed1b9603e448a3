import { open } from '@sotto/noble';
import { toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import {
  firstTranscript,
  identityKey,
  type RootInputs,
  rootKey,
  secondTranscript,
  splitRoot,
  stepChain,
  stepRoot,
} from '../src/key-schedule.ts';

const suite = await open();
const fill = (value: number, length = 32): Uint8Array => new Uint8Array(length).fill(value);
const inputs: RootInputs = {
  secret: fill(1),
  identityPrekey: fill(2),
  ephemeralIdentity: fill(3),
  ephemeralPrekey: fill(4),
  kemShared: fill(5),
  transcript: fill(6),
};

/** Names of the inputs that can change without the key changing. */
function idle<T extends object>(given: T, derive: (o: T) => Uint8Array): string[] {
  const before = toHex(derive(given));
  return Object.keys(given).filter((name) => {
    const value = (given as Record<string, Uint8Array>)[name] ?? fill(0);
    const changed = value.slice();
    changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1;
    return toHex(derive({ ...given, [name]: changed })) === before;
  });
}

test('the secret, each agreement, the KEM and the transcript all move the root', () => {
  expect(idle(inputs, (o) => rootKey(suite, o))).toEqual([]);
});

test('a schedule that leaves one input out is found', () => {
  for (const name of Object.keys(inputs)) {
    const forgetful = (o: RootInputs): Uint8Array => rootKey(suite, { ...o, [name]: fill(0) });
    expect(idle(inputs, forgetful)).toEqual([name]);
  }
});

test('the identity is closed under secret, prekey agreement, KEM and transcript', () => {
  const { secret, ephemeralPrekey, kemShared, transcript } = inputs;
  const four = { secret, ephemeralPrekey, kemShared, transcript };
  expect(idle(four, (o) => identityKey(suite, o))).toEqual([]);
});

test('everything said moves the transcripts', () => {
  const first = { hash: fill(1), ephemeral: fill(2), ciphertext: fill(3, 1088) };
  const derive = (o: typeof first): Uint8Array =>
    firstTranscript(suite, o.hash, o.ephemeral, o.ciphertext);
  expect(idle(first, derive)).toEqual([]);
  const second = { first: fill(1), identity: fill(2), sealed: fill(3, 48) };
  expect(idle(second, (o) => secondTranscript(suite, o.first, o.identity, o.sealed))).toEqual([]);
});

test('root, agreement and KEM secret all move each key of a step, and the three differ', () => {
  const given = { root: fill(1), shared: fill(2), kem: fill(3) };
  for (const name of ['root', 'chain', 'nextHeader'] as const) {
    const derive = (o: typeof given): Uint8Array => stepRoot(suite, o.root, o.shared, o.kem)[name];
    expect(idle(given, derive)).toEqual([]);
    expect(idle(given, (o) => derive({ ...o, kem: fill(0) }))).toEqual(['kem']);
  }
  const step = stepRoot(suite, given.root, given.shared);
  expect(new Set([step.root, step.chain, step.nextHeader].map(toHex)).size).toBe(3);
});

test('no two keys of a session are equal, nor two of a chain', () => {
  const keys = splitRoot(suite, fill(9));
  const seen = new Set(Object.values(keys).map((key: Uint8Array) => toHex(key.subarray(0, 16))));
  const chain = keys.initiatorChain.slice();
  for (let i = 0; i < 20; i++) {
    seen.add(toHex(stepChain(suite, chain).subarray(0, 16)));
    seen.add(toHex(chain.subarray(0, 16)));
  }
  expect(seen.size).toBe(47);
});
