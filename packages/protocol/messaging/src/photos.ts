import type { MessageId } from '@sotto/reliable';
import { ByteReader, ByteWriter, err, type Instant, ok, type Result, toUtf8 } from '@sotto/wire';
import type { Contact } from './contact.ts';
import type { Message } from './history.ts';
import type { MessageChange, MessageLog } from './message-log.ts';
import type { PersonParts, SendPhotoError } from './person-io.ts';
import {
  cutPhoto,
  decodePhotoPart,
  encodePhotoPart,
  joinPhoto,
  MAX_PHOTO_BYTES,
  MAX_PHOTO_PARTS,
  MAX_PHOTO_WORDS_BYTES,
  type Photo,
  type PhotoPart,
  photoType,
} from './photo.ts';

/** Where photos are stored. */
export const PHOTO_PREFIX = 'person/photo/';

/** Photos on their way to a contact at a time, and from it: an honest sender never begins more. */
const MAX_UNDER_WAY = 4;
/** Pictures of one conversation that are kept; of older ones only the words stay. */
export const MAX_PHOTOS_KEPT = 32;

type Which = Pick<Message, 'contact' | 'direction' | 'id'>;

interface Held {
  readonly which: Which;
  readonly count: number;
  /** By index; all gone once it is not kept any more. */
  readonly parts: Map<number, Uint8Array>;
  /** Bit by bit, the parts that have left at least once. */
  left: number;
  /** Likewise those that were acknowledged, or of which nobody will say it. */
  done: number;
  over: boolean;
}

/** How a photo goes, or that it is here. */
export interface PhotoState {
  /** Parts in all. */
  readonly parts: number;
  /** Parts of one's own that have arrived there; of one that came all. */
  readonly done: number;
  /** Whether the picture is still kept here. */
  readonly kept: boolean;
}

const hex = (id: number): string => id.toString(16).padStart(8, '0');
const keyOf = ({ contact, direction, id }: Which): string =>
  `${PHOTO_PREFIX}${contact}/${direction}/${hex(id)}`;
const all = (count: number): number => 2 ** count - 1;
const bits = (set: number): number => set.toString(2).replaceAll('0', '').length;

/**
 * Photos of all conversations (Spec 09 §9.8). Each part is a message of its own, numbered, acknowledged and
 * repeated as texts are, and stored until then: neither side's restart loses more than what was on its way.
 * The photo is one message of the history, under the number of its first part.
 */
export class Photos {
  readonly #parts: PersonParts;
  readonly #log: MessageLog;
  readonly #save: (key: string, value: Uint8Array | undefined) => void;
  /** By key, oldest first. */
  readonly #held = new Map<string, Held>();

  /** @param save - puts an entry into the store. */
  constructor(
    parts: PersonParts,
    log: MessageLog,
    save: (key: string, value: Uint8Array | undefined) => void,
  ) {
    this.#parts = parts;
    this.#log = log;
    this.#save = save;
    log.route((contact, id, change) => this.#settle(contact, id, change));
  }

  /** Takes a photo for a contact that may be written to. @returns the number of its message. */
  write(
    now: Instant,
    contact: Contact,
    bytes: Uint8Array,
    words: string,
  ): Result<MessageId, SendPhotoError> {
    if (bytes.length > MAX_PHOTO_BYTES) return err({ code: 'too-long' });
    if (toUtf8(words).length > MAX_PHOTO_WORDS_BYTES) return err({ code: 'words-too-long' });
    if (photoType(bytes) === undefined) return err({ code: 'no-picture' });
    if (this.#underWay(contact.id, 'out').length >= MAX_UNDER_WAY) return err({ code: 'full' });
    const numbers: MessageId[] = [];
    const cut = cutPhoto(bytes, words);
    for (const _ of cut) {
      const number = contact.outbox.enqueue(now);
      if (number.ok) numbers.push(number.value);
      else {
        for (const each of numbers) contact.outbox.drop(each);
        return number;
      }
    }
    const [id = 0] = numbers;
    const which = { contact: contact.id, direction: 'out', id } as const;
    const held = this.#begin(which, cut.length);
    for (const { index, bytes: part } of cut) this.#keep(held, index, part);
    this.#log.put({ ...which, text: words, at: now, state: 'queued' });
    this.#parts.save(contact);
    this.#trim(contact.id);
    return ok(id);
  }

  /** The part that message `id` to a contact brings, as it is on the wire; undefined when it is none. */
  payloadOf(contact: string, id: MessageId): Uint8Array | undefined {
    const held = this.#outgoing(contact, id);
    if (held === undefined || held.over) return undefined;
    const index = id - held.which.id;
    const bytes = held.parts.get(index);
    return bytes === undefined ? undefined : encodePhotoPart({ index, count: held.count, bytes });
  }

  /** A part came, for the first time. The photo lives as long as what stood beside its last one says. */
  receive(
    now: Instant,
    contact: string,
    { number, part }: { readonly number: MessageId; readonly part: PhotoPart },
    came: { readonly viaMailbox: boolean; readonly life: Pick<Message, 'life'> },
  ): void {
    const { viaMailbox, life } = came;
    const { count, emit, settings } = this.#parts;
    const id = number - part.index;
    const which = { contact, direction: 'in', id } as const;
    const known = this.#held.get(keyOf(which));
    if (id < 0 || (known !== undefined && (known.over || known.count !== part.count))) {
      count('photo-part');
      return;
    }
    if (known === undefined) this.#makeRoom(contact);
    const held = known ?? this.#begin(which, part.count);
    this.#keep(held, part.index, part.bytes);
    if (held.parts.size < held.count) return;
    const photo = joinPhoto(this.#inOrder(held));
    if (photo === undefined) {
      count('photo-type');
      this.#forget(held);
      return;
    }
    held.over = true;
    held.done = all(held.count);
    this.#saveHead(held);
    this.#log.put({
      ...which,
      text: photo.words,
      at: now,
      state: 'received',
      via: viaMailbox ? 'mailbox' : 'direct',
      ...life,
    });
    settings.change(contact, { unread: settings.of(contact).unread + 1 });
    this.#trim(contact);
    emit({ kind: 'message-received', contact, id, text: photo.words, viaMailbox, photo: true });
  }

  /** Whether a message is a photo, and how it goes. */
  state(which: Which): PhotoState | undefined {
    const held = this.#held.get(keyOf(which));
    if (held === undefined) return undefined;
    return { parts: held.count, done: bits(held.done), kept: held.parts.size === held.count };
  }

  /** The picture of a message; undefined when it is none, or not kept any more. */
  photo(which: Which): Photo | undefined {
    const held = this.#held.get(keyOf(which));
    if (held === undefined || held.parts.size < held.count) return undefined;
    return joinPhoto(this.#inOrder(held));
  }

  /** A message is erased, and what it showed with it. */
  erase(which: Which): void {
    const held = this.#held.get(keyOf(which));
    if (held !== undefined) this.#forget(held);
  }

  /** A contact is gone. */
  forget(contact: string): void {
    for (const held of this.#of(contact)) this.#forget(held);
  }

  /** Takes back a stored entry, in any order. @returns false when it is none. */
  restore(key: string, value: Uint8Array): boolean {
    const [contact = '', direction, name = '', index] = key.slice(PHOTO_PREFIX.length).split('/');
    if ((direction !== 'in' && direction !== 'out') || !/^[0-9a-f]{8}$/u.test(name)) return false;
    const which = { contact, direction, id: Number.parseInt(name, 16) } as const;
    const reader = new ByteReader(value);
    const part = index === undefined ? undefined : decodePhotoPart(value);
    if (index !== undefined && part?.index !== Number(index)) return false;
    const count = part?.count ?? reader.u8();
    const held = this.#held.get(keyOf(which)) ?? {
      which,
      count,
      parts: new Map<number, Uint8Array>(),
      left: 0,
      done: 0,
      over: false,
    };
    if (held.count !== count || count < 1 || count > MAX_PHOTO_PARTS) return false;
    if (part === undefined) {
      held.over = reader.u8() === 1;
      held.left = reader.u16() & all(count);
      held.done = reader.u16() & all(count);
      if (!reader.done) return false;
    } else held.parts.set(part.index, part.bytes);
    this.#held.set(keyOf(which), held);
    return true;
  }

  /** What became of a part, in terms of its photo; undefined: nothing to tell. What is no part passes as it is. */
  #settle(
    contact: string,
    id: MessageId,
    change: MessageChange,
  ): { readonly id: MessageId; readonly change: MessageChange } | undefined {
    const held = this.#outgoing(contact, id);
    if (held === undefined) return { id, change };
    if (held.over) return undefined;
    const first = held.which.id;
    const bit = 2 ** (id - first);
    const { state } = change;
    if (state === 'failed') {
      this.#giveUp(held);
      return { id: first, change };
    }
    if (state === 'queued' || state === 'waiting') {
      // Told of what is next alone: the others wait behind it.
      return bits(held.left) === id - first ? { id: first, change } : undefined;
    }
    held.left |= bit;
    if (state === 'delivered' || change.unconfirmed === true) held.done |= bit;
    held.over = held.done === all(held.count);
    this.#saveHead(held);
    if (held.over || (state === 'sent' && held.left === all(held.count) && held.done === 0)) {
      return { id: first, change };
    }
    this.#parts.emit({ kind: 'message-changed', contact, id: first });
    if (held.left !== all(held.count)) return undefined;
    const { leftAt, expiresAt } = change;
    const times = {
      ...(leftAt === undefined ? {} : { leftAt }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    return { id: first, change: { state: 'sent', ...times } };
  }

  /** One part will never arrive: the others are of no use. */
  #giveUp(held: Held): void {
    held.over = true;
    this.#saveHead(held);
    const contact = this.#parts.contacts.get(held.which.contact);
    if (contact === undefined) return;
    for (let i = 0; i < held.count; i++) {
      const id = held.which.id + i;
      contact.outbox.drop(id);
      contact.leftAt.delete(id);
      contact.needs.delete(id);
    }
    this.#parts.save(contact);
  }

  #outgoing(contact: string, id: MessageId): Held | undefined {
    for (let first = id; first >= 0 && first > id - MAX_PHOTO_PARTS; first--) {
      const held = this.#held.get(keyOf({ contact, direction: 'out', id: first }));
      if (held !== undefined) return id < first + held.count ? held : undefined;
    }
    return undefined;
  }

  #of(contact: string): readonly Held[] {
    return [...this.#held.values()].filter(({ which }) => which.contact === contact);
  }

  #underWay(contact: string, direction: 'in' | 'out'): readonly Held[] {
    return this.#of(contact).filter(({ which, over }) => !over && which.direction === direction);
  }

  /** The oldest of those that are not whole gives way: its sender has given it up, or means ill. */
  #makeRoom(contact: string): void {
    const [oldest, ...others] = this.#underWay(contact, 'in').toSorted(
      (a, b) => a.which.id - b.which.id,
    );
    if (oldest === undefined || others.length < MAX_UNDER_WAY - 1) return;
    this.#parts.count('photo-evicted');
    this.#forget(oldest);
  }

  /** Lets go of pictures beyond those that are kept. */
  #trim(contact: string): void {
    const kept = this.#of(contact).filter(({ over, parts }) => over && parts.size > 0);
    const at = ({ which }: Held): number => this.#log.get(which)?.at ?? 0;
    const oldest = kept.toSorted((a, b) => at(a) - at(b));
    for (const held of oldest.slice(0, Math.max(0, kept.length - MAX_PHOTOS_KEPT))) {
      this.#dropParts(held);
    }
  }

  #begin(which: Which, count: number): Held {
    const held = { which, count, parts: new Map(), left: 0, done: 0, over: false };
    this.#held.set(keyOf(which), held);
    this.#saveHead(held);
    return held;
  }

  #keep({ which, count, parts }: Held, index: number, bytes: Uint8Array): void {
    parts.set(index, bytes);
    this.#save(`${keyOf(which)}/${index}`, encodePhotoPart({ index, count, bytes }));
  }

  #inOrder({ parts, count }: Held): readonly Uint8Array[] {
    return Array.from({ length: count }, (_, i) => parts.get(i) ?? new Uint8Array(0));
  }

  #forget(held: Held): void {
    this.#dropParts(held);
    this.#held.delete(keyOf(held.which));
    this.#save(keyOf(held.which), undefined);
  }

  #dropParts({ which, parts }: Held): void {
    for (const index of parts.keys()) this.#save(`${keyOf(which)}/${index}`, undefined);
    parts.clear();
  }

  /** Count u8 ‖ over u8 ‖ left u16 ‖ done u16. */
  #saveHead({ which, count, over, left, done }: Held): void {
    const head = new ByteWriter(6)
      .u8(count)
      .u8(over ? 1 : 0)
      .u16(left)
      .u16(done);
    this.#save(keyOf(which), head.bytes);
  }
}
