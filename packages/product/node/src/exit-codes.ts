import { TagRoomError } from '@sotto/relay';
import { StorageError, type StorageErrorCode } from '@sotto/storage';
import { TransportError, type TransportErrorCode } from '@sotto/transport';

/** Exit codes of `sotto`; `sotto --help` prints this table. */
export const EXIT_CODES = {
  ok: 0,
  failed: 1,
  usage: 2,
  address: 3,
  folder: 4,
  full: 5,
  locked: 6,
  unreachable: 7,
} as const;

/** What each exit code means, for `--help`. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT_CODES, string>> = {
  ok: 'done',
  failed: 'it did not work; the line on stderr says why',
  usage: 'a flag, environment variable or field of a file is wrong',
  address: 'an address or port cannot be listened at',
  folder: 'a folder or file cannot be used',
  full: 'the disk is full',
  locked: 'another process uses the folder',
  unreachable: 'nobody answers',
};

/** A failure that a person can put right: one line, no stack. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  /** Exit code of the process. */
  readonly exitCode: number;

  /** `message` is what the person reads. */
  constructor(reason: keyof typeof EXIT_CODES, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = EXIT_CODES[reason];
  }
}

const ofStorage: Readonly<Partial<Record<StorageErrorCode, keyof typeof EXIT_CODES>>> = {
  full: 'full',
  locked: 'locked',
};

const ofTransport: Readonly<Partial<Record<TransportErrorCode, keyof typeof EXIT_CODES>>> = {
  'address-in-use': 'address',
  'not-listening': 'address',
  unreachable: 'unreachable',
};

/** The failure that stands for an expected error of storage, transport or memory; undefined of a bug. */
export function asFailure(error: unknown): CommandFailure | undefined {
  if (error instanceof CommandFailure) return error;
  if (error instanceof StorageError) {
    return new CommandFailure(ofStorage[error.code] ?? 'folder', error.message, error);
  }
  if (error instanceof TagRoomError) return new CommandFailure('failed', error.message, error);
  if (error instanceof TransportError) {
    return new CommandFailure(ofTransport[error.code] ?? 'failed', error.message, error);
  }
  return undefined;
}
