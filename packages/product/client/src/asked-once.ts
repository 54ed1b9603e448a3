import type { StoredEntry } from '@sotto/endpoint';
import { ByteReader, ByteWriter, concat, fromHex, fromUtf8, toHex, toUtf8 } from '@sotto/wire';

/** Where it is stored which orders were taken. */
const ASKED_PREFIX = 'client/asked/';
/** Orders that are remembered: far more than wait for an answer when a worker breaks. */
const REMEMBERED = 64;
const TOKEN_BYTES = 16;

/** What came of an order: the contact, and the message's number; of an invite its id. */
export interface Taken {
  readonly name: string;
  readonly id: number;
}

/**
 * Orders that a page may give a second time, since it cannot know whether the worker that broke had taken
 * them. What came of one is stored in the batch that carries it out, so that it is done once.
 */
export class AskedOnce {
  readonly #slots = new Map<number, string>();
  readonly #taken = new Map<string, Taken>();
  #next = 0;

  /** @param stored - of an earlier life. */
  constructor(stored: readonly StoredEntry[]) {
    for (const { key, value } of stored) {
      if (value === undefined || !key.startsWith(ASKED_PREFIX)) continue;
      const slot = Number(key.slice(ASKED_PREFIX.length));
      const reader = new ByteReader(value);
      const token = toHex(reader.take(TOKEN_BYTES));
      const age = reader.u53();
      const id = reader.u32();
      const name = fromUtf8(reader.rest());
      if (!reader.ok || name === undefined || !Number.isInteger(slot)) continue;
      this.#slots.set(slot, token);
      this.#taken.set(token, { name, id });
      this.#next = Math.max(this.#next, age + 1);
    }
  }

  /** What came of an order; undefined when it was not taken. */
  of(token: string | undefined): Taken | undefined {
    return token === undefined ? undefined : this.#taken.get(token);
  }

  /** The entry that says that an order was taken; to be stored with what it changed. */
  take(token: string | undefined, taken: Taken): readonly StoredEntry[] {
    const bytes = token === undefined ? undefined : fromHex(token);
    if (token === undefined || bytes?.length !== TOKEN_BYTES) return [];
    const age = this.#next++;
    const slot = age % REMEMBERED;
    this.#taken.delete(this.#slots.get(slot) ?? '');
    this.#slots.set(slot, token);
    this.#taken.set(token, taken);
    const head = new ByteWriter(8 + 4).u53(age).u32(taken.id).bytes;
    return [{ key: ASKED_PREFIX + slot, value: concat(bytes, head, toUtf8(taken.name)) }];
  }
}
