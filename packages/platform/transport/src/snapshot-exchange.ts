import { concat, toHex } from '@sotto/wire';
import type { ByteStream } from './byte-stream.ts';
import type { Counters } from './counters.ts';
import type { TransportLimits } from './limits.ts';
import { RateLimit } from './rate-limit.ts';
import { encodeSnapshot, SnapshotDecoder } from './snapshot-codec.ts';
import { TransportError } from './transport-error.ts';
import type { TransportHandlers } from './transport.ts';

/**
 * Asks on a fresh stream: u8 length ‖ request, then reads the answer to its end mark, within the
 * limits and the time. Spec 10 §4. Rejects with `snapshot-oversized`, `snapshot-truncated`,
 * `timeout` or `aborted`; the stream is over in any case.
 *
 * @throws RangeError when the request is longer than `snapshotRequestBytes`.
 */
export function askSnapshot(
  stream: ByteStream,
  request: Uint8Array,
  limits: TransportLimits,
  counters: Counters,
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly Uint8Array[]>();
  const decoder = new SnapshotDecoder(limits);
  let waiting = true;
  const settle = (finish: () => void): void => {
    if (!waiting) return;
    waiting = false;
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    finish();
  };
  const fail = (code: 'snapshot-oversized' | 'snapshot-truncated', message: string): void =>
    settle(() => {
      counters.add(code);
      stream.abort();
      reject(new TransportError(code, message));
    });
  const onAbort = (): void =>
    settle(() => {
      stream.abort();
      reject(new TransportError('aborted', 'the snapshot request was aborted', signal.reason));
    });
  const timer = setTimeout(
    () =>
      settle(() => {
        counters.add('snapshot-timeout');
        stream.abort();
        reject(new TransportError('timeout', `no snapshot within ${limits.snapshotMillis} ms`));
      }),
    limits.snapshotMillis,
  );
  signal.addEventListener('abort', onAbort, { once: true });
  stream.listen({
    data: (bytes) => {
      if (!waiting) return;
      if (!decoder.push(bytes).ok) fail('snapshot-oversized', 'the snapshot exceeds a limit');
    },
    end: () => {
      const { items } = decoder;
      if (items === undefined) fail('snapshot-truncated', 'the snapshot ended before its end mark');
      else settle(() => resolve(items));
    },
    closed: () => fail('snapshot-truncated', 'the snapshot broke off'),
  });
  stream.send(concat(new Uint8Array([request.length]), request));
  stream.close();
  if (signal.aborted) onAbort();
  return promise;
}

/** Serves snapshots: bounded at once, in time, and per peer. */
export class SnapshotServer {
  readonly #limits: TransportLimits;
  readonly #counters: Counters;
  readonly #serve: TransportHandlers['snapshot'];
  readonly #now: () => number;
  readonly #rate: RateLimit;
  /** The peer of each that is served. */
  readonly #serving: string[] = [];

  /** `now` is a monotonic clock in milliseconds. */
  constructor(
    limits: TransportLimits,
    counters: Counters,
    serve: TransportHandlers['snapshot'],
    now: () => number,
  ) {
    this.#limits = limits;
    this.#counters = counters;
    this.#serve = serve;
    this.#now = now;
    // A key is one of an authenticated connection, but keys are free: the table has an end.
    this.#rate = new RateLimit(limits.snapshotBurst, limits.snapshotRefillMillis, 4096);
  }

  /** Takes a stream on which a peer wants a snapshot. */
  take(stream: ByteStream): void {
    const peer = toHex(stream.peer);
    const { maxSnapshotsServed, maxSnapshotsPerPeer } = this.#limits;
    const over =
      this.#serving.length >= maxSnapshotsServed ||
      this.#serving.filter((other) => other === peer).length >= maxSnapshotsPerPeer
        ? 'snapshot-limit'
        : this.#rate.take(peer, this.#now())
          ? undefined
          : 'snapshot-rate';
    if (over !== undefined) {
      this.#counters.add(over);
      stream.abort();
      return;
    }
    this.#serving.push(peer);
    let read: Uint8Array = new Uint8Array(0);
    let state: 'reading' | 'writing' | 'over' = 'reading';
    const finish = (
      reason: 'snapshot-request-malformed' | 'snapshot-request-timeout' | Refusal | undefined,
    ): void => {
      if (state === 'over') return;
      state = 'over';
      this.#serving.splice(this.#serving.indexOf(peer), 1);
      clearTimeout(timer);
      if (reason === undefined) return;
      this.#counters.add(reason);
      stream.abort();
    };
    let timer = setTimeout(
      () => finish('snapshot-request-timeout'),
      Math.min(this.#limits.snapshotRequestMillis, this.#limits.snapshotMillis),
    );
    stream.listen({
      data: (bytes) => {
        if (state !== 'reading') return;
        if (read.length + bytes.length > 1 + this.#limits.snapshotRequestBytes) {
          finish('snapshot-request-malformed');
        } else read = concat(read, bytes);
      },
      end: () => {
        if (state !== 'reading') return;
        if (read.length === 0 || read[0] !== read.length - 1) {
          finish('snapshot-request-malformed');
          return;
        }
        state = 'writing';
        clearTimeout(timer);
        timer = setTimeout(() => finish('snapshot-unread'), this.#limits.snapshotMillis);
        const refusal = this.#answer(stream, read.slice(1));
        if (refusal !== undefined) finish(refusal);
      },
      closed: (clean) => {
        finish(
          clean
            ? undefined
            : state === 'reading'
              ? 'snapshot-request-malformed'
              : 'snapshot-unread',
        );
      },
    });
  }

  #answer(stream: ByteStream, request: Uint8Array): Refusal | undefined {
    const items = this.#serve(stream.peer, request);
    if (items === undefined) return 'snapshot-refused';
    const encoded = encodeSnapshot(items, this.#limits);
    if (!encoded.ok) return 'snapshot-unservable';
    stream.send(encoded.value);
    stream.close();
    return undefined;
  }
}

type Refusal = 'snapshot-refused' | 'snapshot-unservable' | 'snapshot-unread';
