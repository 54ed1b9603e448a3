import { readFileSync } from 'node:fs';
import { open } from '@sotto/sodium/native';
import { greetingBodySeed } from '@sotto/mailbox';
import { openBody, SURB_BYTES } from '@sotto/sphinx';
import { fromHex, toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import vectors from '../../../../spec/vectors/items.json' with { type: 'json' };
import { ITEMS_FILE, itemVectors } from '../../../../tools/gen-vectors-items.ts';
import { decodeItems, encodeItems } from '../src/items.ts';
import { decodeWay, wayPacket } from '../src/way.ts';

const suite = await open();

const bytes = (hex: string): Uint8Array => {
  const read = fromHex(hex);
  if (read === undefined) throw new Error(hex);
  return read;
};

test('the vectors of items are what their generator makes', () => {
  expect(readFileSync(ITEMS_FILE, 'utf8')).toBe(itemVectors(suite));
});

test('messages read as in Spec 09 §9, and are written again as they were', () => {
  for (const { what, encoded, blocks } of vectors.messages) {
    const read = decodeItems(bytes(encoded), vectors.epoch);
    if (!read.ok) throw new Error(`${what}: ${read.error.code}`);
    expect(toHex(encodeItems(read.value)), what).toBe(encoded);
    const found = read.value.surbs.flatMap(({ direct, epoch, twin }) => {
      const first = { flags: direct ? 1 : 0, epoch };
      return twin === undefined ? [first] : [first, { flags: 2, epoch }];
    });
    expect(found, what).toEqual(blocks);
  }
});

test('reply blocks are laid out as in Spec 09 §9.1: flags, then the block with the low byte of its epoch', () => {
  const { encoded, blocks } = vectors.messages[1] ?? { encoded: '', blocks: [] };
  const all = bytes(encoded);
  expect([...all.subarray(0, 3)]).toEqual([3, ...u16(blocks.length * (1 + SURB_BYTES))]);
  expect(all).toHaveLength(3 + blocks.length * (1 + SURB_BYTES));
  for (const [i, { flags, epoch }] of blocks.entries()) {
    const at = 3 + i * (1 + SURB_BYTES);
    // Crossover, 16 bytes, then the epoch (Spec 04 §2).
    expect([all[at], all[at + 1 + 16]]).toEqual([flags, epoch % 256]);
  }
});

test('what is not as in Spec 09 §9 is refused with its reason, and twins where they may not stand', () => {
  for (const { what, encoded, code } of vectors.refused) {
    expect(decodeItems(bytes(encoded), vectors.epoch), what).toEqual({
      ok: false,
      error: { code },
    });
  }
});

test('a packet by a way back is that of Spec 09 §9.9: the token of g, and tag and sealed message under its seed', () => {
  const { way, sealed, token, body } = vectors.byWay;
  const told = decodeWay(bytes(way));
  if (told === undefined) throw new Error(way);
  const packet = wayPacket(suite, told, bytes(sealed));
  expect([toHex(packet.credential), toHex(packet.body)]).toEqual([token, body]);
  const opened = openBody(suite, greetingBodySeed(suite, told.key), bytes(body));
  expect(opened === undefined ? '' : toHex(opened)).toBe(toHex(told.tag) + sealed);
  expect([bytes(sealed).length, told.tag.length]).toEqual([976, 16]);
});

const u16 = (value: number): number[] => [value >>> 8, value & 0xff];
