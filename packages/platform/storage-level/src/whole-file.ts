import type { FileHandle } from 'node:fs/promises';
import { StorageError } from '@sotto/storage';

/** Writes all bytes at a place; one call of the system may write fewer than it was given. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(
      bytes,
      written,
      bytes.length - written,
      at + written,
    );
    written += bytesWritten;
  }
}

/** Fills `bytes` from a place in a file; `corrupt` when the file ends before. */
export async function readFully(
  handle: FileHandle,
  bytes: Uint8Array,
  where: string,
  from = 0,
): Promise<void> {
  let read = 0;
  while (read < bytes.length) {
    const length = Math.min(bytes.length - read, 2 ** 26);
    const { bytesRead } = await handle.read(bytes, read, length, from + read);
    if (bytesRead === 0)
      throw new StorageError('corrupt', where, `ends after ${from + read} bytes`);
    read += bytesRead;
  }
}
