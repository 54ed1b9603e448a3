import { ByteReader, ByteWriter, err, isZero, ok, type Result } from '@sotto/wire';

/** Length of what the opener of a link sends first (Spec 10 §3.1). One length for both kinds. */
export const PREFACE_BYTES = 64;
/** The version of the link protocol that this package speaks. */
export const LINK_VERSION = 1;

const KIND = { mix: 1, client: 2 } as const;
const NETWORK_ID_BYTES = 16;
const SECRET_BYTES = 32;

/** What the opener of a link says of itself. The transport has already proved its identity key. */
export type Preface =
  | { readonly kind: 'mix'; readonly networkId: Uint8Array }
  | {
      readonly kind: 'client';
      readonly networkId: Uint8Array;
      /** Number of its plan: which public rate it keeps. */
      readonly plan: number;
      /** Preimage of its box at this guard: who shows it gets the mail of that box. */
      readonly boxSecret: Uint8Array;
    };

/** Why a preface is refused. */
export interface PrefaceError {
  readonly code: 'preface-length' | 'preface-version' | 'preface-kind' | 'preface-padding';
}

/** 64 bytes. */
export function encodePreface(preface: Preface): Uint8Array {
  const out = new ByteWriter(PREFACE_BYTES)
    .u8(LINK_VERSION)
    .u8(KIND[preface.kind])
    .put(preface.networkId);
  if (preface.kind === 'client') out.u8(preface.plan).put(preface.boxSecret);
  return out.bytes;
}

/** Reads bytes that anybody may have sent. */
export function decodePreface(bytes: Uint8Array): Result<Preface, PrefaceError> {
  if (bytes.length !== PREFACE_BYTES) return err({ code: 'preface-length' });
  const reader = new ByteReader(bytes);
  if (reader.u8() !== LINK_VERSION) return err({ code: 'preface-version' });
  const kind = reader.u8();
  const networkId = reader.take(NETWORK_ID_BYTES);
  if (kind === KIND.mix) {
    return isZero(reader.rest())
      ? ok({ kind: 'mix', networkId })
      : err({ code: 'preface-padding' });
  }
  if (kind !== KIND.client) return err({ code: 'preface-kind' });
  const plan = reader.u8();
  const boxSecret = reader.take(SECRET_BYTES);
  return isZero(reader.rest())
    ? ok({ kind: 'client', networkId, plan, boxSecret })
    : err({ code: 'preface-padding' });
}
