import { concat } from '@sotto/wire';
import type { ByteStream } from './byte-stream.ts';
import type { Counters } from './counters.ts';
import type { TransportLimits } from './limits.ts';
import { SnapshotDecoder } from './snapshot-codec.ts';
import { TransportError } from './transport-error.ts';

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
