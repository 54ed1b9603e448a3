import { decodeReceipt } from '@sotto/link';
import type { DropReason } from '@sotto/mixing';
import { after, DeadlineQueue, type Instant, MICROS_PER_MS, MICROS_PER_SECOND } from '@sotto/wire';

/** What the links to other nodes must do. */
export type OutboundOutput =
  /** Send a packet to another node, by hex name, over the link to it. */
  | { readonly kind: 'transmit'; readonly to: string; readonly packet: Uint8Array }
  /** Packets wait for this node, any that a stranger named: open a link to it, as soon as one may. */
  | { readonly kind: 'open-link'; readonly to: string };

/** How long a packet is kept for a receipt: a node starts again within seconds, and nobody waits for older mail. */
export const HELD_LIFE_MICROS: number = 30 * MICROS_PER_SECOND;
/** Packets kept for one node, and for all, 6.6 and 26 MB: a corrupt node sends no receipts. */
export const MAX_HELD_FOR_NODE = 4096;
/** See {@link MAX_HELD_FOR_NODE}. */
export const MAX_HELD = 16_384;
/**
 * Of them, those for nodes to which no link is up: a stranger may list nodes that never answer, and
 * send packets for them by the thousand. They must not take the room of those that leave at once.
 */
export const MAX_HELD_UNLINKED = 8192;
/** Packets that a link that is up may hold though all others have taken the rest: 31 MB beyond them on 300 links. */
export const HELD_GUARANTEED = 64;
/** What is sent again leaves in parts that fit a link's buffer. */
const PART_PACKETS = 64;
const PART_INTERVAL_MICROS: number = 20 * MICROS_PER_MS;
/** How often a link is asked for while packets wait. */
const ASK_INTERVAL_MICROS: number = 250 * MICROS_PER_MS;

interface Outbound {
  readonly to: string;
  up: boolean;
  /** Packets, in the order in which they are on the link, those that have been sent in front. */
  readonly held: Uint8Array[];
  /** Until when each is held. Beside them: an object for each packet is one more to copy for the garbage collector. */
  readonly until: Instant[];
  /** Packets in front that were given to this link. */
  sent: number;
  /** Packets given to this link that are not held any more: place of the first that is. */
  base: number;
  /** The highest count of a receipt on this link. */
  told: number;
  /** When the next part goes out, or a link is asked for. */
  partAt: Instant | undefined;
  /** When it is to be looked at: not after `partAt` nor the end of the first packet's time. */
  lookAt: Instant | undefined;
}

/** Counts of packets to other nodes. */
export interface OutboundCounts {
  /** Packets given to links, again or for the first time. */
  readonly frames: number;
  /** Of them, those that had been given to an earlier link. */
  readonly again: number;
}

/**
 * Packets on their way to other nodes, kept until the other node's receipt says that all they
 * change there is on its disk (Spec 10 §3.5). When a link ends, what has no receipt goes out on the
 * next one. So a mailbox that is killed with mail in its hands gets that mail again.
 */
export class OutboundLinks {
  readonly #byNode = new Map<string, Outbound>();
  readonly #looks = new DeadlineQueue<{ readonly outbound: Outbound; readonly at: Instant }>();
  readonly #outputs: OutboundOutput[] = [];
  readonly #drop: (reason: DropReason, count: number) => void;
  #heldPackets = 0;
  #heldUnlinked = 0;
  #frames = 0;
  #again = 0;
  #order = 0;

  /** `drop` is told of packets that are given up, and of receipts that cannot be. */
  constructor(drop: (reason: DropReason, count: number) => void) {
    this.#drop = drop;
  }

  /** Packets held. */
  get held(): number {
    return this.#heldPackets;
  }

  /** Packets held that no link has taken yet. */
  get unsent(): number {
    let count = 0;
    for (const { held, sent } of this.#byNode.values()) count += held.length - sent;
    return count;
  }

  /** Counts since the start. */
  get counts(): OutboundCounts {
    return { frames: this.#frames, again: this.#again };
  }

  /** Takes a packet for a node, by hex name: any that a stranger wrote. */
  send(now: Instant, to: string, packet: Uint8Array): void {
    const outbound = this.#byNode.get(to) ?? newOutbound(to);
    if (this.#isFull(outbound)) {
      // What was sent has most likely arrived; what was not has not.
      if (outbound.sent === 0) {
        this.#drop('link-down', 1);
        return;
      }
      this.#forget(outbound, 1, 'receipt-missing');
    }
    this.#byNode.set(to, outbound);
    const backlog = outbound.held.length > outbound.sent;
    outbound.held.push(packet);
    outbound.until.push(after(now, HELD_LIFE_MICROS));
    this.#count(outbound, 1);
    if (outbound.up && !backlog) this.#transmit(outbound);
    else if (outbound.partAt === undefined) this.#part(now, outbound);
    this.#look(outbound);
  }

  /** A fresh link to a node is there: all that is held for it goes out, in order. */
  linkUp(now: Instant, to: string): void {
    const outbound = this.#byNode.get(to) ?? newOutbound(to);
    this.#byNode.set(to, outbound);
    this.#again += outbound.sent;
    this.#setUp(outbound, true);
    outbound.sent = 0;
    outbound.base = 0;
    outbound.told = 0;
    this.#part(now, outbound);
    this.#look(outbound);
  }

  /** The link to a node is gone, or could not be opened. `unknown`: no such node, and none to wait for. */
  linkDown(now: Instant, to: string, unknown: boolean): void {
    const outbound = this.#byNode.get(to);
    if (outbound === undefined) return;
    this.#setUp(outbound, false);
    if (unknown) {
      this.#giveUp(outbound, outbound.held.length);
      this.#byNode.delete(to);
      return;
    }
    outbound.partAt = after(now, ASK_INTERVAL_MICROS);
    this.#look(outbound);
  }

  /** A packet was not taken by its link: too much waits there already. */
  refused(to: string, packet: Uint8Array): void {
    const outbound = this.#byNode.get(to);
    const at = outbound?.held.lastIndexOf(packet) ?? -1;
    if (outbound === undefined || at < 0 || at >= outbound.sent) return;
    this.#remove(outbound, at, 1);
    outbound.sent--;
    this.#drop('link-buffer-full', 1);
  }

  /** What came back on a link: the other node's receipt, or anything. */
  frame(to: string, frame: Uint8Array): void {
    const outbound = this.#byNode.get(to);
    const count = decodeReceipt(frame);
    const sent = (outbound?.base ?? 0) + (outbound?.sent ?? 0);
    if (outbound === undefined || !count.ok || count.value < outbound.told || count.value > sent) {
      this.#drop('receipt-invalid', 1);
      return;
    }
    outbound.told = count.value;
    if (count.value > outbound.base) this.#forget(outbound, count.value - outbound.base);
  }

  /** When `wake` must be called next. */
  nextAt(): Instant | undefined {
    return this.#looks.nextAt;
  }

  /** Gives up what was held too long, sends the next parts, asks for links. */
  wake(now: Instant): void {
    for (;;) {
      const look = this.#looks.popDue(now);
      if (look === undefined) return;
      const { outbound, at } = look;
      if (outbound.lookAt !== at || this.#byNode.get(outbound.to) !== outbound) continue;
      outbound.lookAt = undefined;
      this.#expire(now, outbound);
      if (outbound.held.length === 0 && !outbound.up) this.#byNode.delete(outbound.to);
      else if (outbound.partAt !== undefined && outbound.partAt <= now) this.#part(now, outbound);
      this.#look(outbound);
    }
  }

  /** The next output. */
  poll(): OutboundOutput | undefined {
    return this.#outputs.shift();
  }

  /** Plans the next look at a node's packets. */
  #look(outbound: Outbound): void {
    const { partAt, lookAt, until } = outbound;
    const [end] = until;
    const at = partAt !== undefined && (end === undefined || partAt < end) ? partAt : end;
    if (at === undefined || (lookAt !== undefined && lookAt <= at)) return;
    outbound.lookAt = at;
    this.#looks.push(at, this.#order++, { outbound, at });
  }

  #expire(now: Instant, outbound: Outbound): void {
    let old = 0;
    while ((outbound.until[old] ?? Infinity) <= now) old++;
    this.#giveUp(outbound, old);
  }

  /** Gives up the first packets, those that were sent for another reason than those that were not. */
  #giveUp(outbound: Outbound, count: number): void {
    const sent = Math.min(count, outbound.sent);
    this.#forget(outbound, sent, 'receipt-missing');
    if (count === sent) return;
    this.#remove(outbound, 0, count - sent);
    this.#drop('link-down', count - sent);
  }

  /** A part of what waits, while there is a link; else asks for one. */
  #part(now: Instant, outbound: Outbound): void {
    outbound.partAt = undefined;
    if (outbound.held.length === 0) return;
    if (!outbound.up) {
      this.#outputs.push({ kind: 'open-link', to: outbound.to });
      outbound.partAt = after(now, ASK_INTERVAL_MICROS);
      return;
    }
    for (let i = 0; i < PART_PACKETS && outbound.sent < outbound.held.length; i++) {
      this.#transmit(outbound);
    }
    if (outbound.sent < outbound.held.length) outbound.partAt = after(now, PART_INTERVAL_MICROS);
  }

  #transmit(outbound: Outbound): void {
    const packet = outbound.held[outbound.sent];
    if (packet === undefined) return;
    outbound.sent++;
    this.#frames++;
    this.#outputs.push({ kind: 'transmit', to: outbound.to, packet });
  }

  /** Forgets packets that were sent, the oldest: they have their receipt, or are given up for `reason`. */
  #forget(outbound: Outbound, count: number, reason?: DropReason): void {
    if (count === 0) return;
    this.#remove(outbound, 0, count);
    outbound.sent -= count;
    outbound.base += count;
    if (reason !== undefined) this.#drop(reason, count);
  }

  #remove(outbound: Outbound, at: number, count: number): void {
    outbound.held.splice(at, count);
    outbound.until.splice(at, count);
    this.#count(outbound, -count);
  }

  #isFull({ up, held }: Outbound): boolean {
    if (held.length >= MAX_HELD_FOR_NODE) return true;
    if (up) return this.#heldPackets >= MAX_HELD && held.length >= HELD_GUARANTEED;
    return this.#heldPackets >= MAX_HELD || this.#heldUnlinked >= MAX_HELD_UNLINKED;
  }

  #setUp(outbound: Outbound, up: boolean): void {
    this.#count(outbound, -outbound.held.length);
    outbound.up = up;
    this.#count(outbound, outbound.held.length);
  }

  /** So many packets more are held for a node, or less. */
  #count({ up }: Outbound, more: number): void {
    this.#heldPackets += more;
    if (!up) this.#heldUnlinked += more;
  }
}

const newOutbound = (to: string): Outbound => ({
  to,
  up: false,
  held: [],
  until: [],
  sent: 0,
  base: 0,
  told: 0,
  partAt: undefined,
  lookAt: undefined,
});
