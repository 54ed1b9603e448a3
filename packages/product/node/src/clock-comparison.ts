import type { NetworkParameters } from '@sotto/directory';
import { type Instant, MICROS_PER_SECOND } from '@sotto/wire';

/** Others that must have spoken before anything is said: with three, one that errs or lies decides nothing. */
const LEAST = 3;
/** Others remembered at most; whoever was heard longest ago goes. */
const MOST = 1024;
/** What a renewal may take from its signer to here, by gossip and through a busy process, µs. */
const ALLOWANCE_MICROS = 10 * MICROS_PER_SECOND;
/**
 * So long after a snapshot a renewal that gossip brings counts as new in the world, µs: rounds come
 * every 180 s, and what was issued before the last of them would have been in its snapshot. A node
 * that was cut off hears the renewals of hours at once, which says nothing of its clock.
 */
const CAUGHT_UP_MICROS = 240 * MICROS_PER_SECOND;

/** What comes out: whether this clock is ahead of others, behind them, or in step. */
export type ClockFinding = 'ahead' | 'behind' | 'agrees';

/** A descriptor of somebody else whose signature is right. */
export interface ClockWord {
  /** Of its signer's identity. */
  readonly key: string;
  readonly issuedAt: Instant;
  /** It came by gossip and took the place of an earlier one: it may have been issued just now. */
  readonly renewal: boolean;
}

interface Sample {
  readonly issuedAt: Instant;
  readonly heardAt: Instant;
}

/**
 * How far this clock is from those of others, by the times at which they say they have issued what
 * is heard of them for the first time (Spec 13 §2.2). Two kinds of words count:
 *
 * - issued in our future: we are behind its signer by that at least, however it came. Nobody but
 *   the signer can make such a word, so neither delay nor replay makes one;
 * - a renewal by gossip: it was issued seconds ago, so its age is what we are ahead.
 *
 * The age of anything else, of a snapshot's descriptor most of all, is up to a descriptor's life
 * with every clock right. Of several others the median counts, one voice an identity: less than
 * half of them can neither raise a finding nor keep one down. Identities cost nothing, so this is a
 * word to an operator, and nothing a node acts on.
 */
export class ClockComparison {
  readonly #toleranceMicros: number;
  readonly #lifeMicros: number;
  readonly #samples = new Map<string, Sample>();
  #caughtUpAt: Instant | undefined;
  #finding: ClockFinding | undefined;
  #aheadMicros: number | undefined;

  /** Of nobody yet. `skewMicros` is what is tolerated. */
  constructor({
    skewMicros,
    descriptorLifeMicros,
  }: Pick<NetworkParameters, 'skewMicros' | 'descriptorLifeMicros'>) {
    this.#toleranceMicros = skewMicros;
    this.#lifeMicros = descriptorLifeMicros;
  }

  /** A peer's snapshot was taken: what gossip brings from now on is new. */
  caughtUp(now: Instant): void {
    this.#caughtUpAt = now;
  }

  /** Takes a word by this clock's `now`. @returns the finding when it has changed. */
  heard(now: Instant, { key, issuedAt, renewal }: ClockWord): ClockFinding | undefined {
    const fresh =
      renewal && this.#caughtUpAt !== undefined && now - this.#caughtUpAt <= CAUGHT_UP_MICROS;
    if (!fresh && issuedAt <= now) return undefined;
    // Heard again, a word of our future comes nearer with every minute: the first time counts.
    if (issuedAt <= (this.#samples.get(key)?.issuedAt ?? -1)) return undefined;
    this.#samples.delete(key);
    this.#samples.set(key, { issuedAt, heardAt: now });
    for (const [other, { heardAt }] of this.#samples) {
      if (this.#samples.size <= MOST && now - heardAt < this.#lifeMicros) break;
      this.#samples.delete(other);
    }
    return this.#judge();
  }

  /** Others whose words count now. */
  get compared(): number {
    return this.#samples.size;
  }

  /** What was found last; undefined before three others have spoken. */
  get finding(): ClockFinding | undefined {
    return this.#finding;
  }

  /**
   * Median of how far this clock is ahead of others', µs; below 0 when it is behind. Of two in the
   * middle the nearer to 0, and 0 when they lie on either side. Undefined before three have spoken.
   */
  get aheadMicros(): number | undefined {
    return this.#aheadMicros;
  }

  #median(): number | undefined {
    if (this.#samples.size < LEAST) return undefined;
    const ahead = [...this.#samples.values()]
      .map(({ issuedAt, heardAt }) => heardAt - issuedAt)
      .sort((a, b) => a - b);
    const low = ahead[(ahead.length - 1) >> 1] ?? 0;
    const high = ahead[ahead.length >> 1] ?? 0;
    if (low < 0 && high > 0) return 0;
    return Math.abs(low) < Math.abs(high) ? low : high;
  }

  #judge(): ClockFinding | undefined {
    const ahead = this.#median();
    // This clock is not set while the process runs: what was found stands until others say otherwise.
    if (ahead === undefined) return undefined;
    this.#aheadMicros = ahead;
    const off = Math.abs(ahead);
    const before = this.#finding;
    // Between the two bounds it stays as it was: at the edge it would change with every word.
    if (off > this.#toleranceMicros + ALLOWANCE_MICROS) {
      this.#finding = ahead > 0 ? 'ahead' : 'behind';
    } else if (off <= this.#toleranceMicros || before === undefined) {
      this.#finding = 'agrees';
    }
    return this.#finding === before ? undefined : this.#finding;
  }
}

const MINUTE = 60 * MICROS_PER_SECOND;

/** A span for people: whole seconds, minutes or hours, whichever has two digits or so. */
export function spanText(micros: number): string {
  const span = Math.abs(micros);
  if (span < 2 * MINUTE) return `${Math.round(span / MICROS_PER_SECOND)} s`;
  if (span < 120 * MINUTE) return `${Math.round(span / MINUTE)} min`;
  return `${Math.round(span / MINUTE / 60)} h`;
}
