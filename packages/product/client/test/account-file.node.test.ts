import { open } from '@sotto/noble';
import { SeededRng } from '@sotto/suite/testing';
import type { PasswordHash } from '@sotto/suite';
import { toUtf8 } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeAccountFile, encodeAccountFile } from '../src/account-file.ts';

const suite = await open();
const rng = new SeededRng(suite, 'account file');
/** Argon2id itself is tested in `@sotto/sodium`; here any function of all its inputs serves. */
const passwordHash: PasswordHash = (out, password, salt, { passes, memoryBytes }) => {
  suite.blake2b(out, Uint8Array.from([...password, ...salt, passes, memoryBytes / 2 ** 20]));
  return true;
};
const tools = { suite, rng, passwordHash };
const networkId = new Uint8Array(16).fill(3);
const contents = {
  networkId,
  entries: [
    { key: 'person/identity', value: new Uint8Array(32).fill(9) },
    { key: 'client/profile', value: toUtf8('Ålice') },
    { key: 'directory/ab', value: Uint8Array.of(1) },
    { key: 'person/gone', value: undefined },
  ],
};
const file = (): Uint8Array =>
  encodeAccountFile(
    tools,
    {
      networkId,
      // The writer wipes what it is given.
      entries: contents.entries.map(({ key, value }) => ({ key, value: value?.slice() })),
    },
    'caf\u00e9',
  );

test('a file opens under its passphrase however it is composed, without the directory', () => {
  for (const words of ['caf\u00e9', 'cafe\u0301']) {
    const opened = decodeAccountFile(tools, file(), words);
    expect(opened).toEqual({
      ok: true,
      value: { networkId, entries: contents.entries.slice(0, 2) },
    });
  }
  expect(decodeAccountFile(tools, file(), 'cafe')).toMatchObject({
    error: { code: 'file-wrong-passphrase' },
  });
  expect(Buffer.from(file()).toString('latin1')).not.toContain('lice');
  expect(() => encodeAccountFile(tools, contents, '')).toThrow('the passphrase is empty');
});

test('what is newer, cut off, changed or something else is told by its code', () => {
  const whole = file();
  const changed = (at: number, value: number): Uint8Array => {
    const bytes = whole.slice();
    bytes[at] = value;
    return bytes;
  };
  const version = toUtf8('sotto account\n').length;
  const codeOf = (bytes: Uint8Array): string => {
    const opened = decodeAccountFile(tools, bytes, 'caf\u00e9');
    return opened.ok ? 'opens' : opened.error.code;
  };
  expect(codeOf(new Uint8Array(0))).toBe('file-not-account');
  expect(codeOf(changed(0, 0))).toBe('file-not-account');
  expect(codeOf(changed(version, 2))).toBe('file-newer');
  expect(codeOf(changed(version, 0))).toBe('file-damaged');
  // More passes or memory than a file may ask for: refused before anything is computed.
  expect(codeOf(changed(version + 1, 200))).toBe('file-damaged');
  expect(codeOf(changed(version + 2, 255))).toBe('file-damaged');
  expect(codeOf(whole.subarray(0, version + 20))).toBe('file-damaged');
  expect(codeOf(whole.subarray(0, -1))).toBe('file-wrong-passphrase');
  // Every byte of it is authenticated.
  for (let at = 0; at < whole.length; at++) {
    expect(codeOf(changed(at, (whole[at] ?? 0) ^ 1))).not.toBe('opens');
  }
});

test('any bytes get an answer, behind the mark as well', () => {
  const head = file().subarray(0, 15);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, marked) => {
      const given = marked ? Uint8Array.from([...head, ...bytes]) : bytes;
      expect(decodeAccountFile(tools, given, 'x').ok).toBe(false);
    }),
  );
});
