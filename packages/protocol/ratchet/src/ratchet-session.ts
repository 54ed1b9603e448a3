import { type CryptoSuite, KEY_BYTES, MAC_BYTES, NONCE_BYTES, POINT_BYTES } from '@sotto/suite';
import { ByteReader, concat, err, ok, randomBytes, type Result, type Rng, wipe } from '@sotto/wire';
import { type RootStep, stepChain, stepRoot } from './key-schedule.ts';
import { expectFits, LENGTH_PREFIX_BYTES, pad, split } from './padding.ts';
import { agree } from './point.ts';
import {
  encodeHeader,
  openHeader,
  type RatchetHeader,
  SEALED_HEADER_BYTES,
  sealHeader,
} from './ratchet-header.ts';
import { type Chain, encodeState, type RatchetState, type SendingChain } from './ratchet-state.ts';
import { COPY_FORM, SEALING_VERSION, type SealingVersion } from './sealing-version.ts';
import {
  COPY_NONCE_BYTES,
  MAX_GAP,
  type OpenError,
  type SealError,
  type Session,
} from './session.ts';

/** What sealing adds to the padded length: version ‖ sealed header ‖ length prefix ‖ tag, 64 bytes. */
export const SEALED_OVERHEAD: number = 1 + SEALED_HEADER_BYTES + LENGTH_PREFIX_BYTES + MAC_BYTES;

/** Never used by a message, so that every counter in a state fits a u16. */
const COUNTER_END = 0xffff;
/** Of messages of a chain that nobody else has: no key closes two of them. */
const ZERO_NONCE = new Uint8Array(NONCE_BYTES);

/** The closed part of a message, and what its first byte says. */
interface Body {
  readonly form: number;
  readonly nonce: Uint8Array;
  /** With its tag. */
  readonly bytes: Uint8Array;
}

type Opened = Result<Uint8Array, OpenError>;

/**
 * Sealing version 2 (Spec 09 §6): «The Double Ratchet Algorithm» in its form with header encryption,
 * with two changes: a new sending chain is made when the first message of it is sealed, not before,
 * and a step may bring a KEM secret into the root.
 */
export class RatchetSession implements Session {
  readonly version: SealingVersion = SEALING_VERSION;
  readonly id: Uint8Array;
  readonly peerIdentity: Uint8Array;
  readonly #suite: CryptoSuite;
  readonly #state: RatchetState;
  #wiped = false;

  /** Takes a state over; its arrays are wiped and rewritten from now on. */
  constructor(suite: CryptoSuite, state: RatchetState) {
    this.#suite = suite;
    this.#state = state;
    this.id = state.id;
    this.peerIdentity = state.peerIdentity;
  }

  get nonceBytes(): number {
    const { turn } = this.#state;
    return 'sending' in turn && turn.sending.copied ? COPY_NONCE_BYTES : 0;
  }

  seal(rng: Rng, plaintext: Uint8Array, paddedLength: number): Result<Uint8Array, SealError> {
    this.#checkAlive();
    const inner = paddedLength - this.nonceBytes;
    expectFits(plaintext, inner);
    const state = this.#state;
    const sending = 'sending' in state.turn ? state.turn.sending : this.#begin(rng, state.turn);
    if (sending.counter === COUNTER_END) return err({ code: 'exhausted' });
    const { kems, previous } = state;
    const { public: key, counter } = sending;
    const header = encodeHeader({ key, kems, previous, counter });
    const messageKey = stepChain(this.#suite, sending.chainKey);
    sending.counter++;
    // Another copy may close another message under this key: only what is drawn here parts the two.
    const drawn = sending.copied ? randomBytes(rng, COPY_NONCE_BYTES) : undefined;
    const form = drawn === undefined ? SEALING_VERSION : COPY_FORM;
    const filling = state.kem.fill(rng, inner - plaintext.length, kems);
    const padded = pad(plaintext, inner, filling);
    const body = new Uint8Array(padded.length + MAC_BYTES);
    const associated = this.#associated(form, header);
    this.#suite.aeadSeal(body, padded, associated, messageKey, drawn ?? ZERO_NONCE);
    wipe(messageKey);
    wipe(padded);
    const bodyTag = body.subarray(body.length - MAC_BYTES);
    const sealedHeader = sealHeader(this.#suite, sending.headerKey, header, bodyTag);
    return ok(concat(Uint8Array.of(form), sealedHeader, drawn ?? new Uint8Array(0), body));
  }

  markCopied(): void {
    this.#checkAlive();
    const { turn } = this.#state;
    // A chain that is not begun is nobody else's: its ratchet key is drawn afresh.
    if ('sending' in turn) turn.sending.copied = true;
  }

  skip(count: number): void {
    this.#checkAlive();
    if (!Number.isInteger(count) || count < 0 || count > MAX_GAP) {
      throw new RangeError(`"count" expected 0 to ${MAX_GAP}, got ${count}`);
    }
    const { turn } = this.#state;
    // A chain that is not begun has no keys to give up: its ratchet key is drawn afresh.
    if (!('sending' in turn)) return;
    const { sending } = turn;
    const end = Math.min(sending.counter + count, COUNTER_END);
    for (; sending.counter < end; sending.counter++) wipe(stepChain(this.#suite, sending.chainKey));
  }

  open(sealed: Uint8Array): Opened {
    this.#checkAlive();
    const reader = new ByteReader(sealed);
    const version = reader.u8();
    if (reader.ok && version !== SEALING_VERSION && version !== COPY_FORM) {
      return err({ code: 'unknown-version' });
    }
    const sealedHeader = reader.take(SEALED_HEADER_BYTES);
    const nonce = version === COPY_FORM ? reader.take(COPY_NONCE_BYTES) : ZERO_NONCE;
    const bytes = reader.rest();
    if (bytes.length < LENGTH_PREFIX_BYTES + MAC_BYTES) return err({ code: 'malformed' });
    const body = { form: version, nonce, bytes };
    const bodyTag = bytes.subarray(bytes.length - MAC_BYTES);
    const { receiving, nextReceiveHeader, held } = this.#state;
    const read = (key: Uint8Array): RatchetHeader | undefined =>
      openHeader(this.#suite, key, sealedHeader, bodyTag);
    const current = receiving && read(receiving.headerKey);
    if (receiving && current) return this.#openCurrent(receiving, current, body);
    const next = read(nextReceiveHeader);
    if (next) return this.#openNext(next, body);
    const late = held.recognise(this.#suite, sealedHeader, bodyTag);
    return late ? this.#openHeld(late.headerKey, late.header, body) : err({ code: 'sealed' });
  }

  /** Begins a chain of our own: draws a ratchet key, and brings the KEM secret that is ready. */
  #begin(rng: Rng, { peerKey }: { readonly peerKey: Uint8Array }): SendingChain {
    const state = this.#state;
    const secret = randomBytes(rng, KEY_BYTES);
    const ours = new Uint8Array(POINT_BYTES);
    this.#suite.x25519Base(ours, secret);
    const shared = agree(this.#suite, secret, peerKey);
    // Its agreement with our last key was not zero, and which points give zero is not up to the key.
    if (shared === undefined) throw new TypeError('"state" expected a usable ratchet key');
    const kemSecret = state.kem.toBring;
    const step = stepRoot(this.#suite, state.root, shared, kemSecret);
    wipe(shared);
    if (kemSecret !== undefined) this.#bringKem();
    this.#setRoot(step.root);
    const headerKey = state.nextSendHeader;
    state.nextSendHeader = step.nextHeader;
    const { chain: chainKey } = step;
    const sending = { headerKey, chainKey, counter: 0, secret, public: ours, copied: false };
    state.turn = { sending };
    return sending;
  }

  #openCurrent(receiving: Chain, header: RatchetHeader, body: Body): Opened {
    const { counter } = header;
    const from = receiving.counter;
    if (counter === COUNTER_END) return err({ code: 'malformed' });
    if (counter < from) return this.#openHeld(receiving.headerKey, header, body);
    if (counter - from > MAX_GAP) return err({ code: 'gap' });
    const walk = this.#walk(receiving, counter + 1);
    const padded = this.#decrypt(walk.last, header, body);
    if (padded === undefined) return discard(walk);
    this.#hold(receiving.headerKey, from, walk.passed);
    receiving.chainKey.set(walk.chainKey);
    receiving.counter = counter + 1;
    wipe(walk.chainKey);
    wipe(walk.last);
    return this.#accept(padded);
  }

  /** A message of a chain that is not known yet: the root steps, on a copy until the tag holds. */
  #openNext(header: RatchetHeader, body: Body): Opened {
    const state = this.#state;
    const { turn, receiving } = state;
    const { previous, counter } = header;
    const before = receiving?.counter ?? 0;
    // The peer begins a chain only in answer to a ratchet key of ours, and its counters only rise.
    if (!('sending' in turn) || previous < before || counter === COUNTER_END) {
      return err({ code: 'malformed' });
    }
    if (previous - before > MAX_GAP || counter > MAX_GAP) return err({ code: 'gap' });
    if (receiving === undefined && previous > 0) return err({ code: 'malformed' });
    const brings = header.kems !== state.kems;
    const kemSecret = brings ? state.kem.toExpect : undefined;
    if (brings && (kemSecret === undefined || header.kems !== ((state.kems + 1) & 0xff))) {
      return err({ code: 'malformed' });
    }
    const shared = agree(this.#suite, turn.sending.secret, header.key);
    if (shared === undefined) return err({ code: 'malformed' });
    const step = stepRoot(this.#suite, state.root, shared, kemSecret);
    wipe(shared);
    const chain = { headerKey: state.nextReceiveHeader, chainKey: step.chain, counter: 0 };
    const walk = this.#walk(chain, counter + 1);
    wipe(step.chain);
    const padded = this.#decrypt(walk.last, header, body);
    if (padded === undefined) {
      wipe(step.root);
      wipe(step.nextHeader);
      return discard(walk);
    }
    if (receiving !== undefined) this.#finish(receiving, previous);
    this.#hold(chain.headerKey, 0, walk.passed);
    wipe(walk.last);
    if (brings) this.#bringKem();
    this.#commit(
      turn.sending,
      header,
      { ...chain, chainKey: walk.chainKey, counter: counter + 1 },
      step,
    );
    return this.#accept(padded);
  }

  /** The peer has begun a new chain: ours is over, and its ratchet key has done its work. */
  #commit(sending: SendingChain, { key }: RatchetHeader, chain: Chain, step: RootStep): void {
    const state = this.#state;
    this.#setRoot(step.root);
    state.receiving = chain;
    state.nextReceiveHeader = step.nextHeader;
    state.previous = sending.counter;
    state.turn = { peerKey: key };
    for (const each of [sending.chainKey, sending.secret, sending.headerKey]) wipe(each);
  }

  /** A chain of the peer's is over after `length` messages: the keys of those missing are held, the rest is erased. */
  #finish(receiving: Chain, length: number): void {
    const from = receiving.counter;
    if (length > from) {
      const walk = this.#walk(receiving, length);
      this.#hold(receiving.headerKey, from, [...walk.passed, walk.last]);
      wipe(walk.chainKey);
    }
    wipe(receiving.chainKey);
    wipe(receiving.headerKey);
  }

  #openHeld(headerKey: Uint8Array, header: RatchetHeader, body: Body): Opened {
    const { held } = this.#state;
    const key = held.find(headerKey, header.counter);
    if (key === undefined) return err({ code: 'duplicate' });
    const padded = this.#decrypt(key, header, body);
    if (padded === undefined) return err({ code: 'sealed' });
    held.erase(headerKey, header.counter);
    return this.#accept(padded);
  }

  /** Steps a copy of a chain up to message `end`, at least one: its new key, the last message's key, those passed over. */
  #walk(chain: Chain, end: number): Walk {
    const chainKey = chain.chainKey.slice();
    const passed: Uint8Array[] = [];
    for (let at = chain.counter; at < end - 1; at++) passed.push(stepChain(this.#suite, chainKey));
    return { chainKey, passed, last: stepChain(this.#suite, chainKey) };
  }

  #hold(headerKey: Uint8Array, from: number, keys: readonly Uint8Array[]): void {
    for (const [i, key] of keys.entries()) this.#state.held.hold(headerKey, from + i, key);
  }

  #decrypt(key: Uint8Array, header: RatchetHeader, body: Body): Uint8Array | undefined {
    const { form, nonce, bytes } = body;
    const padded = new Uint8Array(bytes.length - MAC_BYTES);
    const associated = this.#associated(form, encodeHeader(header));
    return this.#suite.aeadOpen(padded, bytes, associated, key, nonce) ? padded : undefined;
  }

  /** The tag held: what travelled in the padding is for the KEM ratchet. */
  #accept(padded: Uint8Array): Opened {
    const { held, kem, kems } = this.#state;
    held.opened();
    const parts = split(padded);
    wipe(padded);
    if (parts === undefined || !kem.take(parts.rest, kems)) return err({ code: 'padding' });
    return ok(parts.plaintext);
  }

  #bringKem(): void {
    this.#state.kem.settled();
    this.#state.kems = (this.#state.kems + 1) & 0xff;
  }

  #setRoot(root: Uint8Array): void {
    wipe(this.#state.root);
    this.#state.root = root;
  }

  #associated(form: number, header: Uint8Array): Uint8Array {
    return concat(Uint8Array.of(form), header, this.id);
  }

  export(): Uint8Array {
    this.#checkAlive();
    return encodeState(this.#state);
  }

  wipe(): void {
    const { root, turn, receiving, nextSendHeader, nextReceiveHeader, held, kem } = this.#state;
    this.#wiped = true;
    const sending = 'sending' in turn ? turn.sending : undefined;
    const chains = [sending, receiving].flatMap((chain) =>
      chain === undefined ? [] : [chain.chainKey, chain.headerKey],
    );
    const rest = [root, nextSendHeader, nextReceiveHeader, ...chains];
    for (const each of sending === undefined ? rest : [...rest, sending.secret]) wipe(each);
    held.wipe();
    kem.wipe();
  }

  #checkAlive(): void {
    // An all-zero chain key would seal for everybody.
    if (this.#wiped) throw new TypeError('"session" expected one in use, got a wiped one');
  }
}

interface Walk {
  readonly chainKey: Uint8Array;
  readonly passed: readonly Uint8Array[];
  readonly last: Uint8Array;
}

function discard({ chainKey, passed, last }: Walk): Opened {
  for (const each of [chainKey, last, ...passed]) wipe(each);
  return err({ code: 'sealed' });
}
