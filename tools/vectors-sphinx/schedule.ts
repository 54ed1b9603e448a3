import { geometryHash, STREAM_TABLE } from '@sotto/sphinx';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import { concat } from '@sotto/wire';

/** What a hop derives its keys from. */
export interface ScheduleInput {
  readonly secret: Uint8Array;
  readonly public: Uint8Array;
  readonly ct: Uint8Array;
  readonly epoch: number;
  readonly nodeName: Uint8Array;
}

/** The key schedule, written a second time from the text of Spec 02 §4: the vectors must not rest on one reading. */
export function schedule(
  suite: CryptoSuite,
  input: ScheduleInput,
): {
  readonly shared: Uint8Array;
  readonly key: Uint8Array;
  readonly slice: (name: keyof typeof STREAM_TABLE) => Uint8Array;
} {
  const shared = new Uint8Array(32);
  suite.x25519(shared, input.secret, input.ct);
  const epoch = new Uint8Array(8);
  new DataView(epoch.buffer).setBigUint64(0, BigInt(input.epoch));
  const key = new Uint8Array(32);
  suite.blake2b(
    key,
    concat(
      shared,
      input.ct,
      input.public,
      geometryHash(suite),
      Uint8Array.of(1),
      epoch,
      input.nodeName,
    ),
    LABELS.hop,
  );
  const stream = new Uint8Array(1046);
  suite.chacha20Stream(stream, key, new Uint8Array(12));
  const slice = (name: keyof typeof STREAM_TABLE): Uint8Array => {
    const [offset, length] = STREAM_TABLE[name];
    return stream.slice(offset, offset + length);
  };
  return { shared, key, slice };
}
