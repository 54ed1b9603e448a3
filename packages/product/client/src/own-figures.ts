import type { Clock } from '@sotto/driver';
import type { StoredEntry } from '@sotto/endpoint';
import { FRAME_BYTES } from '@sotto/link';
import { ByteReader, ByteWriter, concat, fromUtf8, toUtf8 } from '@sotto/wire';
import type { ClientEvent } from './event-io.ts';
import type { ClientStatus, SlotCounts } from './figures-io.ts';
import { dateOf } from './shown.ts';

/** Where the month's count is stored. */
export const DATA_KEY = 'client/data';

/** Frames between two writes of the count: a minute of the home plan. */
const FRAMES_A_WRITE = 360;
const LEAST_PAUSE_MICROS = 1_000_000;

/** What the parts of the figures are. */
export interface OwnFiguresOptions {
  readonly clock: Clock;
  /** The entry under {@link DATA_KEY}. */
  readonly stored: Uint8Array | undefined;
  readonly store: (entries: readonly StoredEntry[]) => void;
  readonly publish: (event: ClientEvent) => void;
  readonly slots: () => SlotCounts;
}

/** What a person's own client counts of itself: the month's data, and slots. */
export class OwnFigures {
  readonly #options: OwnFiguresOptions;
  #data: ClientStatus['data'];
  #unwritten = 0;
  #toldAt = 0;

  /** Takes the month's count up again. */
  constructor(options: OwnFiguresOptions) {
    this.#options = options;
    this.#data = decode(options.stored) ?? { month: this.#month(), bytes: 0 };
  }

  /** Packets both ways in this calendar month, UTC. */
  get data(): ClientStatus['data'] {
    const month = this.#month();
    return this.#data.month === month ? this.#data : { month, bytes: 0 };
  }

  /** A frame went up, or came down. */
  frame(): void {
    const { month, bytes } = this.data;
    this.#data = { month, bytes: bytes + FRAME_BYTES };
    if (++this.#unwritten >= FRAMES_A_WRITE) this.write();
  }

  /** A slot has passed: tells of it, not too often. */
  slot(): void {
    const now = this.#options.clock.now();
    if (now - this.#toldAt < LEAST_PAUSE_MICROS) return;
    this.#toldAt = now;
    this.#options.publish({ kind: 'slots', slots: this.#options.slots() });
  }

  /** Stores the count. */
  write(): void {
    this.#unwritten = 0;
    const { month, bytes } = this.#data;
    const value = concat(toUtf8(month), new ByteWriter(8).u53(bytes).bytes);
    this.#options.store([{ key: DATA_KEY, value }]);
  }

  #month(): string {
    return dateOf(this.#options.clock.now()).toISOString().slice(0, 7);
  }
}

/** Month (7 letters) ‖ bytes u53. */
function decode(bytes: Uint8Array | undefined): ClientStatus['data'] | undefined {
  if (bytes === undefined) return undefined;
  const reader = new ByteReader(bytes);
  const month = fromUtf8(reader.take(7));
  const count = reader.u53();
  return reader.done && month !== undefined ? { month, bytes: count } : undefined;
}
