/** Longest address, characters. */
export const MAX_ADDRESS_BYTES = 128;

/** Why bytes are not an address (Spec 07 §4.3). */
export type AddressFault = 'address-length' | 'address-text' | 'address-shape';

const SLASH = 0x2f;

/**
 * Checks the shape of a multiaddr string: printable ASCII without space, a slash before every part,
 * no empty part. Which protocols are dialled is the transport's matter (Spec 10): a list that is
 * refused for a protocol that is new would split the network.
 */
export function addressFault(raw: Uint8Array): AddressFault | undefined {
  if (raw.length === 0 || raw.length > MAX_ADDRESS_BYTES) return 'address-length';
  if (raw.some((byte) => byte < 0x21 || byte > 0x7e)) return 'address-text';
  if (raw[0] !== SLASH || raw[raw.length - 1] === SLASH) return 'address-shape';
  if (raw.some((byte, i) => byte === SLASH && raw[i + 1] === SLASH)) return 'address-shape';
  return undefined;
}
