import { err, ok, randomBytes, type Result, type Rng, toHex, toUtf8 } from '@sotto/wire';
import { Channel } from './channel.ts';
import {
  CHANNEL_ID_BYTES,
  type ChannelId,
  CREDIT_COST,
  decodeFrames,
  encodeFrames,
  type Frame,
  type FramesError,
  RESET_COST,
  type ResetReason,
  RESTART_COST,
} from './frames.ts';
import { MAX_CLOSED, MAX_FRAMES, MAX_NAME_BYTES, MAX_OPEN, MAX_RESETS } from './limits.ts';

/** What happens to the channels with one contact. */
export type ChannelEvent =
  /** The peer opened one. */
  | { readonly kind: 'opened'; readonly channel: ChannelId; readonly name: string }
  /** There is more to read, or the end. */
  | { readonly kind: 'readable'; readonly channel: ChannelId }
  /** There is room again for a write that found none. */
  | { readonly kind: 'writable'; readonly channel: ChannelId }
  /** Both directions have ended, and all was read and acknowledged. */
  | { readonly kind: 'closed'; readonly channel: ChannelId }
  /** It was cut off, by the peer or for its sake. Nothing more comes of it. */
  | { readonly kind: 'reset'; readonly channel: ChannelId; readonly reason: ResetReason };

/** Why something cannot be done with a channel. */
export type ChannelError =
  /** `unknown-channel`: there is none, or it has been over for long. `channel-ended`: this side has ended it. `too-many-channels`: {@link MAX_OPEN} are open. */
  | { readonly code: 'unknown-channel' | 'channel-ended' | 'too-many-channels' }
  /** It was cut off. */
  | { readonly code: 'channel-reset'; readonly reason: ResetReason };

/** Why what came was dropped. `channel-stale`: it was sent by an earlier program of the peer. */
export interface ChannelRefusal {
  readonly code: FramesError['code'] | 'channel-stale';
}

/** What left in one message: the caller keeps it until it is settled. */
export interface Payload {
  readonly bytes: Uint8Array;
  readonly frames: readonly Frame[];
}

/**
 * All channels with one contact, sans-IO (Spec 14). Above a layer that brings each message once, in any
 * order, and says of each that went out whether it arrived. Memory is bounded whatever the peer sends.
 */
export class Channels {
  readonly #open = new Map<ChannelId, Channel>();
  /** The last that are over, and how they ended. */
  readonly #over = new Map<ChannelId, 'closed' | ResetReason>();
  readonly #resets = new Map<ChannelId, ResetReason>();
  readonly #events: ChannelEvent[] = [];
  #restart: boolean;
  #restartedAt = -1;
  #unsettled = 0;

  /** @param restarted - an earlier program may have left channels open: the peer is told that they are gone. */
  constructor(restarted = false) {
    this.#restart = restarted;
  }

  /** Channels that are not over. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether nothing is open, waits to leave, or waits to be acknowledged. */
  get idle(): boolean {
    return (
      this.#open.size === 0 && this.#unsettled === 0 && this.#resets.size === 0 && !this.#restart
    );
  }

  /** Bytes kept of what came and was not read, of all channels. */
  get held(): number {
    let held = 0;
    for (const channel of this.#open.values()) held += channel.held;
    return held;
  }

  /**
   * Opens a channel; its first frame leaves by itself.
   *
   * @param name - 1 to {@link MAX_NAME_BYTES} bytes of UTF-8: tells the peer what it is for.
   * @throws RangeError when the name is not that.
   */
  open(rng: Rng, name: string): Result<ChannelId, ChannelError> {
    const { length } = toUtf8(name);
    if (length < 1 || length > MAX_NAME_BYTES) {
      throw new RangeError(`"name" expected 1 to ${MAX_NAME_BYTES} bytes, got ${length}`);
    }
    if (this.#count(true) >= MAX_OPEN) return err({ code: 'too-many-channels' });
    const id = toHex(randomBytes(rng, CHANNEL_ID_BYTES));
    this.#open.set(id, new Channel(id, name, true));
    return ok(id);
  }

  /** Takes bytes to be sent. @returns how many were taken: less than all when the buffer is full; `writable` tells when to go on. */
  write(id: ChannelId, bytes: Uint8Array): Result<number, ChannelError> {
    const channel = this.#open.get(id);
    if (this.#over.get(id) === 'closed') return err({ code: 'channel-ended' });
    if (channel === undefined) return err(this.#whyNone(id));
    if (channel.ended) return err({ code: 'channel-ended' });
    return ok(channel.write(bytes));
  }

  /** Ends this side's direction: what was written still goes out, then the end. */
  end(id: ChannelId): Result<void, ChannelError> {
    const channel = this.#open.get(id);
    if (this.#over.get(id) === 'closed') return ok(undefined);
    if (channel === undefined) return err(this.#whyNone(id));
    channel.end();
    return ok(undefined);
  }

  /** Cuts a channel off, both ways; the peer is told why. @returns false when there is none. */
  reset(id: ChannelId, reason: ResetReason): boolean {
    if (!this.#open.has(id)) return false;
    this.#forget(id, reason);
    this.#tellReset(id, reason);
    return true;
  }

  /**
   * Cuts all channels off (`cancelled`) and takes back what is under way, none of which leaves again. The
   * peer is told of each when something may leave for it.
   *
   * @param underWay - all that {@link Channels.take} gave and that is not settled.
   */
  cutAll(underWay: Iterable<Payload>): void {
    for (const id of this.#open.keys()) this.#cut(id, 'cancelled', true);
    for (const payload of underWay) {
      this.lost(payload);
      for (const frame of payload.frames) {
        if (frame.kind === 'reset') this.#tellReset(frame.id, frame.reason);
      }
    }
  }

  /** Reads at most `most` bytes, perhaps none; `ended` once all was read and nothing follows. */
  read(
    id: ChannelId,
    most: number,
  ): Result<{ readonly bytes: Uint8Array; readonly ended: boolean }, ChannelError> {
    const channel = this.#open.get(id);
    if (this.#over.get(id) === 'closed') return ok({ bytes: new Uint8Array(0), ended: true });
    if (channel === undefined) return err(this.#whyNone(id));
    const read = channel.read(most);
    this.#closeIfOver(channel);
    return ok(read);
  }

  /** Bytes of frames that could leave now, about. */
  get pending(): number {
    let bytes = (this.#restart ? RESTART_COST : 0) + this.#resets.size * RESET_COST;
    for (const channel of this.#open.values()) {
      bytes += channel.pending + (channel.creditDue ? CREDIT_COST : 0);
    }
    return bytes;
  }

  /** What leaves next, in at most `room` bytes: each channel in its turn. Undefined when nothing does. */
  take(room: number): Payload | undefined {
    const frames: Frame[] = [];
    let left = room;
    const put = (frame: Frame, cost: number): void => {
      frames.push(frame);
      left -= cost;
    };
    const fits = (cost: number): boolean => frames.length < MAX_FRAMES && left >= cost;
    if (this.#restart && fits(RESTART_COST)) {
      this.#restart = false;
      put({ kind: 'restart' }, RESTART_COST);
    }
    for (const [id, reason] of this.#resets) {
      if (!fits(RESET_COST)) break;
      this.#resets.delete(id);
      put({ kind: 'reset', id, reason }, RESET_COST);
    }
    for (const channel of this.#open.values()) {
      if (!channel.creditDue || !fits(CREDIT_COST)) continue;
      put({ kind: 'credit', id: channel.id, limit: channel.credit }, CREDIT_COST);
    }
    // Who was served goes behind the others: a photo does not keep a word waiting.
    const turns = [...this.#open.values()];
    for (const channel of turns) {
      const frame = frames.length < MAX_FRAMES ? channel.next(left) : undefined;
      if (frame === undefined) continue;
      put(frame, encodeFrames([frame]).length);
      this.#open.delete(channel.id);
      this.#open.set(channel.id, channel);
      if (channel.relieved()) this.#events.push({ kind: 'writable', channel: channel.id });
    }
    if (frames.length === 0) return undefined;
    this.#unsettled++;
    return { bytes: encodeFrames(frames), frames };
  }

  /** A payload has arrived. */
  acked({ frames }: Payload): void {
    this.#unsettled--;
    for (const frame of frames) {
      if (frame.kind !== 'data') continue;
      const channel = this.#open.get(frame.id);
      channel?.acked(frame.place);
      if (channel !== undefined) this.#closeIfOver(channel);
    }
  }

  /** A payload was given up: a channel that misses a part of itself is over. */
  lost({ frames }: Payload): void {
    this.#unsettled--;
    for (const frame of frames) {
      if (frame.kind === 'restart') this.#restart = true;
      else if (frame.kind === 'data') this.#cut(frame.id, 'given-up', true);
      else if (frame.kind === 'credit') {
        const channel = this.#open.get(frame.id);
        if (channel !== undefined) channel.creditDue = true;
      }
    }
  }

  /**
   * Takes what a message of the peer's brought, any bytes.
   *
   * @param number - of the message among the peer's (Spec 09 §7).
   */
  receive(number: number, bytes: Uint8Array): Result<void, ChannelRefusal> {
    const frames = decodeFrames(bytes);
    if (!frames.ok) return frames;
    if (number < this.#restartedAt) return err({ code: 'channel-stale' });
    for (const frame of frames.value) this.#take(number, frame);
    return ok(undefined);
  }

  /** What happened, in order; undefined when nothing more did. */
  poll(): ChannelEvent | undefined {
    return this.#events.shift();
  }

  #take(number: number, frame: Frame): void {
    switch (frame.kind) {
      case 'restart':
        this.#restartedAt = number;
        // The peer may have taken a part of one for new: it is told of all.
        for (const id of this.#open.keys()) this.#cut(id, 'restarted', true);
        break;
      case 'credit':
        this.#open.get(frame.id)?.allow(frame.limit);
        break;
      case 'reset':
        if (this.#open.has(frame.id)) this.#cut(frame.id, frame.reason, false);
        else if (!this.#over.has(frame.id)) this.#remember(frame.id, frame.reason);
        break;
      case 'data': {
        const channel = this.#open.get(frame.id) ?? this.#opened(frame.id, frame.opens);
        if (channel === undefined) break;
        const verdict = channel.receive(frame);
        if (verdict === 'violation') this.#cut(frame.id, 'violation', true);
        else if (verdict === 'news') this.#events.push({ kind: 'readable', channel: frame.id });
        break;
      }
    }
  }

  #opened(id: ChannelId, name: string | undefined): Channel | undefined {
    if (this.#over.has(id)) return undefined;
    if (name === undefined) {
      this.#remember(id, 'unknown');
      this.#tellReset(id, 'unknown');
      return undefined;
    }
    if (this.#count(false) >= MAX_OPEN) {
      this.#remember(id, 'busy');
      this.#tellReset(id, 'busy');
      return undefined;
    }
    const channel = new Channel(id, name, false);
    this.#open.set(id, channel);
    this.#events.push({ kind: 'opened', channel: id, name });
    return channel;
  }

  #cut(id: ChannelId, reason: ResetReason, tell: boolean): void {
    if (!this.#open.has(id)) return;
    this.#forget(id, reason);
    if (tell) this.#tellReset(id, reason);
    this.#events.push({ kind: 'reset', channel: id, reason });
  }

  #closeIfOver(channel: Channel): void {
    if (!channel.over) return;
    this.#forget(channel.id, 'closed');
    this.#events.push({ kind: 'closed', channel: channel.id });
  }

  /** What is asked of a channel may come before the caller has heard the event that it is over. */
  #whyNone(id: ChannelId): ChannelError {
    const how = this.#over.get(id);
    if (how === undefined || how === 'closed') return { code: 'unknown-channel' };
    return { code: 'channel-reset', reason: how };
  }

  #forget(id: ChannelId, how: 'closed' | ResetReason): void {
    this.#open.delete(id);
    this.#remember(id, how);
  }

  #remember(id: ChannelId, how: 'closed' | ResetReason): void {
    this.#over.set(id, how);
    if (this.#over.size <= MAX_CLOSED) return;
    for (const oldest of this.#over.keys()) {
      this.#over.delete(oldest);
      break;
    }
  }

  #tellReset(id: ChannelId, reason: ResetReason): void {
    if (this.#resets.size < MAX_RESETS) this.#resets.set(id, reason);
  }

  #count(own: boolean): number {
    let count = 0;
    for (const channel of this.#open.values()) if (channel.own === own) count++;
    return count;
  }
}
