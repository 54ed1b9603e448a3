import { greetingBodySeed, greetingToken } from '@sotto/mailbox';
import {
  BOX_BYTES,
  CONTENT_BYTES,
  GREETING_PROOF_BYTES,
  NAME_BYTES,
  sealBody,
} from '@sotto/sphinx';
import { type CryptoSuite, KEY_BYTES } from '@sotto/suite';
import { ByteReader, ByteWriter } from '@sotto/wire';

/** Bytes of what tells the owner of a box which contact writes. */
export const WAY_TAG_BYTES = 16;
/** Bytes of a way back as it is told. */
export const WAY_BYTES: number = NAME_BYTES + BOX_BYTES + KEY_BYTES + WAY_TAG_BYTES;
/** Bytes of the sealed message in a packet that goes by a way back. */
export const WAY_ROOM: number = CONTENT_BYTES - WAY_TAG_BYTES;

/** A contact box by which one contact can write when it holds no reply block any more (Spec 09 §9.9). */
export interface Way {
  /** Name of the contact point. */
  readonly node: Uint8Array;
  readonly box: Uint8Array;
  /** As of an address (Spec 06 §5.6): gives the token and the seed of bodies. Shared by all who were told the box. */
  readonly key: Uint8Array;
  /** The contact's own, so that the owner knows who writes. */
  readonly tag: Uint8Array;
}

/** Node 16 ‖ box 16 ‖ key 32 ‖ tag 16. */
export const encodeWay = ({ node, box, key, tag }: Way): Uint8Array =>
  new ByteWriter(WAY_BYTES).put(node).put(box).put(key).put(tag).bytes;

/** Reads what {@link encodeWay} wrote; undefined of another length. */
export function decodeWay(bytes: Uint8Array): Way | undefined {
  if (bytes.length !== WAY_BYTES) return undefined;
  const reader = new ByteReader(bytes);
  const node = reader.take(NAME_BYTES);
  const box = reader.take(BOX_BYTES);
  const key = reader.take(KEY_BYTES);
  return { node, box, key, tag: reader.take(WAY_TAG_BYTES) };
}

/**
 * What a contact point is shown, and the body that it passes on.
 *
 * @param sealed - a message of the session's, {@link WAY_ROOM} bytes.
 */
export function wayPacket(
  suite: CryptoSuite,
  { box, key, tag }: Way,
  sealed: Uint8Array,
): {
  readonly box: Uint8Array;
  readonly credential: Uint8Array;
  readonly proof: Uint8Array;
  readonly body: Uint8Array;
} {
  const content = new ByteWriter(CONTENT_BYTES).put(tag).put(sealed).bytes;
  return {
    box,
    credential: greetingToken(suite, key),
    proof: new Uint8Array(GREETING_PROOF_BYTES),
    body: sealBody(suite, greetingBodySeed(suite, key), content),
  };
}
