import type { ClientView } from '@sotto/directory';
import { MICROS_PER_MS } from '@sotto/wire';
import type { ClientCore, ClientInput, ClientOutput, TimedEvent } from './client-core.ts';
import type { EventQueue } from './event-queue.ts';

/** What a client asks of the network around it. */
export interface ClientSurroundings<Event> {
  readonly queue: EventQueue;
  readonly syncMicros?: number | undefined;
  /** Carries a frame up the client's link. */
  readonly toGuard: (client: VirtualClient<Event>, bytes: Uint8Array) => void;
  /** Opens the link that the client wants. */
  readonly link: (client: VirtualClient<Event>) => void;
  /** Closes its link. */
  readonly unlink: (client: VirtualClient<Event>) => void;
}

/** Where a client wants its link. */
export type WantedGuard<Event> = Extract<ClientOutput<Event>, { kind: 'connect' }>;

/** One client: a core, its view of the directory, and the store that outlives its process. */
export class VirtualClient<Event> {
  readonly #around: ClientSurroundings<Event>;
  readonly name: string;
  readonly core: ClientCore<Event>;
  readonly view: ClientView;
  /** What is on its disk. */
  readonly stored: Map<string, Uint8Array>;
  readonly events: TimedEvent<Event>[];
  /** Whether it has a line at all. */
  online = true;
  /** Whether its process runs. */
  running = true;
  /** Hex name of the node at the other end of its link. */
  guard: string | undefined;
  wanted: WantedGuard<Event> | undefined;
  /** Counts its links: a frame of an older one is lost. */
  linkNumber = 0;

  /** @param stored - kept from an earlier process, and written to. */
  constructor(
    around: ClientSurroundings<Event>,
    name: string,
    core: ClientCore<Event>,
    view: ClientView,
    earlier: { readonly stored: Map<string, Uint8Array>; readonly events: TimedEvent<Event>[] },
  ) {
    this.#around = around;
    this.name = name;
    this.core = core;
    this.view = view;
    this.stored = earlier.stored;
    this.events = earlier.events;
  }

  /** Ends its process: what it had not stored yet is lost. */
  stop(): void {
    this.running = false;
    this.#around.queue.disarm(this.core);
  }

  /** Gives the core an input. */
  handle(input: ClientInput): void {
    if (!this.running) return;
    this.core.handle(this.#around.queue.now, input);
    this.drain();
  }

  /** Carries out what the core asks for, and plans its next wake. */
  drain(): void {
    const { core } = this;
    const { queue } = this.#around;
    if (!this.running) return;
    for (let out = core.poll(queue.now); out !== undefined; out = core.poll(queue.now)) {
      this.#carryOut(out);
    }
    queue.arm(core, `client ${this.name}`, () => {
      if (!this.running) return;
      core.wake(queue.now);
      this.drain();
    });
  }

  #carryOut(out: ClientOutput<Event>): void {
    const { queue, syncMicros, toGuard, link, unlink } = this.#around;
    switch (out.kind) {
      case 'event':
        this.events.push({ at: queue.now, event: out.event });
        break;
      case 'frame':
        toGuard(this, out.bytes);
        break;
      case 'connect':
        this.wanted = out;
        unlink(this);
        link(this);
        break;
      case 'persist':
        queue.later(syncMicros ?? MICROS_PER_MS, () => {
          if (!this.running) return;
          for (const { key, value } of out.entries) {
            if (value === undefined) this.stored.delete(key);
            else this.stored.set(key, value);
          }
          this.handle({ kind: 'stored', sequence: out.sequence });
        });
        break;
    }
  }
}
