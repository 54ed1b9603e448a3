import type { DelayClass, Half } from './command.ts';
import type { Delivered } from './surb.ts';

/** A node's ML-KEM key of one epoch, where its suite has sub-hops. */
export interface SubHopKey {
  /** ML-KEM-768 secret, 2,400 bytes. */
  readonly secret: Uint8Array;
  /** `kemKeyHash` of the public key, 32 bytes. */
  readonly publicHash: Uint8Array;
}

/** A node's routing key of one epoch. */
export interface HopKey {
  /** X25519 secret, 32 bytes. */
  readonly secret: Uint8Array;
  /** X25519 public key, 32 bytes. */
  readonly public: Uint8Array;
  /** Full number of its epoch. */
  readonly epoch: number;
  /** The node's name, 16 bytes. */
  readonly nodeName: Uint8Array;
  /** For packets of suite 2 that have their sub-hop here. */
  readonly subHop?: SubHopKey;
}

/** Remembers the replay tags of one key for its life. Called within a peel: it starts no other on the same peeler. */
export interface TagFilter {
  /** Takes a 16-byte tag (copied). @returns false when it was there, or when there is no room: closed, not open. */
  addIfNew(tag: Uint8Array): boolean;
}

/** A key that is accepted now, with its own filter. */
export interface AcceptedKey {
  readonly key: HopKey;
  readonly filter: TagFilter;
}

/** Finds the accepted key for the epoch byte of a packet. Called within a peel, as {@link TagFilter} is. */
export type KeyFor = (epochByte: number) => AcceptedKey | undefined;

/** Why a packet is dropped. A node counts them; the wire never tells one from another. */
export type PeelReason =
  | 'packet-length'
  | 'packet-version'
  | 'epoch'
  | 'point-not-canonical'
  | 'point-low-order'
  | 'mac'
  | 'replay'
  | 'command-unknown'
  | 'command-wrong-mac'
  | 'surb-length'
  | 'inner-body-mac'
  | 'sub-hop-key'
  | 'sub-hop-mac'
  | 'sub-hop-twice';

/** What one hop is to do. Byte fields are fresh copies, but for `packet`. */
export type Peeled =
  | {
      readonly kind: 'transmit';
      readonly next: Uint8Array;
      readonly delayClass: DelayClass;
      readonly half: Half;
      /** The next hop's packet: the buffer that was given, overwritten; of a reply block that was run, a fresh one. */
      readonly packet: Uint8Array;
    }
  | {
      readonly kind: 'deliver';
      readonly box: Uint8Array;
      readonly half: Half;
      readonly delivered: Delivered;
    }
  | { readonly kind: 'arrive'; readonly service: number; readonly body: Uint8Array }
  | {
      readonly kind: 'contact';
      readonly box: Uint8Array;
      readonly credential: Uint8Array;
      readonly body: Uint8Array;
    }
  | {
      readonly kind: 'greet';
      readonly box: Uint8Array;
      readonly token: Uint8Array;
      readonly proof: Uint8Array;
      readonly body: Uint8Array;
    }
  | { readonly kind: 'drop'; readonly half: Half };
