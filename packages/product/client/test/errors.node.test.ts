import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ERROR_CODES, SottoError, type SottoErrorCode } from '../src/index.ts';

const page = readFileSync(
  fileURLToPath(new URL('../../../../docs/errors.md', import.meta.url)),
  'utf8',
);

/** Codes that a page has a section for. */
const sections = (text: string): string[] =>
  [...text.matchAll(/^### (\S+)\n+(?=[^#\s])/gmu)].map((match) => match[1] ?? '').sort();

test('every code has a section that says what to do, and every section a code', () => {
  expect(sections(page)).toEqual(Object.keys(ERROR_CODES).sort());
});

test('a section that is taken away, or has no words, is missed', () => {
  const without = page.replace(/### wrong-key\n[^#]*/u, '');
  const wordless = page.replace(/(### wrong-key\n)[^#]*/u, '$1\n');
  for (const broken of [without, wordless]) {
    expect(sections(broken)).not.toEqual(Object.keys(ERROR_CODES).sort());
  }
});

test('every code is thrown somewhere', () => {
  const folder = fileURLToPath(new URL('../src', import.meta.url));
  const source = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const table = source.slice(source.indexOf('ERROR_CODES = {'), source.indexOf('} as const'));
  const rest = source.replace(table, '');
  const unused = (codes: readonly string[]): string[] =>
    codes.filter((code) => !rest.includes(`'${code}'`));
  expect(unused(Object.keys(ERROR_CODES))).toEqual([]);
  expect(unused(['planted-code'])).toEqual(['planted-code']);
});

test('an error says what, why and where to read on', () => {
  const code: SottoErrorCode = 'store-failed';
  const cause = new Error('no space');
  const error = new SottoError(code, 'it is full', { cause });
  expect(error).toMatchObject({
    name: 'SottoError',
    code,
    message: 'the store refused: it is full',
    docsPath: 'docs/errors.md#store-failed',
    cause,
  });
});
