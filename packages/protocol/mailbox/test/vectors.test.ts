import { open as openNoble } from '@sotto/noble';
import { open as openWasm } from '@sotto/sodium/wasm';
import { fromHex, toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import vectors from '../../../../spec/vectors/request.json' with { type: 'json' };
import {
  boxOf,
  credentialHash,
  decodeRequest,
  encodeRequest,
  greetingToken,
} from '../src/index.ts';
import type { RefusedCase, RequestFile } from './vector-shapes.ts';

const file: RequestFile = vectors;
const bytes = (text: string): Uint8Array => fromHex(text) ?? new Uint8Array(0);

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, plain(of)]));
}

test('every request is read as the fields that it was written from, and written again', () => {
  expect(file.cases.length).toBe(12);
  for (const { what, service, request, body } of file.cases) {
    const decoded = decodeRequest(service, bytes(body));
    if (!decoded.ok) throw new Error(`${what}: ${decoded.error.code}`);
    expect(plain(decoded.value), what).toEqual(request);
    const again = encodeRequest(decoded.value);
    expect([again.service, toHex(again.body)], what).toEqual([service, body]);
  }
});

function verdict({ valid, change }: RefusedCase): string {
  const given = file.cases[valid];
  if (given === undefined) throw new RangeError(`no case ${valid}`);
  const was = bytes(given.body);
  const is = new Uint8Array(change.length ?? was.length);
  is.set(was.subarray(0, is.length));
  for (const { offset, bytes: written } of change.writes ?? []) is.set(bytes(written), offset);
  const decoded = decodeRequest(change.service ?? given.service, is);
  return decoded.ok ? 'ok' : decoded.error.code;
}

test('every change of one field is refused with its reason', () => {
  expect(file.refused.length).toBe(29);
  for (const each of file.refused) {
    expect(verdict(each), each.what).toBe(each.code);
    expect(verdict({ ...each, change: {} }), each.what).toBe('ok');
  }
});

test.each([await openNoble(), await openWasm()])(
  'names come of their secrets on $name',
  (suite) => {
    expect(file.names.length).toBe(4);
    for (const each of file.names) {
      expect(toHex(boxOf(suite, bytes(each.secret)))).toBe(each.box);
      expect(toHex(credentialHash(suite, bytes(each.credential)))).toBe(each.credentialHash);
      expect(toHex(greetingToken(suite, bytes(each.addressKey)))).toBe(each.token);
    }
  },
);
