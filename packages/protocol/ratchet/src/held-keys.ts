import { type CryptoSuite, KEY_BYTES } from '@sotto/suite';
import { type ByteReader, ByteWriter, wipe } from '@sotto/wire';
import { openHeader, type RatchetHeader } from './ratchet-header.ts';
import { HELD_FOR, MAX_SKIPPED } from './session.ts';

interface HeldKey {
  readonly key: Uint8Array;
  /** Messages opened when it is erased unused. */
  readonly until: number;
}

/** A chain of which messages are missing. */
interface HeldChain {
  readonly headerKey: Uint8Array;
  readonly keys: Map<number, HeldKey>;
}

const HELD_BYTES = KEY_BYTES + 2 + KEY_BYTES + 4;

/** Keys of messages that are missing (Spec 09 §6.5): at most {@link MAX_SKIPPED}, oldest first out. */
export class HeldKeys {
  #chains: HeldChain[] = [];
  #opened = 0;

  /** Keys held. */
  get size(): number {
    return this.#chains.reduce((sum, { keys }) => sum + keys.size, 0);
  }

  /** Holds a key; both arrays are copied or taken over, never shared. */
  hold(headerKey: Uint8Array, counter: number, key: Uint8Array): void {
    this.#put(headerKey, counter, { key, until: this.#opened + HELD_FOR });
  }

  /** Whose chain a header is of, newest chain first; undefined when of none with a missing message. */
  recognise(
    suite: CryptoSuite,
    sealedHeader: Uint8Array,
    bodyTag: Uint8Array,
  ): { readonly headerKey: Uint8Array; readonly header: RatchetHeader } | undefined {
    for (let i = this.#chains.length - 1; i >= 0; i--) {
      const headerKey = this.#chains[i]?.headerKey;
      if (headerKey === undefined) break;
      const header = openHeader(suite, headerKey, sealedHeader, bodyTag);
      if (header !== undefined) return { headerKey, header };
    }
    return undefined;
  }

  /** The key of one message; still held. */
  find(headerKey: Uint8Array, counter: number): Uint8Array | undefined {
    return this.#chainOf(headerKey)?.keys.get(counter)?.key;
  }

  /** Erases the key of one message: it was used. */
  erase(headerKey: Uint8Array, counter: number): void {
    const chain = this.#chainOf(headerKey);
    if (chain === undefined) return;
    drop(chain, counter);
    this.#sweep();
  }

  /** A message was opened: keys grow older, and those that are too many or too old are erased. */
  opened(): void {
    this.#opened++;
    let over = this.size - MAX_SKIPPED;
    for (const chain of this.#chains) {
      for (const [counter, { until }] of chain.keys) {
        if (over <= 0 && until >= this.#opened) continue;
        drop(chain, counter);
        over--;
      }
    }
    this.#sweep();
  }

  /** Overwrites all of them. */
  wipe(): void {
    for (const chain of this.#chains) {
      wipe(chain.headerKey);
      for (const counter of chain.keys.keys()) drop(chain, counter);
    }
    this.#chains = [];
  }

  /** Opened u32 ‖ count u16 ‖ count × (header key 32 ‖ counter u16 ‖ key 32 ‖ until u32). */
  export(): Uint8Array {
    const writer = new ByteWriter(4 + 2 + this.size * HELD_BYTES).u32(this.#opened).u16(this.size);
    for (const { headerKey, keys } of this.#chains) {
      for (const [counter, { key, until }] of keys) {
        writer.put(headerKey).u16(counter).put(key).u32(until);
      }
    }
    return writer.bytes;
  }

  /** Reads what {@link HeldKeys.export} wrote; marks the reader refused when it is not that. */
  static read(reader: ByteReader): HeldKeys {
    const held = new HeldKeys();
    held.#opened = reader.u32();
    const count = reader.u16();
    if (count > MAX_SKIPPED || reader.remaining < count * HELD_BYTES) reader.refuse();
    for (let i = 0; i < count && reader.ok; i++) {
      const headerKey = reader.take(KEY_BYTES);
      const counter = reader.u16();
      const key = reader.take(KEY_BYTES);
      if (held.find(headerKey, counter) !== undefined) reader.refuse();
      held.#put(headerKey, counter, { key, until: reader.u32() });
    }
    return held;
  }

  #put(headerKey: Uint8Array, counter: number, entry: HeldKey): void {
    let chain = this.#chainOf(headerKey);
    if (chain === undefined) {
      chain = { headerKey: headerKey.slice(), keys: new Map() };
      this.#chains.push(chain);
    }
    chain.keys.set(counter, entry);
  }

  #chainOf(headerKey: Uint8Array): HeldChain | undefined {
    return this.#chains.find((chain) => sameKey(chain.headerKey, headerKey));
  }

  #sweep(): void {
    this.#chains = this.#chains.filter(({ headerKey, keys }) => {
      if (keys.size === 0) wipe(headerKey);
      return keys.size > 0;
    });
  }
}

function drop(chain: HeldChain, counter: number): void {
  const held = chain.keys.get(counter);
  if (held !== undefined) wipe(held.key);
  chain.keys.delete(counter);
}

/** Both are our own, looked up by a name that nobody else sees: an early exit tells nothing. */
function sameKey(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < KEY_BYTES; i++) if (a[i] !== b[i]) return false;
  return true;
}
