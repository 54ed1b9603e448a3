import type { NodeEntry } from '@sotto/directory';
import type { Timers } from '@sotto/driver';
import { encodePreface } from '@sotto/link';
import { type Link, type PeerTarget, type Transport, TransportError } from '@sotto/transport';
import { MICROS_PER_MS, type Rng, uint32 } from '@sotto/wire';

const FIRST_PAUSE_MILLIS = 250;
const LONGEST_PAUSE_MILLIS = 30_000;
/** A link that ends sooner was refused, and counts as a failure. */
const SETTLED_MILLIS = 2000;
/** Frames of the constant downlink that may stay out before a link counts as dead. */
const SILENT_FRAMES = 20;
const LEAST_SILENCE_MILLIS = 10_000;

/** The guard to hold a link to, as the core asked for it. */
export interface WantedGuard {
  readonly guard: NodeEntry;
  /** 32 bytes. */
  readonly boxSecret: Uint8Array;
  readonly planCode: number;
}

/** What a connection to the guard needs and whom it tells. */
export interface GuardConnectionOptions {
  readonly transport: Transport;
  readonly timers: Timers;
  readonly rng: Rng;
  /** 16 bytes. */
  readonly networkId: Uint8Array;
  /** The longest gap between two frames that the plan in use has. */
  readonly downlinkIntervalMicros: () => number;
  /** Where a node is now; undefined when the directory no longer has it. */
  readonly find: (key: string) => PeerTarget | undefined;
  readonly onUp: (guard: string) => void;
  readonly onDown: () => void;
  /** A frame, any bytes. */
  readonly onFrame: (bytes: Uint8Array) => void;
  /** Told of what is no expected failure of the transport. */
  readonly onError: (error: unknown) => void;
}

/** Frames that did not go up, by reason, and links by outcome. */
export type GuardCounter =
  | 'frame-full'
  | 'frame-closed'
  | 'link-failed'
  | 'link-ended'
  | 'link-silent';

/**
 * One link to one guard, kept up: when it ends, the same guard is dialled again, with growing pauses.
 * Which guard it is says the core alone. Pauses depend on nothing that a person does.
 */
export class GuardConnection {
  readonly #options: GuardConnectionOptions;
  readonly #counts = new Map<GuardCounter, number>();
  #wanted: WantedGuard | undefined;
  /** Ends the dial and the pauses of the guard that was wanted before. */
  #attempt = new AbortController();
  #link: Link | undefined;
  #failures = 0;
  #heard = false;
  #cancelTimer: (() => void) | undefined;
  #stopped = false;

  /** Idle until the first `want`. */
  constructor(options: GuardConnectionOptions) {
    this.#options = options;
  }

  /** Holds a link to this guard from now on, and to no other. */
  want(wanted: WantedGuard): void {
    this.#wanted = wanted;
    this.#failures = 0;
    this.#restart();
  }

  /** Sends a frame at once. What cannot leave now is dropped: later it would break the clock. */
  send(frame: Uint8Array): void {
    const outcome = this.#link?.send(frame) ?? 'closed';
    if (outcome !== 'sent') this.#count(`frame-${outcome}`);
  }

  /** Hex name of the guard at the other end; undefined while the link is down. */
  get guard(): string | undefined {
    return this.#link === undefined ? undefined : this.#wanted?.guard.key;
  }

  /** Counts since the start. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  /** Ends the link; nothing is told any more. */
  stop(): void {
    this.#stopped = true;
    this.#attempt.abort();
    this.#cancelTimer?.();
    this.#link?.close();
    this.#link = undefined;
  }

  #restart(): void {
    this.#attempt.abort();
    this.#attempt = new AbortController();
    this.#cancelTimer?.();
    this.#drop();
    void this.#dial(this.#attempt.signal);
  }

  async #dial(signal: AbortSignal): Promise<void> {
    const { transport, networkId, find, onError } = this.#options;
    const wanted = this.#wanted;
    if (wanted === undefined || this.#stopped) return;
    const { guard, boxSecret, planCode } = wanted;
    const { identityKey, addresses } = find(guard.key) ?? guard;
    const preface = encodePreface({ kind: 'client', networkId, plan: planCode, boxSecret });
    try {
      const peer = { identityKey, addresses };
      const link = await transport.openLink({ kind: 'client', peer, preface, signal });
      if (signal.aborted) link.close();
      else this.#use(link);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof TransportError) {
        this.#count('link-failed');
        this.#again(this.#failures + 1);
      } else onError(error);
    }
  }

  #use(link: Link): void {
    const { onFrame, onUp, downlinkIntervalMicros } = this.#options;
    const since = performance.now();
    this.#link = link;
    link.onFrames((frames) => {
      if (this.#link !== link) return;
      this.#heard = true;
      for (const frame of frames) onFrame(frame);
    });
    link.onClose(() => {
      if (this.#link !== link) return;
      this.#count('link-ended');
      const settled = performance.now() - since >= SETTLED_MILLIS;
      this.#lost(settled ? 0 : this.#failures + 1);
    });
    const silence = Math.max(
      LEAST_SILENCE_MILLIS,
      Math.ceil((SILENT_FRAMES * downlinkIntervalMicros()) / MICROS_PER_MS),
    );
    this.#watch(link, silence);
    const guard = this.#wanted?.guard.key;
    if (guard !== undefined) onUp(guard);
  }

  /** A guard that lost power ends nothing: its frames stay out. */
  #watch(link: Link, silenceMillis: number): void {
    this.#heard = false;
    this.#cancelTimer = this.#options.timers.set(() => {
      if (this.#link !== link) return;
      if (this.#heard) {
        this.#watch(link, silenceMillis);
        return;
      }
      this.#count('link-silent');
      this.#lost(this.#failures + 1);
    }, silenceMillis);
  }

  #lost(failures: number): void {
    this.#cancelTimer?.();
    this.#drop();
    this.#again(failures);
  }

  #drop(): void {
    const link = this.#link;
    if (link === undefined) return;
    this.#link = undefined;
    link.close();
    this.#options.onDown();
  }

  #again(failures: number): void {
    if (this.#stopped) return;
    this.#failures = failures;
    const longest = Math.min(
      LONGEST_PAUSE_MILLIS,
      FIRST_PAUSE_MILLIS * 2 ** Math.min(failures, 10),
    );
    // Half of it drawn, or all clients of a guard that restarts would dial it at once.
    const pause = (longest * (1 + uint32(this.#options.rng) / 2 ** 32)) / 2;
    const { signal } = this.#attempt;
    this.#cancelTimer = this.#options.timers.set(() => void this.#dial(signal), Math.ceil(pause));
  }

  #count(counter: GuardCounter): void {
    this.#counts.set(counter, (this.#counts.get(counter) ?? 0) + 1);
  }
}
