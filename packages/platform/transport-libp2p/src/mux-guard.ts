import type { StreamMuxerFactory } from '@libp2p/interface';
import { yamux } from '@libp2p/yamux';
import { type Counters, endOfTurn } from '@sotto/transport';
import { HEADER_BYTES, MuxThrift } from './mux-thrift.ts';

/** Type of a frame that carries data, at offset 1 of its header. */
const DATA = 0;

/** Bytes that a stream may have in flight. 1 MiB is 6,500 packets/s at a round trip of 100 ms. */
export const STREAM_WINDOW_BYTES: number = 1024 * 1024;

/** Bytes that may wait for a peer that does not read, on one connection. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

/**
 * Follows the frame headers in a yamux connection's bytes and refuses data frames longer than a
 * window. The library keeps a frame until it is whole and looks at the window only then, so a
 * stranger who announces 4 GiB fills the memory.
 */
export class FrameLengthGuard {
  readonly #maxDataBytes: number;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerFilled = 0;
  #toSkip = 0;

  /** Allows data frames of at most `maxDataBytes`. */
  constructor(maxDataBytes: number) {
    this.#maxDataBytes = maxDataBytes;
  }

  /** Takes the next bytes of the connection; false at the first frame that is too long. */
  allows(bytes: Uint8Array): boolean {
    let at = 0;
    while (at < bytes.length) {
      const skipped = Math.min(this.#toSkip, bytes.length - at);
      this.#toSkip -= skipped;
      at += skipped;
      while (at < bytes.length && this.#toSkip === 0) {
        this.#header[this.#headerFilled++] = bytes[at++] ?? 0;
        if (this.#headerFilled < HEADER_BYTES) continue;
        this.#headerFilled = 0;
        if (this.#header[1] !== DATA) continue;
        this.#toSkip = new DataView(this.#header.buffer).getUint32(8);
        if (this.#toSkip > this.#maxDataBytes) return false;
      }
    }
    return true;
  }
}

/**
 * Yamux with bounds: on the length of a frame, on streams, on windows, and on what waits for a
 * peer that does not read (answers to pings, for one, which the library queues without end).
 */
export function boundedYamux(counters: Counters): () => StreamMuxerFactory {
  const make = yamux({
    maxInboundStreams: 64,
    maxOutboundStreams: 256,
    streamOptions: {
      maxStreamWindowSize: STREAM_WINDOW_BYTES,
      maxReadBufferLength: 2 * STREAM_WINDOW_BYTES,
    },
  });
  return () => {
    const factory = make();
    const create = factory.createStreamMuxer.bind(factory);
    factory.createStreamMuxer = (connection) => {
      connection.maxWriteBufferLength = MAX_UNREAD_BYTES;
      connection.addEventListener('close', ({ error }) => {
        if (error?.name === 'StreamBufferError') counters.add('connection-unread');
      });
      const thrift = new MuxThrift(connection);
      const muxer = create(connection);
      thrift.isOpen = (id) => muxer.streams.some((stream) => stream.id === String(id));
      const abort = muxer.abort.bind(muxer);
      muxer.abort = (reason) => {
        try {
          abort(reason);
        } catch {
          // Its farewells to the streams have filled what a connection may have unread, which ended
          // it: the last one found it closed. Thrown on, out of a listener, it would end the process.
        }
      };
      const guard = new FrameLengthGuard(STREAM_WINDOW_BYTES);
      const onData = muxer.onData.bind(muxer);
      muxer.onData = (data) => {
        for (const chunk of data instanceof Uint8Array ? [data] : data) {
          if (guard.allows(chunk)) continue;
          counters.add('mux-frame-oversized');
          // The library's own listener turns it into an abort of muxer and connection.
          throw new RangeError('a multiplexer frame exceeds every window');
        }
        onData(data);
        // Sockets are read one after the other in one turn, fifty of them for 5 ms.
        endOfTurn.hasten();
      };
      return muxer;
    };
    return factory;
  };
}
