import {
  boxOf,
  credentialHash,
  type GreetingTerms,
  greetingToken,
  HINT_BYTES,
} from '@sotto/mailbox';
import { NAME_BYTES } from '@sotto/sphinx';
import { type CryptoSuite, KEY_BYTES } from '@sotto/suite';
import { ByteReader, ByteWriter, fromHex, randomBytes, type Rng, toHex } from '@sotto/wire';
import { CONTACT_ID_BYTES } from './contact.ts';
import type { InviteStep } from './own-invite.ts';
import { type Way, WAY_TAG_BYTES } from './way.ts';

/** Reply blocks in the box for each epoch: one packet of them. Each brings one message of somebody who has no other way. */
const PER_EPOCH = 3;
/** Contacts that can be told of one box. */
export const MAX_TOLD = 1024;
const STATE_VERSION = 1;

interface WayFields {
  readonly node: string;
  readonly boxSecret: Uint8Array;
  readonly key: Uint8Array;
  readonly hint: Uint8Array;
  /** Epoch in which it was made. */
  readonly since: number;
}

/** What one contact was told. */
interface Told {
  readonly tag: Uint8Array;
  /** The contact has said that it knows. */
  known: boolean;
}

/** A box of one's own by which contacts find back. */
export class OwnWay {
  readonly id: string;
  readonly fields: WayFields;
  /** What must still leave; a step is taken out while its packet waits for a slot. */
  steps: InviteStep[] = [];
  /** Steps under way, by the endpoint's number. */
  readonly underWay: Map<number, InviteStep> = new Map();
  filledUpTo: number;
  readonly #told: Map<string, Told>;

  constructor(fields: WayFields, filledUpTo: number, told: ReadonlyMap<string, Told> = new Map()) {
    this.id = toHex(fields.hint);
    this.fields = fields;
    this.filledUpTo = filledUpTo;
    this.#told = new Map(told);
  }

  /** Draws a new one. */
  static create(rng: Rng, node: string, since: number): OwnWay {
    const boxSecret = randomBytes(rng, KEY_BYTES);
    const key = randomBytes(rng, KEY_BYTES);
    const hint = randomBytes(rng, HINT_BYTES);
    return new OwnWay({ node, boxSecret, key, hint, since }, since - 1);
  }

  /** Plans the packets that fill the box up to an epoch. */
  plan(epoch: number): void {
    while (this.filledUpTo < epoch) {
      this.filledUpTo++;
      this.steps.push({ kind: 'stash', epoch: this.filledUpTo, surbs: PER_EPOCH, grant: true });
    }
  }

  /** Whether there is something in the box. */
  get isFilled(): boolean {
    return this.#leftUpTo >= this.fields.since;
  }

  /** What the contact point is told of it. */
  terms(suite: CryptoSuite): GreetingTerms {
    const tokenHash = credentialHash(suite, greetingToken(suite, this.fields.key));
    return { tokenHash, hint: this.fields.hint, perEpoch: PER_EPOCH };
  }

  /** What a contact is told of it, the same each time. Undefined when too many were told. */
  tell(suite: CryptoSuite, rng: Rng, contact: string): Way | undefined {
    let told = this.#told.get(contact);
    if (told === undefined) {
      if (this.#told.size >= MAX_TOLD) return undefined;
      told = { tag: randomBytes(rng, WAY_TAG_BYTES), known: false };
      this.#told.set(contact, told);
    }
    const { node, boxSecret, key } = this.fields;
    const name = fromHex(node) ?? new Uint8Array(NAME_BYTES);
    return { node: name, box: boxOf(suite, boxSecret), key: key.slice(), tag: told.tag };
  }

  /** A contact has said that it knows it. @returns false when it was never told. */
  confirm(contact: string): boolean {
    const told = this.#told.get(contact);
    if (told === undefined) return false;
    told.known = true;
    return true;
  }

  /** Whether a contact has said that it knows it. */
  isKnownTo(contact: string): boolean {
    return this.#told.get(contact)?.known === true;
  }

  /** Whether a contact may know it. */
  wasToldTo(contact: string): boolean {
    return this.#told.has(contact);
  }

  /** Contacts that may know it. */
  get told(): Iterable<string> {
    return this.#told.keys();
  }

  /** The contact whose tag this is. Every tag is compared, in whatever time that takes: it comes after the pool's delays. */
  contactOf(tag: Uint8Array): string | undefined {
    const wanted = toHex(tag);
    for (const [contact, told] of this.#told) if (toHex(told.tag) === wanted) return contact;
    return undefined;
  }

  /** Last epoch of which everything has left. */
  get #leftUpTo(): number {
    const pending = [...this.steps, ...this.underWay.values()];
    const epochs = pending.flatMap((step) => (step.kind === 'stash' ? [step.epoch - 1] : []));
    return Math.min(this.filledUpTo, ...epochs);
  }

  /**
   * The whole state; secret: version u8 ‖ since u32 ‖ filled u32 (one more, for there is an epoch 0) ‖
   * node 16 ‖ box secret 32 ‖ key 32 ‖ hint 16 ‖ contacts, each id 8 ‖ tag 16 ‖ known u8.
   */
  export(): Uint8Array {
    const { node, boxSecret, key, hint, since } = this.fields;
    const each = CONTACT_ID_BYTES + WAY_TAG_BYTES + 1;
    const fixed = 1 + 4 + 4 + NAME_BYTES + 2 * KEY_BYTES + HINT_BYTES;
    const writer = new ByteWriter(fixed + this.#told.size * each)
      .u8(STATE_VERSION)
      .u32(since)
      .u32(this.#leftUpTo + 1)
      .put(fromHex(node) ?? new Uint8Array(NAME_BYTES))
      .put(boxSecret)
      .put(key)
      .put(hint);
    for (const [contact, { tag, known }] of this.#told) {
      writer
        .put(fromHex(contact) ?? new Uint8Array(CONTACT_ID_BYTES))
        .put(tag)
        .u8(known ? 1 : 0);
    }
    return writer.bytes;
  }

  /** Reads what {@link OwnWay.export} wrote; undefined when it is not that. */
  static import(bytes: Uint8Array): OwnWay | undefined {
    const reader = new ByteReader(bytes);
    if (reader.u8() !== STATE_VERSION) return undefined;
    const since = reader.u32();
    const filledUpTo = reader.u32() - 1;
    const node = toHex(reader.take(NAME_BYTES));
    const boxSecret = reader.take(KEY_BYTES);
    const key = reader.take(KEY_BYTES);
    const hint = reader.take(HINT_BYTES);
    const told = new Map<string, Told>();
    while (reader.ok && reader.remaining > 0 && told.size < MAX_TOLD) {
      const contact = toHex(reader.take(CONTACT_ID_BYTES));
      told.set(contact, { tag: reader.take(WAY_TAG_BYTES), known: reader.u8() === 1 });
    }
    if (!reader.done) return undefined;
    return new OwnWay({ node, boxSecret, key, hint, since }, filledUpTo, told);
  }
}
