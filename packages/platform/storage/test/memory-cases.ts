import { expect, test } from 'vitest';
import {
  MemoryAppendLogs,
  MemoryDisk,
  MemorySecretFiles,
  MemoryStore,
  openMemoryFolder,
} from '../src/index.ts';
import { logCases, secretCases, storeCases } from '../src/compliance.ts';

/** Runs every case on memory; called by the Node and the Chromium test file. */
export function runMemoryCases(): void {
  test.each(storeCases)('store: $name', async ({ run }) => {
    const contents = new Map<string, Uint8Array>();
    await expect(run(async () => new MemoryStore(contents))).resolves.toBeUndefined();
  });
  test.each(secretCases)('secrets: $name', async ({ run }) => {
    const files = new Map<string, Uint8Array>();
    await expect(run(async () => new MemorySecretFiles(files))).resolves.toBeUndefined();
  });
  test.each(logCases)('logs: $name', async ({ run }) => {
    const files = new Map<string, Uint8Array[]>();
    await expect(run(async () => new MemoryAppendLogs(files))).resolves.toBeUndefined();
  });

  test('a disk in memory outlives the folder that was open on it', async () => {
    const disk = new MemoryDisk();
    const first = openMemoryFolder(disk);
    await first.store.batch([{ key: 'a', value: Uint8Array.of(1) }]);
    await first.secrets.write('key', Uint8Array.of(2));
    const log = await first.logs.open('tags', 1);
    await log.append(Uint8Array.of(3));
    expect(() => openMemoryFolder(disk)).toThrow('in use already');
    await first.close();
    const second = openMemoryFolder(disk);
    expect(await second.store.get('a')).toEqual(Uint8Array.of(1));
    expect(await second.secrets.read('key')).toEqual(Uint8Array.of(2));
    expect(await (await second.logs.open('tags', 1)).readAll()).toEqual(Uint8Array.of(3));
  });
}
