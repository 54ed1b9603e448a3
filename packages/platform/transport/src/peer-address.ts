import { concat, equalBytes, err, ok, type Result } from '@sotto/wire';
import { IDENTITY_KEY_BYTES, type PeerTarget } from './transport.ts';

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** Multihash `identity`, 36 bytes, of a protobuf public key: type Ed25519, 32 bytes of key. */
const PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20);

/** The libp2p peer id of an Ed25519 key, as in `/p2p/12D3KooW…`. */
function peerIdText(identityKey: Uint8Array): string {
  let value = 0n;
  for (const byte of concat(PREFIX, identityKey)) value = value * 256n + BigInt(byte);
  let text = '';
  for (; value > 0n; value /= 58n) text = ALPHABET.charAt(Number(value % 58n)) + text;
  // Base58 spells each leading zero byte as its first letter; PREFIX has one.
  return `1${text}`;
}

function identityKeyOf(peerId: string): Uint8Array | undefined {
  // 12D3KooW… has 52 letters; the bound keeps a hostile text from being multiplied out.
  if (peerId.length !== 52 || !peerId.startsWith('1')) return undefined;
  let value = 0n;
  for (const letter of peerId) {
    const digit = ALPHABET.indexOf(letter);
    if (digit < 0) return undefined;
    value = value * 58n + BigInt(digit);
  }
  const bytes = new Uint8Array(PREFIX.length + IDENTITY_KEY_BYTES);
  for (let i = bytes.length - 1; i >= 0; i--, value /= 256n) bytes[i] = Number(value % 256n);
  const key = bytes.slice(PREFIX.length);
  return value === 0n && equalBytes(bytes.subarray(0, PREFIX.length), PREFIX) ? key : undefined;
}

/** Reads `/ip4/…/tcp/…/p2p/12D3KooW…`: where a peer is and which Ed25519 key it must prove. */
export function parsePeerAddress(text: string): Result<PeerTarget, { readonly expected: string }> {
  const match =
    /^(\/(?:ip4|ip6|dns|dns4|dns6)\/[^/]+\/tcp\/\d+(?:\/tls)?(?:\/wss?)?)\/p2p\/([^/]+)$/u.exec(
      text,
    );
  const identityKey = identityKeyOf(match?.[2] ?? '');
  return match === null || identityKey === undefined
    ? err({ expected: 'an address like /ip4/192.0.2.1/tcp/9001/p2p/12D3KooW…' })
    : ok({ identityKey, addresses: [match[1] ?? ''] });
}

/** An address of a peer with its identity, as {@link parsePeerAddress} reads it. */
export const peerAddress = (identityKey: Uint8Array, address: string): string =>
  `${withoutPeer(address)}/p2p/${peerIdText(identityKey)}`;

/** A multiaddr without a `/p2p/…` at its end. */
export const withoutPeer = (address: string): string => address.replace(/\/p2p\/[^/]*$/u, '');
