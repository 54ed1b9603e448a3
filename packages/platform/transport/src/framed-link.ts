import { concat } from '@sotto/wire';
import type { ByteStream } from './byte-stream.ts';
import type { Counters } from './counters.ts';
import type { FlushTurn, Flushable } from './flush-turn.ts';
import { FrameReader } from './frame-reader.ts';
import type { TransportLimits, TransportSizes } from './limits.ts';
import type { CloseReason, Link, LinkKind, SendOutcome } from './transport.ts';

/** What all links of a transport share. */
export interface LinkSetting {
  /** Frame and preface sizes. */
  readonly sizes: TransportSizes;
  /** Bounds. */
  readonly limits: TransportLimits;
  /** Where drops are counted. */
  readonly counters: Counters;
  /** Collects writes of a turn. */
  readonly turn: FlushTurn;
}

/** What tells one link from another. */
export interface LinkIdentity {
  /** What it is for. */
  readonly kind: LinkKind;
  /** True at the end that opened it. */
  readonly opener: boolean;
  /** The opener's preface. */
  readonly preface: Uint8Array;
}

/** Takes frames as they come; a promise that it returns stops reading until it resolves. */
export type FramesCallback = (frames: readonly Uint8Array[]) => void | Promise<void>;

/** A {@link Link} over any byte stream: frames, coalesced writes, back-pressure, one end. */
export class FramedLink implements Link, Flushable {
  readonly kind: LinkKind;
  readonly opener: boolean;
  readonly peer: { readonly identityKey: Uint8Array };
  readonly preface: Uint8Array;
  readonly #stream: ByteStream;
  readonly #setting: LinkSetting;
  readonly #reader: FrameReader;
  readonly #released: () => void;
  #outgoing: Uint8Array[] = [];
  #bufferedBelow = 0;
  #incoming: Uint8Array[] = [];
  #frames: FramesCallback | undefined;
  #busy = false;
  #paused = false;
  #ended = false;
  #streamOver = false;
  #closeTimer: ReturnType<typeof setTimeout> | undefined;
  #reason: CloseReason | undefined;
  #closed: ((reason: CloseReason) => void) | undefined;
  #told = false;

  /** Takes over `stream`; `released` is called once, when the link is over. */
  constructor(
    stream: ByteStream,
    identity: LinkIdentity,
    setting: LinkSetting,
    released: () => void,
  ) {
    this.kind = identity.kind;
    this.opener = identity.opener;
    this.preface = identity.preface;
    this.peer = { identityKey: stream.peer };
    this.#stream = stream;
    this.#setting = setting;
    this.#reader = new FrameReader(setting.sizes.frameBytes);
    this.#released = released;
  }

  /** Starts to read; `early` are bytes that came behind the preface. */
  run(early: Uint8Array): void {
    this.#stream.listen({
      data: (bytes) => this.#data(bytes),
      end: () => this.#end(),
      closed: () => this.#over(),
    });
    if (early.length > 0) this.#data(early);
  }

  get bufferedBytes(): number {
    return this.#outgoing.length * this.#setting.sizes.frameBytes + this.#stream.bufferedBytes;
  }

  send(frame: Uint8Array): SendOutcome {
    const { frameBytes } = this.#setting.sizes;
    if (frame.length !== frameBytes) {
      throw new RangeError(`"frame" expected ${frameBytes} bytes, got ${frame.length}`);
    }
    // A burst, as after a disk that stopped: what the layer below takes does not wait (Spec 10 §3.2).
    if (this.#outgoing.length > 0 && !this.#hasRoom()) this.flush();
    // Also when the stream has just ended under that write.
    if (this.#reason !== undefined) return 'closed';
    // The layer below adds up its lists, and they change only when we write.
    if (this.#outgoing.length === 0) this.#bufferedBelow = this.#stream.bufferedBytes;
    if (!this.#hasRoom()) {
      this.#setting.counters.add('buffer-full');
      return 'full';
    }
    if (this.#outgoing.length === 0) this.#setting.turn.add(this);
    this.#outgoing.push(frame);
    return 'sent';
  }

  /** Whether one frame more may wait. */
  #hasRoom(): boolean {
    const waiting = this.#outgoing.length * this.#setting.sizes.frameBytes + this.#bufferedBelow;
    return waiting + this.#setting.sizes.frameBytes <= this.#setting.limits.maxBufferedBytes;
  }

  /** Writes the frames that wait in one piece. */
  flush(): void {
    const frames = this.#outgoing;
    const [first] = frames;
    if (first === undefined) return;
    this.#outgoing = [];
    // One alone, as most are of a link that is not busy, needs no copy: nobody writes to a frame any more.
    if (!this.#stream.send(frames.length === 1 ? first : concat(...frames))) {
      this.#setting.counters.add('unsent-frame', frames.length);
    }
  }

  onFrames(callback: FramesCallback): void {
    this.#frames = callback;
    this.#deliver();
  }

  onClose(callback: (reason: CloseReason) => void): void {
    this.#closed = callback;
    if (this.#reason !== undefined) this.#tell();
  }

  close(): void {
    if (this.#reason !== undefined) return;
    this.flush();
    this.#stream.close();
    this.#finish('local');
    this.#unpause();
    this.#endInTime();
  }

  /** Ends the link at once because the transport stops. */
  stop(): void {
    this.#finish('stopped');
    this.#stream.abort();
  }

  #data(bytes: Uint8Array): void {
    if (this.#reason !== undefined) {
      this.#setting.counters.add('data-after-close');
      return;
    }
    for (const frame of this.#reader.push(bytes)) this.#incoming.push(frame);
    this.#deliver();
  }

  #deliver(): void {
    while (!this.#busy && this.#reason === undefined && this.#incoming.length > 0) {
      if (this.#frames === undefined) break;
      const settled = this.#frames(this.#incoming.splice(0, this.#setting.limits.maxBatchFrames));
      if (settled instanceof Promise) {
        this.#busy = true;
        void this.#resumeAfter(settled);
      }
    }
    if (this.#incoming.length > 0 || this.#busy) this.#pause();
    else {
      this.#unpause();
      if (this.#ended) this.#finishRemote();
    }
  }

  /** A rejection is the program's own bug: it ends the link and stays unhandled, to be seen. */
  async #resumeAfter(settled: Promise<void>): Promise<void> {
    try {
      await settled;
    } catch (error) {
      this.#busy = false;
      this.close();
      throw error;
    }
    this.#busy = false;
    this.#deliver();
  }

  #pause(): void {
    if (this.#paused || this.#reason !== undefined) return;
    this.#paused = true;
    this.#stream.pause();
  }

  #unpause(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#stream.resume();
  }

  #end(): void {
    this.#ended = true;
    if (this.#reason === undefined && this.#incoming.length === 0 && !this.#busy) {
      this.#finishRemote();
    }
  }

  #finishRemote(): void {
    if (this.#reason !== undefined) return;
    if (this.#reader.partialBytes > 0) {
      this.#finish('truncated-frame');
      this.#stream.abort();
    } else {
      this.flush();
      this.#finish('remote');
      this.#stream.close();
      this.#endInTime();
    }
  }

  /** A peer that keeps its half open, or does not read the end of ours, would keep the stream, and its window, for ever. */
  #endInTime(): void {
    if (this.#streamOver) return;
    this.#closeTimer = setTimeout(() => {
      this.#setting.counters.add('close-timeout');
      this.#stream.abort();
    }, this.#setting.limits.closeMillis);
  }

  #over(): void {
    this.#streamOver = true;
    clearTimeout(this.#closeTimer);
    this.#finish('reset');
  }

  #finish(reason: CloseReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    const { counters } = this.#setting;
    if (reason !== 'local' && this.#reader.partialBytes > 0) counters.add('truncated-frame');
    counters.add('unread-frame', this.#incoming.length);
    counters.add('unsent-frame', this.#outgoing.length);
    this.#incoming = [];
    this.#outgoing = [];
    this.#released();
    this.#tell();
  }

  #tell(): void {
    const callback = this.#closed;
    const reason = this.#reason;
    if (this.#told || callback === undefined || reason === undefined) return;
    this.#told = true;
    queueMicrotask(() => callback(reason));
  }
}
