import { type Delivered, GEOMETRY, pushName } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import {
  after,
  DeadlineQueue,
  err,
  exponentialMicros,
  type Instant,
  ok,
  type Result,
  type Rng,
  toHex,
  uint32,
} from '@sotto/wire';
import {
  type AggregationCounts,
  type AggregationLimits,
  type AggregationOptions,
  DEFAULT_AGGREGATION_LIMITS,
  MAIL_BYTES,
  MAX_WAITING_SURBS,
  noCounts,
} from './aggregation-limits.ts';
import { type Alias, type Mail, nextMail } from './alias.ts';
import { sealAnswer } from './answer.ts';
import { boxOf } from './box.ts';
import { ExpiryClock } from './expiry-clock.ts';
import { type MailboxOutput, Outbox, type StoredEntry } from './output.ts';
import type { FetchRequest } from './request.ts';
import {
  type AliasRecord,
  coarseExpiry,
  decodeMail,
  decodeMailboxRecord,
  encodeExpiry,
  encodeMail,
  isMailboxKey,
  type MailRecord,
} from './stored-record.ts';

/**
 * Keeps mail for people who are away, by short-lived aliases (Spec 06 §4). It answers each waiting
 * reply block at a tick of the alias's own exponential clock, mail or empty: an answer at arrival
 * would show when mail comes to whoever watches the owner's guard.
 */
export class AggregationPoint {
  readonly #suite: CryptoSuite;
  readonly #rng: Rng;
  readonly #answerMean: number;
  readonly #mailLife: number;
  readonly #quota: number;
  readonly #limits: AggregationLimits;
  readonly #expiry: ExpiryClock;
  readonly #aliases = new Map<string, Alias>();
  /** Aliases that accept mail, those to expire first in front: all live equally long from their last fetch. */
  readonly #announced = new Map<string, Alias>();
  /** All mail, that to expire first in front. */
  readonly #mail = new Set<Mail>();
  readonly #ticks = new DeadlineQueue<Alias>();
  readonly #outbox = new Outbox();
  #waitingSurbs = 0;
  #restoring = false;
  /** Keys of mail that was deleted before it was restored. */
  readonly #deletedEarly = new Set<string>();
  #batch = 0;
  readonly #counts: AggregationCounts = noCounts();

  /** Empty; see {@link AggregationPoint.restore}. */
  constructor(options: AggregationOptions) {
    this.#suite = options.suite;
    this.#rng = options.rng;
    this.#answerMean = options.parameters.answerMeanMicros;
    this.#mailLife = options.parameters.mailLifeMicros;
    this.#quota = options.parameters.aliasQuota;
    this.#limits = { ...DEFAULT_AGGREGATION_LIMITS, ...options.limits };
    this.#expiry = options.expiry ?? new ExpiryClock();
  }

  /** What happened since the start. */
  get counts(): Readonly<AggregationCounts> {
    return { ...this.#counts };
  }

  /** Aliases, mails and waiting reply blocks held now. */
  get size(): { readonly aliases: number; readonly mail: number; readonly waitingSurbs: number } {
    return {
      aliases: this.#aliases.size,
      mail: this.#mail.size,
      waitingSurbs: this.#waitingSurbs,
    };
  }

  /** Whether `box` is an alias that accepts mail now. */
  accepts(now: Instant, box: Uint8Array): boolean {
    const alias = this.#announced.get(toHex(box));
    return alias !== undefined && alias.expiresAt > now;
  }

  /**
   * Takes a fetch: announces or refreshes the alias, deletes what has arrived, queues the reply
   * blocks. Nothing is answered here.
   *
   * @returns 'alias-limit' when the alias is new and there is no room: the others keep theirs.
   */
  fetch(
    now: Instant,
    request: FetchRequest,
  ): Result<{ readonly announced: boolean }, { readonly code: 'alias-limit' }> {
    const key = toHex(boxOf(this.#suite, request.secret));
    const known = this.#aliases.get(key);
    if (known === undefined && this.#aliases.size >= this.#limits.maxAliases)
      return err({ code: 'alias-limit' });
    const alias = known ?? this.#newAlias(key);
    const announced = !this.#announced.has(key);
    if (known === undefined) this.#counts.announced++;
    this.#refresh(now, alias, announced);
    for (const name of request.deletes) {
      const hex = toHex(name);
      const mail = alias.mail.get(hex);
      if (mail === undefined) this.#deleteUnknown(`mail/${key}/${hex}`);
      else {
        this.#removeMail(mail);
        this.#counts.deleted++;
      }
    }
    this.#queue(now, alias, request);
    return ok({ announced });
  }

  /**
   * Stores a delivered packet for an announced alias.
   *
   * Nothing that is held gives way to a newcomer: else a stranger with one alias could push out
   * everybody's mail. When a bound is reached the newcomer is refused.
   */
  deliver(
    now: Instant,
    box: Uint8Array,
    delivered: Delivered,
  ): Result<
    undefined,
    { readonly code: 'box-unknown' | 'alias-quota' | 'store-full' | 'duplicate-name' }
  > {
    this.#expire(now);
    const alias = this.#announced.get(toHex(box));
    if (alias === undefined) return err({ code: 'box-unknown' });
    const name = toHex(delivered.name);
    if (alias.mail.has(name)) return err({ code: 'duplicate-name' });
    if (alias.mail.size >= this.#quota) return err({ code: 'alias-quota' });
    if ((this.#mail.size + 1) * MAIL_BYTES > this.#limits.maxMailBytes)
      return err({ code: 'store-full' });
    const expiresAt = coarseExpiry(now, this.#mailLife);
    const record = encodeMail(delivered, expiresAt);
    const key = `mail/${alias.key}/${name}`;
    this.#putMail({ alias, key, name, record, expiresAt, batch: 0 });
    this.#outbox.store(key, record);
    this.#counts.stored++;
    return ok(undefined);
  }

  /** Answers what is due at `now` and forgets what has expired. */
  wake(now: Instant): void {
    this.#expire(now);
    for (;;) {
      const alias = this.#ticks.popDue(now);
      if (alias === undefined) return;
      alias.ticking = false;
      this.#answer(alias);
      this.#tick(now, alias);
    }
  }

  /** When `wake` must be called next. */
  nextAt(): Instant | undefined {
    if (this.#restoring) return undefined;
    let next = this.#ticks.nextAt;
    for (const first of [earliest(this.#mail), earliest(this.#announced)]) {
      const at = this.#expiry.due(first?.expiresAt);
      if (at !== undefined && (next === undefined || at < next)) next = at;
    }
    return next;
  }

  /** The next thing to do: a write, or a reply block to run. */
  poll(): MailboxOutput | undefined {
    return this.#outbox.poll();
  }

  /**
   * Takes back what was stored ('alias/…' and 'mail/…'; other keys are left alone). What has
   * expired or cannot be read is deleted. Waiting reply blocks are not stored: their owner asks again.
   *
   * @returns keys of what cannot be read.
   */
  restore(now: Instant, entries: Iterable<StoredEntry>): readonly string[] {
    this.beginRestore();
    const unreadable = this.restorePart(now, entries);
    this.endRestore(now);
    return unreadable;
  }

  /**
   * From here to `endRestore` mail may be missing that is stored: mail and requests are taken,
   * nothing is answered, since an empty answer would lie (Spec 06 §4.6).
   */
  beginRestore(): void {
    this.#restoring = true;
  }

  /** Takes back some of what was stored: aliases first, and all of them before other mail and requests are taken. */
  restorePart(now: Instant, entries: Iterable<StoredEntry>): readonly string[] {
    const over = this.#expiry.at(now);
    const unreadable: string[] = [];
    const aliases: AliasRecord[] = [];
    for (const { key, value } of entries) {
      if (value === undefined || !isMailboxKey(key) || this.#deletedEarly.has(key)) continue;
      const record = decodeMailboxRecord(key, value);
      if (record === undefined) {
        this.#counts.restoreRefused++;
        unreadable.push(key);
        this.#outbox.remove(key);
      } else if (record.expiresAt <= over) this.#outbox.remove(key);
      else if (record.kind === 'alias') aliases.push(record);
      else this.#restoreMail(key, record);
    }
    for (const { boxKey, expiresAt } of aliases.sort((a, b) => a.expiresAt - b.expiresAt)) {
      const alias = this.#aliases.get(boxKey) ?? this.#newAlias(boxKey);
      alias.expiresAt = expiresAt;
      this.#announced.set(boxKey, alias);
    }
    return unreadable;
  }

  /** All that was stored has come: answers begin, each alias's clock from now. */
  endRestore(now: Instant): void {
    this.#restoring = false;
    this.#deletedEarly.clear();
    // Expiries are coarse, so there are few of them, and mail came by its alias.
    const byExpiry = new Map<Instant, Mail[]>();
    for (const mail of this.#mail) {
      const together = byExpiry.get(mail.expiresAt);
      if (together === undefined) byExpiry.set(mail.expiresAt, [mail]);
      else together.push(mail);
    }
    this.#mail.clear();
    for (const [, together] of [...byExpiry].sort(([a], [b]) => a - b)) {
      for (const mail of together) {
        this.#mail.add(mail);
        const { alias, name } = mail;
        // In its alias as well what came first is in front.
        if (alias.mail.size > 1 && alias.mail.delete(name)) alias.mail.set(name, mail);
      }
    }
    for (const alias of this.#aliases.values()) this.#tick(now, alias);
  }

  #restoreMail(key: string, { boxKey, name, record, expiresAt }: MailRecord): void {
    const alias = this.#aliases.get(boxKey) ?? this.#newAlias(boxKey);
    // It may have come meanwhile.
    if (!alias.mail.has(name)) this.#putMail({ alias, key, name, record, expiresAt, batch: 0 });
  }

  #newAlias(key: string): Alias {
    const alias: Alias = {
      key,
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- 0 is an instant: not announced
      expiresAt: 0 as Instant,
      mail: new Map(),
      waiting: [],
      ticking: false,
    };
    this.#aliases.set(key, alias);
    return alias;
  }

  #deleteUnknown(key: string): void {
    this.#counts.deleteUnknown++;
    if (!this.#restoring) return;
    this.#deletedEarly.add(key);
    this.#outbox.remove(key);
  }

  #refresh(now: Instant, alias: Alias, announced: boolean): void {
    const expiresAt = coarseExpiry(now, this.#mailLife);
    if (!announced && expiresAt <= alias.expiresAt) return;
    alias.expiresAt = expiresAt;
    this.#announced.delete(alias.key);
    this.#announced.set(alias.key, alias);
    this.#outbox.store(`alias/${alias.key}`, encodeExpiry(expiresAt));
  }

  #queue(now: Instant, alias: Alias, request: FetchRequest): void {
    const batch = ++this.#batch;
    for (const embedded of request.surbs) {
      if (alias.waiting.length >= MAX_WAITING_SURBS) {
        // The oldest goes: its epoch ends first. Answering it now instead would show the arrival.
        alias.waiting.shift();
        this.#waitingSurbs--;
        this.#counts.surbsDiscarded++;
      }
      if (this.#waitingSurbs >= this.#limits.maxWaitingSurbs) {
        this.#counts.surbsRefused++;
        continue;
      }
      alias.waiting.push({ embedded, answerKey: request.answerKey, batch });
      this.#waitingSurbs++;
    }
    this.#tick(now, alias);
  }

  /** Draws the alias's next tick, while reply blocks wait: a Poisson clock, since the exponential has no memory. */
  #tick(now: Instant, alias: Alias): void {
    if (this.#restoring || alias.ticking || alias.waiting.length === 0) return;
    alias.ticking = true;
    const at = after(now, exponentialMicros(this.#rng, this.#answerMean));
    this.#ticks.push(at, uint32(this.#rng), alias);
  }

  #answer(alias: Alias): void {
    const waiting = alias.waiting.shift();
    if (waiting === undefined) return;
    this.#waitingSurbs--;
    const mail = nextMail(alias, waiting.batch);
    if (mail === undefined) {
      // Sealing costs some µs that sending stored mail does not. They pass before the pool's own
      // delay, and a link shows packets only after it.
      const body = sealAnswer(this.#suite, waiting.answerKey, { kind: 'empty' });
      this.#outbox.run(waiting.embedded, new Uint8Array(GEOMETRY.logBytes), body);
      this.#counts.answeredEmpty++;
      return;
    }
    mail.batch = waiting.batch;
    alias.mail.delete(mail.name);
    alias.mail.set(mail.name, mail);
    const delivered = decodeMail(mail.record)?.mail;
    if (delivered === undefined) throw new Error(`"record" expected mail, got ${mail.key}`);
    this.#outbox.run(waiting.embedded, pushName(delivered), delivered.body);
    this.#counts.answeredMail++;
  }

  #putMail(mail: Mail): void {
    mail.alias.mail.set(mail.name, mail);
    this.#mail.add(mail);
  }

  #removeMail(mail: Mail): void {
    const { alias } = mail;
    alias.mail.delete(mail.name);
    this.#mail.delete(mail);
    this.#outbox.remove(mail.key);
    if (alias.mail.size === 0 && !this.#announced.has(alias.key)) this.#aliases.delete(alias.key);
  }

  #expire(now: Instant): void {
    // Mail is in order again when all of it is there.
    if (this.#restoring) return;
    const over = this.#expiry.at(now);
    for (const mail of this.#mail) {
      if (mail.expiresAt > over) break;
      this.#removeMail(mail);
      this.#counts.mailExpired++;
    }
    for (const alias of this.#announced.values()) {
      if (alias.expiresAt > over) break;
      this.#announced.delete(alias.key);
      this.#waitingSurbs -= alias.waiting.length;
      alias.waiting.length = 0;
      // It accepts no more; mail that it holds stays its own time, for an owner who asks again.
      if (alias.mail.size === 0) this.#aliases.delete(alias.key);
      this.#outbox.remove(`alias/${alias.key}`);
      this.#counts.aliasesExpired++;
    }
  }
}

const earliest = <T>(held: ReadonlyMap<string, T> | ReadonlySet<T>): T | undefined =>
  held.values().next().value;
