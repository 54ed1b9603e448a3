import {
  acceptedEpochs,
  decodeDescriptor,
  networkId,
  type NetworkParameters,
  type NodeEntry,
  nodeEntry,
} from '@sotto/directory';
import { systemRng } from '@sotto/driver';
import { encodePreface, FRAME_BYTES, PREFACE_BYTES } from '@sotto/link';
import { open } from '@sotto/sodium/native';
import { Builder, GEOMETRY, type Hop, type Terminal } from '@sotto/sphinx';
import type { Link, PeerTarget, Transport } from '@sotto/transport';
import { nodeTransport } from '@sotto/transport-libp2p/node';
import { instant, randomBytes } from '@sotto/wire';
import { onTestFinished } from 'vitest';

const suite = await open();
const rng = systemRng();

/** Somebody with a transport of his own, who sends what he likes. */
export class Stranger {
  readonly transport: Transport;
  readonly parameters: NetworkParameters;

  private constructor(transport: Transport, parameters: NetworkParameters) {
    this.transport = transport;
    this.parameters = parameters;
  }

  static async open(
    parameters: NetworkParameters,
    sizes: { readonly frameBytes: number; readonly prefaceBytes: number } = {
      frameBytes: FRAME_BYTES,
      prefaceBytes: PREFACE_BYTES,
    },
  ): Promise<Stranger> {
    const transport = await nodeTransport({ seed: randomBytes(rng, 32), sizes });
    await transport.start({
      acceptLink: () => ({ ok: false, error: { code: 'no' } }),
      snapshot: () => undefined,
    });
    onTestFinished(() => transport.stop());
    return new Stranger(transport, parameters);
  }

  /** Nodes that a peer tells of. */
  async nodes(peer: PeerTarget): Promise<readonly NodeEntry[]> {
    const items = await this.transport.requestSnapshot({ peer, request: new Uint8Array(0) });
    return items.map((bytes) => {
      const descriptor = decodeDescriptor(bytes);
      if (!descriptor.ok) throw new Error(descriptor.error.code);
      return nodeEntry(suite, descriptor.value);
    });
  }

  /** A preface as a client of this or another network would send it. */
  preface(kind: 'mix' | 'client', network = networkId(suite, this.parameters)): Uint8Array {
    return encodePreface(
      kind === 'mix'
        ? { kind, networkId: network }
        : { kind, networkId: network, plan: 1, boxSecret: randomBytes(rng, 32) },
    );
  }

  link(kind: 'mix' | 'client', peer: PeerTarget, preface = this.preface(kind)): Promise<Link> {
    return this.transport.openLink({ kind, peer, preface });
  }

  /** A packet through `nodes`, as a client makes it. */
  packet(nodes: readonly Pick<NodeEntry, 'name' | 'routingKey'>[], terminal: Terminal): Uint8Array {
    const now = instant(Date.now() * 1000);
    const epoch = acceptedEpochs(this.parameters, now)[0] ?? 0;
    const hops: Hop[] = nodes.map(({ name, routingKey }) => ({
      name,
      routingKey: routingKey(epoch) ?? new Uint8Array(32),
    }));
    return new Builder(suite, rng).forward({
      hops,
      epoch,
      delayClass: 'fast',
      terminal,
      body: new Uint8Array(GEOMETRY.bodyBytes),
    });
  }
}

/** A node that nobody knows: packets for it cannot go out. */
export function unknownNode(): Pick<NodeEntry, 'name' | 'routingKey'> {
  const key = new Uint8Array(32);
  suite.x25519Base(key, randomBytes(rng, 32));
  return { name: randomBytes(rng, 16), routingKey: () => key };
}
