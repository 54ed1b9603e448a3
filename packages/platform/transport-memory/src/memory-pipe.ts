import type { ByteStream, ByteStreamEvents } from '@sotto/transport';

/**
 * One end of a stream inside a process. Chunks are copied, and delivered in order, each in a
 * microtask of its own; what the other end does not read stays with the sender, as behind a
 * closed window.
 */
export class MemoryStream implements ByteStream {
  readonly peer: Uint8Array;
  #other: MemoryStream | undefined;
  #events: ByteStreamEvents | undefined;
  #inbox: Uint8Array[] = [];
  #inboxBytes = 0;
  #paused = false;
  #scheduled = false;
  #ownEnded = false;
  #peerEnded = false;
  #endTold = false;
  #over = false;
  #reset = false;

  private constructor(peer: Uint8Array) {
    this.peer = peer;
  }

  /** Both ends of a new stream between `a` and `b`: first the one that `a` holds. */
  static pair(a: Uint8Array, b: Uint8Array): readonly [MemoryStream, MemoryStream] {
    const ofA = new MemoryStream(b);
    const ofB = new MemoryStream(a);
    ofA.#other = ofB;
    ofB.#other = ofA;
    return [ofA, ofB];
  }

  get bufferedBytes(): number {
    return this.#other === undefined ? 0 : this.#other.#inboxBytes;
  }

  /** Whether nothing more can happen on this end. */
  get isOver(): boolean {
    return this.#over || this.#reset;
  }

  send(bytes: Uint8Array): boolean {
    const other = this.#other;
    if (this.#ownEnded || this.isOver || other === undefined || other.isOver) return false;
    if (bytes.length > 0) {
      other.#inbox.push(bytes.slice());
      other.#inboxBytes += bytes.length;
      other.#schedule();
    }
    return true;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#schedule();
  }

  close(): void {
    if (this.#ownEnded || this.isOver) return;
    this.#ownEnded = true;
    if (this.#other !== undefined) {
      this.#other.#peerEnded = true;
      this.#other.#schedule();
    }
    this.#schedule();
  }

  abort(): void {
    this.#breakOff();
    if (this.#other !== undefined) this.#other.#breakOff();
  }

  listen(events: ByteStreamEvents): void {
    this.#events = events;
    this.#schedule();
  }

  #breakOff(): void {
    if (this.isOver) return;
    this.#reset = true;
    this.#inbox = [];
    this.#inboxBytes = 0;
    this.#schedule();
  }

  /** The other end has read everything. */
  #onTaken(): void {
    this.#schedule();
    queueMicrotask(() => {
      if (!this.#over && this.bufferedBytes === 0) this.#events?.drained?.();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#events === undefined || this.#over) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#step();
    });
  }

  #step(): void {
    const events = this.#events;
    if (events === undefined || this.#over) return;
    if (this.#reset) {
      this.#over = true;
      events.closed(false);
      return;
    }
    if (this.#paused) return;
    const chunk = this.#inbox.shift();
    if (chunk !== undefined) {
      this.#inboxBytes -= chunk.length;
      this.#schedule();
      if (this.#inboxBytes === 0 && this.#other !== undefined) this.#other.#onTaken();
      events.data(chunk);
    } else if (this.#peerEnded && !this.#endTold) {
      this.#endTold = true;
      this.#schedule();
      events.end();
    } else if (this.#endTold && this.#ownEnded && this.bufferedBytes === 0) {
      this.#over = true;
      events.closed(true);
    }
  }
}
