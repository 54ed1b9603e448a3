import { MAX_SECRET_BYTES, type SecretFiles } from '../secret-files.ts';
import { expectBytes, expectCode, expectRangeError, expectSame } from './expectation.ts';

/** Opens the same place at every call. */
export type OpenSecretFiles = () => Promise<SecretFiles>;

/** One rule of {@link SecretFiles}; `run` wants an empty place and rejects when the rule is broken. */
export interface SecretCase {
  /** The rule, in words. */
  readonly name: string;
  /** Checks it. */
  readonly run: (open: OpenSecretFiles) => Promise<void>;
}

const secret = (length: number, step: number): Uint8Array =>
  new Uint8Array(length).map((_, i) => 1 + i * step);

/** What every {@link SecretFiles} must do. */
export const secretCases: readonly SecretCase[] = [
  {
    name: 'gives back what was written, over a reopening too',
    run: async (open) => {
      const files = await open();
      expectBytes('absent', await files.read('identity'), undefined);
      await files.write('identity', secret(32, 3));
      await files.write('epoch-12.key', secret(64, 5));
      await files.write('empty', new Uint8Array(0));
      expectBytes('identity', await files.read('identity'), secret(32, 3));
      const again = await open();
      expectBytes('identity', await again.read('identity'), secret(32, 3));
      expectBytes('empty', await again.read('empty'), new Uint8Array(0));
      expectSame('names', (await again.list()).join(' '), 'empty epoch-12.key identity');
    },
  },
  {
    name: 'replaces a file whole',
    run: async (open) => {
      const files = await open();
      await files.write('a', secret(100, 3));
      await files.write('a', secret(7, 5));
      expectBytes('a', await files.read('a'), secret(7, 5));
      expectSame('names', (await files.list()).join(' '), 'a');
    },
  },
  {
    name: 'erases one file and leaves the others; erasing nothing is no error',
    run: async (open) => {
      const files = await open();
      await files.write('a', secret(32, 3));
      await files.write('b', secret(32, 5));
      await files.erase('a');
      await files.erase('a');
      expectBytes('a', await files.read('a'), undefined);
      expectBytes('b', await files.read('b'), secret(32, 5));
      expectSame('names', (await (await open()).list()).join(' '), 'b');
    },
  },
  {
    name: 'takes concurrent calls in the order of the calls',
    run: async (open) => {
      const files = await open();
      const calls: Promise<void>[] = [];
      for (let i = 0; i < 10; i++) {
        calls.push(files.write('a', secret(10 + i, 3)), files.write(`b${i}`, secret(4, i)));
        if (i % 2 === 0) calls.push(files.erase('a'));
      }
      await Promise.all(calls);
      expectBytes('a', await files.read('a'), secret(19, 3));
      await Promise.all([files.write('a', secret(3, 3)), files.erase('a')]);
      expectBytes('a', await files.read('a'), undefined);
      expectSame('count', (await files.list()).length, 10);
    },
  },
  {
    name: 'finishes what was handed over before close, refuses what comes after',
    run: async (open) => {
      const files = await open();
      await Promise.all([files.write('a', secret(32, 3)), files.close(), files.close()]);
      await expectCode('write', 'closed', () => files.write('b', secret(32, 3)));
      await expectCode('read', 'closed', () => files.read('a'));
      await expectCode('list', 'closed', () => files.list());
      await expectCode('erase', 'closed', () => files.erase('a'));
      expectBytes('a', await (await open()).read('a'), secret(32, 3));
    },
  },
  {
    name: 'shares no bytes with its caller',
    run: async (open) => {
      const files = await open();
      const mine = secret(32, 3);
      const written = files.write('a', mine);
      mine.fill(0);
      await written;
      (await files.read('a'))?.fill(0);
      expectBytes('a', await files.read('a'), secret(32, 3));
    },
  },
  {
    name: 'holds the longest secret; refuses a longer one and names that could leave the folder',
    run: async (open) => {
      const files = await open();
      const longest = new Uint8Array(MAX_SECRET_BYTES).fill(7);
      await files.write('longest', longest);
      expectBytes('longest', await files.read('longest'), longest);
      await expectRangeError('long', () => files.write('a', new Uint8Array(MAX_SECRET_BYTES + 1)));
      for (const name of [
        '',
        '..',
        '../a',
        '/a',
        'a/b',
        '.a',
        'a.tmp',
        'A',
        'a\0',
        'a'.repeat(65),
      ]) {
        await expectRangeError(`write ${name}`, () => files.write(name, secret(1, 1)));
        await expectRangeError(`read ${name}`, () => files.read(name));
        await expectRangeError(`erase ${name}`, () => files.erase(name));
      }
    },
  },
];
