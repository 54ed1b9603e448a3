import { phaseAt, type Plan } from '@sotto/link';
import { after, DeadlineQueue, type Instant, MICROS_PER_SECOND } from '@sotto/wire';

/** A client that is attached now. */
export interface ClientSession {
  /** The driver's name for its link. */
  readonly client: string;
  /** Hex of its box at this guard. */
  readonly boxKey: string;
  /** Whose constant downlink it gets. */
  readonly plan: Plan;
}

interface Bucket {
  tokens: number;
  refilledAt: Instant;
}

interface Held extends ClientSession {
  nextFrameAt: Instant;
  readonly bucket: Bucket;
}

/** What one client may send: twice the fastest plan's mean with room for a Poisson run of slots. */
const CLIENT_PACKETS_PER_SECOND = 10;
const CLIENT_BURST = 60;

/**
 * Clients attached to this guard (Spec 06 §6, 10 §3.3): their constant downlink clocks, and a bound
 * on what each sends. One link a box: a newer attachment takes the box over, since the older link
 * of a client that moved may take minutes to die.
 */
export class ClientSessions {
  readonly #byClient = new Map<string, Held>();
  readonly #byBox = new Map<string, Held>();
  /** Of boxes attached now or shortly ago: attaching anew earns nothing. */
  readonly #buckets = new Map<string, Bucket>();
  readonly #frames = new DeadlineQueue<Held>();
  #order = 0;

  /** Clients attached. */
  get size(): number {
    return this.#byClient.size;
  }

  /** Boxes whose sending is remembered. */
  get remembered(): number {
    return this.#buckets.size;
  }

  /** Attaches a client. @returns the client that lost the box by it. */
  attach(now: Instant, session: ClientSession): string | undefined {
    const older = this.#byBox.get(session.boxKey);
    if (older !== undefined) this.detach(older.client);
    this.detach(session.client);
    const held = {
      ...session,
      nextFrameAt: nextFrame(session.plan, now, now),
      bucket: this.#bucket(now, session.boxKey),
    };
    this.#byClient.set(session.client, held);
    this.#byBox.set(session.boxKey, held);
    this.#frames.push(held.nextFrameAt, this.#order++, held);
    return older?.client;
  }

  /** Forgets a client's link. @returns its box, unless another link has it now. */
  detach(client: string): string | undefined {
    const held = this.#byClient.get(client);
    if (held === undefined) return undefined;
    this.#byClient.delete(client);
    if (this.#byBox.get(held.boxKey) !== held) return undefined;
    this.#byBox.delete(held.boxKey);
    return held.boxKey;
  }

  /** Whether this client may send one more packet now. Unknown clients may not. */
  admit(now: Instant, client: string): boolean {
    const held = this.#byClient.get(client);
    if (held === undefined) return false;
    const { bucket } = held;
    refill(now, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  #bucket(now: Instant, boxKey: string): Bucket {
    // A bucket that is full again says nothing: those are forgotten before more are made, each for
    // itself, or one client who always sends too fast would keep all that come after. One fills in seconds.
    for (const [key, bucket] of this.#buckets) {
      refill(now, bucket);
      if (bucket.tokens >= CLIENT_BURST) this.#buckets.delete(key);
    }
    const known = this.#buckets.get(boxKey) ?? { tokens: CLIENT_BURST, refilledAt: now };
    this.#buckets.delete(boxKey);
    this.#buckets.set(boxKey, known);
    return known;
  }

  /** When the next frame is due. */
  nextAt(): Instant | undefined {
    return this.#frames.nextAt;
  }

  /** The next client to which a frame is due now; its clock goes on at its constant interval. */
  popDue(now: Instant): ClientSession | undefined {
    for (;;) {
      const held = this.#frames.popDue(now);
      if (held === undefined) return undefined;
      if (this.#byClient.get(held.client) !== held) continue;
      // A process that slept does not send the frames it missed in one burst.
      held.nextFrameAt = nextFrame(held.plan, held.nextFrameAt, now);
      this.#frames.push(held.nextFrameAt, this.#order++, held);
      return held;
    }
  }
}

/** One interval of the plan after `last`, or at the start of its next hours; from `now` on when that has passed. */
function nextFrame(plan: Plan, last: Instant, now: Instant): Instant {
  const { phase, until } = phaseAt(plan, last);
  const planned = after(last, phase.downlinkIntervalMicros);
  const at = until !== undefined && until < planned ? until : planned;
  return at > now ? at : after(now, phase.downlinkIntervalMicros);
}

function refill(now: Instant, bucket: Bucket): void {
  const earned = ((now - bucket.refilledAt) * CLIENT_PACKETS_PER_SECOND) / MICROS_PER_SECOND;
  bucket.tokens = Math.min(CLIENT_BURST, bucket.tokens + earned);
  bucket.refilledAt = now;
}
