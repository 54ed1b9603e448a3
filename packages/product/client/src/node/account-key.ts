import { scrypt } from 'node:crypto';
import { type SecretFiles, StorageError } from '@sotto/storage';
import { ByteReader, ByteWriter, concat, randomBytes, type Rng } from '@sotto/wire';
import { SottoError } from '../sotto-error.ts';

const FILE = 'storage-key';
const VERSION = 1;
const KIND = { file: 1, passphrase: 2 } as const;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** scrypt, RFC 7914: 128 MiB and about 0.4 s a guess. Kept in the file, so that it can rise. */
const COST = { logN: 17, r: 8, p: 1 } as const;
/** What a file may ask for at most: 1 GiB. */
const MAX_LOG_N = 20;

/**
 * The key that an account is encrypted under: from a file of its own, mode 0600, or from a passphrase.
 * Which of the two is decided on the first run.
 *
 * @param account - the folder, for messages.
 * @param passphrase - undefined: the key stands in the file.
 * @returns 32 bytes, to be wiped by the caller.
 * @throws SottoError `passphrase-…` when the account is kept the other way, StorageError when the file is damaged.
 */
export async function storageKey(
  account: string,
  secrets: SecretFiles,
  rng: Rng,
  passphrase: string | undefined,
): Promise<Uint8Array> {
  if (passphrase === '') throw new SottoError('passphrase-empty');
  const stored = await secrets.read(FILE);
  if (stored === undefined) return firstKey(secrets, rng, passphrase);
  const reader = new ByteReader(stored);
  const version = reader.u8();
  const kind = reader.u8();
  const damaged = (): StorageError => new StorageError('corrupt', FILE, 'not as it was written');
  if (!reader.ok) throw damaged();
  if (version !== VERSION) throw new StorageError('newer', account, `storage key ${version}`);
  if (kind === KIND.file) {
    const key = reader.rest().slice();
    if (key.length !== KEY_BYTES) throw damaged();
    if (passphrase !== undefined) throw new SottoError('passphrase-not-used');
    return key;
  }
  const [logN, r, p] = [reader.u8(), reader.u8(), reader.u8()];
  const salt = reader.rest();
  const known = kind === KIND.passphrase && salt.length === SALT_BYTES;
  if (!known || logN < 1 || logN > MAX_LOG_N || r !== COST.r || p !== COST.p) throw damaged();
  if (passphrase === undefined) throw new SottoError('passphrase-needed');
  return derive(passphrase, salt, { logN, r, p });
}

/** Overwrites the key file and removes it. */
export const eraseStorageKey = (secrets: SecretFiles): Promise<void> => secrets.erase(FILE);

async function firstKey(
  secrets: SecretFiles,
  rng: Rng,
  passphrase: string | undefined,
): Promise<Uint8Array> {
  if (passphrase === undefined) {
    const key = randomBytes(rng, KEY_BYTES);
    await secrets.write(FILE, concat(Uint8Array.of(VERSION, KIND.file), key));
    return key;
  }
  const salt = randomBytes(rng, SALT_BYTES);
  const head = new ByteWriter(5).u8(VERSION).u8(KIND.passphrase);
  head.u8(COST.logN).u8(COST.r).u8(COST.p);
  await secrets.write(FILE, concat(head.bytes, salt));
  return derive(passphrase, salt, COST);
}

function derive(
  passphrase: string,
  salt: Uint8Array,
  { logN, r, p }: { readonly logN: number; readonly r: number; readonly p: number },
): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const N = 2 ** logN;
  // One text has one form, whatever keyboard it was typed on.
  scrypt(
    passphrase.normalize('NFC'),
    salt,
    KEY_BYTES,
    { N, r, p, maxmem: 256 * N * r },
    (error, key) => {
      if (error === null) resolve(new Uint8Array(key));
      else reject(error);
    },
  );
  return promise;
}
