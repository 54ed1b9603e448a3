import type { IndexedStore } from '@sotto/storage-indexeddb';
import {
  type CryptoSuite,
  KEY_BYTES,
  MAC_BYTES,
  NONCE_BYTES,
  PASSWORD_SALT_BYTES,
  type PasswordHash,
} from '@sotto/suite';
import { concat, randomBytes, type Rng, toUtf8, wipe } from '@sotto/wire';
import { SottoError } from '../sotto-error.ts';

/** Names in the vault. */
export const KEY_RECORD = 'storage-key';
const WRAPPING = 'wrapping-key';
const VERSION = 1;
/** Argon2id, RFC 9106 §4, second choice: 64 MiB, 3 passes; about half a second, once a start. */
const COST = { passes: 3, mebibytes: 64 } as const;
const MAX_COST = { passes: 16, mebibytes: 1024 } as const;
const ALGORITHM = 'AES-GCM';
const IV_BYTES = 12;

/** How a storage key is kept in the vault. */
interface KeyRecord {
  readonly version: number;
  readonly iv: Uint8Array<ArrayBuffer>;
  /** Under the browser's own key: the storage key, or salt ‖ nonce ‖ the storage key under the passphrase. */
  readonly wrapped: Uint8Array<ArrayBuffer>;
  /** Argon2id's cost; absent when there is no passphrase. */
  readonly cost?: { readonly passes: number; readonly mebibytes: number };
}

/** What opens a storage key. */
interface KeyTools {
  readonly suite: CryptoSuite;
  readonly rng: Rng;
  readonly passwordHash: PasswordHash;
}

/**
 * The key that an account is encrypted under, made on the first run. It is wrapped by a key of the
 * browser's that no script can read out: a copy of the profile's files does not give it away while the
 * browser keeps that key elsewhere; where it does not, the passphrase alone protects.
 *
 * @returns 32 bytes, to be wiped by the caller.
 * @throws SottoError `passphrase-…`, `wrong-key`, `store-damaged`, `account-newer`.
 */
export async function storageKey(
  store: IndexedStore,
  tools: KeyTools,
  passphrase: string | undefined,
): Promise<Uint8Array> {
  if (passphrase === '') throw new SottoError('passphrase-empty');
  const stored = await store.vaultGet(KEY_RECORD);
  if (stored === undefined) return firstKey(store, tools, passphrase);
  const record = readKeyRecord(stored);
  const wrapping = await store.vaultGet(WRAPPING);
  if (!(wrapping instanceof CryptoKey)) throw damaged();
  const { iv, wrapped, cost } = record;
  if (cost === undefined && passphrase !== undefined) throw new SottoError('passphrase-not-used');
  if (cost !== undefined && passphrase === undefined) throw new SottoError('passphrase-needed');
  let inner: Uint8Array;
  try {
    inner = new Uint8Array(await crypto.subtle.decrypt({ name: ALGORITHM, iv }, wrapping, wrapped));
  } catch (error) {
    throw damaged(error);
  }
  if (cost === undefined || passphrase === undefined) {
    if (inner.length !== KEY_BYTES) throw damaged();
    return inner;
  }
  return underPassphrase(tools, inner, passphrase, cost);
}

/** Whether a record of the vault asks for a passphrase. @throws SottoError `store-damaged`, `account-newer`. */
export const needsPassphrase = (record: unknown): boolean =>
  readKeyRecord(record).cost !== undefined;

async function firstKey(
  store: IndexedStore,
  tools: KeyTools,
  passphrase: string | undefined,
): Promise<Uint8Array> {
  const { rng, suite } = tools;
  const key = randomBytes(rng, KEY_BYTES);
  let inner: Uint8Array = key.slice();
  if (passphrase !== undefined) {
    const salt = randomBytes(rng, PASSWORD_SALT_BYTES);
    const nonce = randomBytes(rng, NONCE_BYTES);
    const own = derive(tools, passphrase, salt, COST);
    const sealed = new Uint8Array(KEY_BYTES + MAC_BYTES);
    suite.aeadSeal(sealed, key, new Uint8Array(0), own, nonce);
    wipe(own);
    inner = concat(salt, nonce, sealed);
  }
  const usages: KeyUsage[] = ['encrypt', 'decrypt'];
  const wrapping = await crypto.subtle.generateKey({ name: ALGORITHM, length: 256 }, false, usages);
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const wrapped = new Uint8Array(
    await crypto.subtle.encrypt({ name: ALGORITHM, iv }, wrapping, new Uint8Array(inner)),
  );
  wipe(inner);
  // The record last: with it the account has begun.
  await store.vaultPut(WRAPPING, wrapping);
  const record: KeyRecord = {
    version: VERSION,
    iv,
    wrapped,
    ...(passphrase === undefined ? {} : { cost: COST }),
  };
  await store.vaultPut(KEY_RECORD, record);
  return key;
}

function underPassphrase(
  tools: KeyTools,
  inner: Uint8Array,
  passphrase: string,
  cost: typeof COST | NonNullable<KeyRecord['cost']>,
): Uint8Array {
  if (inner.length !== PASSWORD_SALT_BYTES + NONCE_BYTES + KEY_BYTES + MAC_BYTES) throw damaged();
  const salt = inner.subarray(0, PASSWORD_SALT_BYTES);
  const nonce = inner.subarray(PASSWORD_SALT_BYTES, PASSWORD_SALT_BYTES + NONCE_BYTES);
  const sealed = inner.subarray(PASSWORD_SALT_BYTES + NONCE_BYTES);
  const own = derive(tools, passphrase, salt, cost);
  const key = new Uint8Array(KEY_BYTES);
  const opened = tools.suite.aeadOpen(key, sealed, new Uint8Array(0), own, nonce);
  wipe(own);
  if (!opened) throw new SottoError('wrong-key');
  return key;
}

function derive(
  { passwordHash }: KeyTools,
  passphrase: string,
  salt: Uint8Array,
  { passes, mebibytes }: NonNullable<KeyRecord['cost']>,
): Uint8Array {
  const out = new Uint8Array(KEY_BYTES);
  // One text has one form, whatever keyboard it was typed on.
  const password = toUtf8(passphrase.normalize('NFC'));
  const made = passwordHash(out, password, salt, { passes, memoryBytes: mebibytes * 1_048_576 });
  wipe(password);
  if (!made) throw new SottoError('store-failed', 'no memory for the key of the passphrase');
  return out;
}

const damaged = (cause?: unknown): SottoError =>
  new SottoError('store-damaged', 'the storage key cannot be read', { cause });

const isCost = (value: unknown): value is NonNullable<KeyRecord['cost']> =>
  typeof value === 'object' &&
  value !== null &&
  'passes' in value &&
  'mebibytes' in value &&
  inRange(value.passes, MAX_COST.passes) &&
  inRange(value.mebibytes, MAX_COST.mebibytes);

const inRange = (value: unknown, most: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most;

function readKeyRecord(value: unknown): KeyRecord {
  if (!isRecord(value)) throw damaged();
  const { version, iv, wrapped, cost } = value;
  if (typeof version === 'number' && version > VERSION) throw new SottoError('account-newer');
  if (version !== VERSION || !isBytes(iv) || !isBytes(wrapped)) throw damaged();
  if (cost !== undefined && !isCost(cost)) throw damaged();
  return { version, iv, wrapped, ...(cost === undefined ? {} : { cost }) };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const isBytes = (value: unknown): value is Uint8Array<ArrayBuffer> => value instanceof Uint8Array;
