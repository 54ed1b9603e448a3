import { FRAGMENT_BYTES, Reassembly } from '@sotto/endpoint';
import {
  closedSession,
  importSession,
  SEALED_OVERHEAD,
  SEALING_VERSION,
  type Session,
} from '@sotto/ratchet';
import { Inbox, type MessageId, Outbox, type OutboxOptions } from '@sotto/reliable';
import type { CryptoSuite } from '@sotto/suite';
import {
  ByteReader,
  ByteWriter,
  concat,
  fromUtf8,
  type Instant,
  instant,
  MICROS_PER_MS,
  MICROS_PER_SECOND,
  toUtf8,
} from '@sotto/wire';
import { Bank } from './bank.ts';
import { type HandedSurb, LEVEL_COST, surbsThatFit } from './items.ts';
import { MOST_DIRECT, TALKING_MICROS, talkPace, type TalkPace } from './patience.ts';
import type { PersonParts } from './person-io.ts';
import { Supply } from './supply.ts';

/** `pending`: the invite was accepted, nothing has come back. `failed`: nothing came back in time. */
export type ContactStage = 'pending' | 'active' | 'failed';

/** How patient resending is; see {@link Contact.mayRepeat} for when a repeat is really sent. */
const OUTBOX: OutboxOptions = {
  firstTimeoutMicros: 30 * MICROS_PER_SECOND,
  maxTimeoutMicros: 3600 * MICROS_PER_SECOND,
  maxAttempts: 12,
  capacity: 256,
};
/** Acknowledgements wait a little, so that several go together and not in step with arrivals. */
const INBOX = { acknowledgeAfterMicros: 500 * MICROS_PER_MS };

/** A contact who is away does not acknowledge: repeats would only use its reply blocks up. */
const SILENT_REPEAT_MICROS = 6 * 3600 * MICROS_PER_SECOND;
/** What a repeat to one who is away leaves of the epoch's: a block for new words, and one to keep the way back open. */
const SILENT_REPEAT_BLOCKS = 2;
/** One who is only quiet may have lost the message: it is repeated earlier while this many blocks stay for new words. */
const QUIET_REPEAT_MICROS = 300 * MICROS_PER_SECOND;
const QUIET_REPEAT_BLOCKS = 4;

/** Length of a contact's name in the store, drawn at random. */
export const CONTACT_ID_BYTES = 8;
/** Longest local name of a contact, bytes of UTF-8. */
export const MAX_LABEL_BYTES = 512;

/** @throws RangeError when a label is too long for the store. */
export function checkLabel(label: string): void {
  const { length } = toUtf8(label);
  if (length > MAX_LABEL_BYTES) {
    throw new RangeError(`"label" expected at most ${MAX_LABEL_BYTES} bytes, got ${length}`);
  }
}

const STAGES: readonly ContactStage[] = ['pending', 'active', 'failed'];
const STATE_VERSION = 1;
/** Message number u32 ‖ time u53. */
const LEFT_BYTES = 4 + 8;

/** Plaintext room of a message of `fragments` packets. */
export const roomOf = (fragments: number): number => fragments * FRAGMENT_BYTES - SEALED_OVERHEAD;

/** Packets that a plaintext of `length` bytes takes. */
export const fragmentsFor = (length: number): number =>
  Math.max(1, Math.ceil((length + SEALED_OVERHEAD) / FRAGMENT_BYTES));

/** Reply blocks that a message of one packet without words brings. */
export const BLOCKS_A_PACKET: number = surbsThatFit(roomOf(1) - LEVEL_COST);

/** Everything that this side holds of one contact. */
export class Contact {
  readonly id: string;
  label: string;
  stage: ContactStage;
  readonly session: Session;
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly bank: Bank;
  readonly supply: Supply;
  /** In memory alone: a message cut off by a restart is sent again by its sender. */
  readonly reassembly: Reassembly = new Reassembly();
  heardAt: Instant;
  /** When it was first heard again after a silence. */
  backAt: Instant = instant(0);
  /** Until when a pending contact waits for an answer. */
  deadline: Instant;
  /** Messages whose packets wait for slots. */
  readonly inFlight: Set<MessageId> = new Set();
  /** When each unsettled message last left. */
  readonly leftAt: Map<MessageId, Instant>;
  /** Epoch that bank and supply are in. */
  epoch: number;
  /** Packets that wait for slots. */
  packetsWaiting = 0;
  /** Of these, such as carry no words. */
  wordlessWaiting = 0;
  /** Reply blocks that a waiting text needs; 0 when none waits. */
  short = 0;
  /** Packets that each unsettled text takes, once counted. */
  readonly needs: Map<MessageId, number> = new Map();
  /** Whether it was told in this run that its messages are not acknowledged. */
  declined = false;
  /** Our blocks for epochs to come, made and not handed out; a restart drops them. */
  prepared: readonly HandedSurb[] = [];
  /** No more of them are made before. */
  prepareAt = 0;
  /** From when on the peer must be told that its blocks for epochs to come are here; undefined when it knows. */
  confirmAt: Instant | undefined;
  /** Messages in a row that did not open. */
  unopened = 0;
  /** When a message was last sealed in this run. */
  sealedAt: Instant | undefined;
  /** When one with words was, likewise. */
  wroteAt: Instant | undefined;
  /** Packets that may still leave among its messages for the supply's sake, since the two have just met. */
  meetingPackets: number;
  /** When its latest messages came, for {@link Contact.pace}: no more of them than blocks it may hold. */
  readonly #heardTimes: Instant[] = [];

  /** A new contact, or one from the store. */
  constructor(fields: {
    readonly id: string;
    readonly label: string;
    readonly stage: ContactStage;
    readonly session: Session;
    readonly deadline: Instant;
    readonly outbox?: Outbox;
    readonly inbox?: Inbox;
    readonly bank?: Bank;
    readonly supply?: Supply;
    readonly heardAt?: Instant;
    readonly epoch: number;
    readonly leftAt?: Map<MessageId, Instant>;
    readonly meetingPackets?: number;
  }) {
    this.id = fields.id;
    this.label = fields.label;
    this.stage = fields.stage;
    this.session = fields.session;
    this.deadline = fields.deadline;
    this.outbox = fields.outbox ?? new Outbox(OUTBOX);
    this.inbox = fields.inbox ?? new Inbox(INBOX);
    this.bank = fields.bank ?? new Bank();
    this.supply = fields.supply ?? new Supply();
    this.heardAt = fields.heardAt ?? instant(0);
    this.epoch = fields.epoch;
    this.leftAt = fields.leftAt ?? new Map();
    this.meetingPackets = fields.meetingPackets ?? 0;
  }

  /** Something of the contact's was opened. */
  heard(now: Instant): void {
    if (!this.talking(now)) this.backAt = now;
    this.heardAt = now;
    this.#heardTimes.push(now);
    if (this.#heardTimes.length > MOST_DIRECT) this.#heardTimes.shift();
  }

  /** It is told now that nothing of its is acknowledged. */
  decline(): void {
    this.declined = true;
    this.inbox.decline();
  }

  /** How fast the two talk, and what a round trip takes. */
  pace({ plan, parameters }: Pick<PersonParts, 'plan' | 'parameters'>, now: Instant): TalkPace {
    return talkPace(plan, now, parameters, this.heardAt, (within) => {
      const since = now - within;
      return this.#heardTimes.filter((at) => at > since).length;
    });
  }

  /** Lets epochs pass: blocks of those that are over go, and what was for later is for now. */
  turn(epoch: number): void {
    if (epoch <= this.epoch) return;
    this.supply.epochChanged(epoch);
    this.bank.expire(epoch);
    this.prepared = this.prepared.filter((block) => block.epoch >= epoch);
    this.epoch = epoch;
  }

  /** Whether it was heard from lately. */
  talking(now: Instant): boolean {
    return now - this.heardAt < TALKING_MICROS;
  }

  /**
   * The contact acknowledges nothing: what left is not sent again, and no longer waited for.
   *
   * @returns the messages concerned.
   */
  giveUpAcknowledgements(): readonly MessageId[] {
    const given = [...this.leftAt.keys()].filter((id) => !this.inFlight.has(id));
    for (const id of given) {
      this.outbox.drop(id);
      this.leftAt.delete(id);
      this.needs.delete(id);
    }
    return given;
  }

  /**
   * Whether a message whose timeout ran out should leave again: it never left; the peer was there
   * since and has not said that it came; or it was silent for long, and blocks are left beyond those that new words need.
   *
   * @param patience - microseconds: an acknowledgement of one who is there is never slower than
   *   `answer`; one who comes back takes `fetch` to fetch what waits for it.
   */
  mayRepeat(
    now: Instant,
    id: MessageId,
    patience: { readonly answer: number; readonly fetch: number },
  ): boolean {
    const left = this.leftAt.get(id);
    if (left === undefined) return true;
    if (this.heardAt - left > patience.answer) {
      return left > this.backAt || now - this.backAt >= patience.fetch;
    }
    const silence = now - left;
    const usable = this.bank.usable(this.epoch);
    if (silence > SILENT_REPEAT_MICROS) return usable > SILENT_REPEAT_BLOCKS;
    const quiet = Math.max(QUIET_REPEAT_MICROS, 2 * patience.answer);
    return silence > quiet && usable > QUIET_REPEAT_BLOCKS;
  }

  /**
   * The whole state; secret: version u8 ‖ stage u8 ‖ heard u53 ‖ deadline u53 ‖ epoch u32 ‖ label
   * (u16 and UTF-8) ‖ session ‖ outbox ‖ inbox ‖ bank ‖ supply ‖ left, each with its length u32.
   */
  export(): Uint8Array {
    const label = toUtf8(this.label);
    const parts = [this.session.export(), this.outbox.export(), this.inbox.export()];
    const rest = [this.bank.export(), this.supply.export()];
    const stored = [...this.leftAt].filter(([message]) => !this.outbox.isVolatile(message));
    const left = new ByteWriter(stored.length * LEFT_BYTES);
    for (const [message, at] of stored) left.u32(message).u53(at);
    const head = new ByteWriter(1 + 1 + 8 + 8 + 4 + 2)
      .u8(STATE_VERSION)
      .u8(STAGES.indexOf(this.stage))
      .u53(this.heardAt)
      .u53(this.deadline)
      .u32(this.epoch)
      .u16(label.length);
    const sized = [...parts, ...rest, left.bytes].map((part) =>
      concat(new ByteWriter(4).u32(part.length).bytes, part),
    );
    return concat(head.bytes, label, ...sized);
  }

  /** Reads what {@link Contact.export} wrote; undefined when it is not that. */
  static import(suite: CryptoSuite, id: string, bytes: Uint8Array): Contact | undefined {
    const reader = new ByteReader(bytes);
    if (reader.u8() !== STATE_VERSION) return undefined;
    const stage = STAGES[reader.u8()];
    const heardAt = reader.u53();
    const deadline = reader.u53();
    const epoch = reader.u32();
    const label = fromUtf8(reader.take(reader.u16()));
    const next = (): Uint8Array => reader.take(reader.u32());
    const session = readSession(suite, next());
    const outbox = Outbox.import(next(), OUTBOX);
    const inbox = Inbox.import(next(), INBOX);
    const bank = Bank.import(next());
    const supply = Supply.import(next());
    const leftAt = readLeft(next());
    if (leftAt === undefined) return undefined;
    if (!reader.done || stage === undefined || label === undefined) return undefined;
    if (bank === undefined || supply === undefined) return undefined;
    if (session === undefined || !outbox.ok || !inbox.ok) return undefined;
    return new Contact({
      id,
      label,
      // Nothing more can be said under keys that this code cannot read: what was said is kept.
      stage: session.version === SEALING_VERSION ? stage : 'failed',
      session,
      deadline: instant(deadline),
      outbox: outbox.value,
      inbox: inbox.value,
      bank,
      supply,
      heardAt: instant(heardAt),
      epoch,
      leftAt,
    });
  }
}

function readSession(suite: CryptoSuite, state: Uint8Array): Session | undefined {
  const session = importSession(suite, state);
  if (session.ok) return session.value;
  return session.error.code === 'unknown-version' ? closedSession(state) : undefined;
}

function readLeft(bytes: Uint8Array): Map<MessageId, Instant> | undefined {
  const leftAt = new Map<MessageId, Instant>();
  const reader = new ByteReader(bytes);
  while (reader.ok && reader.remaining > 0) {
    const message = reader.u32();
    leftAt.set(message, instant(reader.u53()));
  }
  return reader.done ? leftAt : undefined;
}
