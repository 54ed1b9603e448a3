"""Primitives of suite 1 (Spec 02 §2, Spec 03 §6) in plain Python, to be read rather than used: not
constant time, and slow."""

import hashlib
import struct

P = 2**255 - 19
BASE = (9).to_bytes(32, "little")


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def x25519(scalar, point):
    """RFC 7748 §5: the ladder."""
    k = bytearray(scalar)
    k[0] &= 248
    k[31] = (k[31] & 127) | 64
    k = int.from_bytes(k, "little")
    x1 = (int.from_bytes(point, "little") & (2**255 - 1)) % P
    x2, z2, x3, z3, swapped = 1, 0, x1, 1, 0
    for t in range(254, -1, -1):
        bit = (k >> t) & 1
        if swapped ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swapped = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swapped:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def is_canonical(point):
    return int.from_bytes(point, "little") < P


def stream(key, length):
    """ChaCha20, RFC 8439 §2.4, nonce zero, from block 0."""
    out, counter = b"", 0

    def rotate(v, by):
        return ((v << by) & 0xFFFFFFFF) | (v >> (32 - by))

    while len(out) < length:
        start = [*struct.unpack("<4I", b"expand 32-byte k"), *struct.unpack("<8I", key), counter, 0, 0, 0]
        w = start[:]

        def quarter(a, b, c, d):
            for x, y, z, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                w[x] = (w[x] + w[y]) & 0xFFFFFFFF
                w[z] = rotate(w[z] ^ w[x], by)

        for _ in range(10):
            for i in range(4):
                quarter(i, 4 + i, 8 + i, 12 + i)
            for i in range(4):
                quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
        out += struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(w, start)))
        counter += 1
    return out[:length]


def poly1305(message, key):
    """RFC 8439 §2.5."""
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    a = 0
    for i in range(0, len(message), 16):
        a = (a + int.from_bytes(message[i : i + 16] + b"\x01", "little")) * r % (2**130 - 5)
    return ((a + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


def labelled(label, message, length=32):
    """H of a label, Spec 02 §3."""
    key = ("sotto/1 " + label).encode().ljust(32, b"\0")
    return hashlib.blake2b(message, digest_size=length, key=key).digest()


def wide_block(keys, body, rounds):
    """LIONESS, Spec 03 §6."""
    left, right = body[:32], body[32:]
    for i in rounds:
        key = keys[32 * i : 32 * i + 32]
        if i % 2:
            left = xor(left, hashlib.blake2b(right, digest_size=32, key=key).digest())
        else:
            right = xor(right, stream(xor(left, key), len(right)))
    return left + right


def encrypt(keys, body):
    return wide_block(keys, body, (0, 1, 2, 3))


def decrypt(keys, body):
    return wide_block(keys, body, (3, 2, 1, 0))
