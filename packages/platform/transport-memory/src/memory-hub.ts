import {
  IDENTITY_KEY_BYTES,
  StreamTransport,
  type Transport,
  type TransportLimits,
  type TransportSizes,
  withLimits,
} from '@sotto/transport';
import { toHex } from '@sotto/wire';
import { MemoryHost } from './memory-host.ts';

/** A network inside one process: everybody who listens, by address. */
export class MemoryHub {
  readonly #hosts = new Map<string, MemoryHost>();

  /**
   * A transport on this hub, not started. Its address is `/memory/<identity key in hex>`, or
   * `address` when given; a second one that starts at the same address gets `address-in-use`.
   *
   * @throws RangeError when `identityKey` is not 32 bytes, or a limit is not a positive integer.
   */
  transport(options: {
    readonly identityKey: Uint8Array;
    readonly sizes: TransportSizes;
    readonly limits?: Partial<TransportLimits>;
    readonly address?: string;
  }): Transport {
    return new StreamTransport(this.host(options), options.sizes, withLimits(options.limits));
  }

  /** The bare host of such a transport, for tests that send raw bytes. */
  host(options: {
    readonly identityKey: Uint8Array;
    readonly limits?: Partial<TransportLimits>;
    readonly address?: string;
  }): MemoryHost {
    const { identityKey } = options;
    if (identityKey.length !== IDENTITY_KEY_BYTES) {
      throw new RangeError(
        `"identityKey" expected ${IDENTITY_KEY_BYTES} bytes, got ${identityKey.length}`,
      );
    }
    const address = options.address ?? `/memory/${toHex(identityKey)}`;
    return new MemoryHost(this.#hosts, identityKey, address, withLimits(options.limits));
  }
}
