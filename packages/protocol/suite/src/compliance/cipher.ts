import { concat, toUtf8 } from '@sotto/wire';
import { MAC_BYTES } from '../suite.ts';
import { type ComplianceCase, expectBytes, expectOutcome, flipped, hex, pattern } from './check.ts';
import { aead, encryption, macs, streams, sunscreen } from './cipher-vectors.ts';

// RFC 8439 §2.8: what brings `of` bytes to a multiple of 16.
const zeros = (of: number): Uint8Array => new Uint8Array((16 - (of % 16)) % 16);

/** ChaCha20, Poly1305 and both together, RFC 8439. */
export const cipherCases: readonly ComplianceCase[] = [
  {
    name: 'chacha20: RFC 8439 §2.3.2, §2.6.2, appendix A.1, key stream from block 0',
    run(suite) {
      for (const { key, nonce, from, stream } of streams) {
        const out = pattern(from + stream.length / 2, 1);
        suite.chacha20Stream(out, hex(key), hex(nonce));
        expectBytes(`stream from ${from}`, out.subarray(from), hex(stream));
      }
    },
  },
  {
    name: 'chacha20: RFC 8439 §2.4.2, from its second block, and back in place',
    run(suite) {
      const key = hex(encryption.key);
      const nonce = hex(encryption.nonce);
      const message = concat(new Uint8Array(64), toUtf8(sunscreen));
      const out = new Uint8Array(message.length);
      suite.chacha20Xor(out, message, key, nonce);
      expectBytes('ciphertext', out.subarray(64), hex(encryption.ciphertext));
      suite.chacha20Xor(out, out, key, nonce);
      expectBytes('message', out, message);
    },
  },
  {
    name: 'chacha20: stream, xor and xor in place agree for 0 to 200 bytes and for 100,000',
    run(suite) {
      const key = pattern(32, 7);
      const nonce = pattern(12, 8);
      const longest = new Uint8Array(100_000);
      suite.chacha20Stream(longest, key, nonce);
      for (let length = 0; length <= longest.length; length += length < 200 ? 1 : 99_800) {
        const message = pattern(length, length);
        const expected = message.map((byte, i) => byte ^ (longest[i] ?? 0));
        const out = new Uint8Array(length);
        suite.chacha20Xor(out, message, key, nonce);
        expectBytes(`xor of ${length}`, out, expected);
        suite.chacha20Xor(message, message, key, nonce);
        expectBytes(`xor in place of ${length}`, message, expected);
        suite.chacha20Stream(out, key, nonce);
        expectBytes(`stream of ${length}`, out, longest.subarray(0, length));
      }
    },
  },
  {
    name: 'poly1305: RFC 8439 §2.5.2 and appendix A.3',
    run(suite) {
      for (const { name, key, message, mac } of macs) {
        const out = pattern(MAC_BYTES, 1);
        suite.poly1305(out, hex(message), hex(key));
        expectBytes(name, out, hex(mac));
      }
    },
  },
  {
    name: 'poly1305: no message gives the second half of the key',
    run(suite) {
      const key = pattern(32, 9);
      const out = new Uint8Array(MAC_BYTES);
      suite.poly1305(out, new Uint8Array(), key);
      expectBytes('mac', out, key.subarray(16));
    },
  },
  {
    name: 'aead: RFC 8439 §2.8.2, sealed and opened',
    run(suite) {
      const key = hex(aead.key);
      const nonce = hex(aead.nonce);
      const associated = hex(aead.associated);
      const plaintext = toUtf8(sunscreen);
      const sealed = new Uint8Array(plaintext.length + MAC_BYTES);
      suite.aeadSeal(sealed, plaintext, associated, key, nonce);
      expectBytes('sealed', sealed, hex(aead.sealed));
      const opened = new Uint8Array(plaintext.length);
      expectOutcome('opening', suite.aeadOpen(opened, sealed, associated, key, nonce), true);
      expectBytes('opened', opened, plaintext);
    },
  },
  {
    name: 'aead: is the stream from block 1 and Poly1305 over padded lengths, 0 to 70 bytes',
    run(suite) {
      const key = pattern(32, 11);
      const nonce = pattern(12, 12);
      for (let length = 0; length <= 70; length++) {
        const plaintext = pattern(length, length);
        const associated = pattern(70 - length, 13);
        const stream = new Uint8Array(64 + length);
        suite.chacha20Stream(stream, key, nonce);
        const ciphertext = plaintext.map((byte, i) => byte ^ (stream[64 + i] ?? 0));
        const lengths = new Uint8Array(16);
        lengths[0] = associated.length;
        lengths[8] = length;
        const mac = new Uint8Array(MAC_BYTES);
        suite.poly1305(
          mac,
          concat(associated, zeros(associated.length), ciphertext, zeros(length), lengths),
          stream.subarray(0, 32),
        );
        const sealed = new Uint8Array(length + MAC_BYTES);
        suite.aeadSeal(sealed, plaintext, associated, key, nonce);
        expectBytes(`sealed, ${length} bytes`, sealed, concat(ciphertext, mac));
        const opened = new Uint8Array(length);
        expectOutcome('opening', suite.aeadOpen(opened, sealed, associated, key, nonce), true);
        expectBytes(`opened, ${length} bytes`, opened, plaintext);
      }
    },
  },
  {
    name: 'aead: one turned bit in the sealed bytes, associated data, key or nonce is refused, the output zeroed',
    run(suite) {
      const given: Record<'sealed' | 'associated' | 'key' | 'nonce', Uint8Array> = {
        sealed: new Uint8Array(40 + MAC_BYTES),
        associated: pattern(9, 14),
        key: pattern(32, 15),
        nonce: pattern(12, 16),
      };
      suite.aeadSeal(given.sealed, pattern(40, 17), given.associated, given.key, given.nonce);
      for (const part of ['sealed', 'associated', 'key', 'nonce'] as const) {
        for (let bit = 0; bit < given[part].length * 8; bit += 5) {
          const changed = { ...given };
          changed[part] = flipped(given[part], bit);
          const { sealed, associated, key, nonce } = changed;
          const out = pattern(40, 18);
          const opened = suite.aeadOpen(out, sealed, associated, key, nonce);
          expectOutcome(`bit ${bit} of ${part}`, opened, false);
          expectBytes(`output after bit ${bit} of ${part}`, out, new Uint8Array(40));
        }
      }
    },
  },
];
