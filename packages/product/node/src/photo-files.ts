import { open, writeFile } from 'node:fs/promises';
import { type Client, MAX_PHOTO_BYTES, type MessageHandle, SottoError } from '@sotto/client';

/** A file could not be read or written. */
export class PhotoFileError extends Error {
  override readonly name = 'PhotoFileError';
}

const said = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'it failed';

/** Sends a picture of a file. Rejects as `Client.sendPhoto` does, or with {@link PhotoFileError}. */
export async function sendPhotoFile(
  client: Client,
  contact: string,
  file: string,
  words: string,
): Promise<MessageHandle> {
  const bytes = await firstBytes(file, MAX_PHOTO_BYTES + 1);
  return client.sendPhoto(contact, bytes, { words });
}

/**
 * Saves a picture of a conversation, the newest that came if `id` is not said, where nothing is yet.
 * Rejects with `photo-gone`, or with {@link PhotoFileError}.
 *
 * @returns which.
 */
export async function savePhoto(
  client: Client,
  contact: string,
  file: string,
  id?: number,
): Promise<number> {
  const messages = await client.messages(contact);
  const found = messages.findLast(
    (message) =>
      message.photo !== undefined &&
      message.direction === 'in' &&
      (id === undefined || message.id === id),
  );
  if (found === undefined) throw new SottoError('photo-gone');
  const { bytes } = await client.photo(found);
  try {
    await writeFile(file, bytes, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw new PhotoFileError(`the picture was not saved: ${said(error)}`, { cause: error });
  }
  return found.id;
}

/** No more of a file than is needed to say that it is too long. */
async function firstBytes(file: string, most: number): Promise<Uint8Array> {
  try {
    await using handle = await open(file, 'r');
    const { buffer, bytesRead } = await handle.read(new Uint8Array(most), 0, most, 0);
    return buffer.slice(0, bytesRead);
  } catch (error) {
    throw new PhotoFileError(`the picture cannot be read: ${said(error)}`, { cause: error });
  }
}
