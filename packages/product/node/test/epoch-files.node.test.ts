import { ReplayFilter } from '@sotto/mixing';
import { open } from '@sotto/sodium/native';
import { type DataFolder, MemoryDisk, openMemoryFolder, StorageError } from '@sotto/storage';
import { concat } from '@sotto/wire';
import { expect, test } from 'vitest';
import { EpochFiles, type EpochNotice, upgradeLogs } from '../src/node-files.ts';

const suite = await open();
const place = (n: number): Uint8Array => new Uint8Array(8).fill(n);
const secretOf = (epoch: number): Uint8Array => new Uint8Array(32).fill(epoch + 1);

/** What is on a disk now, as a crash would leave it. */
function imageOf(disk: MemoryDisk): MemoryDisk {
  const image = new MemoryDisk();
  for (const [name, bytes] of disk.secrets) image.secrets.set(name, bytes.slice());
  for (const [name, pieces] of disk.logs)
    image.logs.set(
      name,
      pieces.map((piece) => piece.slice()),
    );
  return image;
}

/** A folder that tells of every change of its disk: the moments at which power can go. */
function watched(disk: MemoryDisk, changed: () => void): DataFolder {
  const folder = openMemoryFolder(disk);
  const after = async <T>(done: Promise<T>): Promise<T> => {
    const result = await done;
    changed();
    return result;
  };
  return {
    ...folder,
    secrets: {
      ...folder.secrets,
      read: (name) => folder.secrets.read(name),
      list: () => folder.secrets.list(),
      write: (name, bytes) => after(folder.secrets.write(name, bytes)),
      erase: (name) => after(folder.secrets.erase(name)),
      close: () => folder.secrets.close(),
    },
    logs: {
      list: () => folder.logs.list(),
      erase: (name) => after(folder.logs.erase(name)),
      close: () => folder.logs.close(),
      open: async (name, recordBytes) => {
        const log = await after(folder.logs.open(name, recordBytes));
        return {
          recordBytes,
          get length() {
            return log.length;
          },
          append: (records) => after(log.append(records)),
          readAll: () => log.readAll(),
          chunks: () => log.chunks(),
          close: () => log.close(),
        };
      },
    },
  };
}

interface Loaded {
  readonly epoch: number;
  readonly places: Uint8Array;
}

async function load(disk: MemoryDisk): Promise<Loaded[]> {
  const folder = openMemoryFolder(disk);
  const files = new EpochFiles(
    folder,
    () => undefined,
    (error) => {
      throw error;
    },
  );
  const found: Loaded[] = [];
  for (const { epoch, secret, placeBytes } of await files.load()) {
    expect(secret).toEqual(secretOf(epoch));
    const pieces: Uint8Array[] = [];
    for await (const piece of files.places(epoch)) pieces.push(piece);
    const places = concat(...pieces);
    expect(places.length).toBe(placeBytes);
    found.push({ epoch, places });
  }
  await folder.close();
  return found;
}

test('whenever power goes, a key that is there has every place that was acknowledged, and an erased one is gone with its log', async () => {
  const disk = new MemoryDisk();
  const stored: EpochNotice[] = [];
  const erased = new Set<number>();
  const images: { readonly image: MemoryDisk; readonly acknowledged: number; keys: number }[] = [];
  const changed = (): void => {
    const sequence = stored.reduce((last, n) => (n.kind === 'tags-stored' ? n.sequence : last), 0);
    const keys = stored.filter(({ kind }) => kind === 'key-stored').length;
    images.push({ image: imageOf(disk), acknowledged: sequence, keys });
  };
  const files = new EpochFiles(
    watched(disk, changed),
    (notice) => stored.push(notice),
    (error) => {
      throw error;
    },
  );
  for (const epoch of [1, 2]) files.run({ kind: 'write-key', epoch, secret: secretOf(epoch) });
  await files.idle();
  for (let n = 1; n <= 20; n++) {
    const epoch = 1 + (n % 2);
    files.run({ kind: 'write-tags', batches: [{ epoch, bytes: place(n) }], sequence: n });
    if (n % 3 === 0) await files.idle();
  }
  await files.idle();
  const beforeErasing = images.length;
  erased.add(1);
  files.run({ kind: 'erase-key', epoch: 1 });
  await files.idle();
  changed();
  for (const [i, { image, acknowledged, keys }] of images.entries()) {
    const loaded = await load(image);
    if (i < beforeErasing) expect(loaded.length).toBeGreaterThanOrEqual(keys);
    for (const { epoch, places } of loaded) {
      const held = new Set<number>();
      for (let at = 0; at < places.length; at += 8) held.add(places[at] ?? 0);
      for (let n = 1; n <= acknowledged; n++) expect(held.has(n) || n % 2 !== epoch - 1).toBe(true);
    }
  }
  expect(images.length).toBeGreaterThan(20);
  expect([...disk.secrets.keys()]).toEqual(['routing-2']);
  expect([...disk.logs.keys()]).toEqual(['seen-2']);
});

test('a write of tags that failed is never vouched for by a later one', async () => {
  const folder = openMemoryFolder(new MemoryDisk());
  const stored: EpochNotice[] = [];
  const failed: unknown[] = [];
  const full = new StorageError('full', 'seen-1');
  const files = new EpochFiles(
    {
      ...folder,
      logs: {
        list: () => folder.logs.list(),
        erase: (name) => folder.logs.erase(name),
        close: () => folder.logs.close(),
        open: async (name, recordBytes) => {
          const log = await folder.logs.open(name, recordBytes);
          const append = (records: Uint8Array): Promise<void> =>
            name === 'seen-1' && records[0] === 2 ? Promise.reject(full) : log.append(records);
          return Object.assign(Object.create(log) as typeof log, { append });
        },
      },
    },
    (notice) => stored.push(notice),
    (error) => failed.push(error),
  );
  for (const epoch of [1, 2]) files.run({ kind: 'write-key', epoch, secret: secretOf(epoch) });
  // The second is the one that fails; the third, of another key's log, would succeed.
  for (const [n, epoch] of [1, 1, 2].entries()) {
    files.run({ kind: 'write-tags', batches: [{ epoch, bytes: place(n + 1) }], sequence: n + 1 });
  }
  await files.idle();
  expect(failed).toEqual([full]);
  expect(stored.flatMap((n) => (n.kind === 'tags-stored' ? n.sequence : []))).toEqual([1]);
  // Its time is that of a write which came to its end.
  expect(files.tagWrites.count).toBe(1);
});

test('a key without its log is erased: it would pass every replay', async () => {
  const disk = new MemoryDisk();
  disk.secrets.set('routing-4', secretOf(4));
  disk.secrets.set('routing-5', secretOf(5));
  disk.logs.set('seen-5', [place(1)]);
  expect((await load(disk)).map(({ epoch }) => epoch)).toEqual([5]);
  expect([...disk.secrets.keys()]).toEqual(['routing-5']);
});

test('logs of whole tags, as version 1 kept them, become logs of places; cut off anywhere, the next start ends it', async () => {
  const tags = Uint8Array.from({ length: 16 * 50 }, (_, i) => (i * 7) % 256);
  const filter = new ReplayFilter({ suite, secret: secretOf(3), maxTags: 100 });
  for (let at = 0; at < tags.length; at += 16) filter.add(tags.subarray(at, at + 16));
  const expected = filter.takeNewPlaces()?.bytes;
  const before = new MemoryDisk();
  before.secrets.set('routing-3', secretOf(3));
  before.logs.set('tags-3', [tags.slice()]);
  const images = [imageOf(before)];
  const disk = imageOf(before);
  const folder = watched(disk, () => images.push(imageOf(disk)));
  await upgradeLogs(suite, folder);
  expect(images.length).toBeGreaterThan(4);
  for (const image of images) {
    const opened = openMemoryFolder(image);
    await upgradeLogs(suite, opened);
    await opened.close();
    expect([...image.logs.keys()]).toEqual(['seen-3']);
    expect(await load(image)).toEqual([{ epoch: 3, places: expected }]);
  }
});
