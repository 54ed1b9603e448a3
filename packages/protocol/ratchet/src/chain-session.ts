import { type CryptoSuite, KEY_BYTES, MAC_BYTES, NONCE_BYTES } from '@sotto/suite';
import { ByteReader, ByteWriter, concat, err, ok, type Result, wipe } from '@sotto/wire';
import { SESSION_ID_BYTES, stepChain } from './key-schedule.ts';
import { LENGTH_PREFIX_BYTES, pad, unpad } from './padding.ts';
import { SEALING_VERSION, type SealingVersion } from './sealing-version.ts';
import {
  type ImportError,
  MAX_GAP,
  MAX_SKIPPED,
  type OpenError,
  type SealError,
  type Session,
} from './session.ts';

const HEADER_BYTES = 1 + 4;

/** What sealing adds to the padded length: version ‖ counter ‖ length prefix ‖ tag. */
export const SEALED_OVERHEAD: number = HEADER_BYTES + LENGTH_PREFIX_BYTES + MAC_BYTES;

/** Never used by a message, so that every counter in a state fits a u32. */
const COUNTER_END = 0xffff_ffff;
const FIXED_STATE_BYTES = 1 + SESSION_ID_BYTES + 2 * (KEY_BYTES + 4) + 2;
const SKIPPED_BYTES = 4 + KEY_BYTES;
const ZERO_NONCE = new Uint8Array(NONCE_BYTES);

/** Start of a session: what the handshake gives. The arrays become the session's own. */
export interface ChainStart {
  readonly id: Uint8Array;
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
}

interface ChainState extends ChainStart {
  readonly sendCounter: number;
  readonly receiveCounter: number;
  /** Counters rise. */
  readonly skipped: Map<number, Uint8Array>;
}

/** Sealing version 1 (Spec 09 §6): one symmetric chain each way, no new secret after the handshake. */
export class ChainSession implements Session {
  readonly version: SealingVersion = SEALING_VERSION;
  readonly id: Uint8Array;
  readonly #suite: CryptoSuite;
  readonly #send: Uint8Array;
  readonly #receive: Uint8Array;
  readonly #skipped: Map<number, Uint8Array>;
  #sendCounter: number;
  #receiveCounter: number;
  #wiped = false;

  /** Takes a state over; its arrays are wiped and rewritten from now on. */
  constructor(suite: CryptoSuite, state: ChainStart & Partial<ChainState>) {
    this.#suite = suite;
    this.id = state.id;
    this.#send = state.send;
    this.#receive = state.receive;
    this.#sendCounter = state.sendCounter ?? 0;
    this.#receiveCounter = state.receiveCounter ?? 0;
    this.#skipped = state.skipped ?? new Map();
  }

  seal(plaintext: Uint8Array, paddedLength: number): Result<Uint8Array, SealError> {
    this.#checkAlive();
    const padded = pad(plaintext, paddedLength);
    if (this.#sendCounter === COUNTER_END) return err({ code: 'exhausted' });
    const header = headerOf(this.#sendCounter);
    const key = stepChain(this.#suite, this.#send);
    this.#sendCounter++;
    const body = new Uint8Array(padded.length + MAC_BYTES);
    // The nonce is constant because no key closes two messages.
    this.#suite.aeadSeal(body, padded, concat(header, this.id), key, ZERO_NONCE);
    wipe(key);
    wipe(padded);
    return ok(concat(header, body));
  }

  skip(count: number): void {
    this.#checkAlive();
    if (!Number.isInteger(count) || count < 0 || count > MAX_GAP) {
      throw new RangeError(`"count" expected 0 to ${MAX_GAP}, got ${count}`);
    }
    const end = Math.min(this.#sendCounter + count, COUNTER_END);
    for (; this.#sendCounter < end; this.#sendCounter++) wipe(stepChain(this.#suite, this.#send));
  }

  open(sealed: Uint8Array): Result<Uint8Array, OpenError> {
    this.#checkAlive();
    const reader = new ByteReader(sealed);
    const version = reader.u8();
    if (reader.ok && version !== SEALING_VERSION) return err({ code: 'unknown-version' });
    const counter = reader.u32();
    const body = reader.rest();
    if (body.length < LENGTH_PREFIX_BYTES + MAC_BYTES || counter === COUNTER_END) {
      return err({ code: 'malformed' });
    }
    if (counter < this.#receiveCounter) return this.#openSkipped(counter, body);
    if (counter - this.#receiveCounter > MAX_GAP) return err({ code: 'gap' });
    return this.#openAhead(counter, body);
  }

  #openSkipped(counter: number, body: Uint8Array): Result<Uint8Array, OpenError> {
    const key = this.#skipped.get(counter);
    if (key === undefined) return err({ code: 'duplicate' });
    const padded = this.#decrypt(counter, body, key);
    if (padded === undefined) return err({ code: 'sealed' });
    wipe(key);
    this.#skipped.delete(counter);
    return plaintextOf(padded);
  }

  /** Walks a copy of the chain and keeps it only when the tag holds: a forgery must not cost a message. */
  #openAhead(counter: number, body: Uint8Array): Result<Uint8Array, OpenError> {
    const chain = this.#receive.slice();
    const passed: Uint8Array[] = [];
    for (let at = this.#receiveCounter; at < counter; at++) {
      passed.push(stepChain(this.#suite, chain));
    }
    const key = stepChain(this.#suite, chain);
    const padded = this.#decrypt(counter, body, key);
    wipe(key);
    if (padded === undefined) {
      for (const each of passed) wipe(each);
      wipe(chain);
      return err({ code: 'sealed' });
    }
    for (const each of passed) this.#skipped.set(this.#receiveCounter++, each);
    this.#receiveCounter++;
    this.#receive.set(chain);
    wipe(chain);
    this.#evict();
    return plaintextOf(padded);
  }

  #evict(): void {
    for (const [counter, key] of this.#skipped) {
      if (this.#skipped.size <= MAX_SKIPPED) return;
      wipe(key);
      this.#skipped.delete(counter);
    }
  }

  #decrypt(counter: number, body: Uint8Array, key: Uint8Array): Uint8Array | undefined {
    const padded = new Uint8Array(body.length - MAC_BYTES);
    const associated = concat(headerOf(counter), this.id);
    return this.#suite.aeadOpen(padded, body, associated, key, ZERO_NONCE) ? padded : undefined;
  }

  export(): Uint8Array {
    this.#checkAlive();
    const writer = new ByteWriter(FIXED_STATE_BYTES + this.#skipped.size * SKIPPED_BYTES)
      .u8(SEALING_VERSION)
      .put(this.id)
      .put(this.#send)
      .u32(this.#sendCounter)
      .put(this.#receive)
      .u32(this.#receiveCounter)
      .u16(this.#skipped.size);
    for (const [counter, key] of this.#skipped) writer.u32(counter).put(key);
    return writer.bytes;
  }

  wipe(): void {
    this.#wiped = true;
    wipe(this.#send);
    wipe(this.#receive);
    for (const key of this.#skipped.values()) wipe(key);
    this.#skipped.clear();
  }

  #checkAlive(): void {
    // An all-zero chain key would seal for everybody.
    if (this.#wiped) throw new TypeError('"session" expected one in use, got a wiped one');
  }
}

const headerOf = (counter: number): Uint8Array =>
  new ByteWriter(HEADER_BYTES).u8(SEALING_VERSION).u32(counter).bytes;

function plaintextOf(padded: Uint8Array): Result<Uint8Array, OpenError> {
  const plaintext = unpad(padded);
  wipe(padded);
  return plaintext === undefined ? err({ code: 'padding' }) : ok(plaintext);
}

/** Reads an exported state of version 1 (Spec 09 §6); its first byte has been looked at. Any bytes. */
export function importChainSession(
  suite: CryptoSuite,
  state: Uint8Array,
): Result<Session, ImportError> {
  const reader = new ByteReader(state);
  reader.u8();
  const id = reader.take(SESSION_ID_BYTES);
  const send = reader.take(KEY_BYTES);
  const sendCounter = reader.u32();
  const receive = reader.take(KEY_BYTES);
  const receiveCounter = reader.u32();
  const count = reader.u16();
  if (count > MAX_SKIPPED || reader.remaining !== count * SKIPPED_BYTES) reader.refuse();
  const skipped = new Map<number, Uint8Array>();
  let last = -1;
  for (let i = 0; i < count && reader.ok; i++) {
    const counter = reader.u32();
    if (counter <= last || counter >= receiveCounter) reader.refuse();
    skipped.set(counter, reader.take(KEY_BYTES));
    last = counter;
  }
  if (!reader.done) return err({ code: 'malformed' });
  const start = { id, send, receive, sendCounter, receiveCounter, skipped };
  return ok(new ChainSession(suite, start));
}
