import { GEOMETRY } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { err, type Instant, ok, type Result, toHex } from '@sotto/wire';
import { type Answer, sealAnswer } from './answer.ts';
import { boxOf, credentialHash } from './box.ts';
import { BundleAnswers } from './bundle-answers.ts';
import { ContactBox } from './contact-box.ts';
import {
  type ContactLimits,
  type ContactOptions,
  type ContactParameters,
  DEFAULT_CONTACT_LIMITS,
} from './contact-limits.ts';
import { ExpiryClock } from './expiry-clock.ts';
import {
  bundleKey,
  type ContactRecord,
  decodeContactRecord,
  encodeChunk,
  encodeContactBox,
  encodeStashed,
  greetingKey,
  isContactKey,
  stashKey,
} from './contact-record.ts';
import { epochAt, epochOfByte, isEpochOver, nextEpochEnd } from './epoch-window.ts';
import { Greeting, type GreetingRefusal } from './greeting.ts';
import { puzzleDigest } from './greeting-puzzle.ts';
import { type MailboxOutput, Outbox, type StoredEntry } from './output.ts';
import type {
  BundleGetRequest,
  BundlePutRequest,
  GreetingRequest,
  StashRequest,
} from './request.ts';
import { coarseExpiry } from './stored-record.ts';

/** Parts of a stash request that were refused; the rest of it stands. */
export type StashRefusal = 'credential-limit' | 'surb-epoch' | 'stash-full';

/** A reply block to be run for who showed the credential. */
export interface Opening {
  /** 263 bytes. */
  readonly embedded: Uint8Array;
  /** 16 bytes, from the credential. */
  readonly hint: Uint8Array;
  /** ζ to run it with, 48 bytes: hint ‖ 0³². */
  readonly log: Uint8Array;
}

/** Holds people's reply blocks and prekey bundles for those who show a credential (Spec 06 §5). */
export class ContactPoint {
  readonly #suite: CryptoSuite;
  readonly #parameters: ContactParameters;
  readonly #limits: ContactLimits;
  readonly #expiry: ExpiryClock;
  readonly #boxes = new Map<string, ContactBox>();
  readonly #answers: BundleAnswers;
  readonly #outbox = new Outbox();
  #stashed = 0;
  #lastId = 0;
  #sweepAt: Instant | undefined;
  #restoreRefused = 0;

  /** Empty; see {@link ContactPoint.restore}. */
  constructor(options: ContactOptions) {
    this.#suite = options.suite;
    this.#parameters = options.parameters;
    this.#limits = { ...DEFAULT_CONTACT_LIMITS, ...options.limits };
    this.#expiry = options.expiry ?? new ExpiryClock();
    this.#answers = new BundleAnswers(
      options.rng,
      options.parameters.answerMeanMicros,
      this.#limits.maxAnswers,
    );
  }

  /** Boxes, reply blocks and waiting answers held now; stored entries that could not be read back. */
  get size(): {
    readonly boxes: number;
    readonly surbs: number;
    readonly answers: number;
    readonly restoreRefused: number;
  } {
    return {
      boxes: this.#boxes.size,
      surbs: this.#stashed,
      answers: this.#answers.size,
      restoreRefused: this.#restoreRefused,
    };
  }

  /** Whether `box` is a contact box here. */
  has(box: Uint8Array): boolean {
    return this.#boxes.has(toHex(box));
  }

  /**
   * Refills a box, whose secret only its owner knows; the first time it makes the box.
   *
   * @returns the refusals of single credentials and reply blocks, or of the whole box.
   */
  stash(
    now: Instant,
    request: StashRequest,
  ): Result<readonly StashRefusal[], { readonly code: 'contact-box-limit' }> {
    const box = this.#open(now, request.secret);
    if (box === undefined) return err({ code: 'contact-box-limit' });
    const refusals: StashRefusal[] = [];
    for (const grant of request.credentials)
      if (!box.grant(grant)) refusals.push('credential-limit');
    refusals.push(...this.#refill(now, box, request.surbs));
    return ok(refusals);
  }

  /**
   * Opens a box to strangers, closes it or refills it (Spec 06 §5.6).
   *
   * @returns the refusals of single reply blocks, or of the whole box.
   */
  openGreeting(
    now: Instant,
    request: GreetingRequest,
  ): Result<readonly StashRefusal[], { readonly code: 'contact-box-limit' }> {
    const box = this.#open(now, request.secret);
    if (box === undefined) return err({ code: 'contact-box-limit' });
    const { kind: _, secret: __, surbs: ___, ...terms } = request;
    if (terms.perEpoch === 0) {
      box.greeting = undefined;
      this.#outbox.remove(greetingKey(box.key));
    } else {
      box.greeting =
        box.greeting?.renewed(terms) ?? new Greeting(terms, epochAt(this.#parameters, now));
      this.#outbox.store(greetingKey(box.key), box.greeting.encode());
    }
    return ok(this.#refill(now, box, request.surbs));
  }

  /** Stores one chunk of the box's bundle; makes the box when it is the first to come. */
  putBundle(
    now: Instant,
    request: BundlePutRequest,
  ): Result<undefined, { readonly code: 'contact-box-limit' }> {
    const box = this.#open(now, request.secret);
    if (box === undefined) return err({ code: 'contact-box-limit' });
    const { index, count, chunk } = request;
    for (const gone of box.putChunk(index, count, chunk))
      this.#outbox.remove(bundleKey(box.key, gone));
    this.#outbox.store(bundleKey(box.key, index), encodeChunk(count, chunk));
    this.#store(box);
    return ok(undefined);
  }

  /**
   * Opens one reply block to a credential and spends a use of it. Refusals are silent on the wire.
   *
   * @param acceptedEpochBytes - low bytes of the epochs accepted now, the preferred first.
   */
  take(
    now: Instant,
    box: Uint8Array,
    credential: Uint8Array,
    acceptedEpochBytes: readonly number[],
  ): Result<
    Opening,
    {
      readonly code: 'contact-box-unknown' | 'bad-credential' | 'spent-credential' | 'empty-stash';
    }
  > {
    this.#sweep(now);
    const hash = credentialHash(this.#suite, credential);
    const held = this.#boxes.get(toHex(box));
    if (held === undefined) return err({ code: 'contact-box-unknown' });
    const grant = held.find(hash);
    if (grant === undefined) return err({ code: 'bad-credential' });
    if (grant.uses === 0) return err({ code: 'spent-credential' });
    const opening = this.#take(held, grant.hint, acceptedEpochBytes);
    // The use is not spent: whoever comes back after a refill gets through.
    if (opening === undefined) return err({ code: 'empty-stash' });
    held.spend(grant);
    this.#store(held);
    return ok(opening);
  }

  /**
   * Opens one reply block to a stranger who shows the token of a public address (Spec 06 §5.6).
   *
   * @param shown - the token, 16 bytes, and the proof, 32 bytes, as the box's terms ask for.
   * @param acceptedEpochBytes - low bytes of the epochs accepted now, the preferred first.
   */
  greet(
    now: Instant,
    box: Uint8Array,
    shown: { readonly token: Uint8Array; readonly proof: Uint8Array },
    acceptedEpochBytes: readonly number[],
  ): Result<Opening, { readonly code: 'contact-box-unknown' | 'empty-stash' | GreetingRefusal }> {
    this.#sweep(now);
    const hash = credentialHash(this.#suite, shown.token);
    const held = this.#boxes.get(toHex(box));
    if (held === undefined) return err({ code: 'contact-box-unknown' });
    const { greeting } = held;
    if (greeting === undefined) return err({ code: 'bad-credential' });
    const epoch = epochAt(this.#parameters, now);
    const { token, proof } = shown;
    const digest = puzzleDigest(this.#suite, { box, token, epoch }, proof);
    const refusal = greeting.refusal(hash, { proof, digest }, epoch);
    if (refusal !== undefined) return err({ code: refusal });
    const opening = this.#take(held, greeting.terms.hint, acceptedEpochBytes);
    if (opening === undefined) return err({ code: 'empty-stash' });
    greeting.spend(epoch, digest);
    this.#outbox.store(greetingKey(held.key), greeting.encode());
    return ok(opening);
  }

  /**
   * Queues one answer for each reply block of the request: chunks in turn. Each leaves after its
   * own exponential delay. A credential is looked at, not spent. A refusal is an answer too, so that
   * who comes too late, or too many, is told; what stands behind it is counted.
   *
   * @returns why there is no bundle; 'answer-queue-full' when not all answers have a place: those that
   *   have are given.
   */
  getBundle(
    now: Instant,
    request: BundleGetRequest,
  ): Result<
    undefined,
    {
      readonly code:
        | 'contact-box-unknown'
        | 'bad-credential'
        | 'spent-credential'
        | 'empty-stash'
        | 'answer-queue-full';
    }
  > {
    this.#sweep(now);
    const hash = credentialHash(this.#suite, request.credential);
    const key = toHex(request.box);
    const refusal = this.#bundleRefusal(now, this.#boxes.get(key), hash);
    const queued = this.#answers.add(now, key, request, refusal?.answer);
    if (refusal !== undefined) return err({ code: refusal.code });
    return queued ? ok(undefined) : err({ code: 'answer-queue-full' });
  }

  /**
   * Forgets a box with all that is in it: credentials, terms, reply blocks, bundle (Spec 06 §5.7).
   * The secret shows that it is the owner's to give up.
   */
  closeBox(
    now: Instant,
    secret: Uint8Array,
  ): Result<undefined, { readonly code: 'contact-box-unknown' }> {
    this.#sweep(now);
    const box = this.#boxes.get(toHex(boxOf(this.#suite, secret)));
    if (box === undefined) return err({ code: 'contact-box-unknown' });
    this.#forget(box);
    return ok(undefined);
  }

  /** Answers what is due at `now`, and forgets epochs and boxes that are over. */
  wake(now: Instant): void {
    this.#sweep(now);
    for (;;) {
      const pending = this.#answers.popDue(now);
      if (pending === undefined) return;
      const held = this.#boxes.get(pending.boxKey);
      const answer = pending.refusal ?? held?.answer(pending.nth) ?? { kind: 'closed' };
      const body = sealAnswer(this.#suite, pending.answerKey, answer);
      this.#outbox.run(pending.embedded, new Uint8Array(GEOMETRY.logBytes), body);
    }
  }

  /** When `wake` must be called next. */
  nextAt(): Instant | undefined {
    const answerAt = this.#answers.nextAt;
    const sweepAt = this.#boxes.size > 0 ? this.#sweepAt : undefined;
    if (answerAt === undefined || sweepAt === undefined) return answerAt ?? sweepAt;
    return answerAt < sweepAt ? answerAt : sweepAt;
  }

  /** The next thing to do: a write, or a reply block to run. */
  poll(): MailboxOutput | undefined {
    return this.#outbox.poll();
  }

  /**
   * Takes back what was stored ('contact/…', 'stash/…', 'bundle/…'; other keys are left alone).
   * What is over, belongs to no box or cannot be read is deleted.
   *
   * @returns keys of what cannot be read or belongs to no box.
   */
  restore(now: Instant, entries: Iterable<StoredEntry>): readonly string[] {
    const unreadable: string[] = [];
    const refuse = (key: string): void => {
      unreadable.push(key);
      this.#refuse(key);
    };
    const parts: { readonly key: string; readonly record: ContactRecord }[] = [];
    for (const { key, value } of entries) {
      if (value === undefined || !isContactKey(key)) continue;
      const record = decodeContactRecord(key, value);
      if (record === undefined) refuse(key);
      else if (record.kind !== 'box') parts.push({ key, record });
      else if (record.expiresAt <= this.#expiry.at(now)) this.#outbox.remove(key);
      else {
        const box = new ContactBox(record.boxKey, record.expiresAt);
        for (const grant of record.credentials) box.restoreGrant(grant);
        this.#boxes.set(box.key, box);
      }
    }
    for (const { key, record } of parts) {
      const box = this.#boxes.get(record.boxKey);
      if (box === undefined || !this.#restorePart(now, box, record)) refuse(key);
    }
    this.#sweepAt = undefined;
    this.#sweep(now);
    return unreadable;
  }

  /**
   * Who may write may read the bundle: an invited person, or a stranger while the box is open to such.
   * Whoever could not write now is told so: a first message would be lost without a word.
   */
  #bundleRefusal(
    now: Instant,
    box: ContactBox | undefined,
    hash: Uint8Array,
  ): BundleRefusal | undefined {
    const closed = { kind: 'closed' } as const;
    const notNow = { kind: 'not-now' } as const;
    if (box === undefined) return { code: 'contact-box-unknown', answer: closed };
    const epoch = epochAt(this.#parameters, now);
    const grant = box.find(hash);
    if (grant === undefined) {
      const { greeting } = box;
      const knows = greeting?.knows(hash) === true;
      if (!knows) return { code: 'bad-credential', answer: closed };
      if (greeting.isSpent(epoch)) return { code: 'spent-credential', answer: notNow };
    } else if (grant.uses === 0) return { code: 'spent-credential', answer: closed };
    return box.hasEpoch(epoch) ? undefined : { code: 'empty-stash', answer: notNow };
  }

  /** Removes the oldest reply block of the first accepted epoch that has one. */
  #take(
    held: ContactBox,
    hint: Uint8Array,
    acceptedEpochBytes: readonly number[],
  ): Opening | undefined {
    const stashed = held.take(acceptedEpochBytes);
    if (stashed === undefined) return undefined;
    this.#stashed--;
    this.#outbox.remove(stashKey(held.key, stashed.id));
    const log = new Uint8Array(GEOMETRY.logBytes);
    log.set(hint);
    return { embedded: stashed.embedded, hint, log };
  }

  #refill(now: Instant, box: ContactBox, surbs: readonly Uint8Array[]): readonly StashRefusal[] {
    const refusals = surbs.map((embedded) => this.#put(now, box, embedded));
    this.#store(box);
    return refusals.filter((refusal) => refusal !== undefined);
  }

  #restorePart(now: Instant, box: ContactBox, record: ContactRecord): boolean {
    if (record.kind === 'surb') {
      const { id, epoch, embedded } = record;
      this.#lastId = Math.max(this.#lastId, id);
      if (isEpochOver(this.#parameters, now, epoch)) this.#outbox.remove(stashKey(box.key, id));
      else if (!box.put({ id, epoch, embedded })) return false;
      else this.#stashed++;
    } else if (record.kind === 'greeting') {
      box.greeting = record.greeting;
    } else if (record.kind === 'chunk') {
      for (const gone of box.putChunk(record.index, record.count, record.chunk))
        this.#outbox.remove(bundleKey(box.key, gone));
    }
    return true;
  }

  #refuse(key: string): void {
    this.#restoreRefused++;
    this.#outbox.remove(key);
  }

  #open(now: Instant, secret: Uint8Array): ContactBox | undefined {
    this.#sweep(now);
    const key = toHex(boxOf(this.#suite, secret));
    const expiresAt = coarseExpiry(now, this.#limits.boxLifeMicros);
    const known = this.#boxes.get(key);
    if (known === undefined && this.#boxes.size >= this.#limits.maxBoxes) return undefined;
    const box = known ?? new ContactBox(key, expiresAt);
    box.expiresAt = expiresAt;
    this.#boxes.set(key, box);
    return box;
  }

  #store(box: ContactBox): void {
    this.#outbox.store(`contact/${box.key}`, encodeContactBox(box.expiresAt, box.credentials));
  }

  #put(now: Instant, box: ContactBox, embedded: Uint8Array): StashRefusal | undefined {
    const epoch = epochOfByte(this.#parameters, now, embedded[0] ?? 0);
    if (epoch === undefined) return 'surb-epoch';
    if (this.#stashed >= this.#limits.maxStashedSurbs) return 'stash-full';
    const id = this.#lastId + 1;
    if (!box.put({ id, epoch, embedded })) return 'stash-full';
    this.#lastId = id;
    this.#stashed++;
    this.#outbox.store(stashKey(box.key, id), encodeStashed(epoch, embedded));
    return undefined;
  }

  /** Once an epoch, when the grace of the last one is over. */
  #sweep(now: Instant): void {
    if (this.#sweepAt !== undefined && now < this.#sweepAt) return;
    this.#sweepAt = nextEpochEnd(this.#parameters, now);
    for (const box of this.#boxes.values()) {
      const isExpired = box.expiresAt <= this.#expiry.at(now);
      if (isExpired) {
        this.#forget(box);
        continue;
      }
      for (const { id } of box.dropEpochs((epoch) => isEpochOver(this.#parameters, now, epoch))) {
        this.#stashed--;
        this.#outbox.remove(stashKey(box.key, id));
      }
    }
  }

  #forget(box: ContactBox): void {
    for (const { id } of box.dropEpochs(() => true)) {
      this.#stashed--;
      this.#outbox.remove(stashKey(box.key, id));
    }
    this.#boxes.delete(box.key);
    this.#outbox.remove(`contact/${box.key}`);
    if (box.greeting !== undefined) this.#outbox.remove(greetingKey(box.key));
    for (const index of box.chunkIndices) this.#outbox.remove(bundleKey(box.key, index));
  }
}

/** Why somebody who asks for a bundle gets none: what is counted, and what is said. */
interface BundleRefusal {
  readonly code: 'contact-box-unknown' | 'bad-credential' | 'spent-credential' | 'empty-stash';
  readonly answer: Answer;
}
