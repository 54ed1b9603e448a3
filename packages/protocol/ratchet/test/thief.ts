import { agree } from '../src/point.ts';
import type { CryptoSuite } from '@sotto/suite';
import { concat } from '@sotto/wire';
import { stepChain, stepRoot } from '../src/key-schedule.ts';
import { split } from '../src/padding.ts';
import { encodeHeader, openHeader, type RatchetHeader } from '../src/ratchet-header.ts';
import { decodeState, type RatchetState } from '../src/ratchet-state.ts';

/** Whose message it is, as the thief sees it. */
export type Speaker = 'victim' | 'peer';

interface Reading {
  headerKey: Uint8Array;
  chainKey: Uint8Array;
  counter: number;
}

/**
 * Somebody who stole one side's state once and records both directions from then on. Follows the
 * ratchet with all that the state gives: chains of both sides, the root, the ratchet key, the KEM
 * exchange. What it does not know it takes for zero, so that a schedule that leaves a secret out is
 * read on.
 */
export class Thief {
  readonly #suite: CryptoSuite;
  readonly #state: RatchetState;
  readonly #secretOf: (ratchetKey: Uint8Array) => Uint8Array | undefined;
  readonly #chains: Record<Speaker, Reading | undefined>;
  readonly #next: Record<Speaker, Uint8Array>;
  #victimSecret: Uint8Array;
  #peerKey: Uint8Array;

  /**
   * @param stolen - an exported state.
   * @param secretOf - breaks X25519 (a quantum computer), or knows nothing.
   */
  constructor(
    suite: CryptoSuite,
    stolen: Uint8Array,
    secretOf: (ratchetKey: Uint8Array) => Uint8Array | undefined = () => undefined,
  ) {
    const state = decodeState(suite, stolen);
    if (!state.ok) throw new Error(state.error.code);
    this.#suite = suite;
    this.#state = state.value;
    this.#secretOf = secretOf;
    const { turn, receiving, nextSendHeader, nextReceiveHeader } = state.value;
    const sending = 'sending' in turn ? turn.sending : undefined;
    this.#chains = { victim: sending, peer: receiving };
    this.#next = { victim: nextSendHeader, peer: nextReceiveHeader };
    this.#victimSecret = sending?.secret ?? new Uint8Array(32);
    this.#peerKey = 'peerKey' in turn ? turn.peerKey : new Uint8Array(32).fill(9);
  }

  /** The plaintext of a sealed message, or undefined. To be shown every message, in the order they were sealed. */
  read(from: Speaker, sealed: Uint8Array): Uint8Array | undefined {
    const sealedHeader = sealed.subarray(1, 46);
    const body = sealed.subarray(46);
    const bodyTag = body.subarray(-16);
    const chain = this.#chains[from];
    const current = chain && openHeader(this.#suite, chain.headerKey, sealedHeader, bodyTag);
    if (chain && current) return this.#open(from, chain, current, body);
    const header = openHeader(this.#suite, this.#next[from], sealedHeader, bodyTag);
    return header && this.#follow(from, header, body);
  }

  /** A new chain: the root steps, as far as the thief knows what goes in. */
  #follow(from: Speaker, header: RatchetHeader, body: Uint8Array): Uint8Array | undefined {
    const state = this.#state;
    const drawn = from === 'victim' ? this.#secretOf(header.key) : this.#victimSecret;
    const secret = drawn ?? new Uint8Array(32);
    const shared = agree(this.#suite, secret, from === 'victim' ? this.#peerKey : header.key);
    if (shared === undefined) return undefined;
    const brings = header.kems !== state.kems;
    const kem = from === 'victim' ? state.kem.toBring : state.kem.toExpect;
    const step = stepRoot(this.#suite, state.root, shared, brings ? kem : undefined);
    const chain = { headerKey: this.#next[from], chainKey: step.chain, counter: 0 };
    const kems = state.kems;
    state.kems = header.kems;
    const plaintext = this.#open(from, chain, header, body);
    if (plaintext === undefined) {
      state.kems = kems;
      return undefined;
    }
    state.root = step.root;
    if (brings) state.kem.settled();
    this.#chains[from] = chain;
    this.#next[from] = step.nextHeader;
    if (from === 'victim') this.#victimSecret = secret;
    else this.#peerKey = header.key;
    return plaintext;
  }

  #open(
    from: Speaker,
    chain: Reading,
    header: RatchetHeader,
    body: Uint8Array,
  ): Uint8Array | undefined {
    if (header.counter < chain.counter) return undefined;
    const chainKey = chain.chainKey.slice();
    for (let at = chain.counter; at < header.counter; at++) stepChain(this.#suite, chainKey);
    const key = stepChain(this.#suite, chainKey);
    const padded = new Uint8Array(body.length - 16);
    const associated = concat(Uint8Array.of(2), encodeHeader(header), this.#state.id);
    if (!this.#suite.aeadOpen(padded, body, associated, key, new Uint8Array(12))) return undefined;
    chain.chainKey = chainKey;
    chain.counter = header.counter + 1;
    const parts = split(padded);
    if (parts && from === 'peer') this.#state.kem.take(parts.rest, this.#state.kems);
    return parts?.plaintext;
  }
}
