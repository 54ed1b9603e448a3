import { open } from '@sotto/noble';
import type { Person } from '@sotto/messaging';
import { SeededRng } from '@sotto/suite/testing';
import { instant } from '@sotto/wire';
import { PersonChannels } from '../../../protocol/messaging/src/person-channels.ts';
import type { PersonParts } from '../../../protocol/messaging/src/person-io.ts';
import { RunningChannels } from '../src/running-channels.ts';
import { SottoError } from '../src/index.ts';

const suite = await open();
const now = instant(1_800_000_000_000_000);

/** Timers that run when a test says so. */
class StillTimers {
  readonly #due = new Map<number, () => void>();
  #last = 0;

  set(callback: () => void): () => void {
    const at = ++this.#last;
    this.#due.set(at, callback);
    return () => void this.#due.delete(at);
  }

  /** Timers that wait. */
  get size(): number {
    return this.#due.size;
  }

  /** All that waits comes due. */
  run(): void {
    const due = [...this.#due.values()];
    this.#due.clear();
    for (const callback of due) callback();
  }
}

/** One person's channels as a client runs them, with a core whose messages all arrive. */
class End {
  readonly timers = new StillTimers();
  readonly channels: PersonChannels;
  readonly running: RunningChannels;
  /** While false nothing leaves: the other is away. */
  online = true;
  /** While true it is not told how channels end: what is stored first takes its time. */
  late = false;
  ended = false;
  /** Whether this one has blocked the other. */
  blocked = false;
  peer: End | undefined;
  #number = 0;
  #pumping = false;

  constructor(name: string) {
    const parts: Partial<PersonParts> = {
      rng: new SeededRng(suite, name),
      contacts: new Map([['friend', { stage: 'active' }]]) as unknown as PersonParts['contacts'],
      settings: { of: () => ({ blocked: this.blocked }) } as unknown as PersonParts['settings'],
      emit: (event) => {
        if (event.kind !== 'channel') return;
        if (this.late && (event.event.kind === 'closed' || event.event.kind === 'reset')) return;
        queueMicrotask(() => this.running.tell(event.contact, event.event));
      },
    };
    this.channels = new PersonChannels(
      parts as PersonParts,
      () => undefined,
      () => queueMicrotask(() => this.pump()),
    );
    this.running = new RunningChannels(
      (action) => action({ channels: this.channels } as unknown as Person, now),
      (signal) => {
        if (signal?.aborted === true) throw new SottoError('aborted');
        if (this.ended) throw new SottoError('closed');
      },
      this.timers,
    );
  }

  /** Lets everything leave and arrive that may. */
  pump(): void {
    const { peer } = this;
    if (peer === undefined || !this.online || this.#pumping) return;
    this.#pumping = true;
    for (;;) {
      const id = this.#number++;
      if (!this.channels.take('friend', id, 900)) break;
      const bytes = this.channels.payloadOf('friend', id) ?? new Uint8Array(0);
      const taken = peer.channels.receive('friend', id, bytes);
      if (!taken.ok) throw new Error(taken.error.code);
      this.channels.settled('friend', id, true);
    }
    this.#pumping = false;
    if (peer.channels.pending('friend') > 0) queueMicrotask(() => peer.pump());
  }

  /** This one blocks the other. */
  block(): void {
    this.blocked = true;
    this.channels.block('friend');
  }

  /** The client ends. */
  end(): void {
    this.ended = true;
    this.running.stop();
  }
}

/** Two ends that are each other's `friend`. */
export function joined(): { readonly alice: End; readonly bob: End } {
  const [alice, bob] = [new End('alice'), new End('bob')];
  alice.peer = bob;
  bob.peer = alice;
  return { alice, bob };
}
