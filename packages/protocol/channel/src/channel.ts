import { Sequence } from '@sotto/reliable';
import { ByteQueue } from './byte-queue.ts';
import { type ChannelId, type DataFrame, dataCost } from './frames.ts';
import { PLACES, SEND_BUFFER_BYTES, WINDOW_BYTES } from './limits.ts';

/** One channel as one side has it: what leaves, what came, and the bounds of both (Spec 14 §4, §6). */
export class Channel {
  readonly id: ChannelId;
  readonly name: string;
  /** Whether this side opened it. */
  readonly own: boolean;
  /** A credit has to be told. */
  creditDue = false;
  /** A write found no room: who wrote waits to be told. */
  full = false;

  readonly #out = new ByteQueue();
  #sent = 0;
  #limit = WINDOW_BYTES;
  #place = 0;
  /** Places that left and were not acknowledged, the lowest first. */
  readonly #open = new Set<number>();
  /** The peer does not know yet, as far as we know, that there is this channel. */
  #opening: boolean;
  #ended = false;
  #endSent = false;

  readonly #order = new Sequence<DataFrame>(PLACES);
  readonly #in = new ByteQueue();
  #received = 0;
  #read = 0;
  #credited = WINDOW_BYTES;
  #lastPlace = Infinity;
  #highest = -1;
  #endCame = false;
  #endRead = false;

  constructor(id: ChannelId, name: string, own: boolean) {
    this.id = id;
    this.name = name;
    this.own = own;
    this.#opening = own;
  }

  /** Whether nothing more will happen: both directions have ended, one is read, the other acknowledged. */
  get over(): boolean {
    return this.#endRead && this.#endSent && this.#open.size === 0;
  }

  /** Whether this side said that it ends. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Takes as much as fits the buffer. @returns how many bytes. */
  write(bytes: Uint8Array): number {
    const room = SEND_BUFFER_BYTES - this.#out.size;
    const taken = bytes.subarray(0, room);
    this.#out.push(taken);
    this.full = taken.length < bytes.length;
    return taken.length;
  }

  /** Nothing more will be written. */
  end(): void {
    this.#ended = true;
    this.full = false;
  }

  /** Bytes of frames that could leave now. */
  get pending(): number {
    if (!this.#mayLeave) return 0;
    return dataCost(this.#opens) + Math.min(this.#out.size, this.#limit - this.#sent);
  }

  /** What leaves next, of at most `room` bytes with its head; undefined when nothing does. */
  next(room: number): DataFrame | undefined {
    const most = Math.min(room - dataCost(this.#opens), 0xffff, this.#limit - this.#sent);
    if (!this.#mayLeave || most < 0 || (most === 0 && this.#out.size > 0)) return undefined;
    const bytes = this.#out.take(most);
    const ends = this.#ended && this.#out.size === 0;
    const opens = this.#opens;
    const place = this.#place++;
    this.#sent += bytes.length;
    this.#open.add(place);
    this.#endSent ||= ends;
    return {
      kind: 'data',
      id: this.id,
      place,
      ends,
      bytes,
      ...(opens === undefined ? {} : { opens }),
    };
  }

  /** A place that left has arrived. */
  acked(place: number): void {
    this.#open.delete(place);
    this.#opening = false;
  }

  /** The peer takes bytes up to here; a credit that was overtaken says nothing new. */
  allow(limit: number): void {
    this.#limit = Math.max(this.#limit, limit);
  }

  /** How far the peer may send; told by a credit. */
  get credit(): number {
    this.#credited = this.#read + WINDOW_BYTES;
    this.creditDue = false;
    return this.#credited;
  }

  /**
   * Takes a frame of the peer's.
   *
   * @returns `news`: there is more to read, or the end; `held`: it waits for an earlier one;
   *   `violation`: no honest peer sends that.
   */
  receive(frame: DataFrame): 'news' | 'held' | 'violation' {
    const { place, ends, bytes } = frame;
    const beyond = place > this.#lastPlace || this.#received + bytes.length > this.#credited;
    const secondEnd = ends && (this.#lastPlace !== Infinity || place < this.#highest);
    if (beyond || secondEnd) return 'violation';
    const verdict = this.#order.add(place, frame);
    if (verdict === 'beyond' || verdict === 'duplicate') return 'violation';
    this.#received += bytes.length;
    this.#highest = Math.max(this.#highest, place);
    if (ends) this.#lastPlace = place;
    if (verdict === 'held') return 'held';
    let news = false;
    for (let next = this.#order.take(); next !== undefined; next = this.#order.take()) {
      this.#in.push(next.bytes);
      this.#endCame ||= next.ends;
      news ||= next.ends || next.bytes.length > 0;
    }
    return news ? 'news' : 'held';
  }

  /** Reads at most `most` bytes; `ended` once all is read and nothing follows. */
  read(most: number): { readonly bytes: Uint8Array; readonly ended: boolean } {
    const bytes = this.#in.take(most);
    this.#read += bytes.length;
    const ended = this.#endCame && this.#in.size === 0;
    this.#endRead ||= ended;
    const more = this.#read + WINDOW_BYTES - this.#credited;
    if (this.#lastPlace === Infinity && more >= WINDOW_BYTES / 2) this.creditDue = true;
    return { bytes, ended };
  }

  /** Bytes that are kept of what came, read or in order or not. */
  get held(): number {
    return this.#received - this.#read;
  }

  /** Whether the writer who found no room can go on. @returns it once. */
  relieved(): boolean {
    if (!this.full || this.#out.size > SEND_BUFFER_BYTES / 2) return false;
    this.full = false;
    return true;
  }

  get #opens(): string | undefined {
    return this.#opening ? this.name : undefined;
  }

  get #mayLeave(): boolean {
    let lowest = this.#place;
    for (const place of this.#open) {
      lowest = Math.min(lowest, place);
      break;
    }
    if (this.#place >= lowest + PLACES || this.#endSent) return false;
    if (this.#out.size > 0) return this.#sent < this.#limit;
    return this.#ended || (this.own && this.#place === 0);
  }
}
