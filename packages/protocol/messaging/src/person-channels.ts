import {
  type ChannelError,
  type ChannelEvent,
  type ChannelId,
  type ChannelRefusal,
  Channels,
  type Payload,
  type ResetReason,
} from '@sotto/channel';
import type { MessageId } from '@sotto/reliable';
import { err, type Instant, type Result } from '@sotto/wire';
import type { PersonParts } from './person-io.ts';

/** Why a channel is not opened, or something cannot be done with it. */
export type PersonChannelError =
  | ChannelError
  | { readonly code: 'unknown-contact' | 'contact-failed' | 'contact-blocked' };

/** Where it is stored that channels with a contact may be open. */
export const CHANNELS_PREFIX = 'person/channels/';

interface Held {
  readonly channels: Channels;
  /** What is on its way, by the number of its message. */
  readonly payloads: Map<MessageId, Payload>;
  marked: boolean;
}

/**
 * The channels of all contacts (Spec 14). They live in memory and end with the process; stored is only
 * that there are some, so that the next process can tell the peer that they are gone.
 */
export class PersonChannels {
  readonly #parts: PersonParts;
  readonly #save: (key: string, value: Uint8Array | undefined) => void;
  readonly #pump: (now: Instant) => void;
  readonly #byContact = new Map<string, Held>();

  /**
   * @param save - puts an entry into the store.
   * @param pump - lets leave what may.
   */
  constructor(
    parts: PersonParts,
    save: (key: string, value: Uint8Array | undefined) => void,
    pump: (now: Instant) => void,
  ) {
    this.#parts = parts;
    this.#save = save;
    this.#pump = pump;
  }

  /** Opens a channel with a contact; `name` says what it is for. @throws RangeError when the name is not 1 to 64 bytes. */
  open(now: Instant, contact: string, name: string): Result<ChannelId, PersonChannelError> {
    const { contacts, settings, rng } = this.#parts;
    const stage = contacts.get(contact)?.stage;
    if (stage === undefined) return err({ code: 'unknown-contact' });
    if (stage === 'failed') return err({ code: 'contact-failed' });
    if (settings.of(contact).blocked) return err({ code: 'contact-blocked' });
    const opened = this.#of(contact).channels.open(rng, name);
    this.#after(now, contact);
    return opened;
  }

  /** Takes bytes to be sent. @returns how many; `writable` tells when there is room for the rest. */
  write(
    now: Instant,
    contact: string,
    channel: ChannelId,
    bytes: Uint8Array,
  ): Result<number, PersonChannelError> {
    const written = this.#at(contact, (channels) => channels.write(channel, bytes));
    this.#after(now, contact);
    return written;
  }

  /** Reads at most `most` bytes, perhaps none; `ended` once all was read and nothing follows. */
  read(
    now: Instant,
    contact: string,
    channel: ChannelId,
    most: number,
  ): Result<{ readonly bytes: Uint8Array; readonly ended: boolean }, PersonChannelError> {
    const read = this.#at(contact, (channels) => channels.read(channel, most));
    this.#after(now, contact);
    return read;
  }

  /** Ends this side's direction, behind what was written. */
  end(now: Instant, contact: string, channel: ChannelId): Result<void, PersonChannelError> {
    const ended = this.#at(contact, (channels) => channels.end(channel));
    this.#after(now, contact);
    return ended;
  }

  /** Cuts a channel off, both ways. @returns false when there is none. */
  reset(now: Instant, contact: string, channel: ChannelId, reason: ResetReason): boolean {
    const cut = this.#byContact.get(contact)?.channels.reset(channel, reason) ?? false;
    this.#after(now, contact);
    return cut;
  }

  /** Messages of a contact's channels that are not settled. */
  underWay(contact: string): number {
    return this.#byContact.get(contact)?.payloads.size ?? 0;
  }

  /** Whether any channel with a contact is open. */
  isActive(contact: string): boolean {
    return (this.#byContact.get(contact)?.channels.size ?? 0) > 0;
  }

  /** Bytes that could leave for a contact, about. */
  pending(contact: string): number {
    return this.#byContact.get(contact)?.channels.pending ?? 0;
  }

  /** What leaves next, in at most `room` bytes, as message `id`. @returns false when nothing does. */
  take(contact: string, id: MessageId, room: number): boolean {
    const held = this.#byContact.get(contact);
    const payload = held?.channels.take(room);
    if (held === undefined || payload === undefined) return false;
    held.payloads.set(id, payload);
    this.#tell(contact, held);
    return true;
  }

  /** What message `id` carries; undefined when it is none of a channel. */
  payloadOf(contact: string, id: MessageId): Uint8Array | undefined {
    return this.#byContact.get(contact)?.payloads.get(id)?.bytes;
  }

  /** A message was acknowledged, or given up. Nothing happens when it is none of a channel. */
  settled(contact: string, id: MessageId, arrived: boolean): void {
    const held = this.#byContact.get(contact);
    const payload = held?.payloads.get(id);
    if (held === undefined || payload === undefined) return;
    held.payloads.delete(id);
    if (arrived) held.channels.acked(payload);
    else held.channels.lost(payload);
    this.#tell(contact, held);
  }

  /** Takes what a message of the contact's brought, any bytes. */
  receive(contact: string, number: MessageId, bytes: Uint8Array): Result<void, ChannelRefusal> {
    const held = this.#of(contact);
    const taken = held.channels.receive(number, bytes);
    this.#tell(contact, held);
    return taken;
  }

  /**
   * Cuts off all channels with a contact that is blocked from now on: whoever reads or writes here is
   * told at once, the contact when it is blocked no more.
   *
   * @returns numbers of messages that must not leave again.
   */
  block(contact: string): readonly MessageId[] {
    const held = this.#byContact.get(contact);
    if (held === undefined) return [];
    const ids = [...held.payloads.keys()];
    held.channels.cutAll(held.payloads.values());
    held.payloads.clear();
    this.#tell(contact, held);
    return ids;
  }

  /** A contact is gone, and all channels with it. */
  forget(contact: string): void {
    this.#byContact.delete(contact);
    this.#save(CHANNELS_PREFIX + contact, undefined);
  }

  /** Takes back a stored entry: the peer will be told that what was open is gone. */
  restore(key: string): boolean {
    const contact = key.slice(CHANNELS_PREFIX.length);
    const channels = new Channels(true);
    this.#byContact.set(contact, { channels, payloads: new Map(), marked: true });
    return true;
  }

  #of(contact: string): Held {
    const known = this.#byContact.get(contact);
    if (known !== undefined) return known;
    const held = { channels: new Channels(), payloads: new Map(), marked: false };
    this.#byContact.set(contact, held);
    return held;
  }

  #at<T>(
    contact: string,
    act: (channels: Channels) => Result<T, ChannelError>,
  ): Result<T, PersonChannelError> {
    if (this.#parts.settings.of(contact).blocked) return err({ code: 'contact-blocked' });
    const held = this.#byContact.get(contact);
    return held === undefined ? err({ code: 'unknown-channel' }) : act(held.channels);
  }

  #after(now: Instant, contact: string): void {
    const held = this.#byContact.get(contact);
    if (held === undefined) return;
    this.#tell(contact, held);
    this.#pump(now);
  }

  #tell(contact: string, held: Held): void {
    const { channels } = held;
    // Stored before anything of a channel leaves: what leaves waits for all that was stored before.
    if (channels.idle === held.marked) {
      held.marked = !channels.idle;
      this.#save(CHANNELS_PREFIX + contact, held.marked ? Uint8Array.of(1) : undefined);
    }
    for (let event = channels.poll(); event !== undefined; event = channels.poll()) {
      this.#parts.emit({ kind: 'channel', contact, event });
    }
  }
}

/** What happened to a channel with a contact. */
export interface PersonChannelEvent {
  readonly kind: 'channel';
  readonly contact: string;
  readonly event: ChannelEvent;
}
