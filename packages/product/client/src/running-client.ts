import { systemTimers } from '@sotto/driver';
import { MAX_LABEL_BYTES, type Message as StoredMessage, type PersonEvent } from '@sotto/messaging';
import { fromUtf8, toUtf8 } from '@sotto/wire';
import { acceptInvite, makeInvite, type MeetingOptions } from './acquaintances.ts';
import { AskedOnce } from './asked-once.ts';
import { PortCalls } from './channel-calls.ts';
import type { Channel, ChannelCalls } from './channel-io.ts';
import { encodeAccountFile } from './account-file.ts';
import type {
  Abortable,
  Client,
  ClientEvent,
  ClientOptions,
  ClientStatus,
  Contact,
  Invitation,
  Message,
  MessageHandle,
  OpenInvite,
  PlanInfo,
  Profile,
} from './client-io.ts';
import { FAILURE_CODES, SEND_CODES } from './codes.ts';
import { Engine, type EngineParts } from './engine.ts';
import { EventFeed } from './event-feed.ts';
import { planOf } from './first-run.ts';
import { invitationOf } from './invitation.ts';
import { MessageStates } from './message-states.ts';
import { RunningChannels } from './running-channels.ts';
import type { SealedStore } from './sealed-store.ts';
import { contactOf, dateOf, messageOf, openInviteOf, planInfoOf } from './shown.ts';
import { abortedBy, SottoError } from './sotto-error.ts';

/** Where what only this device knows of its person is stored. */
const PROFILE_KEY = 'client/profile';

type Which = Pick<StoredMessage, 'contact' | 'direction' | 'id'>;

/** The one implementation of {@link Client} that does the work, in Node and in a worker. */
export class RunningClient implements Client {
  /** The plain calls that channels are made of. */
  readonly channelPort: RunningChannels;
  readonly #options: ClientOptions;
  readonly #sealed: SealedStore;
  readonly #network: Uint8Array;
  readonly #engine: Engine;
  readonly #channelCalls: PortCalls;
  readonly #feed = new EventFeed<ClientEvent>();
  readonly #states: MessageStates;
  readonly #asked: AskedOnce;
  readonly #meeting: Parameters<typeof makeInvite>[0];
  #profile: Profile;
  #failure: SottoError | undefined;
  #closing: Promise<void> | undefined;

  /** Runs at once; `parts` are what was opened and read for it. */
  constructor(options: ClientOptions, parts: Pick<EngineParts, 'sealed' | 'stored' | 'network'>) {
    this.#options = options;
    this.#sealed = parts.sealed;
    this.#network = parts.network;
    this.#states = new MessageStates(this.#feed);
    const profile = parts.stored.find(({ key }) => key === PROFILE_KEY)?.value;
    this.#profile = { name: (profile === undefined ? undefined : fromUtf8(profile)) ?? '' };
    this.#engine = new Engine(options, {
      ...parts,
      onEvent: (event) => this.#tell(event),
      publish: (event) => this.#feed.publish(event),
      onError: (error) => this.#fail(error),
    });
    this.channelPort = new RunningChannels(
      (action) => this.#engine.command(action),
      (signal) => this.#checkOpen(signal),
      options.timers ?? systemTimers,
    );
    this.#channelCalls = new PortCalls(this.channelPort);
    this.#asked = new AskedOnce(parts.stored);
    this.#meeting = {
      options,
      engine: this.#engine,
      feed: this.#feed,
      asked: this.#asked,
      checkOpen: (signal) => this.#checkOpen(signal),
    };
  }

  async online({ signal }: Abortable = {}): Promise<void> {
    this.#checkOpen(signal);
    if (this.#engine.guard !== undefined) return;
    await this.#feed.first(({ kind }) => (kind === 'online' ? true : undefined), signal);
  }

  async invite(options: MeetingOptions = {}): Promise<Invitation> {
    checkName(options.name ?? '');
    this.#checkOpen(options.signal);
    return makeInvite(this.#meeting, options);
  }

  async invites(): Promise<readonly OpenInvite[]> {
    this.#checkOpen();
    return this.#engine.command((person) => person.invites()).map(openInviteOf);
  }

  async revokeInvite(invite: string): Promise<void> {
    this.#checkOpen();
    if (!this.#engine.command((person, now) => person.revokeInvite(now, invite))) {
      throw new SottoError('unknown-invite');
    }
    await this.#engine.stored();
  }

  async accept(link: string, options: MeetingOptions = {}): Promise<Contact> {
    checkName(options.name ?? '');
    this.#checkOpen(options.signal);
    return acceptInvite(this.#meeting, link, options);
  }

  async contacts(): Promise<readonly Contact[]> {
    this.#checkOpen();
    return this.#contacts();
  }

  async rename(contact: string, name: string): Promise<void> {
    checkName(name);
    await this.#change(contact, () =>
      this.#engine.command((person) => person.rename(contact, name)),
    );
  }

  async setMuted(contact: string, muted: boolean): Promise<void> {
    await this.#change(contact, () =>
      this.#engine.command((person, now) => person.decide(now, contact, { muted })),
    );
  }

  async setBlocked(contact: string, blocked: boolean): Promise<void> {
    await this.#change(contact, () =>
      this.#engine.command((person, now) => person.decide(now, contact, { blocked })),
    );
  }

  async removeContact(contact: string): Promise<void> {
    this.#checkOpen();
    if (!this.#engine.command((person) => person.removeContact(contact))) {
      throw new SottoError('unknown-contact');
    }
    this.#states.forget(contact);
    this.channelPort.wakeAll();
    this.#feed.publish({ kind: 'contact-removed', contact });
    await this.#engine.stored();
  }

  async clearConversation(contact: string): Promise<void> {
    await this.#change(contact, () =>
      this.#engine.command((person) => person.clearConversation(contact)),
    );
    this.#feed.publish({ kind: 'conversation-cleared', contact });
  }

  async markRead(contact: string): Promise<void> {
    await this.#change(contact, () => this.#engine.command((person) => person.markRead(contact)));
  }

  async messages(contact: string): Promise<readonly Message[]> {
    this.#checkOpen();
    if (this.#contact(contact) === undefined) throw new SottoError('unknown-contact');
    return this.#engine
      .command((person) => person.messages(contact))
      .map((message) => messageOf(this.#options.parameters, message));
  }

  async send(
    contact: string,
    text: string,
    { signal, token }: Abortable & { readonly token?: string } = {},
  ): Promise<MessageHandle> {
    this.#checkOpen(signal);
    const before = this.#asked.of(token);
    if (before !== undefined) {
      const which = { contact: before.name, direction: 'out', id: before.id } as const;
      const state = this.#engine.command((person) => person.message(which))?.state;
      return this.#states.track(before.name, before.id, state ?? 'delivered');
    }
    const taken = this.#engine.command((person, now) => {
      const made = person.send(now, contact, text);
      if (made.ok) person.keep(this.#asked.take(token, { name: contact, id: made.value }));
      return made;
    });
    if (!taken.ok) throw new SottoError(SEND_CODES[taken.error.code]);
    const handle = this.#states.track(contact, taken.value);
    await this.#engine.stored();
    this.#tellMessage({ contact, direction: 'out', id: taken.value });
    return handle;
  }

  events({ signal }: Abortable = {}): AsyncIterableIterator<ClientEvent> {
    this.#checkOpen();
    return this.#feed.stream(signal);
  }

  async status(): Promise<ClientStatus> {
    this.#checkOpen();
    const { counters, linkUp: _, ...figures } = this.#engine.command((person) => person.status());
    return {
      ...figures,
      plan: this.#engine.command((person) => person.plan.current.name),
      online: this.#engine.guard !== undefined,
      data: this.#engine.figures.data,
      contacts: this.#contacts(),
      counters: { person: counters, ...this.#engine.counts() },
    };
  }

  async plan(): Promise<PlanInfo> {
    this.#checkOpen();
    return this.#planInfo();
  }

  async setPlan(name: string): Promise<{ readonly from: Date }> {
    this.#checkOpen();
    const plan = planOf(name);
    const from = this.#engine.command((person, now) => person.choosePlan(now, plan));
    await this.#engine.stored();
    this.#feed.publish({ kind: 'plan', plan: this.#planInfo() });
    return { from: dateOf(from) };
  }

  async profile(): Promise<Profile> {
    this.#checkOpen();
    return this.#profile;
  }

  async setProfile({ name }: Profile): Promise<void> {
    checkName(name);
    this.#checkOpen();
    this.#profile = { name };
    this.#engine.store(PROFILE_KEY, toUtf8(name));
    await this.#engine.stored();
  }

  async exportAccount(passphrase: string): Promise<Uint8Array> {
    this.#checkOpen();
    await this.#engine.stored();
    const { suite, rng, passwordHash } = this.#options;
    const entries = await this.#sealed.load();
    return encodeAccountFile(
      { suite, rng, passwordHash },
      { networkId: this.#network, entries },
      passphrase,
    );
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
    this.#checkOpen();
    this.#closing = this.#shutDown(undefined, true);
    await this.#closing;
  }

  async close(): Promise<void> {
    this.#closing ??= this.#shutDown(undefined, false);
    await this.#closing;
  }

  #tell(event: PersonEvent): void {
    const { suite, parameters } = this.#options;
    switch (event.kind) {
      case 'directory-needed':
        break;
      case 'invite-ready': {
        const invitation = invitationOf(suite, parameters, event.invite, event.link);
        this.#feed.publish({ kind: 'invite-ready', invitation });
        break;
      }
      case 'invite-closed':
        this.#feed.publish(event);
        break;
      case 'contact-added': {
        const contact = this.#contact(event.contact);
        if (contact === undefined) break;
        const { invite } = event;
        const by = invite === undefined ? {} : { invite };
        this.#feed.publish({ kind: 'contact-added', contact, ...by });
        break;
      }
      case 'contact-failed': {
        const code = FAILURE_CODES[event.code];
        this.#feed.publish({ kind: 'contact-failed', contact: event.contact, code });
        this.#tellContact(event.contact);
        break;
      }
      case 'message-received':
        this.#feed.publish(event);
        this.#tellMessage({ contact: event.contact, direction: 'in', id: event.id });
        break;
      case 'message-state':
        this.#states.update(event.contact, event.id, event.state);
        this.#feed.publish(event);
        this.#tellMessage({ contact: event.contact, direction: 'out', id: event.id });
        break;
      case 'message-changed':
        this.#tellMessage({ contact: event.contact, direction: 'out', id: event.id });
        break;
      case 'channel':
        this.channelPort.tell(event.contact, event.event);
        break;
      case 'plan':
        this.#feed.publish({ kind: 'plan', plan: this.#planInfo() });
        break;
    }
  }

  /** Runs a change of a contact, and tells of it once it is stored. */
  async #change(contact: string, change: () => boolean): Promise<void> {
    this.#checkOpen();
    if (!change()) throw new SottoError('unknown-contact');
    await this.#engine.stored();
    this.#tellContact(contact);
  }

  #tellMessage(which: Which): void {
    if (this.#engine.stopped) return;
    const message = this.#engine.command((person) => person.message(which));
    if (message !== undefined) {
      const shown = messageOf(this.#options.parameters, message);
      this.#feed.publish({ kind: 'message-changed', message: shown });
    }
    this.#tellContact(which.contact);
  }

  #tellContact(id: string): void {
    if (this.#engine.stopped) return;
    const contact = this.#contact(id);
    if (contact !== undefined) this.#feed.publish({ kind: 'contact-changed', contact });
  }

  #contacts(): readonly Contact[] {
    return this.#engine
      .command((person, now) => person.contacts(now))
      .map((summary) => contactOf(this.#options.parameters, summary));
  }

  #contact(id: string): Contact | undefined {
    const summary = this.#engine.command((person, now) => person.contact(now, id));
    return summary === undefined ? undefined : contactOf(this.#options.parameters, summary);
  }

  #planInfo(): PlanInfo {
    const { current, next } = this.#engine.command((person) => person.plan);
    return planInfoOf(current, next);
  }

  #checkOpen(signal?: AbortSignal): void {
    if (signal?.aborted === true) throw abortedBy(signal);
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closing !== undefined) throw new SottoError('closed');
  }

  /** An error that nobody is waiting for ends the client: it must not go on with half of what it needs. */
  #fail(error: unknown): void {
    if (this.#failure !== undefined || this.#closing !== undefined) return;
    const detail = error instanceof SottoError ? error.message : '';
    this.#failure = new SottoError('failed', detail, { cause: error });
    this.#closing = this.#end(this.#failure);
  }

  async #end(failure: SottoError): Promise<void> {
    try {
      await this.#shutDown(failure, false);
    } catch {
      // The first error is the one to tell: a store that has failed refuses to be closed as well.
    }
  }

  async #shutDown(failure: SottoError | undefined, erase: boolean): Promise<void> {
    // A failure in the constructor comes before the engine is there.
    await Promise.resolve();
    this.channelPort.stop();
    await this.#engine.stop();
    if (erase) await this.#sealed.eraseAll();
    this.#feed.end(failure);
    await this.#engine.close();
    if (erase) await this.#options.erase?.();
  }
}

/** @throws SottoError `name-too-long`. */
function checkName(name: string): void {
  if (toUtf8(name).length > MAX_LABEL_BYTES) throw new SottoError('name-too-long');
}
