import { publicKeyFromRaw } from '@libp2p/crypto/keys';
import { type ConnectionEncrypter, type PeerId, UnexpectedPeerError } from '@libp2p/interface';
import { peerIdFromPublicKey } from '@libp2p/peer-id';
import type { Counters } from '@sotto/transport';

/** The message that survives libp2p's wrapping of errors, by which we know our own refusal again. */
export const IDENTITY_MISMATCH = 'the peer proved another identity key';

/** Ed25519 key of a peer id, 32 bytes; undefined for other kinds of keys. */
export const keyOf = (peer: PeerId): Uint8Array | undefined =>
  peer.type === 'Ed25519' ? peer.publicKey.raw : undefined;

/** Peer id of an Ed25519 key. @throws when `identityKey` is not 32 bytes. */
export const peerIdOf = (identityKey: Uint8Array): PeerId =>
  peerIdFromPublicKey(publicKeyFromRaw(identityKey));

/**
 * Makes an encrypter that checks the dialled identity here. The libraries' own refusals come
 * wrapped as bare texts, each its own; a wrong identity is an attack or a stale descriptor and
 * must be told from a broken connection.
 */
export function checkingIdentity<C>(
  factory: (components: C) => ConnectionEncrypter,
  counters: Counters,
): (components: C) => ConnectionEncrypter {
  return (components) => {
    const encrypter = factory(components);
    const secure = encrypter.secureOutbound.bind(encrypter);
    encrypter.secureOutbound = async (connection, options = {}) => {
      const { remotePeer: expected, ...rest } = options;
      const secured = await secure(connection, rest);
      if (expected !== undefined && !secured.remotePeer.equals(expected)) {
        counters.add('identity-mismatch');
        const error = new UnexpectedPeerError(IDENTITY_MISMATCH);
        connection.abort(error);
        throw error;
      }
      return secured;
    };
    return encrypter;
  };
}
