import type { Client } from '@sotto/client';

/** What this device has: no account, one that opens by itself, or one behind a passphrase. */
export type AccountState = 'none' | 'open' | 'locked';

/** The way to the account of this device: what stands between the page and a {@link Client}. */
export interface AccountDoor {
  /** Rejects with {@link ServerAway}, or with a `SottoError` such as `storage-denied`. */
  look(): Promise<AccountState>;
  /**
   * Rejects with `wrong-key` when the passphrase is not the account's, with `account-moved` when it was
   * exported and has stopped here.
   *
   * @param resume - goes on with it all the same; its file must not be used any more.
   */
  open(passphrase?: string, resume?: boolean): Promise<Client>;
  /** Erases the account of this device, which is not open. */
  wipe(): Promise<void>;
  /** @param passphrase - left out: whoever can use this device can read the account. */
  create(name: string, passphrase?: string): Promise<Client>;
  /** How long the network keeps mail for somebody who is away, milliseconds. Known once `look` has resolved. */
  mailLifeMillis(): number;
  /**
   * Takes in a file that `exportAccount` made, and opens it.
   *
   * @param passphrase - that the file was made with.
   * @param lock - the account asks for the same passphrase on this device.
   */
  restore(file: Uint8Array, passphrase: string, lock: boolean): Promise<Client>;
}

/** The server of the page did not say which network it is for. */
export class ServerAway extends Error {
  override readonly name = 'ServerAway';
}
