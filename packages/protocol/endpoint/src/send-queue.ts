import type { DelayClass } from '@sotto/sphinx';
import { err, ok, type Result } from '@sotto/wire';

/** Which share of the slots a flow takes part in. Filling up somebody just met takes what nobody else wants. */
export type Lane = 'message' | 'acknowledgement' | 'meeting';

/** A flow: packets that wait behind one another and behind nobody else. */
export interface Flow {
  /** Acknowledgements have turns of their own. */
  readonly lane: Lane;
  /** A contact or a service. */
  readonly key: string;
}

/** Bounds of a queue. */
export interface SendQueueLimits {
  /** Packets of one flow in one class. */
  readonly perFlow: number;
  /** Packets in all. */
  readonly total: number;
}

/** Why a packet was not queued. */
export interface QueueError {
  readonly code: 'flow-full' | 'queue-full';
}

interface Waiting<T> {
  readonly item: T;
  readonly stamp: number;
}

interface Ring<T> {
  readonly flows: Map<string, Waiting<T>[]>;
}

/**
 * Seats among which turns for acknowledgements are drawn. However many contacts there are: a number
 * that followed theirs would tell each of them how many others there are.
 */
export const ACKNOWLEDGEMENT_SEATS = 4;

/**
 * What waits for payload slots, per class, round-robin over flows (Spec 08 §4).
 *
 * Acknowledgements leave only in the turns that the clock drew for them, and each such turn is of one
 * seat, drawn before the queue is looked at. A contact has a seat from when it is first known; seats
 * fill evenly. A turn whose seat has nothing goes to messages, never to another seat: were
 * acknowledgements to take turns among all that wait, a contact who makes one pseudonym busy would
 * see another's slow down (docs/decisions/0014).
 */
export class SendQueue<T> {
  readonly #rings: Readonly<Record<DelayClass, Readonly<Record<Lane, Ring<T>>>>>;
  readonly #limits: SendQueueLimits;
  /** Seat of each contact's flow. */
  readonly #seats = new Map<string, number>();
  #depth = 0;

  /** Empty. */
  constructor(limits: SendQueueLimits) {
    this.#rings = { fast: emptyLanes(), slow: emptyLanes() };
    this.#limits = limits;
  }

  /** Packets waiting, of both classes. */
  get depth(): number {
    return this.#depth;
  }

  /** Gives a flow its seat, one of those with the fewest flows, before it has anything to send. */
  seat(key: string): void {
    if (this.#seats.has(key)) return;
    const taken = Array.from({ length: ACKNOWLEDGEMENT_SEATS }, () => 0);
    for (const seat of this.#seats.values()) taken[seat] = (taken[seat] ?? 0) + 1;
    this.#seats.set(key, taken.indexOf(Math.min(...taken)));
  }

  /** Packets of one flow waiting in one class. */
  depthOf(delayClass: DelayClass, flow: Flow): number {
    return this.#rings[delayClass][flow.lane].flows.get(flow.key)?.length ?? 0;
  }

  /** Queues behind the flow's own. @param stamp - the item may leave when so much is durable. */
  enqueue(delayClass: DelayClass, flow: Flow, item: T, stamp: number): Result<void, QueueError> {
    if (this.#depth >= this.#limits.total) return err({ code: 'queue-full' });
    const waiting = this.#rings[delayClass][flow.lane].flows.get(flow.key);
    if ((waiting?.length ?? 0) >= this.#limits.perFlow) return err({ code: 'flow-full' });
    this.enqueueOwn(delayClass, flow, item, stamp);
    return ok(undefined);
  }

  /** Queues whatever the bounds say: for fetches, one at a time, which a full queue must not starve. */
  enqueueOwn(delayClass: DelayClass, flow: Flow, item: T, stamp: number): void {
    if (flow.lane === 'acknowledgement') this.seat(flow.key);
    const { flows } = this.#rings[delayClass][flow.lane];
    const waiting = flows.get(flow.key);
    if (waiting === undefined) flows.set(flow.key, [{ item, stamp }]);
    else waiting.push({ item, stamp });
    this.#depth++;
  }

  /**
   * The head of the next flow in turn whose head is durable; undefined when there is none.
   *
   * @param turn - the slot's count of turns when this one is for acknowledgements.
   */
  take(delayClass: DelayClass, turn: number | undefined, durable: number): T | undefined {
    const lanes = this.#rings[delayClass];
    const seat = turn === undefined ? undefined : turn % ACKNOWLEDGEMENT_SEATS;
    const first =
      seat === undefined
        ? undefined
        : this.#next(lanes.acknowledgement, durable, (key) => this.#seats.get(key) === seat);
    return first ?? this.#next(lanes.message, durable) ?? this.#next(lanes.meeting, durable);
  }

  /** Drops all that waits in flows of this key; returns it. */
  remove(key: string): T[] {
    const removed: T[] = [];
    for (const lanes of Object.values(this.#rings)) {
      for (const ring of Object.values(lanes)) {
        for (const { item } of ring.flows.get(key) ?? []) removed.push(item);
        ring.flows.delete(key);
      }
    }
    this.#depth -= removed.length;
    this.#seats.delete(key);
    return removed;
  }

  #next(ring: Ring<T>, durable: number, served?: (key: string) => boolean): T | undefined {
    for (const key of ring.flows.keys()) {
      if (served?.(key) === false) continue;
      const item = this.#head(ring, key, durable);
      if (item !== undefined) return item;
    }
    return undefined;
  }

  #head(ring: Ring<T>, key: string, durable: number): T | undefined {
    const waiting = ring.flows.get(key);
    const head = waiting?.[0];
    if (waiting === undefined || head === undefined || head.stamp > durable) return undefined;
    waiting.shift();
    // A flow that was served goes behind the others: a Map keeps the order of insertion.
    ring.flows.delete(key);
    if (waiting.length > 0) ring.flows.set(key, waiting);
    this.#depth--;
    return head.item;
  }
}

const emptyLanes = <T>(): Record<Lane, Ring<T>> => ({
  message: { flows: new Map() },
  acknowledgement: { flows: new Map() },
  meeting: { flows: new Map() },
});
