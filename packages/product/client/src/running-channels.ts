import { type ChannelEvent, MAX_NAME_BYTES } from '@sotto/channel';
import type { Timers } from '@sotto/driver';
import type { Person, PersonChannelError } from '@sotto/messaging';
import { type Instant, type Result, toUtf8 } from '@sotto/wire';
import { type ChannelName, type ChannelPort, MAX_PIECE_BYTES } from './channel-io.ts';
import type { Abortable } from './client-io.ts';
import { abortedBy, SottoError, type SottoErrorCode } from './sotto-error.ts';

/** A channel that nobody has asked for in this time is refused. */
const UNCLAIMED_MILLIS = 60_000;

const CODES: Readonly<Record<PersonChannelError['code'], SottoErrorCode>> = {
  'unknown-contact': 'unknown-contact',
  'contact-failed': 'contact-failed',
  'contact-blocked': 'contact-blocked',
  'unknown-channel': 'channel-reset',
  'channel-reset': 'channel-reset',
  'channel-ended': 'channel-ended',
  'too-many-channels': 'too-many-channels',
};

interface Unclaimed extends ChannelName {
  readonly forget: () => void;
}

/** What a core is asked through. */
type Command = <T>(action: (person: Person, now: Instant) => T) => T;

const keyOf = (contact: string, channel: string): string => `${contact}/${channel}`;

/** The channels of a client that runs here: who waits for what, until the core says that it is there. */
export class RunningChannels implements ChannelPort {
  readonly #command: Command;
  readonly #checkOpen: (signal?: AbortSignal) => void;
  readonly #timers: Timers;
  /** Called when something about a channel, or a name, changed. */
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #unclaimed = new Map<string, Unclaimed[]>();

  /** @param checkOpen - throws when the client is over or the signal has fired. */
  constructor(command: Command, checkOpen: (signal?: AbortSignal) => void, timers: Timers) {
    this.#command = command;
    this.#checkOpen = checkOpen;
    this.#timers = timers;
  }

  async channelOpen(contact: string, name: string, { signal }: Abortable = {}): Promise<string> {
    this.#checkOpen(signal);
    checkName(name);
    return must(this.#command((person, now) => person.channels.open(now, contact, name)));
  }

  async channelAccept(name: string, { signal }: Abortable = {}): Promise<ChannelName> {
    checkName(name);
    for (;;) {
      this.#checkOpen(signal);
      const next = this.#unclaimed.get(name)?.shift();
      if (next !== undefined) {
        next.forget();
        return { contact: next.contact, channel: next.channel };
      }
      // oxlint-disable-next-line no-await-in-loop
      await this.#change(`name ${name}`, signal);
    }
  }

  async channelWrite(
    contact: string,
    channel: string,
    bytes: Uint8Array,
    { signal }: Abortable = {},
  ): Promise<void> {
    let at = 0;
    try {
      for (;;) {
        this.#checkOpen(signal);
        const rest = bytes.subarray(at);
        const taken = this.#command((person, now) =>
          person.channels.write(now, contact, channel, rest),
        );
        at += must(taken);
        if (at === bytes.length) return;
        // oxlint-disable-next-line no-await-in-loop
        await this.#change(keyOf(contact, channel), signal);
      }
    } catch (error) {
      // A part may be on its way: what followed would be taken for the rest of it.
      if (signal?.aborted === true) await this.channelReset(contact, channel);
      throw error;
    }
  }

  async channelRead(
    contact: string,
    channel: string,
    { signal }: Abortable = {},
  ): Promise<Uint8Array | undefined> {
    for (;;) {
      this.#checkOpen(signal);
      const result = this.#command((person, now) =>
        person.channels.read(now, contact, channel, MAX_PIECE_BYTES),
      );
      const { bytes, ended } = must(result);
      if (bytes.length > 0) return bytes;
      if (ended) return undefined;
      // oxlint-disable-next-line no-await-in-loop
      await this.#change(keyOf(contact, channel), signal);
    }
  }

  async channelEnd(contact: string, channel: string): Promise<void> {
    this.#checkOpen();
    must(this.#command((person, now) => person.channels.end(now, contact, channel)));
  }

  async channelReset(contact: string, channel: string): Promise<void> {
    this.#checkOpen();
    this.#cut(contact, channel, 'cancelled');
  }

  /** The core says that something happened. */
  tell(contact: string, event: ChannelEvent): void {
    const { channel } = event;
    switch (event.kind) {
      case 'opened':
        this.#offer(contact, channel, event.name);
        break;
      case 'closed':
      case 'reset':
      case 'readable':
      case 'writable':
        this.#wake(keyOf(contact, channel));
        break;
    }
  }

  /** Everybody who waits looks again: a contact is gone, or the client is over. */
  wakeAll(): void {
    for (const key of this.#waiting.keys()) this.#wake(key);
  }

  /** Forgets its timers: the client is over. */
  stop(): void {
    for (const list of this.#unclaimed.values()) for (const { forget } of list) forget();
    this.#unclaimed.clear();
    this.wakeAll();
  }

  #offer(contact: string, channel: string, name: string): void {
    const list = this.#unclaimed.get(name) ?? [];
    this.#unclaimed.set(name, list);
    const forget = this.#timers.set(() => {
      const at = list.findIndex((each) => each.channel === channel && each.contact === contact);
      if (at < 0) return;
      list.splice(at, 1);
      if (list.length === 0) this.#unclaimed.delete(name);
      this.#cut(contact, channel, 'refused');
    }, UNCLAIMED_MILLIS);
    list.push({ contact, channel, forget });
    this.#wake(`name ${name}`);
  }

  #cut(contact: string, channel: string, reason: 'cancelled' | 'refused'): void {
    const cut = this.#command((person, now) =>
      person.channels.reset(now, contact, channel, reason),
    );
    if (cut) this.#wake(keyOf(contact, channel));
  }

  /** Resolves at the next change; rejects when the signal fires. */
  async #change(key: string, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiters = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiters);
    waiters.add(resolve);
    const onAbort = (): void => {
      if (signal !== undefined) reject(abortedBy(signal));
    };
    signal?.addEventListener('abort', onAbort);
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      waiters.delete(resolve);
      if (waiters.size === 0 && this.#waiting.get(key) === waiters) this.#waiting.delete(key);
    }
  }

  #wake(key: string): void {
    const waiters = this.#waiting.get(key);
    this.#waiting.delete(key);
    for (const resolve of waiters ?? []) resolve();
  }
}

function must<T>(result: Result<T, PersonChannelError>): T {
  if (result.ok) return result.value;
  const { error } = result;
  const how = error.code === 'channel-reset' ? error.reason : 'unknown';
  const code = CODES[error.code];
  throw new SottoError(code, code === 'channel-reset' ? how : '');
}

/** @throws SottoError `channel-name`. */
function checkName(name: string): void {
  const { length } = toUtf8(name);
  if (length < 1 || length > MAX_NAME_BYTES) throw new SottoError('channel-name');
}
