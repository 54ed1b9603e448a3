import { encodeReceipt, RECEIPT_INTERVAL_MICROS, RECEIPT_PACKETS } from '@sotto/link';
import { after, DeadlineQueue, type Instant } from '@sotto/wire';

/** What must be on the disk before a packet's receipt may leave. */
export interface Mark {
  /** Sequence of a replay tag: it and all before. */
  readonly tag: number;
  /** Number of a batch of the store: it and all before. */
  readonly batch: number;
}

/** A receipt to be sent. */
export interface ReceiptOutput {
  readonly kind: 'receipt';
  /** The driver's name for the link. */
  readonly link: string;
  readonly frame: Uint8Array;
}

interface Inbound {
  readonly link: string;
  /** Packets that came; that are durable; that a receipt has told of. */
  came: number;
  durable: number;
  told: number;
  /** Of those that came and are not durable: up to which, and what they wait for. */
  readonly marks: { upTo: number; readonly mark: Mark }[];
  ticking: boolean;
}

/**
 * Packets that came by links from other nodes, and the receipts for them (Spec 10 §3.5). A receipt
 * is a count of all packets up to one, whatever became of each, and every packet waits for the
 * disk alike: what a node does with a packet is not seen by the node that sent it.
 */
export class InboundLinks {
  readonly #links = new Map<string, Inbound>();
  readonly #ticks = new DeadlineQueue<Inbound>();
  /** Links with so many packets that their receipt does not wait for the clock. */
  readonly #full = new Set<Inbound>();
  readonly #outputs: ReceiptOutput[] = [];
  #durable: Mark = { tag: 0, batch: 0 };
  #order = 0;

  /** Packets of a link were handled; `mark` is what all that they changed is written with. */
  received(now: Instant, link: string, packets: number, mark: Mark): void {
    const inbound = this.#links.get(link) ?? {
      link,
      came: 0,
      durable: 0,
      told: 0,
      marks: [],
      ticking: false,
    };
    this.#links.set(link, inbound);
    inbound.came += packets;
    const last = inbound.marks.at(-1);
    if (last?.mark.tag === mark.tag && last.mark.batch === mark.batch) last.upTo = inbound.came;
    else inbound.marks.push({ upTo: inbound.came, mark });
    if (inbound.came - inbound.told >= RECEIPT_PACKETS) {
      this.#full.add(inbound);
      this.#tellFull(inbound);
    }
    this.#tick(now, inbound);
  }

  /** A link is gone; whoever sent what was not told of sends it again on another. */
  ended(link: string): void {
    const inbound = this.#links.get(link);
    if (inbound === undefined) return;
    this.#links.delete(link);
    this.#full.delete(inbound);
  }

  /** All tags and batches up to these are on the disk. */
  stored(durable: Mark): void {
    this.#durable = durable;
    for (const inbound of this.#full) this.#tellFull(inbound);
  }

  /** When `wake` must be called next. */
  nextAt(): Instant | undefined {
    return this.#ticks.nextAt;
  }

  /** Sends the receipts that are due. */
  wake(now: Instant): void {
    for (;;) {
      const inbound = this.#ticks.popDue(now);
      if (inbound === undefined) return;
      inbound.ticking = false;
      if (this.#links.get(inbound.link) !== inbound) continue;
      this.#settle(inbound);
      this.#tell(inbound);
      this.#tick(now, inbound);
    }
  }

  /** The next receipt. */
  poll(): ReceiptOutput | undefined {
    return this.#outputs.shift();
  }

  #tick(now: Instant, inbound: Inbound): void {
    if (inbound.ticking || inbound.told === inbound.came) return;
    inbound.ticking = true;
    this.#ticks.push(after(now, RECEIPT_INTERVAL_MICROS), this.#order++, inbound);
  }

  #tellFull(inbound: Inbound): void {
    this.#settle(inbound);
    if (inbound.durable - inbound.told >= RECEIPT_PACKETS) this.#tell(inbound);
    if (inbound.came - inbound.told < RECEIPT_PACKETS) this.#full.delete(inbound);
  }

  /** Counts as durable what is. */
  #settle(inbound: Inbound): void {
    const { marks } = inbound;
    let settled = 0;
    for (const { upTo, mark } of marks) {
      if (mark.tag > this.#durable.tag || mark.batch > this.#durable.batch) break;
      inbound.durable = upTo;
      settled++;
    }
    marks.splice(0, settled);
  }

  #tell(inbound: Inbound): void {
    const { link, durable } = inbound;
    if (durable === inbound.told) return;
    inbound.told = durable;
    this.#outputs.push({ kind: 'receipt', link, frame: encodeReceipt(durable) });
  }
}
