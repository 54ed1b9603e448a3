import type { StoredEntry } from '@sotto/endpoint';
import { ByteReader, ByteWriter, type Instant, MICROS_PER_MS } from '@sotto/wire';
import type { SealedStore } from './sealed-store.ts';
import { SottoError } from './sotto-error.ts';

/** Says that the account was exported, and that this copy of it has stopped. Never in a file. */
const MOVED_KEY = 'client/moved';
const VERSION = 1;

/** Stops this copy for good, or until it is resumed. Resolves when the disk has it. */
export async function markMoved(sealed: SealedStore, now: Instant): Promise<void> {
  const value = new ByteWriter(1 + 8).u8(VERSION).u53(now).bytes;
  await sealed.write([{ key: MOVED_KEY, value }]);
}

/** @throws SottoError `account-moved` when this copy has stopped; with `resume` the mark is taken away instead. */
export async function checkNotMoved(
  sealed: SealedStore,
  stored: readonly StoredEntry[],
  resume: boolean,
): Promise<void> {
  const mark = stored.find(({ key }) => key === MOVED_KEY)?.value;
  if (mark === undefined) return;
  if (!resume) throw new SottoError('account-moved', movedAt(mark));
  await sealed.write([{ key: MOVED_KEY, value: undefined }]);
}

/** When, for people; '' of a mark of another version, which stops all the same. */
function movedAt(mark: Uint8Array): string {
  const reader = new ByteReader(mark);
  const version = reader.u8();
  const at = reader.u53();
  if (!reader.done || version !== VERSION) return '';
  return `on ${new Date(at / MICROS_PER_MS).toISOString()}`;
}
