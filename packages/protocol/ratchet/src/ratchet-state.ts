import { type CryptoSuite, KEY_BYTES, POINT_BYTES } from '@sotto/suite';
import { ByteReader, ByteWriter, concat, err, ok, type Result } from '@sotto/wire';
import { HeldKeys } from './held-keys.ts';
import { KemExchange } from './kem-exchange.ts';
import { SESSION_ID_BYTES, type SessionKeys } from './key-schedule.ts';
import { SEALING_VERSION } from './sealing-version.ts';
import type { ImportError } from './session.ts';

/** One chain as one side has it. */
export interface Chain {
  readonly headerKey: Uint8Array;
  /** Overwritten step by step. */
  readonly chainKey: Uint8Array;
  /** Number of the next message. */
  counter: number;
}

/** A chain that we seal with, and the ratchet key that it shows; the secret half waits for the peer's answer. */
export interface SendingChain extends Chain {
  readonly secret: Uint8Array;
  readonly public: Uint8Array;
  /** Another copy of this state may seal in it as well (Spec 09 §6.9). */
  copied: boolean;
}

/**
 * A session's whole state (Spec 09 §6). Either we have a sending chain, or the peer has answered its
 * ratchet key with one of its own, `peerKey`, and our next message begins a new chain.
 */
export interface RatchetState {
  readonly id: Uint8Array;
  readonly peerIdentity: Uint8Array;
  root: Uint8Array;
  /** KEM secrets in the root, modulo 256. */
  kems: number;
  turn: { readonly sending: SendingChain } | { readonly peerKey: Uint8Array };
  /** Messages in our chain before the present one. */
  previous: number;
  nextSendHeader: Uint8Array;
  receiving: Chain | undefined;
  nextReceiveHeader: Uint8Array;
  readonly held: HeldKeys;
  readonly kem: KemExchange;
}

/** What a handshake leaves behind: keys, who the peer is, and the initiator's ephemeral as the first ratchet key. */
interface Start {
  readonly keys: SessionKeys;
  readonly peerIdentity: Uint8Array;
  readonly ephemeral: Uint8Array;
}

/** The state of who sent the first message. @param secret - of the ephemeral; copied. */
export function initiatorState(suite: CryptoSuite, start: Start, secret: Uint8Array): RatchetState {
  const { keys, peerIdentity, ephemeral } = start;
  const { sessionId: id, root, initiatorChain: chainKey, initiatorHeader: headerKey } = keys;
  return {
    id,
    peerIdentity,
    root,
    kems: 0,
    turn: {
      sending: {
        headerKey,
        chainKey,
        counter: 0,
        secret: secret.slice(),
        public: ephemeral,
        copied: false,
      },
    },
    previous: 0,
    nextSendHeader: keys.initiatorNextHeader,
    receiving: undefined,
    nextReceiveHeader: keys.responderHeader,
    held: new HeldKeys(),
    kem: new KemExchange(suite, id, false),
  };
}

/** The state of who answered it. */
export function responderState(suite: CryptoSuite, start: Start): RatchetState {
  const { keys, peerIdentity, ephemeral } = start;
  const { sessionId: id, root, initiatorChain: chainKey, initiatorHeader: headerKey } = keys;
  return {
    id,
    peerIdentity,
    root,
    kems: 0,
    turn: { peerKey: ephemeral },
    previous: 0,
    nextSendHeader: keys.responderHeader,
    receiving: { headerKey, chainKey, counter: 0 },
    nextReceiveHeader: keys.initiatorNextHeader,
    held: new HeldKeys(),
    kem: new KemExchange(suite, id, true),
  };
}

const CHAIN_BYTES = 2 * KEY_BYTES + 2;
const FLAG = { sending: 1, receiving: 2, copied: 4 } as const;
const ALL_FLAGS = FLAG.sending | FLAG.receiving | FLAG.copied;

/** Writes a state (Spec 09 §6.6). */
export function encodeState(state: RatchetState): Uint8Array {
  const sending = 'sending' in state.turn ? state.turn.sending : undefined;
  const { receiving } = state;
  const flags =
    (sending === undefined ? 0 : FLAG.sending) |
    (receiving === undefined ? 0 : FLAG.receiving) |
    (sending?.copied === true ? FLAG.copied : 0);
  const head = new ByteWriter(1 + SESSION_ID_BYTES + POINT_BYTES + 3 * KEY_BYTES + 1 + 2 + 1)
    .u8(SEALING_VERSION)
    .put(state.id)
    .put(state.peerIdentity)
    .put(state.root)
    .put(state.nextSendHeader)
    .put(state.nextReceiveHeader)
    .u8(state.kems)
    .u16(state.previous)
    .u8(flags);
  const turn =
    'sending' in state.turn
      ? concat(
          encodeChain(state.turn.sending),
          state.turn.sending.secret,
          state.turn.sending.public,
        )
      : state.turn.peerKey;
  const other = receiving === undefined ? new Uint8Array(0) : encodeChain(receiving);
  return concat(head.bytes, turn, other, state.held.export(), state.kem.export());
}

/** Reads what {@link encodeState} wrote; the version has been looked at. Any bytes. */
export function decodeState(
  suite: CryptoSuite,
  bytes: Uint8Array,
): Result<RatchetState, ImportError> {
  const reader = new ByteReader(bytes);
  reader.u8();
  const id = reader.take(SESSION_ID_BYTES);
  const peerIdentity = reader.take(POINT_BYTES);
  const root = reader.take(KEY_BYTES);
  const nextSendHeader = reader.take(KEY_BYTES);
  const nextReceiveHeader = reader.take(KEY_BYTES);
  const kems = reader.u8();
  const previous = reader.u16();
  const flags = reader.u8();
  const copied = (flags & FLAG.copied) !== 0;
  if (flags > ALL_FLAGS || (copied && (flags & FLAG.sending) === 0)) reader.refuse();
  const turn =
    (flags & FLAG.sending) === 0
      ? { peerKey: reader.take(POINT_BYTES) }
      : {
          sending: {
            ...readChain(reader),
            secret: reader.take(KEY_BYTES),
            public: reader.take(POINT_BYTES),
            copied,
          },
        };
  const receiving = (flags & FLAG.receiving) === 0 ? undefined : readChain(reader);
  const held = HeldKeys.read(reader);
  const kem = KemExchange.read(suite, id, reader);
  if (!reader.done) return err({ code: 'malformed' });
  return ok({
    id,
    peerIdentity,
    root,
    kems,
    turn,
    previous,
    nextSendHeader,
    receiving,
    nextReceiveHeader,
    held,
    kem,
  });
}

const encodeChain = ({ headerKey, chainKey, counter }: Chain): Uint8Array =>
  new ByteWriter(CHAIN_BYTES).put(headerKey).put(chainKey).u16(counter).bytes;

const readChain = (reader: ByteReader): Chain => ({
  headerKey: reader.take(KEY_BYTES),
  chainKey: reader.take(KEY_BYTES),
  counter: reader.u16(),
});
