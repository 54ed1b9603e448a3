import { type CryptoSuite, LABELS } from '@sotto/suite';
import { concat, fromHex } from '@sotto/wire';

/** What a hop derives its keys from. */
export interface ScheduleInput {
  readonly secret: Uint8Array;
  readonly public: Uint8Array;
  readonly ct: Uint8Array;
  readonly epoch: number;
  readonly nodeName: Uint8Array;
}

/** The stream of Spec 02 §4, slice by slice. */
export const SLICES = {
  name: 16,
  replay: 16,
  macHeader: 32,
  macBody: 32,
  receipt: 32,
  lioness: 128,
  log: 48,
} as const;

export type SliceName = keyof typeof SLICES | 'routing';

/** Numbers of Spec 03 §1 and 11 §1, typed in a second time from the text. */
export const NUMBERS = {
  1: {
    version: 0x11,
    packet: 1600,
    beta: 478,
    k: 212,
    body: 1024,
    longest: 264,
    layout: '1103064001de00d4003004000108',
  },
  2: {
    version: 0x12,
    packet: 4816,
    beta: 2670,
    k: 1317,
    body: 2048,
    longest: 1369,
    layout: '120312d00a6e0525003008000559',
  },
} as const;

/** Bytes of a hexadecimal text. */
export const read = (text: string): Uint8Array => fromHex(text) ?? new Uint8Array(0);

/** H of a label (Spec 02 §3). */
export function hashOf(
  suite: CryptoSuite,
  label: Uint8Array,
  length: number,
  ...parts: Uint8Array[]
): Uint8Array {
  const out = new Uint8Array(length);
  suite.blake2b(out, concat(...parts), label);
  return out;
}

/** The stream of a K. */
export function streamOf(
  suite: CryptoSuite,
  number: 1 | 2,
  key: Uint8Array,
): (name: SliceName) => Uint8Array {
  const { beta, longest } = NUMBERS[number];
  const stream = new Uint8Array(304 + beta + longest);
  suite.chacha20Stream(stream, key, new Uint8Array(12));
  return (wanted) => {
    let at = 0;
    for (const [name, length] of Object.entries(SLICES)) {
      if (name === wanted) return stream.slice(at, at + length);
      at += length;
    }
    return stream.slice(at);
  };
}

/** The key schedule, written a second time from the text of Spec 02 §4: the vectors must not rest on one reading. */
export function schedule(
  suite: CryptoSuite,
  input: ScheduleInput,
  number: 1 | 2 = 1,
): {
  readonly shared: Uint8Array;
  readonly key: Uint8Array;
  readonly slice: (name: SliceName) => Uint8Array;
} {
  const shared = new Uint8Array(32);
  suite.x25519(shared, input.secret, input.ct);
  const epoch = new Uint8Array(8);
  new DataView(epoch.buffer).setBigUint64(0, BigInt(input.epoch));
  const geometry = hashOf(suite, LABELS.geometry, 16, read(NUMBERS[number].layout));
  const key = hashOf(
    suite,
    LABELS.hop,
    32,
    shared,
    input.ct,
    input.public,
    geometry,
    Uint8Array.of(number),
    epoch,
    input.nodeName,
  );
  return { shared, key, slice: streamOf(suite, number, key) };
}

/** K' of a sub-hop (Spec 11 §2). */
export function subSchedule(
  suite: CryptoSuite,
  key: Uint8Array,
  kemSeed: Uint8Array,
  ct: Uint8Array,
): { readonly shared: Uint8Array; readonly key: Uint8Array } {
  const publicKey = new Uint8Array(1184);
  const secretKey = new Uint8Array(2400);
  suite.kemKeypair(publicKey, secretKey, kemSeed);
  const shared = new Uint8Array(32);
  suite.kemDecapsulate(shared, ct, secretKey);
  const hash = hashOf(suite, LABELS.kemKey, 32, publicKey);
  return { shared, key: hashOf(suite, LABELS.subHop, 32, key, shared, ct, hash) };
}
