import { PortCalls } from '../channel-calls.ts';
import type { Channel, ChannelCalls, ChannelName, ChannelPort } from '../channel-io.ts';
import { randomBytes, toHex } from '@sotto/wire';
import { systemRng } from '@sotto/driver';
import type { Abortable, Client, Profile } from '../client-io.ts';
import type { ClientEvent } from '../event-io.ts';
import type { ClientStatus, PlanInfo } from '../figures-io.ts';
import type { Message, MessageHandle, Picture } from '../message-io.ts';
import type {
  Address,
  AddressOptions,
  Contact,
  Introduction,
  Invitation,
  OpenAddress,
  OpenInvite,
} from '../people-io.ts';
import { EventFeed } from '../event-feed.ts';
import { MessageStates } from '../message-states.ts';
import { abortedBy, SottoError } from '../sotto-error.ts';
import { type Method, readToPage, revived, type ToPage, type ToWorker } from './messages.ts';
import type { Wire } from './wire.ts';

/** Events that the worker may send ahead of what was read. */
const CREDIT = 512;

interface Call {
  readonly message: Extract<ToWorker, { kind: 'call' }>;
  readonly settle: PromiseWithResolvers<unknown>;
}

/**
 * The client of a page: asks the worker, over whatever wire there is. When the worker is another one, all
 * that is not answered is asked again, under the tokens that it was asked under before.
 */
export class RemoteClient implements Client {
  readonly #leave: () => Promise<void>;
  readonly #erase: () => Promise<void>;
  readonly #rng = systemRng();
  readonly #calls = new Map<number, Call>();
  readonly #channelCalls: PortCalls;
  readonly #feed = new EventFeed<ClientEvent>();
  readonly #states = new MessageStates(this.#feed);
  #wire: Wire | undefined;
  #attached = false;
  #exported = false;
  #taken = 0;
  #last = 0;
  #end: { readonly error: SottoError } | undefined;
  #closing: Promise<void> | undefined;

  /**
   * @param leave - ends this tab's part: stops the worker if it is this tab's.
   * @param erase - erases an account that has stopped.
   */
  constructor(leave: () => Promise<void>, erase: () => Promise<void>) {
    this.#leave = leave;
    this.#erase = erase;
    this.#channelCalls = new PortCalls(this.#channelPort());
  }

  /** Uses this wire from now on. */
  attach(wire: Wire): void {
    this.detach();
    if (this.#end !== undefined) return;
    this.#wire = wire;
    wire.hear((message) => {
      const read = readToPage(message);
      if (read !== undefined && this.#wire === wire) this.#hear(read);
    });
    this.#taken = 0;
    this.#post({ kind: 'more', count: CREDIT });
    for (const { message } of this.#calls.values()) this.#post(message);
    if (this.#attached) this.#restarted();
    this.#attached = true;
  }

  /** The worker is gone: what is asked waits for another one. */
  detach(): void {
    this.#wire?.close();
    this.#wire = undefined;
  }

  /** Takes leave of the worker. */
  bye(): void {
    this.#post({ kind: 'bye' });
  }

  /** It is over; without an error it was closed. */
  end(error?: SottoError): void {
    if (this.#end !== undefined) return;
    this.#end = { error: error ?? new SottoError('closed') };
    this.bye();
    this.detach();
    for (const { settle } of this.#calls.values()) settle.reject(this.#end.error);
    this.#calls.clear();
    this.#feed.end(error);
  }

  async online({ signal }: Abortable = {}): Promise<void> {
    await this.#call('online', [], signal);
  }

  async invite({
    signal,
    ...named
  }: Abortable & { readonly name?: string } = {}): Promise<Invitation> {
    return this.#call<Invitation>('invite', [named], signal);
  }

  async invites(): Promise<readonly OpenInvite[]> {
    return this.#call<readonly OpenInvite[]>('invites', []);
  }

  async revokeInvite(invite: string): Promise<void> {
    await this.#call('revokeInvite', [invite]);
  }

  async address({ signal, ...rest }: Abortable & AddressOptions = {}): Promise<Address> {
    return this.#call<Address>('address', [rest], signal);
  }

  async addresses(): Promise<readonly OpenAddress[]> {
    return this.#call<readonly OpenAddress[]>('addresses', []);
  }

  async revokeAddress(address: string): Promise<void> {
    await this.#call('revokeAddress', [address]);
  }

  async introduce(...args: Parameters<Client['introduce']>): Promise<string> {
    const [first, second, options = {}] = args;
    return this.#call<string>('introduce', [first, second, options]);
  }

  async introductions(): Promise<readonly Introduction[]> {
    return this.#call<readonly Introduction[]>('introductions', []);
  }

  async acceptIntroduction(introduction: string): Promise<void> {
    await this.#call('acceptIntroduction', [introduction]);
  }

  async declineIntroduction(introduction: string): Promise<void> {
    await this.#call('declineIntroduction', [introduction]);
  }

  async accept(
    link: string,
    { signal, ...named }: Abortable & { readonly name?: string } = {},
  ): Promise<Contact> {
    return this.#call<Contact>('accept', [link, named], signal);
  }

  async contacts(): Promise<readonly Contact[]> {
    return this.#call<readonly Contact[]>('contacts', []);
  }

  async rename(contact: string, name: string): Promise<void> {
    await this.#call('rename', [contact, name]);
  }

  async setMuted(contact: string, muted: boolean): Promise<void> {
    await this.#call('setMuted', [contact, muted]);
  }

  async setLifetime(contact: string, seconds: number): Promise<void> {
    await this.#call('setLifetime', [contact, seconds]);
  }

  async setAcknowledges(contact: string, acknowledges: boolean): Promise<void> {
    await this.#call('setAcknowledges', [contact, acknowledges]);
  }

  async setBlocked(contact: string, blocked: boolean): Promise<void> {
    await this.#call('setBlocked', [contact, blocked]);
  }

  async safetyNumber(contact: string): Promise<string> {
    return this.#call<string>('safetyNumber', [contact]);
  }

  async setVerified(contact: string, number: string): Promise<void> {
    await this.#call('setVerified', [contact, number]);
  }

  async removeContact(contact: string): Promise<void> {
    await this.#call('removeContact', [contact]);
  }

  async clearConversation(contact: string): Promise<void> {
    await this.#call('clearConversation', [contact]);
  }

  async markRead(contact: string): Promise<void> {
    await this.#call('markRead', [contact]);
  }

  async messages(contact: string): Promise<readonly Message[]> {
    return this.#call<readonly Message[]>('messages', [contact]);
  }

  async send(contact: string, text: string, { signal }: Abortable = {}): Promise<MessageHandle> {
    const sent = await this.#call<Pick<MessageHandle, 'contact' | 'id' | 'state'>>(
      'send',
      [contact, text],
      signal,
    );
    return this.#states.track(sent.contact, sent.id, sent.state);
  }

  async sendPhoto(
    contact: string,
    bytes: Uint8Array,
    { words = '', signal }: Abortable & { readonly words?: string } = {},
  ): Promise<MessageHandle> {
    const sent = await this.#call<Pick<MessageHandle, 'contact' | 'id' | 'state'>>(
      'sendPhoto',
      [contact, bytes, words],
      signal,
    );
    return this.#states.track(sent.contact, sent.id, sent.state);
  }

  async photo({
    contact,
    direction,
    id,
  }: Pick<Message, 'contact' | 'direction' | 'id'>): Promise<Picture> {
    return this.#call<Picture>('photo', [{ contact, direction, id }]);
  }

  events({ signal }: Abortable = {}): AsyncIterableIterator<ClientEvent> {
    this.#checkOpen(signal);
    return this.#feed.stream(signal);
  }

  async status(): Promise<ClientStatus> {
    return this.#call<ClientStatus>('status', []);
  }

  async plan(): Promise<PlanInfo> {
    return this.#call<PlanInfo>('plan', []);
  }

  async setPlan(name: string): Promise<{ readonly from: Date }> {
    return this.#call<{ readonly from: Date }>('setPlan', [name]);
  }

  async profile(): Promise<Profile> {
    return this.#call<Profile>('profile', []);
  }

  async setProfile({ name }: Profile): Promise<void> {
    await this.#call('setProfile', [{ name }]);
  }

  async exportAccount(passphrase: string): Promise<Uint8Array> {
    const file = await this.#call<Uint8Array>('exportAccount', [passphrase]);
    this.#exported = true;
    return file;
  }

  openChannel(...args: Parameters<ChannelCalls['openChannel']>): Promise<Channel> {
    return this.#channelCalls.openChannel(...args);
  }

  channels(...args: Parameters<ChannelCalls['channels']>): AsyncIterableIterator<Channel> {
    this.#checkOpen();
    return this.#channelCalls.channels(...args);
  }

  request(...args: Parameters<ChannelCalls['request']>): Promise<Uint8Array> {
    return this.#channelCalls.request(...args);
  }

  onRequest(...args: Parameters<ChannelCalls['onRequest']>): Promise<void> {
    return this.#channelCalls.onRequest(...args);
  }

  async wipe(): Promise<void> {
    if (this.#exported || this.#end?.error.code === 'account-moved') {
      // Its client has stopped, here or by another tab, and the worker goes with it.
      await this.close();
      await this.#erase();
      return;
    }
    await this.#call('wipe', []);
    await this.close();
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  #channelPort(): ChannelPort {
    return {
      channelOpen: (contact, name, { signal } = {}) =>
        this.#call<string>('channelOpen', [contact, name], signal),
      channelAccept: (name, { signal } = {}) =>
        this.#call<ChannelName>('channelAccept', [name], signal),
      channelWrite: (contact, channel, bytes, { signal } = {}) =>
        this.#call<void>('channelWrite', [contact, channel, bytes], signal),
      channelRead: (contact, channel, { signal } = {}) =>
        this.#call<Uint8Array | undefined>('channelRead', [contact, channel], signal),
      channelEnd: (contact, channel) => this.#call<void>('channelEnd', [contact, channel]),
      channelReset: (contact, channel) => this.#call<void>('channelReset', [contact, channel]),
    };
  }

  async #close(): Promise<void> {
    await this.#leave();
    this.end();
  }

  async #call<T>(method: Method, args: readonly unknown[], signal?: AbortSignal): Promise<T> {
    this.#checkOpen(signal);
    const id = ++this.#last;
    const token = toHex(randomBytes(this.#rng, 16));
    const message = { kind: 'call', id, method, args, token } as const;
    const settle = Promise.withResolvers<unknown>();
    const onAbort = (): void => {
      this.#calls.delete(id);
      this.#post({ kind: 'abort', id });
      if (signal !== undefined) settle.reject(abortedBy(signal));
    };
    this.#calls.set(id, { message, settle });
    signal?.addEventListener('abort', onAbort);
    this.#post(message);
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the worker runs the same interface
      return (await settle.promise) as T;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #hear(message: ToPage): void {
    switch (message.kind) {
      case 'result':
        this.#settle(message.id)?.resolve(message.value);
        break;
      case 'error':
        this.#settle(message.id)?.reject(revived(message.error));
        break;
      case 'event':
        this.#take(message.event);
        break;
      case 'lost':
        this.#restarted();
        break;
      case 'ended':
        this.end(message.error === undefined ? undefined : revived(message.error));
        void this.close();
        break;
    }
  }

  #settle(id: number): PromiseWithResolvers<unknown> | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call?.settle;
  }

  #take(event: ClientEvent): void {
    if (++this.#taken === CREDIT / 2) {
      this.#taken = 0;
      this.#post({ kind: 'more', count: CREDIT / 2 });
    }
    this.#tell(event);
  }

  #tell(event: ClientEvent): void {
    if (event.kind === 'message-state') {
      this.#states.update(event.contact, event.id, event.state, event.unconfirmed);
    }
    if (event.kind === 'contact-removed') this.#states.forget(event.contact);
    this.#feed.publish(event);
  }

  /** Events may be missing: whoever shows something reads it anew, and messages on their way are asked for. */
  #restarted(): void {
    this.#feed.publish({ kind: 'restarted' });
    for (const contact of this.#states.contacts()) void this.#catchUp(contact);
  }

  async #catchUp(contact: string): Promise<void> {
    try {
      for (const { direction, id, state, unconfirmed } of await this.messages(contact)) {
        if (direction !== 'out' || this.#states.stateOf(contact, id) === undefined) continue;
        if (this.#states.stateOf(contact, id) === state && unconfirmed !== true) continue;
        const final = unconfirmed === true ? { unconfirmed } : {};
        this.#tell({ kind: 'message-state', contact, id, state, ...final });
      }
    } catch (error) {
      // The contact was removed meanwhile, or the client is over: readers of both are told.
      if (!(error instanceof SottoError)) throw error;
    }
  }

  #post(message: ToWorker): void {
    this.#wire?.post(message);
  }

  #checkOpen(signal?: AbortSignal): void {
    if (signal?.aborted === true) throw abortedBy(signal);
    if (this.#end !== undefined) throw this.#end.error;
    if (this.#closing !== undefined) throw new SottoError('closed');
  }
}
