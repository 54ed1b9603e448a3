import type { CryptoSuite } from '@sotto/suite';
import { type Instant, toHex } from '@sotto/wire';
import type { Capabilities } from './capabilities.ts';
import { type Descriptor, isFarewell } from './descriptor.ts';
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
  /** It has said that it goes: its links stay, and nothing new is sent by way of it (Spec 07 §5.4). */
  readonly leaving: boolean;
  /** The X25519 key of an epoch, 32 bytes; undefined when the descriptor has none for it, or the node leaves. */
  readonly routingKey: (epoch: number) => Uint8Array | undefined;
}

/** The entry of a descriptor that was verified. */
export function nodeEntry(suite: CryptoSuite, descriptor: Descriptor): NodeEntry {
  const { identityKey, capabilities, addresses, sequence, expiresAt, firstEpoch, routingKeys } =
    descriptor;
  const name = nodeName(suite, identityKey);
  const leaving = isFarewell(descriptor);
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
    leaving,
    // So that whoever draws a path draws none through it, whatever it draws it for.
    routingKey: (epoch) => (leaving ? undefined : routingKeys[epoch - firstEpoch]),
  };
}

/** By name: an order that everybody shares and that says nothing about who was heard first. */
export const byKey = (a: { readonly key: string }, b: { readonly key: string }): number =>
  a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
