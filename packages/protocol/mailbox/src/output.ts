/** One entry of the store: a value, or undefined to delete it. */
export interface StoredEntry {
  /** Path of lower-case words and hex, '/' between. */
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

/** Entries to be written together, in any order. */
export interface Persist {
  readonly kind: 'persist';
  readonly entries: readonly StoredEntry[];
}

/** A reply block that this node must run itself: peel it as a second decode, then put it into the pool. */
export interface RunSurb {
  readonly kind: 'run-surb';
  /** 263 bytes. */
  readonly embedded: Uint8Array;
  /** ζ to start with, 48 bytes. */
  readonly log: Uint8Array;
  /** δ, 1,024 bytes. */
  readonly body: Uint8Array;
}

/** What a service asks its node to do. */
export type MailboxOutput = Persist | RunSurb;

/** Outputs that wait to be polled. Changes of one key are merged: a mail that came and went is one deletion. */
export class Outbox {
  readonly #entries = new Map<string, Uint8Array | undefined>();
  readonly #runs: RunSurb[] = [];

  /** Writes an entry. */
  store(key: string, value: Uint8Array): void {
    this.#entries.set(key, value);
  }

  /** Deletes an entry. */
  remove(key: string): void {
    this.#entries.set(key, undefined);
  }

  /** Runs a reply block. */
  run(embedded: Uint8Array, log: Uint8Array, body: Uint8Array): void {
    this.#runs.push({ kind: 'run-surb', embedded, log, body });
  }

  /** The next output. */
  poll(): MailboxOutput | undefined {
    if (this.#entries.size > 0) {
      const entries = [...this.#entries].map(([key, value]) => ({ key, value }));
      this.#entries.clear();
      return { kind: 'persist', entries };
    }
    return this.#runs.shift();
  }
}
