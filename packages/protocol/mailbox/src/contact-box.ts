import { equalBytes, type Instant, toHex } from '@sotto/wire';
import { type Answer, MAX_BUNDLE_CHUNKS } from './answer.ts';
import { MAX_BOX_CREDENTIALS } from './contact-record.ts';
import type { Greeting } from './greeting.ts';
import type { CredentialGrant } from './request.ts';

/** Reply blocks that one contact box holds at most. */
export const MAX_STASH = 64;

/** A reply block in a stash. */
export interface Stashed {
  /** Its place in the store. */
  readonly id: number;
  /** Full epoch in which it works. */
  readonly epoch: number;
  /** 263 bytes. */
  readonly embedded: Uint8Array;
}

/** One person's box at a contact point: who may write, by which reply blocks, and the prekey bundle. */
export class ContactBox {
  /** Hex of the box. */
  readonly key: string;
  /** When it is forgotten, unless its owner refills. */
  expiresAt: Instant;
  /** Set while the box is open to strangers. */
  greeting: Greeting | undefined;
  readonly #credentials = new Map<string, CredentialGrant>();
  readonly #stash: Stashed[] = [];
  readonly #chunks = new Map<number, Uint8Array>();
  #chunkCount = 0;

  /** An empty box. */
  constructor(key: string, expiresAt: Instant) {
    this.key = key;
    this.expiresAt = expiresAt;
  }

  /** What credentials may do, in the order in which they came. */
  get credentials(): readonly CredentialGrant[] {
    return [...this.#credentials.values()];
  }

  /** Reply blocks held. */
  get stash(): readonly Stashed[] {
    return this.#stash;
  }

  /**
   * Sets, renews or (with 0 uses) takes back a credential. A spent one gives way when there is no room.
   *
   * @returns false when there is no room.
   */
  grant(grant: CredentialGrant): boolean {
    const key = toHex(grant.hash);
    if (grant.uses === 0) {
      this.#credentials.delete(key);
      return true;
    }
    if (!this.#credentials.has(key) && this.#credentials.size >= MAX_BOX_CREDENTIALS) {
      const spent = this.credentials.find(({ uses }) => uses === 0);
      if (spent === undefined) return false;
      this.#credentials.delete(toHex(spent.hash));
    }
    this.#credentials.set(key, grant);
    return true;
  }

  /** Takes a grant back from the store, a spent one too. */
  restoreGrant(grant: CredentialGrant): void {
    this.#credentials.set(toHex(grant.hash), grant);
  }

  /** The grant of a credential by its hash. Compares with every one held, whatever it finds, so that time tells nothing of a near hit. */
  find(hash: Uint8Array): CredentialGrant | undefined {
    let found: CredentialGrant | undefined;
    for (const grant of this.#credentials.values()) {
      if (equalBytes(grant.hash, hash)) found = grant;
    }
    return found;
  }

  /** One use less. A spent credential stays known as spent. */
  spend(grant: CredentialGrant): void {
    this.#credentials.set(toHex(grant.hash), { ...grant, uses: grant.uses - 1 });
  }

  /** Whether a reply block of this epoch is left. */
  hasEpoch(epoch: number): boolean {
    return this.#stash.some((stashed) => stashed.epoch === epoch);
  }

  /** Adds a reply block. @returns false when the stash is full. */
  put(stashed: Stashed): boolean {
    if (this.#stash.length >= MAX_STASH) return false;
    this.#stash.push(stashed);
    return true;
  }

  /** Removes the oldest reply block of the first of these epochs (low bytes) that has one. */
  take(epochBytes: readonly number[]): Stashed | undefined {
    for (const byte of epochBytes) {
      const index = this.#stash.findIndex(({ epoch }) => epoch % 256 === byte);
      if (index >= 0) return this.#stash.splice(index, 1)[0];
    }
    return undefined;
  }

  /** Removes the reply blocks of which `isOver` says that their epoch is. */
  dropEpochs(isOver: (epoch: number) => boolean): readonly Stashed[] {
    const over = this.#stash.filter(({ epoch }) => isOver(epoch));
    const kept = this.#stash.filter(({ epoch }) => !isOver(epoch));
    this.#stash.splice(0, this.#stash.length, ...kept);
    return over;
  }

  /**
   * Stores a chunk. A chunk of a bundle with another count starts a new bundle.
   *
   * @returns indices that went with the old bundle.
   */
  putChunk(index: number, count: number, chunk: Uint8Array): readonly number[] {
    const gone: number[] = [];
    if (count !== this.#chunkCount) {
      gone.push(...[...this.#chunks.keys()].filter((old) => old !== index));
      this.#chunks.clear();
      this.#chunkCount = count;
    }
    this.#chunks.set(index, chunk);
    return gone;
  }

  /** Indices of the chunks held. */
  get chunkIndices(): readonly number[] {
    return [...this.#chunks.keys()];
  }

  /** The answer for the `nth` chunk, counted round. */
  answer(nth: number): Answer {
    const count = this.#chunkCount;
    const index = count === 0 ? 0 : nth % Math.min(count, MAX_BUNDLE_CHUNKS);
    const chunk = this.#chunks.get(index);
    return chunk === undefined ? { kind: 'no-bundle' } : { kind: 'chunk', index, count, chunk };
  }
}
