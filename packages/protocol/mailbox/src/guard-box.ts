import { BOX_BYTES, type Delivered, PACKET_NAME_BYTES } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { after, err, type Instant, instant, ok, type Result, toHex } from '@sotto/wire';
import { Acquaintance } from './acquaintance.ts';
import { boxOf } from './box.ts';
import { ExpiryClock } from './expiry-clock.ts';
import { type MailboxOutput, Outbox, type StoredEntry } from './output.ts';
import {
  type ClientRecord,
  coarseExpiry,
  decodeClient,
  decodeMail,
  encodeClient,
  encodeMail,
  expiryGrain,
  keyParts,
} from './stored-record.ts';

/** Mails that wait for one client at most. */
export const MAX_GUARD_MAIL = 256;
/** Mails that each client may have waiting whatever the others have: nobody's mail is refused because strangers filled the guard. */
export const GUARANTEED_MAIL = 16;

/** Bounds of one guard, all of them hard (Spec 06 §7). */
export interface GuardLimits {
  /** Clients at most, attached or away. */
  readonly maxBoxes: number;
  /** Mails over all clients. */
  readonly maxMail: number;
}

/** Bounds when nothing else is said: 18 MB of mail. */
export const DEFAULT_GUARD_LIMITS: GuardLimits = { maxBoxes: 1_024, maxMail: 16_384 };

/** What a guard needs to know. */
export interface GuardOptions {
  readonly suite: CryptoSuite;
  /** Network-wide parameter: how long a client that is away is waited for, µs. */
  readonly parameters: { readonly mailLifeMicros: number };
  readonly limits?: Partial<GuardLimits>;
  /** By what boxes are over; one's own clock when left out. */
  readonly expiry?: ExpiryClock;
}

/** A client that was let in. */
export interface GuardAttached {
  /** The box's key (hex) for {@link GuardBoxes.take}. */
  readonly key: string;
  /** Mails of a client hardly known that were given up to make room for it. */
  readonly lost: number;
}

/** What waits for one client: first in, first out, since both ends of the padded link know the order anyway. */
class GuardBox {
  /** Hex of the box. */
  readonly key: string;
  /** How well its client is known, and whether it is attached. */
  readonly client: Acquaintance;
  /** When it is forgotten, while its client is away. */
  expiresAt: Instant;
  /** While its client is attached: when the store is told again how well it is known. */
  keepAt: Instant;
  readonly #mail: Delivered[] = [];
  /** Those of the mails that are in the store as well. */
  readonly #stored = new Set<Delivered>();

  /** An empty box. */
  constructor(key: string, client: Acquaintance, expiresAt: Instant) {
    this.key = key;
    this.client = client;
    this.expiresAt = expiresAt;
    this.keepAt = expiresAt;
  }

  /** Mails that wait, the first to leave in front. */
  get mail(): readonly Delivered[] {
    return this.#mail;
  }

  /** Adds a mail. @returns false when the box is full: the newcomer is dropped, not one that waits. */
  push(delivered: Delivered): boolean {
    if (this.#mail.length >= MAX_GUARD_MAIL) return false;
    this.#mail.push(delivered);
    return true;
  }

  /** Removes and returns the first; undefined when the frame is to carry filler. */
  take(): Delivered | undefined {
    return this.#mail.shift();
  }

  /** Notes a mail as stored. @returns whether it was not yet. */
  markStored(delivered: Delivered): boolean {
    const isNew = !this.#stored.has(delivered);
    this.#stored.add(delivered);
    return isNew;
  }

  /** Forgets that a mail is stored. @returns whether it was. */
  unmarkStored(delivered: Delivered): boolean {
    return this.#stored.delete(delivered);
  }
}

/**
 * The boxes that a guard keeps for its clients (Spec 06 §6). Mail leaves a box when it is written
 * to the link: best effort, acknowledgements are end to end. Mail of a client that is away is
 * stored; of an attached one it is not, since it leaves within moments and would only leave traces.
 */
export class GuardBoxes {
  readonly #suite: CryptoSuite;
  readonly #mailLife: number;
  readonly #limits: GuardLimits;
  readonly #expiry: ExpiryClock;
  readonly #boxes = new Map<string, GuardBox>();
  /** Boxes of clients that are away, those to expire first in front. */
  readonly #away = new Map<string, GuardBox>();
  /** Boxes of clients that are attached, those to be stored first in front. */
  readonly #attached = new Map<string, GuardBox>();
  readonly #outbox = new Outbox();
  #mailCount = 0;
  #restoreRefused = 0;

  /** Empty; see {@link GuardBoxes.restore}. */
  constructor(options: GuardOptions) {
    this.#suite = options.suite;
    this.#mailLife = options.parameters.mailLifeMicros;
    this.#limits = { ...DEFAULT_GUARD_LIMITS, ...options.limits };
    this.#expiry = options.expiry ?? new ExpiryClock();
  }

  /** Boxes and mails held now; stored entries that could not be read back. */
  get size(): { readonly boxes: number; readonly mail: number; readonly restoreRefused: number } {
    return {
      boxes: this.#boxes.size,
      mail: this.#mailCount,
      restoreRefused: this.#restoreRefused,
    };
  }

  /** Whether `box` is a client's box here. */
  has(box: Uint8Array): boolean {
    return this.#boxes.has(toHex(box));
  }

  /**
   * A client that shows the secret of its box attaches; the first time the box is made. When there
   * is no room, a box that was away for longer than its client's acquaintance holds it makes way
   * with its mail; without such a box the newcomer is refused.
   */
  attach(
    now: Instant,
    secret: Uint8Array,
  ): Result<GuardAttached, { readonly code: 'guard-box-limit' }> {
    this.wake(now);
    const key = toHex(boxOf(this.#suite, secret));
    let box = this.#boxes.get(key);
    let lost = 0;
    if (box === undefined) {
      if (this.#boxes.size >= this.#limits.maxBoxes) {
        const least = this.#leastKnown(now);
        if (least === undefined) return err({ code: 'guard-box-limit' });
        lost = least.mail.length;
        this.#forget(least);
      }
      const client = new Acquaintance(this.#mailLife, now, 0);
      box = new GuardBox(key, client, coarseExpiry(now, this.#mailLife));
      this.#boxes.set(key, box);
    }
    box.client.attach(now);
    this.#away.delete(key);
    this.#keepAttached(now, box);
    return ok({ key, lost });
  }

  /**
   * Of the boxes that nothing holds any more that whose client is known least, of these the one away
   * longest. Whether mail lies in it says nothing: a stranger who wants to keep a box sends it some.
   */
  #leastKnown(now: Instant): GuardBox | undefined {
    const over = this.#expiry.at(now);
    let least: GuardBox | undefined;
    for (const box of this.#away.values()) {
      const { heldUntil, steps } = box.client;
      if (heldUntil === undefined) return box;
      if (heldUntil > over) continue;
      if (least === undefined || steps < least.client.steps) least = box;
    }
    return least;
  }

  /** The client's link is gone: what waits is stored until it returns. */
  detach(now: Instant, key: string): void {
    const box = this.#boxes.get(key);
    if (box === undefined || !box.client.attached) return;
    box.client.detach(now);
    this.#attached.delete(key);
    this.#keep(now, box);
    this.#away.set(key, box);
    for (const delivered of box.mail) this.#store(box, delivered);
  }

  /** Queues a delivered packet for the client. */
  deliver(
    now: Instant,
    box: Uint8Array,
    delivered: Delivered,
  ): Result<undefined, { readonly code: 'box-unknown' | 'guard-box-full' | 'store-full' }> {
    this.wake(now);
    const held = this.#boxes.get(toHex(box));
    if (held === undefined) return err({ code: 'box-unknown' });
    const shared = held.mail.length >= GUARANTEED_MAIL;
    if (shared && this.#mailCount >= this.#limits.maxMail) return err({ code: 'store-full' });
    if (!held.push(delivered)) return err({ code: 'guard-box-full' });
    this.#mailCount++;
    if (!held.client.attached) this.#store(held, delivered);
    return ok(undefined);
  }

  /** What the next frame of the downlink carries; undefined for filler. */
  take(key: string): Delivered | undefined {
    const box = this.#boxes.get(key);
    const delivered = box?.take();
    if (box === undefined || delivered === undefined) return undefined;
    this.#mailCount--;
    if (box.unmarkStored(delivered)) this.#outbox.remove(mailKey(box, delivered));
    return delivered;
  }

  /** Forgets boxes whose clients stayed away, and their mail; stores anew how well those attached are known. */
  wake(now: Instant): void {
    const over = this.#expiry.at(now);
    for (const box of this.#away.values()) {
      if (box.expiresAt > over) break;
      this.#forget(box);
    }
    // A node that is killed has then forgotten an hour of an acquaintance, not all of it.
    for (;;) {
      const box = this.#attached.values().next().value;
      if (box === undefined || box.keepAt > now) return;
      box.client.settle(now);
      this.#keepAttached(now, box);
    }
  }

  /** When `wake` must be called next. */
  nextAt(): Instant | undefined {
    const over = this.#expiry.due(this.#away.values().next().value?.expiresAt);
    const keep = this.#attached.values().next().value?.keepAt;
    return over === undefined || (keep !== undefined && keep < over) ? keep : over;
  }

  /** The next write. */
  poll(): MailboxOutput | undefined {
    return this.#outbox.poll();
  }

  /**
   * Takes back what was stored ('client/…' and 'guard/…'; other keys are left alone). All clients
   * are away. What cannot be read is deleted.
   *
   * @returns keys of what cannot be read or belongs to no box.
   */
  restore(now: Instant, entries: Iterable<StoredEntry>): readonly string[] {
    const unreadable: string[] = [];
    const refuse = (key: string): void => {
      unreadable.push(key);
      this.#refuse(key);
    };
    const mails: StoredEntry[] = [];
    const boxes: GuardBox[] = [];
    for (const entry of entries) {
      const { key, value } = entry;
      if (value === undefined) continue;
      if (key.startsWith('guard/')) mails.push(entry);
      if (!key.startsWith('client/')) continue;
      const [box] = keyParts(key, 'client', [BOX_BYTES]) ?? [];
      const record = decodeClient(value);
      if (box === undefined || record === undefined) refuse(key);
      else boxes.push(this.#restored(toHex(box), record));
    }
    for (const box of boxes.sort((a, b) => a.expiresAt - b.expiresAt)) {
      this.#boxes.set(box.key, box);
      this.#away.set(box.key, box);
    }
    for (const { key, value } of mails) {
      const [box, name] = keyParts(key, 'guard', [BOX_BYTES, PACKET_NAME_BYTES]) ?? [];
      const held = box && this.#boxes.get(toHex(box));
      const mail = value && decodeMail(value)?.mail;
      const fits = mail && name && toHex(name) === toHex(mail.name);
      if (held !== undefined && mail !== undefined && fits === true && held.push(mail)) {
        held.markStored(mail);
        this.#mailCount++;
      } else refuse(key);
    }
    this.wake(now);
    return unreadable;
  }

  #refuse(key: string): void {
    this.#restoreRefused++;
    this.#outbox.remove(key);
  }

  /** A box as it was stored. Its client left at some time within the grain that the expiry was rounded up by: not later. */
  #restored(key: string, { expiresAt, steps }: ClientRecord): GuardBox {
    const left = expiresAt - this.#mailLife - expiryGrain(this.#mailLife);
    const client = new Acquaintance(this.#mailLife, instant(Math.max(0, left)), steps);
    return new GuardBox(key, client, expiresAt);
  }

  #forget(box: GuardBox): void {
    this.#away.delete(box.key);
    this.#boxes.delete(box.key);
    this.#mailCount -= box.mail.length;
    this.#outbox.remove(`client/${box.key}`);
    for (const delivered of box.mail) this.#outbox.remove(mailKey(box, delivered));
  }

  /** Stores an attached box, and puts it behind the others. */
  #keepAttached(now: Instant, box: GuardBox): void {
    box.keepAt = after(now, expiryGrain(this.#mailLife));
    this.#attached.delete(box.key);
    this.#attached.set(box.key, box);
    this.#keep(now, box);
  }

  #keep(now: Instant, box: GuardBox): void {
    box.expiresAt = coarseExpiry(now, this.#mailLife);
    const { expiresAt } = box;
    this.#outbox.store(`client/${box.key}`, encodeClient({ expiresAt, steps: box.client.steps }));
  }

  #store(box: GuardBox, delivered: Delivered): void {
    if (box.markStored(delivered))
      this.#outbox.store(mailKey(box, delivered), encodeMail(delivered, box.expiresAt));
  }
}

const mailKey = (box: GuardBox, delivered: Delivered): string =>
  `guard/${box.key}/${toHex(delivered.name)}`;
