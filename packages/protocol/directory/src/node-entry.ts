import type { CryptoSuite } from '@sotto/suite';
import { type Instant, toHex } from '@sotto/wire';
import type { Capabilities } from './capabilities.ts';
import type { Descriptor } from './descriptor.ts';
import { type Layer, layerOf, nodeName } from './node-identity.ts';

/** A node as paths and links need it, made from one verified descriptor. */
export interface NodeEntry {
  /** 16 bytes. */
  readonly name: Uint8Array;
  /** The name in hexadecimal: the key of maps. */
  readonly key: string;
  /** 32 bytes, Ed25519. */
  readonly identityKey: Uint8Array;
  readonly layer: Layer;
  readonly capabilities: Capabilities;
  readonly addresses: readonly string[];
  readonly sequence: number;
  readonly expiresAt: Instant;
  /** The whole signed descriptor. */
  readonly descriptor: Uint8Array;
  /** The X25519 key of an epoch, 32 bytes; undefined when the descriptor has none for it. */
  readonly routingKey: (epoch: number) => Uint8Array | undefined;
}

/** The entry of a descriptor that was verified. */
export function nodeEntry(suite: CryptoSuite, descriptor: Descriptor): NodeEntry {
  const { identityKey, capabilities, addresses, sequence, expiresAt, firstEpoch, routingKeys } =
    descriptor;
  const name = nodeName(suite, identityKey);
  return {
    name,
    key: toHex(name),
    identityKey,
    layer: layerOf(suite, identityKey),
    capabilities,
    addresses,
    sequence,
    expiresAt,
    descriptor: descriptor.bytes,
    routingKey: (epoch) => routingKeys[epoch - firstEpoch],
  };
}

/** By name: an order that everybody shares and that says nothing about who was heard first. */
export const byKey = (a: { readonly key: string }, b: { readonly key: string }): number =>
  a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
