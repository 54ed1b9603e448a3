/** Makes spec/vectors/items.json: what sealed messages carry, reply blocks with twins among it, and what is refused (Spec 09 §9, §9.1, §9.2, §9.9). */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  encodeItems,
  encodeWay,
  type HandedSurb,
  type Items,
  WAY_ROOM,
  wayPacket,
} from '@sotto/messaging';
import { GEOMETRY, type Surb } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { SeededRng } from '@sotto/suite/testing';
import { randomBytes, type Rng, toHex } from '@sotto/wire';

/** Where the vectors stand. */
export const ITEMS_FILE: string = fileURLToPath(
  new URL('../spec/vectors/items.json', import.meta.url),
);
const SEED = 'sotto vectors: items';
/** The current one; its low byte is 254, so that epochs to come pass the end of a byte. */
const EPOCH = 510;
const BLOCK_HEX = 2 * (1 + 311);

const surbOf = (rng: Rng, epoch: number): Surb => ({
  crossover: randomBytes(rng, 16),
  epoch: epoch % 256,
  ct: randomBytes(rng, 32),
  mac: randomBytes(rng, 16),
  routing: randomBytes(rng, GEOMETRY.surbRoutingBytes),
  bodySeed: randomBytes(rng, 32),
});

/** Flags and full epoch that each reply block of one handed is read with. */
function readAs({ direct, epoch, twin }: HandedSurb): readonly object[] {
  const first = { flags: direct ? 1 : 0, epoch };
  return twin === undefined ? [first] : [first, { flags: 2, epoch }];
}

/** The text of the generated file. */
export function itemVectors(suite: CryptoSuite): string {
  const rng = new SeededRng(suite, SEED);
  const block = (direct: boolean, epoch: number): HandedSurb => ({
    direct,
    epoch,
    surb: surbOf(rng, epoch),
  });
  const pair = (epoch: number): HandedSurb => ({
    ...block(false, epoch),
    twin: surbOf(rng, epoch),
  });
  const report = { serial: 0x0102, seen: 0xfffe, direct: 8, mailbox: 4, later: 17 };
  const words: Items = { text: { id: 5, text: 'grüß dich' }, acks: [3, 4], report, surbs: [] };
  const blocks = [block(true, EPOCH), pair(EPOCH), block(false, EPOCH - 1), pair(EPOCH + 3)];
  const messages = [
    { what: 'words, acknowledgements and a report', items: words },
    { what: 'reply blocks alone, two of them with a twin', items: { acks: [], surbs: blocks } },
    { what: 'no more acknowledgements', items: { acks: [], declines: true, surbs: [] } },
  ].map(({ what, items }) => ({
    what,
    encoded: toHex(encodeItems(items)),
    blocks: items.surbs.flatMap(readAs),
  }));
  const list = toHex(encodeItems({ acks: [], surbs: [block(true, EPOCH), pair(EPOCH)] })).slice(6);
  const [direct = '', mailbox = '', twin = ''] = [0, 1, 2].map((i) =>
    list.slice(i * BLOCK_HEX, (i + 1) * BLOCK_HEX),
  );
  const later = toHex(encodeItems({ acks: [], surbs: [pair(EPOCH + 1)] })).slice(6);
  const item = (...values: readonly string[]): string => {
    const value = values.join('');
    return `03${(value.length / 2).toString(16).padStart(4, '0')}${value}`;
  };
  const refused = [
    { what: 'a twin of nothing', encoded: item(twin), code: 'item-value' },
    { what: 'a twin of a direct block', encoded: item(direct, twin), code: 'item-value' },
    { what: 'a second twin', encoded: item(mailbox, twin, twin), code: 'item-value' },
    {
      what: 'a twin of another epoch',
      encoded: item(mailbox, later.slice(BLOCK_HEX)),
      code: 'item-value',
    },
    { what: 'flags 3', encoded: item(`03${direct.slice(2)}`), code: 'item-value' },
    { what: 'half a block', encoded: item(mailbox.slice(0, BLOCK_HEX - 2)), code: 'item-value' },
    { what: 'no block', encoded: item(), code: 'item-value' },
    {
      what: 'seventeen, a twin among them',
      encoded: item(...Array.from({ length: 15 }, () => mailbox), mailbox, twin),
      code: 'item-count',
    },
    { what: 'two items of a type', encoded: item(direct) + item(direct), code: 'item-repeated' },
    { what: 'a length that runs over', encoded: '030001', code: 'item-length' },
    { what: 'a report of six bytes', encoded: '0400060102fffe0804', code: 'item-value' },
    { what: 'an unknown type', encoded: '0a0000', code: 'item-type' },
    { what: 'a way back of a byte', encoded: '0900050000000900', code: 'item-value' },
  ];
  const way = {
    node: randomBytes(rng, 16),
    box: randomBytes(rng, 16),
    key: randomBytes(rng, 32),
    tag: randomBytes(rng, 16),
  };
  const told = encodeItems({ acks: [], surbs: [], way: { id: 9, way } });
  messages.push({ what: 'a way back', encoded: toHex(told), blocks: [] });
  const sealed = randomBytes(rng, WAY_ROOM);
  const { credential, body } = wayPacket(suite, way, sealed);
  const byWay = {
    way: toHex(encodeWay(way)),
    sealed: toHex(sealed),
    token: toHex(credential),
    body: toHex(body),
  };
  const vectors = {
    spec: '09 §9, §9.1, §9.2, §9.9',
    what: 'plaintexts of sealed messages in lower-case hexadecimal, read in this epoch; `blocks` are their reply blocks in order; `byWay` is what goes to a contact point by a way back (Spec 09 §9.9)',
    seed: SEED,
    epoch: EPOCH,
    messages,
    refused,
    byWay,
  };
  return `${JSON.stringify(vectors, undefined, 2)}\n`;
}

if (import.meta.main) {
  const { open } = await import('@sotto/sodium/native');
  writeFileSync(ITEMS_FILE, itemVectors(await open()));
}
