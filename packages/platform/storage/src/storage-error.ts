/**
 * Why storage refused:
 * - `unwritable`: the folder cannot be made, read or written (permission, read-only, not a folder);
 * - `full`: no space, or the quota is used up;
 * - `locked`: somebody else, or this process, has it open already;
 * - `corrupt`: what is stored cannot be read back as it was written;
 * - `closed`: the call came after `close`;
 * - `foreign`: the folder holds other things and is no data folder;
 * - `newer`: the data folder was written by a newer version.
 */
export type StorageErrorCode =
  | 'unwritable'
  | 'full'
  | 'locked'
  | 'corrupt'
  | 'closed'
  | 'foreign'
  | 'newer';

const meanings: Readonly<Record<StorageErrorCode, string>> = {
  unwritable: 'cannot be used',
  full: 'is on a full disk',
  locked: 'is in use already',
  corrupt: 'is damaged',
  closed: 'is closed',
  foreign: 'is not a Sotto data folder',
  newer: 'belongs to a newer version of Sotto',
};

/** What every storage implementation rejects with; the message names the folder or file, never its contents. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  /** The reason, stable for programs. */
  readonly code: StorageErrorCode;
  /** The folder or file that it is about. */
  readonly where: string;

  /**
   * @param code - the reason.
   * @param where - the folder or file.
   * @param detail - what the system said, or what to do about it.
   */
  constructor(code: StorageErrorCode, where: string, detail = '', options?: ErrorOptions) {
    super(`"${where}" ${meanings[code]}${detail === '' ? '' : `: ${detail}`}`, options);
    this.code = code;
    this.where = where;
  }
}
