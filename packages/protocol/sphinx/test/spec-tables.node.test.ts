import { type Label, LABELS } from '@sotto/suite';
import { fromUtf8 } from '@sotto/wire';
import { expect, test } from 'vitest';
import { OP, OP_KEM } from '../src/command.ts';
import {
  COMMAND_BYTES,
  CONTENT_BYTES,
  EMBEDDED_SURB_BYTES,
  GEOMETRY,
  OFFSET,
  SUITE_1,
  SUITE_2,
  SURB_BYTES,
} from '../src/geometry.ts';
import { STREAM_TABLE, streamTable } from '../src/key-schedule.ts';
import type { PeelReason } from '../src/peeled.ts';
import { chapter, rows, section } from './spec-text.ts';
import { vectorFiles } from './vectors/check.ts';
import type { VectorFile } from './vectors/shapes.ts';

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

/** Offset and length of the fields of the table under a heading, where both are numbers. */
const layoutOf = (text: string, heading: string): readonly (readonly [number, number])[] =>
  rows(section(text, heading))
    .map(([offset, length]) => [Number(offset), Number(length)] as const)
    .filter(([offset, length]) => !Number.isNaN(offset) && !Number.isNaN(length));

/** Whether fields follow one another without a gap, up to `end`. */
function expectDense(layout: readonly (readonly [number, number])[], end: number): void {
  let at = 0;
  for (const [offset, length] of layout) {
    expect(offset).toBe(at);
    at += length;
  }
  expect(at).toBe(end);
}

test('layouts have no gap and end where the code says', () => {
  const [packet, keys] = [chapter('03-packet'), chapter('02-suite')];
  const [blocks, suite2] = [chapter('04-reply-blocks'), chapter('11-suite-2')];
  expectDense(layoutOf(packet, '## 2. Layout'), GEOMETRY.packetBytes);
  expectDense(layoutOf(packet, '**TRANSMIT**'), COMMAND_BYTES.transmit);
  expectDense(layoutOf(packet, '**CROSS**'), COMMAND_BYTES.cross);
  expectDense(layoutOf(packet, '**GREET**'), COMMAND_BYTES.greet);
  expectDense(layoutOf(keys, 'where m has 137 bytes'), 137);
  expectDense(layoutOf(blocks, '**Reply block**'), SURB_BYTES);
  expectDense(layoutOf(suite2, 'where m’ has 1,184 bytes'.replace('’', "'")), 1184);
  expectDense(layoutOf(suite2, '**KEM**'), SUITE_2.commandBytes.kem);
  // Planted: a field that is a byte longer than its table says.
  const longer = packet.replace('| 17     | 16    | γ for it', '| 17     | 17    | γ for it');
  expect(longer).not.toBe(packet);
  expect(() => expectDense(layoutOf(longer, '**TRANSMIT**'), COMMAND_BYTES.transmit)).toThrow();
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
    if (name !== 'kem') expect(text).toContain(`**${name.toUpperCase()}**, ${bytes} byte`);
  }
});

/** Every reason of the peel; this fails to compile when the list grows. */
const REASONS: Readonly<Record<PeelReason, 3 | 11>> = {
  'packet-length': 3,
  'packet-version': 3,
  epoch: 3,
  'point-not-canonical': 3,
  'point-low-order': 3,
  mac: 3,
  replay: 3,
  'command-unknown': 3,
  'command-wrong-mac': 3,
  'surb-length': 3,
  'inner-body-mac': 3,
  'sub-hop-key': 11,
  'sub-hop-mac': 11,
  'sub-hop-twice': 11,
};

test('the steps of processing name every reason', () => {
  const steps = {
    3: section(chapter('03-packet'), '## 5. Processing'),
    11: section(chapter('11-suite-2'), '## 4. Processing'),
  };
  for (const [reason, at] of Object.entries(REASONS)) {
    expect(steps[at], reason).toContain(`\`${reason}\``);
  }
});

/** Codes that the vectors of a file name, in whatever place. */
const codesOf = (file: VectorFile<unknown>): readonly string[] =>
  [...JSON.stringify(file.cases).matchAll(/"code":"([a-z-]+)"/gu)].map(([, code = '']) => code);

/** Reasons of chapters 03 and 11 that no case of these files is refused by. */
const withoutVector = (files: readonly VectorFile<unknown>[]): readonly string[] => {
  const named = new Set(files.flatMap(codesOf));
  return Object.keys(REASONS).filter((reason) => !named.has(reason));
};

test('every reason has a vector that is refused by it', () => {
  expect(withoutVector(vectorFiles)).toEqual([]);
  // Planted: without the chapter's own file nothing would show these.
  const others = vectorFiles.filter(({ spec }) => !spec.startsWith('11'));
  expect(withoutVector(others)).toEqual(['sub-hop-key', 'sub-hop-mac', 'sub-hop-twice']);
});

test('the limits of chapter 03 are what the sizes allow', () => {
  const limits = Object.fromEntries(
    rows(section(chapter('03-packet'), '## 8. Limits')).map(([what = '', bound]) => [what, bound]),
  );
  const { transmit, cross, deliver, contact, greet } = COMMAND_BYTES;
  const hops = (room: number, last: number): string =>
    String(Math.floor((room - last) / transmit) + 1);
  const { routingBytes, surbRoutingBytes } = GEOMETRY;
  expect(limits).toMatchObject({
    'TRANSMIT commands before a CROSS': String(Math.floor((routingBytes - cross) / transmit)),
    'hops of a packet that ends in ARRIVE DROP DELIVER': hops(routingBytes, deliver),
    'hops of a packet that ends in CONTACT GREET': hops(routingBytes, greet),
    'hops of a reply block its cross-over included': hops(surbRoutingBytes, deliver),
    'content of a sealed body': String(CONTENT_BYTES),
  });
  expect(hops(routingBytes, contact)).toBe(hops(routingBytes, greet));
});

test('chapter 04 has the lengths of reply blocks', () => {
  const text = chapter('04-reply-blocks');
  expect(text).toContain(`**Reply block**, ${SURB_BYTES} bytes`);
  expect(text).toContain(`**Embedded reply block**, ${EMBEDDED_SURB_BYTES} bytes`);
});

test('chapter 11 has the sizes of both suites', () => {
  const text = chapter('11-suite-2');
  const table = Object.fromEntries(
    rows(section(text, '## 1. Geometry')).map(([name = '', ...sizes]) => [
      name.split(' ')[0] === 'surbRoutingBytes' ? 'surbRoutingBytes' : name,
      sizes.slice(0, 2).map(Number),
    ]),
  );
  for (const [i, format] of [SUITE_1, SUITE_2].entries()) {
    const sizes = Object.fromEntries(Object.entries(table).map(([name, both]) => [name, both[i]]));
    expect(sizes).toMatchObject({
      'version first byte': format.version,
      ...format.geometry,
      'reply block': format.surbBytes,
      'embedded reply block': format.embeddedSurbBytes,
      'content of a body': format.contentBytes,
    });
  }
  const [at, length] = streamTable(SUITE_2).routing;
  const written = (value: number): string => value.toLocaleString('en-US');
  expect(text).toContain(`The key stream of a hop has ${written(at + length)} bytes`);
  expect(text).toContain(`\`routing\` has ${written(length)}`);
  expect(text).toContain(`**KEM**, ${written(SUITE_2.commandBytes.kem)} bytes`);
  expect(text).toContain(`0x${OP_KEM.toString(16)}`);
  const { log, body } = SUITE_2.offset;
  expect(text).toContain(`ζ at ${written(log)}, δ at ${written(body)}`);
});
