import type { Stream } from '@libp2p/interface';
import type { ByteStream, ByteStreamEvents } from '@sotto/transport';

/** A libp2p stream as a `ByteStream`: events once and in order, calls that never throw. */
export class Libp2pStream implements ByteStream {
  readonly peer: Uint8Array;
  readonly #stream: Stream;
  #events: ByteStreamEvents | undefined;
  #ended = false;
  #endTold = false;
  #closed: { readonly clean: boolean } | undefined;
  #closedTold = false;
  /**
   * While the stream gives what it has kept. To pause it then would leave it paused and giving credit:
   * the peer would send until the buffer is over its limit, and the stream would be aborted.
   */
  #resuming = false;
  #pausedAgain = false;

  /** Wraps `stream`; `peer` is the Ed25519 key that the connection has authenticated. */
  constructor(stream: Stream, peer: Uint8Array) {
    this.peer = peer;
    this.#stream = stream;
    // Its negotiation has let turns of the event loop pass, in which the peer may have ended it.
    const { status } = stream;
    if (status === 'reset' || status === 'aborted' || status === 'closed') {
      this.#closed = { clean: status === 'closed' };
    }
    this.#ended = stream.readableEnded && status !== 'reset' && status !== 'aborted';
    // An abort fires `end` as well; only a stream that is still whole has an end to tell.
    stream.addEventListener('end', () => {
      this.#ended = stream.status !== 'aborted' && stream.status !== 'reset';
      this.#tell();
    });
    stream.addEventListener('close', (event) => {
      this.#closed ??= { clean: event.error === undefined };
      this.#tell();
    });
  }

  get bufferedBytes(): number {
    return this.#stream.writeBufferLength;
  }

  send(bytes: Uint8Array): boolean {
    if (this.#stream.writeStatus !== 'writable') return false;
    try {
      this.#stream.send(bytes);
    } catch {
      // The muxer or the connection below has just gone: libp2p aborts the stream before it
      // throws, and the close event tells.
      return false;
    }
    return true;
  }

  pause(): void {
    if (this.#resuming) this.#pausedAgain = true;
    else if (this.#stream.readStatus === 'readable') this.#stream.pause();
  }

  resume(): void {
    this.#pausedAgain = false;
    if (this.#resuming || this.#stream.readStatus !== 'paused') return;
    this.#resuming = true;
    try {
      this.#stream.resume();
    } catch {
      // What it kept is given; the credit that goes back next meets a connection that is gone,
      // which the close event tells. Thrown on, any peer that fills its window and leaves while
      // this end is busy would end the process.
    }
    this.#resuming = false;
    if (this.#pausedAgain) this.pause();
  }

  close(): void {
    // Rejects only when the stream breaks while it closes, which the close event tells.
    this.#stream.close().catch(() => undefined);
  }

  abort(): void {
    this.#stream.abort(new Error('aborted by this end'));
  }

  listen(events: ByteStreamEvents): void {
    const first = this.#events === undefined;
    this.#events = events;
    // Of links too, each write would be told.
    if (events.drained !== undefined) this.#stream.addEventListener('idle', this.#onIdle);
    if (!first) return;
    this.#stream.addEventListener('message', ({ data }) => {
      if (data instanceof Uint8Array) this.#events?.data(data);
      else for (const chunk of data) this.#events?.data(chunk);
    });
    queueMicrotask(() => this.#tell());
  }

  /** The library's word for it: its queue is empty, and what comes next waits in it while the connection is full. */
  readonly #onIdle = (): void => this.#events?.drained?.();

  #tell(): void {
    const events = this.#events;
    if (events === undefined || this.#closedTold) return;
    if (this.#ended && !this.#endTold) {
      this.#endTold = true;
      events.end();
    }
    if (this.#closed !== undefined && !this.#closedTold) {
      this.#closedTold = true;
      events.closed(this.#closed.clean);
    }
  }
}
