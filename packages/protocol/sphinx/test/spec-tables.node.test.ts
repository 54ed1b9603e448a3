import { readFileSync } from 'node:fs';
import { type Label, LABELS } from '@sotto/suite';
import { fromUtf8 } from '@sotto/wire';
import { expect, test } from 'vitest';
import { OP } from '../src/command.ts';
import {
  COMMAND_BYTES,
  EMBEDDED_SURB_BYTES,
  GEOMETRY,
  OFFSET,
  SURB_BYTES,
} from '../src/geometry.ts';
import { STREAM_TABLE } from '../src/key-schedule.ts';

const chapter = (name: string): string =>
  readFileSync(new URL(`../../../../spec/${name}.md`, import.meta.url), 'utf8');

/** Cells of every table row of a text, without padding and quotes. */
const rows = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.replaceAll('`', '').replaceAll(',', '').trim()),
    );

function labelsOf(text: string): Record<string, string> {
  const table = text.slice(text.indexOf('## 3. Labels'), text.indexOf('## 4. '));
  return Object.fromEntries(
    rows(table)
      .slice(2)
      .map(([name = '', label = '']) => [name, label]),
  );
}

const codeLabels = Object.fromEntries(
  (Object.keys(LABELS) as Label[]).map((name) => [
    name,
    fromUtf8(LABELS[name])?.replaceAll('\0', '').slice('sotto/1 '.length),
  ]),
);

test('chapter 02 lists the labels of the code, each with its text', () => {
  expect(labelsOf(chapter('02-suite'))).toEqual(codeLabels);
});

test('a label that the chapter lacks, or spells otherwise, is noticed (planted fault)', () => {
  const text = chapter('02-suite');
  expect(labelsOf(text.replace('seed path', 'seed paths'))).not.toEqual(codeLabels);
  expect(labelsOf(text.replace(/\| `box` .*\n/u, ''))).not.toEqual(codeLabels);
});

test('chapter 02 has the slices of the key stream', () => {
  const found = rows(chapter('02-suite')).filter(([name = '']) =>
    Object.hasOwn(STREAM_TABLE, name),
  );
  const table = Object.fromEntries(
    found.map(([name, offset, length]) => [name, [Number(offset), Number(length)]]),
  );
  expect(table).toEqual(STREAM_TABLE);
});

test('chapter 03 has the geometry, the layout and the operations', () => {
  const text = chapter('03-packet');
  const all = rows(text);
  const geometry = Object.fromEntries(
    all.map(([name = '', bytes]) => [name.split(' ')[0], Number(bytes)]),
  );
  expect(geometry).toMatchObject(GEOMETRY);
  const fields = new Set(['version', 'epoch', 'ct', 'γ', 'β', 'ζ', 'δ']);
  const layout = all.filter(([, , field = '', meaning]) => fields.has(field) && meaning);
  expect(layout.map(([offset]) => Number(offset))).toEqual(Object.values(OFFSET));
  for (const op of Object.values(OP)) expect(text).toContain(`0x${op.toString(16)}`);
  for (const [name, bytes] of Object.entries(COMMAND_BYTES)) {
    expect(text).toContain(`**${name.toUpperCase()}**, ${bytes} byte`);
  }
});

test('chapter 04 has the lengths of reply blocks', () => {
  const text = chapter('04-reply-blocks');
  expect(text).toContain(`**Reply block**, ${SURB_BYTES} bytes`);
  expect(text).toContain(`**Embedded reply block**, ${EMBEDDED_SURB_BYTES} bytes`);
});
