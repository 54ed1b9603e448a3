import { concat, toHex } from '@sotto/wire';
import type { ByteStream } from './byte-stream.ts';
import type { Counters } from './counters.ts';
import type { Flushable, FlushTurn } from './flush-turn.ts';
import type { TransportLimits } from './limits.ts';
import { RateLimit } from './rate-limit.ts';
import { MOST_LISTS, ServedLists } from './served-lists.ts';
import { SNAPSHOT_PIECE_BYTES, SnapshotEncoder } from './snapshot-codec.ts';
import type { TransportHandlers } from './transport.ts';

/** Pieces of one reader at once: one that its stream has not taken, one on its way down. */
const PIECES_OF_A_READER = 2;

/**
 * Bytes that snapshots hold at most while they are served, Spec 10 §6: two whole lists, none of it
 * in the directory any more, and for each reader the pieces under way. What waits for a whole
 * connection has a bound of its own.
 */
export const servedSnapshotBytes = (limits: TransportLimits): number =>
  MOST_LISTS * limits.maxSnapshotBytes +
  limits.maxSnapshotsServed * PIECES_OF_A_READER * SNAPSHOT_PIECE_BYTES;

/** What a {@link SnapshotServer} is made of. */
export interface SnapshotServerOptions {
  readonly limits: TransportLimits;
  readonly counters: Counters;
  /** Asked for the items at each request. */
  readonly serve: TransportHandlers['snapshot'];
  /** A monotonic clock, milliseconds. */
  readonly now: () => number;
  /** When to write. */
  readonly turn: FlushTurn;
}

/** Somebody to whom a snapshot is written. */
interface Reader {
  readonly stream: ByteStream;
  readonly encoder: SnapshotEncoder;
  /** Its list is read to the end, or it has gone. */
  readonly release: () => void;
}

/**
 * Serves snapshots: bounded at once, in time, and per peer. Of all that is to be written, one piece
 * leaves in a turn, and the next of one reader when the last has left: who asks and does not read
 * costs a piece and not the whole, and however many ask, packets wait for one piece at most. With
 * turns 2 ms apart all readers together get 32 MB a second.
 */
export class SnapshotServer implements Flushable {
  readonly #options: SnapshotServerOptions;
  readonly #rate: RateLimit;
  readonly #lists: ServedLists;
  /** The peer of each that is served. */
  readonly #serving: string[] = [];
  /** Whose last piece has left, the longest waiting first. */
  readonly #ready = new Set<Reader>();

  /** Serves nobody yet. */
  constructor(options: SnapshotServerOptions) {
    const { limits } = options;
    this.#options = options;
    this.#lists = new ServedLists(limits);
    // A key is one of an authenticated connection, but keys are free: the table has an end.
    this.#rate = new RateLimit(limits.snapshotBurst, limits.snapshotRefillMillis, 4096);
  }

  /** Takes a stream on which a peer wants a snapshot. */
  take(stream: ByteStream): void {
    const { limits, counters } = this.#options;
    const peer = toHex(stream.peer);
    const over = this.#over(peer);
    if (over !== undefined) {
      counters.add(over);
      stream.abort();
      return;
    }
    this.#serving.push(peer);
    let read: Uint8Array = new Uint8Array(0);
    let state: 'reading' | 'writing' | 'over' = 'reading';
    let reader: Reader | undefined;
    const finish = (reason: Refusal | undefined): void => {
      if (state === 'over') return;
      state = 'over';
      this.#serving.splice(this.#serving.indexOf(peer), 1);
      if (reader !== undefined) this.#dismiss(reader);
      clearTimeout(timer);
      if (reason === undefined) return;
      counters.add(reason);
      stream.abort();
    };
    let timer = setTimeout(
      () => finish('snapshot-request-timeout'),
      Math.min(limits.snapshotRequestMillis, limits.snapshotMillis),
    );
    stream.listen({
      data: (bytes) => {
        if (state !== 'reading') return;
        if (read.length + bytes.length > 1 + limits.snapshotRequestBytes) {
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
        timer = setTimeout(() => finish('snapshot-unread'), limits.snapshotMillis);
        const begun = this.#begin(stream, read.slice(1));
        if (typeof begun === 'string') finish(begun);
        else this.#queue((reader = begun));
      },
      drained: () => {
        if (state === 'writing' && reader?.encoder.done === false) this.#queue(reader);
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

  /** Writes the next piece of whoever has waited longest. */
  flush(): void {
    const [reader] = this.#ready;
    if (reader === undefined) return;
    this.#ready.delete(reader);
    if (this.#ready.size > 0) this.#options.turn.add(this);
    const { stream, encoder } = reader;
    // A stream that cannot send any more has ended, which it tells.
    stream.send(encoder.next());
    if (!encoder.done) return;
    reader.release();
    stream.close();
  }

  #over(peer: string): 'snapshot-limit' | 'snapshot-rate' | undefined {
    const { maxSnapshotsServed, maxSnapshotsPerPeer } = this.#options.limits;
    const ofPeer = this.#serving.filter((other) => other === peer).length;
    if (this.#serving.length >= maxSnapshotsServed || ofPeer >= maxSnapshotsPerPeer) {
      return 'snapshot-limit';
    }
    return this.#rate.take(peer, this.#options.now()) ? undefined : 'snapshot-rate';
  }

  #begin(stream: ByteStream, request: Uint8Array): Reader | Refusal {
    const items = this.#options.serve(stream.peer, request);
    if (items === undefined) return 'snapshot-refused';
    const list = this.#lists.join(items);
    if (list === undefined) return 'snapshot-unservable';
    return { stream, encoder: new SnapshotEncoder(list.items), release: list.leave };
  }

  #queue(reader: Reader): void {
    this.#ready.add(reader);
    this.#options.turn.add(this);
  }

  #dismiss(reader: Reader): void {
    reader.release();
    this.#ready.delete(reader);
  }
}

type Refusal =
  | 'snapshot-request-malformed'
  | 'snapshot-request-timeout'
  | 'snapshot-refused'
  | 'snapshot-unservable'
  | 'snapshot-unread';
