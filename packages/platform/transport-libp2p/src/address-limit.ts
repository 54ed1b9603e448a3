import type { MultiaddrConnection } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';

/**
 * Bounds the inbound connections of one address, handshake or not. Identities are free, addresses
 * are less so: one machine could else hold all connections of a node with streams that never end.
 */
export class AddressLimit {
  readonly #most: number;
  readonly #open = new Map<string, number>();

  /** @param most - connections of one address at once. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Counts a connection until it closes. @returns false when its address has as many as it may. */
  admits(connection: MultiaddrConnection): boolean {
    if (connection.status !== 'open') return true;
    const key = addressKey(connection.remoteAddr);
    const open = this.#open.get(key) ?? 0;
    if (open >= this.#most) return false;
    this.#open.set(key, open + 1);
    connection.addEventListener('close', () => {
      const left = (this.#open.get(key) ?? 1) - 1;
      if (left === 0) this.#open.delete(key);
      else this.#open.set(key, left);
    });
    return true;
  }
}

/** An IPv4 address, or the first half of an IPv6 one, which a network gives to one customer whole (RFC 6177). */
function addressKey(address: Multiaddr): string {
  const [first] = address.getComponents();
  const value = first?.value ?? '';
  if (first?.name !== 'ip6') return value;
  // ::ffff:192.0.2.1 is an IPv4 address (RFC 4291 §2.5.5.2).
  if (value.includes('.')) return value.slice(value.lastIndexOf(':') + 1);
  const [head = [], tail = []] = value.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  return [...head, ...zeros, ...tail]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16))
    .join(':');
}
