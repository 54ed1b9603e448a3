import { phaseAt, type Plan } from '@sotto/link';
import { after, DeadlineQueue, instant, type Instant, MICROS_PER_SECOND } from '@sotto/wire';

/** A client that is attached now. */
export interface ClientSession {
  /** The driver's name for its link. */
  readonly client: string;
  /** Hex of its box at this guard. */
  readonly boxKey: string;
  /** Whose constant downlink it gets. */
  readonly plan: Plan;
}

/** A token bucket. */
interface Bucket {
  tokens: number;
  refilledAt: Instant;
}

interface Held extends ClientSession {
  nextFrameAt: Instant;
  /** What the client may send at most. */
  readonly allowed: Bucket;
  /** How much of it this link has earned by its time attached; the rest is lent. */
  readonly earned: Bucket;
}

/** What one client may send: twice the fastest plan's mean with room for a Poisson run of slots. */
const CLIENT_PACKETS_PER_SECOND = 10;
const CLIENT_BURST = 60;
/** What is lent to links that are new, a second in all: an honest one needs it when a slot comes in its first moments. */
const LENT_PACKETS_PER_SECOND = 20;
/** And at once: to a guard that was away for a moment all its clients are new. */
const LENT_BURST = 1_200;

/**
 * Clients attached to this guard (Spec 06 §6, 10 §3.3): their constant downlink clocks, and a bound
 * on what each sends. One link a box: a newer attachment takes the box over, since the older link
 * of a client that moved may take minutes to die.
 *
 * A box costs nothing, so nothing is given for one: a link earns its rate from when it is attached,
 * and what a client's first slots need above that is lent to all new links together. Else whoever
 * opens, sends a burst, closes, with ever new secrets would send without a bound. When all is lent,
 * by such a one, a new link still has its rate from its first moment on.
 */
export class ClientSessions {
  readonly #byClient = new Map<string, Held>();
  readonly #byBox = new Map<string, Held>();
  readonly #frames = new DeadlineQueue<Held>();
  /** What may be lent now. */
  readonly #lent: Bucket = { tokens: LENT_BURST, refilledAt: instant(0) };
  #order = 0;

  /** Clients attached. */
  get size(): number {
    return this.#byClient.size;
  }

  /** Attaches a client. @returns the client that lost the box by it. */
  attach(now: Instant, session: ClientSession): string | undefined {
    const older = this.#byBox.get(session.boxKey);
    if (older !== undefined) this.detach(older.client);
    this.detach(session.client);
    const held = {
      ...session,
      nextFrameAt: nextFrame(session.plan, now, now),
      allowed: { tokens: CLIENT_BURST, refilledAt: now },
      earned: { tokens: 0, refilledAt: now },
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
    const { allowed, earned } = held;
    refill(now, allowed, CLIENT_PACKETS_PER_SECOND, CLIENT_BURST);
    refill(now, earned, CLIENT_PACKETS_PER_SECOND, CLIENT_BURST);
    refill(now, this.#lent, LENT_PACKETS_PER_SECOND, LENT_BURST);
    if (allowed.tokens < 1) return false;
    const from = earned.tokens >= 1 ? earned : this.#lent;
    if (from.tokens < 1) return false;
    from.tokens--;
    allowed.tokens--;
    return true;
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

function refill(now: Instant, bucket: Bucket, perSecond: number, burst: number): void {
  const earned = ((now - bucket.refilledAt) * perSecond) / MICROS_PER_SECOND;
  bucket.tokens = Math.min(burst, bucket.tokens + earned);
  bucket.refilledAt = now;
}
