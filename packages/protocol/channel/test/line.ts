import { type ChannelEvent, Channels, type Payload } from '@sotto/channel';
import { SeededRng } from '@sotto/suite/testing';
import { concat } from '@sotto/wire';
import { open } from '@sotto/noble';

const suite = await open();

/** One side: its channels, what happened to it, and what it has read of each. */
export class Side {
  channels = new Channels();
  readonly events: ChannelEvent[] = [];
  readonly rng: SeededRng;

  constructor(name: string) {
    this.rng = new SeededRng(suite, name);
  }

  /** Opens a channel that must come about. */
  open(name: string): string {
    const made = this.channels.open(this.rng, name);
    if (!made.ok) throw new Error(made.error.code);
    return made.value;
  }

  /** Writes bytes that must be taken whole. */
  write(id: string, bytes: Uint8Array): void {
    const taken = this.channels.write(id, bytes);
    if (!taken.ok || taken.value !== bytes.length) throw new Error('not all was taken');
  }

  /** Reads all there is of a channel. */
  read(id: string, most = Infinity): { bytes: Uint8Array; ended: boolean } {
    const parts: Uint8Array[] = [];
    let left = most;
    for (;;) {
      const read = this.channels.read(id, Math.min(left, 5000));
      if (!read.ok) throw new Error(read.error.code);
      parts.push(read.value.bytes);
      left -= read.value.bytes.length;
      if (read.value.ended || read.value.bytes.length === 0 || left === 0) {
        return { bytes: concat(...parts), ended: read.value.ended };
      }
    }
  }

  /** Events since the last call. */
  news(): ChannelEvent[] {
    for (let event = this.channels.poll(); event !== undefined; event = this.channels.poll()) {
      this.events.push(event);
    }
    return this.events.splice(0);
  }
}

interface Flying {
  readonly number: number;
  readonly payload: Payload;
  readonly from: Side;
  readonly to: Side;
}

/**
 * What lies between two sides: it brings each message once or, when told so, never, in an order that
 * is drawn, and then says of each what became of it. As acknowledgements and repeats do.
 */
export class Line {
  readonly a = new Side('a');
  readonly b = new Side('b');
  readonly #draw: () => number;
  readonly #room: number;
  #flying: Flying[] = [];
  readonly #numbers = new Map<Side, number>();
  /** Bytes that went over it, and the most that either side had unread. */
  carried = 0;
  mostHeld = 0;

  /** @param draw - 0 to 255, for the order. */
  constructor(draw: () => number = () => 0, room = 900) {
    this.#draw = draw;
    this.#room = room;
  }

  /** Lets everything leave that may. */
  depart(): void {
    for (const [from, to] of [
      [this.a, this.b],
      [this.b, this.a],
    ] as const) {
      for (let n = 0; n < 64; n++) {
        const payload = from.channels.take(this.#room);
        if (payload === undefined) break;
        const number = this.#numbers.get(from) ?? 0;
        this.#numbers.set(from, number + 1);
        this.#flying.push({ number, payload, from, to });
      }
    }
  }

  /** Brings one message. @returns false when none flies. */
  arrive(): boolean {
    const at = this.#draw() % Math.max(1, Math.min(this.#flying.length, 100));
    const [flying] = this.#flying.splice(at, 1);
    if (flying === undefined) return false;
    const { number, payload, from, to } = flying;
    this.carried += payload.bytes.length;
    const taken = to.channels.receive(number, payload.bytes);
    if (!taken.ok) throw new Error(taken.error.code);
    this.mostHeld = Math.max(this.mostHeld, to.channels.held);
    from.channels.acked(payload);
    return true;
  }

  /** Gives up what flies. */
  lose(): void {
    for (const { payload, from } of this.#flying.splice(0)) from.channels.lost(payload);
  }

  /** Forgets what flies: neither side hears of it, as when a program ends. */
  forget(): void {
    this.#flying = [];
  }

  /** Until nothing flies and nothing wants to. */
  rest(): void {
    do this.depart();
    while (this.arrive());
  }
}
