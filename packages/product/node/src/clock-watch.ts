import {
  decodeDescriptor,
  type Descriptor,
  type DirectoryAnswer,
  type NetworkParameters,
  verifyDescriptor,
} from '@sotto/directory';
import type { Clock } from '@sotto/driver';
import type { CryptoSuite } from '@sotto/suite';
import { type Instant, MICROS_PER_SECOND, toHex } from '@sotto/wire';
import { ClockComparison, type ClockFinding, spanText } from './clock-comparison.ts';
import type { Log } from './log.ts';
import type { NodeStatus } from './node-status.ts';

/**
 * Descriptors of a time to come whose signature is verified, a second: the directory has refused
 * them without looking, and whoever sends them by the thousand must not buy a verification (0.1 ms)
 * with each. Who floods keeps honest ones from being looked at, as in all gossip.
 */
const VERIFIED_A_SECOND = 32;

/** How a descriptor came. */
export type Hearing = 'gossip' | 'snapshot';

/** What a {@link ClockWatch} is made of. */
export interface ClockWatchOptions {
  readonly suite: CryptoSuite;
  readonly parameters: NetworkParameters;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Whether others' descriptors confirm the clock (Spec 13 §2.1); asked at most once a second. */
  readonly confirmed: () => boolean;
}

/** Tells the operator when this machine's clock is not that of other nodes (Spec 13 §2.2). */
export class ClockWatch {
  readonly #options: ClockWatchOptions;
  readonly #comparison: ClockComparison;
  #doubted = false;
  #lookedAt: Instant | undefined;
  #second = -1;
  #verified = 0;

  /** Nothing is known yet. */
  constructor(options: ClockWatchOptions) {
    this.#options = options;
    this.#comparison = new ClockComparison(options.parameters);
  }

  /** A peer's snapshot was taken whole. */
  caughtUp(): void {
    this.#comparison.caughtUp(this.#options.clock.now());
  }

  /** Notes what the directory made of a descriptor, any bytes. */
  heard(bytes: Uint8Array, { code, entry }: DirectoryAnswer, how: Hearing): void {
    const now = this.#options.clock.now();
    if (code === 'expired' || code === 'future') this.#doubt(now, code);
    const descriptor =
      entry === undefined
        ? code === 'future'
          ? this.#verifiedFuture(now, bytes)
          : undefined
        : readOf(entry.descriptor);
    if (descriptor === undefined) return;
    const { identityKey, issuedAt } = descriptor;
    const renewal = how === 'gossip' && code === 'replaced';
    const found = this.#comparison.heard(now, { key: toHex(identityKey), issuedAt, renewal });
    if (found !== undefined) this.#say(found);
  }

  /** For the status. */
  read(): NodeStatus['clock'] {
    const { compared, finding, aheadMicros } = this.#comparison;
    return { compared, finding: finding ?? null, aheadMicros: aheadMicros ?? null };
  }

  /** Says once that it may be this machine's clock that is wrong, when no other node confirms it (Spec 13 §2.1). */
  #doubt(now: Instant, code: 'expired' | 'future'): void {
    // Every such descriptor of a stranger leads here: a second apart they cost a comparison.
    if (this.#doubted) return;
    if (this.#lookedAt !== undefined && now - this.#lookedAt < MICROS_PER_SECOND) return;
    this.#lookedAt = now;
    if (this.#options.confirmed()) return;
    this.#doubted = true;
    const theirs = code === 'expired' ? 'have run out' : 'are of a time to come';
    this.#options.log.warn(
      `by this machine's clock other nodes' descriptors ${theirs}, and none confirms it: is it right?`,
    );
  }

  /** The directory refuses it before it looks at the signature, and unsigned it is nobody's word. */
  #verifiedFuture(now: Instant, bytes: Uint8Array): Descriptor | undefined {
    const second = Math.floor(now / MICROS_PER_SECOND);
    if (second !== this.#second) this.#verified = 0;
    this.#second = second;
    if (this.#verified >= VERIFIED_A_SECOND) return undefined;
    this.#verified++;
    const descriptor = readOf(bytes);
    return descriptor !== undefined && verifyDescriptor(this.#options.suite, descriptor)
      ? descriptor
      : undefined;
  }

  #say(found: ClockFinding): void {
    const { log } = this.#options;
    const { compared, aheadMicros = 0 } = this.#comparison;
    if (found === 'agrees') {
      log.info({ compared }, 'the clock agrees with other nodes');
      return;
    }
    const side = found === 'ahead' ? 'ahead of' : 'behind';
    log.warn(
      { aheadSeconds: Math.round(aheadMicros / MICROS_PER_SECOND), compared },
      `this machine's clock is about ${spanText(aheadMicros)} ${side} those of other nodes: packets are lost at every change of epoch; set it and start the node again`,
    );
  }
}

function readOf(bytes: Uint8Array): Descriptor | undefined {
  const read = decodeDescriptor(bytes);
  return read.ok ? read.value : undefined;
}
