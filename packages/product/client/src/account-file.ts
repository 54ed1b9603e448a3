import type { StoredEntry } from '@sotto/endpoint';
import {
  type CryptoSuite,
  KEY_BYTES,
  MAC_BYTES,
  NONCE_BYTES,
  PASSWORD_SALT_BYTES,
  type PasswordHash,
} from '@sotto/suite';
import {
  ByteReader,
  ByteWriter,
  concat,
  err,
  equalBytes,
  fromUtf8,
  ok,
  randomBytes,
  type Result,
  type Rng,
  toUtf8,
  wipe,
} from '@sotto/wire';
import { DIRECTORY_PREFIX } from './directory-feed.ts';
import { SottoError } from './sotto-error.ts';

/** First bytes of every exported account. */
const MAGIC = toUtf8('sotto account\n');
/** Version of the layout that this program writes, and the newest that it reads. */
const ACCOUNT_FILE_VERSION = 1;
/** Argon2id, RFC 9106 §4, second choice: 64 MiB, 3 passes. In the file, so that it can rise. */
const COST = { passes: 3, mebibytes: 64 } as const;
/** What a file may ask for at most. */
const MAX_COST = { passes: 16, mebibytes: 1024 } as const;
const NETWORK_BYTES = 16;
/** Magic ‖ version u8 ‖ passes u8 ‖ mebibytes u16 ‖ salt ‖ nonce; all of it is authenticated. */
const HEAD_BYTES = MAGIC.length + 1 + 1 + 2 + PASSWORD_SALT_BYTES + NONCE_BYTES;

/** What an account file holds. */
export interface AccountContents {
  /** 16 bytes: the network that the account lives in. */
  readonly networkId: Uint8Array;
  readonly entries: readonly StoredEntry[];
}

/** Why bytes are no account that can be used. */
export interface AccountFileError {
  readonly code: 'file-not-account' | 'file-newer' | 'file-damaged' | 'file-wrong-passphrase';
}

/** What makes and opens a file. */
export interface AccountFileTools {
  readonly suite: CryptoSuite;
  readonly rng: Rng;
  readonly passwordHash: PasswordHash;
}

/**
 * An account as a file: head ‖ ChaCha20-Poly1305 of (network identifier, 16 bytes ‖ count u32 ‖ entries:
 * key length u16 ‖ key ‖ value length u32 ‖ value), with the head as associated data, under
 * Argon2id(passphrase in NFC). The directory is left out: it is fetched anew.
 *
 * @throws SottoError `passphrase-empty`.
 */
export function encodeAccountFile(
  { suite, rng, passwordHash }: AccountFileTools,
  { networkId, entries }: AccountContents,
  passphrase: string,
): Uint8Array {
  if (passphrase === '') throw new SottoError('passphrase-empty');
  const kept = entries.flatMap(({ key, value }) =>
    value === undefined || key.startsWith(DIRECTORY_PREFIX) ? [] : [{ key: toUtf8(key), value }],
  );
  const length = kept.reduce((sum, { key, value }) => sum + 2 + key.length + 4 + value.length, 0);
  const plain = new ByteWriter(NETWORK_BYTES + 4 + length).put(networkId).u32(kept.length);
  for (const { key, value } of kept) {
    plain.u16(key.length).put(key).u32(value.length).put(value);
    wipe(value);
  }
  const salt = randomBytes(rng, PASSWORD_SALT_BYTES);
  const nonce = randomBytes(rng, NONCE_BYTES);
  const head = new ByteWriter(HEAD_BYTES).put(MAGIC).u8(ACCOUNT_FILE_VERSION);
  head.u8(COST.passes).u16(COST.mebibytes).put(salt).put(nonce);
  const key = derive(passwordHash, passphrase, salt, COST);
  if (key === undefined) throw new RangeError('no memory for the key of the file');
  const sealed = new Uint8Array(plain.bytes.length + MAC_BYTES);
  suite.aeadSeal(sealed, plain.bytes, head.bytes, key, nonce);
  wipe(key);
  wipe(plain.bytes);
  return concat(head.bytes, sealed);
}

/** Reads what {@link encodeAccountFile} wrote: any bytes. Bounds stand before anything is computed. */
export function decodeAccountFile(
  { suite, passwordHash }: Omit<AccountFileTools, 'rng'>,
  bytes: Uint8Array,
  passphrase: string,
): Result<AccountContents, AccountFileError> {
  if (!equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) return err({ code: 'file-not-account' });
  const reader = new ByteReader(bytes.subarray(MAGIC.length));
  const version = reader.u8();
  if (reader.ok && version > ACCOUNT_FILE_VERSION) return err({ code: 'file-newer' });
  const passes = reader.u8();
  const mebibytes = reader.u16();
  const salt = reader.take(PASSWORD_SALT_BYTES);
  const nonce = reader.take(NONCE_BYTES);
  const sealed = reader.rest();
  const affordable =
    passes >= 1 && passes <= MAX_COST.passes && mebibytes >= 1 && mebibytes <= MAX_COST.mebibytes;
  const least = NETWORK_BYTES + 4 + MAC_BYTES;
  if (!reader.ok || version === 0 || !affordable || sealed.length < least) {
    return err({ code: 'file-damaged' });
  }
  const key = derive(passwordHash, passphrase, salt, { passes, mebibytes });
  if (key === undefined) return err({ code: 'file-damaged' });
  const plain = new Uint8Array(sealed.length - MAC_BYTES);
  const opened = suite.aeadOpen(plain, sealed, bytes.subarray(0, HEAD_BYTES), key, nonce);
  wipe(key);
  if (!opened) return err({ code: 'file-wrong-passphrase' });
  const contents = decodeContents(plain);
  wipe(plain);
  return contents === undefined ? err({ code: 'file-damaged' }) : ok(contents);
}

function decodeContents(plain: Uint8Array): AccountContents | undefined {
  const reader = new ByteReader(plain);
  const networkId = reader.take(NETWORK_BYTES).slice();
  const count = reader.u32();
  const entries: StoredEntry[] = [];
  for (let i = 0; i < count && reader.ok; i++) {
    const key = fromUtf8(reader.take(reader.u16()));
    const value = reader.take(reader.u32()).slice();
    if (key === undefined) return undefined;
    entries.push({ key, value });
  }
  return reader.done ? { networkId, entries } : undefined;
}

function derive(
  passwordHash: PasswordHash,
  passphrase: string,
  salt: Uint8Array,
  { passes, mebibytes }: { readonly passes: number; readonly mebibytes: number },
): Uint8Array | undefined {
  const key = new Uint8Array(KEY_BYTES);
  // One text has one form, whatever keyboard it was typed on.
  const password = toUtf8(passphrase.normalize('NFC'));
  const cost = { passes, memoryBytes: mebibytes * 1_048_576 };
  const made = passwordHash(key, password, salt, cost);
  wipe(password);
  return made ? key : undefined;
}
