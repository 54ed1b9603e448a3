import type { DelayClass } from '@sotto/sphinx';
import { err, ok, type Result } from '@sotto/wire';

/** Which share of the slots a flow takes part in. */
export type Lane = 'message' | 'acknowledgement';

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
 * What waits for payload slots, per class, round-robin over flows (Spec 08 §4).
 *
 * Acknowledgements leave only in the turns that the clock drew for them; a turn without any goes to
 * messages, never the other way round: a contact who floods one pseudonym cannot slow down or speed
 * up the acknowledgements that another one sees (packet-review §3.4).
 */
export class SendQueue<T> {
  readonly #rings: Readonly<Record<DelayClass, Readonly<Record<Lane, Ring<T>>>>>;
  readonly #limits: SendQueueLimits;
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
    const { flows } = this.#rings[delayClass][flow.lane];
    const waiting = flows.get(flow.key);
    if (waiting === undefined) flows.set(flow.key, [{ item, stamp }]);
    else waiting.push({ item, stamp });
    this.#depth++;
  }

  /**
   * The head of the next flow in turn whose head is durable; undefined when there is none.
   *
   * @param acknowledgement - the slot's own draw.
   */
  take(delayClass: DelayClass, acknowledgement: boolean, durable: number): T | undefined {
    const lanes = this.#rings[delayClass];
    const first = acknowledgement ? this.#takeOf(lanes.acknowledgement, durable) : undefined;
    return first ?? this.#takeOf(lanes.message, durable);
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
    return removed;
  }

  #takeOf(ring: Ring<T>, durable: number): T | undefined {
    for (const [key, waiting] of ring.flows) {
      const head = waiting[0];
      if (head === undefined || head.stamp > durable) continue;
      waiting.shift();
      // A flow that was served goes behind the others: a Map keeps the order of insertion.
      ring.flows.delete(key);
      if (waiting.length > 0) ring.flows.set(key, waiting);
      this.#depth--;
      return head.item;
    }
    return undefined;
  }
}

const emptyLanes = <T>(): Record<Lane, Ring<T>> => ({
  message: { flows: new Map() },
  acknowledgement: { flows: new Map() },
});
