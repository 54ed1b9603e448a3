import { systemTimers } from '@sotto/driver';
import { LIFETIMES } from '@sotto/messaging';
import { fromUtf8, toUtf8 } from '@sotto/wire';
import { AskedOnce } from './asked-once.ts';
import { PortCalls } from './channel-calls.ts';
import type { Channel, ChannelCalls } from './channel-io.ts';
import { encodeAccountFile } from './account-file.ts';
import type { Abortable, Client, ClientOptions, Profile } from './client-io.ts';
import type { ClientEvent } from './event-io.ts';
import type { ClientStatus, PlanInfo } from './figures-io.ts';
import type { Message, MessageHandle, Picture } from './message-io.ts';
import type {
  Address,
  Contact,
  Introduction,
  Invitation,
  OpenAddress,
  OpenInvite,
} from './people-io.ts';
import { Engine, type EngineParts } from './engine.ts';
import { EventFeed } from './event-feed.ts';
import { planOf } from './first-run.ts';
import { checkName } from './checked-name.ts';
import { markMoved } from './moved-mark.ts';
import { MessageStates } from './message-states.ts';
import { PersonView } from './person-view.ts';
import { RunningChannels } from './running-channels.ts';
import type { SealedStore } from './sealed-store.ts';
import { alarmOf, beatOf, dateOf } from './shown.ts';
import { abortedBy, SottoError } from './sotto-error.ts';
import { RunningMeetings } from './running-meetings.ts';
import { RunningTalks } from './running-talks.ts';

/** Where what only this device knows of its person is stored. */
const PROFILE_KEY = 'client/profile';

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
  readonly #view: PersonView;
  readonly #meetings: RunningMeetings;
  readonly #talks: RunningTalks;
  #profile: Profile;
  #failure: SottoError | undefined;
  /** The export, once one was asked for. */
  #moving: Promise<Uint8Array> | undefined;
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
      onEvent: (event) => {
        if (event.kind === 'channel') this.channelPort.tell(event.contact, event.event);
        else this.#view.tell(event);
      },
      publish: (event) => this.#feed.publish(event),
      onError: (error) => this.#fail(error),
    });
    this.channelPort = new RunningChannels(
      (action) => this.#engine.command(action),
      (signal) => this.#checkOpen(signal),
      options.timers ?? systemTimers,
    );
    this.#channelCalls = new PortCalls(this.channelPort);
    this.#view = new PersonView(options, this.#engine, this.#feed, this.#states);
    const shared = {
      options,
      engine: this.#engine,
      feed: this.#feed,
      asked: new AskedOnce(parts.stored),
      checkOpen: (signal?: AbortSignal) => this.#checkOpen(signal),
    };
    this.#meetings = new RunningMeetings(shared);
    this.#talks = new RunningTalks(shared, this.#view, this.#states);
  }

  async online({ signal }: Abortable = {}): Promise<void> {
    this.#checkOpen(signal);
    if (this.#engine.guard !== undefined) return;
    await this.#feed.first(({ kind }) => (kind === 'online' ? true : undefined), signal);
  }

  invite(...args: Parameters<RunningMeetings['invite']>): Promise<Invitation> {
    return this.#meetings.invite(...args);
  }

  invites(): Promise<readonly OpenInvite[]> {
    return this.#meetings.invites();
  }

  revokeInvite(invite: string): Promise<void> {
    return this.#meetings.revokeInvite(invite);
  }

  address(...args: Parameters<RunningMeetings['address']>): Promise<Address> {
    return this.#meetings.address(...args);
  }

  addresses(): Promise<readonly OpenAddress[]> {
    return this.#meetings.addresses();
  }

  revokeAddress(address: string): Promise<void> {
    return this.#meetings.revokeAddress(address);
  }

  introduce(...args: Parameters<RunningMeetings['introduce']>): Promise<string> {
    return this.#meetings.introduce(...args);
  }

  introductions(): Promise<readonly Introduction[]> {
    return this.#meetings.introductions();
  }

  acceptIntroduction(introduction: string): Promise<void> {
    return this.#meetings.acceptIntroduction(introduction);
  }

  declineIntroduction(introduction: string): Promise<void> {
    return this.#meetings.declineIntroduction(introduction);
  }

  accept(...args: Parameters<RunningMeetings['accept']>): Promise<Contact> {
    return this.#meetings.accept(...args);
  }

  async contacts(): Promise<readonly Contact[]> {
    this.#checkOpen();
    return this.#view.contacts();
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

  async setAcknowledges(contact: string, acknowledges: boolean): Promise<void> {
    await this.#change(contact, () =>
      this.#engine.command((person, now) => person.decide(now, contact, { acknowledges })),
    );
  }

  async setLifetime(contact: string, seconds: number): Promise<void> {
    if (!LIFETIMES.includes(seconds)) throw new SottoError('unknown-lifetime');
    await this.#change(contact, () =>
      this.#engine.command((person, now) => person.setLifetime(now, contact, seconds)),
    );
  }

  async safetyNumber(contact: string): Promise<string> {
    this.#checkOpen();
    if (this.#view.contact(contact) === undefined) throw new SottoError('unknown-contact');
    const number = this.#engine.command((person) => person.safetyNumber(contact));
    if (number === undefined) throw new SottoError('contact-failed');
    return number;
  }

  async setVerified(contact: string, number: string): Promise<void> {
    this.#checkOpen();
    if (this.#view.contact(contact) === undefined) throw new SottoError('unknown-contact');
    if (!this.#engine.command((person) => person.setCompared(contact, number))) {
      throw new SottoError('safety-number-changed');
    }
    await this.#engine.stored();
    this.#view.tellContact(contact);
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
    await this.#change(contact, () =>
      this.#engine.command((person, now) => person.markRead(now, contact)),
    );
  }

  messages(contact: string): Promise<readonly Message[]> {
    return this.#talks.messages(contact);
  }

  send(...args: Parameters<RunningTalks['send']>): Promise<MessageHandle> {
    return this.#talks.send(...args);
  }

  sendPhoto(...args: Parameters<RunningTalks['sendPhoto']>): Promise<MessageHandle> {
    return this.#talks.sendPhoto(...args);
  }

  photo(...args: Parameters<RunningTalks['photo']>): Promise<Picture> {
    return this.#talks.photo(...args);
  }

  events({ signal }: Abortable = {}): AsyncIterableIterator<ClientEvent> {
    this.#checkOpen();
    return this.#feed.stream(signal);
  }

  async status(): Promise<ClientStatus> {
    this.#checkOpen();
    const {
      counters,
      alarms,
      beat,
      linkUp: _,
      ...figures
    } = this.#engine.command((person) => person.status());
    return {
      ...figures,
      alarms: alarms.map(alarmOf),
      beat: beatOf(beat),
      plan: this.#engine.command((person) => person.plan.current.name),
      online: this.#engine.guard !== undefined,
      data: this.#engine.figures.data,
      contacts: this.#view.contacts(),
      counters: { person: counters, ...this.#engine.counts() },
    };
  }

  async plan(): Promise<PlanInfo> {
    this.#checkOpen();
    return this.#view.planInfo();
  }

  async setPlan(name: string): Promise<{ readonly from: Date }> {
    this.#checkOpen();
    const plan = planOf(name);
    const from = this.#engine.command((person, now) => person.choosePlan(now, plan));
    await this.#engine.stored();
    this.#feed.publish({ kind: 'plan', plan: this.#view.planInfo() });
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
    if (passphrase === '') throw new SottoError('passphrase-empty');
    this.#failure = new SottoError('account-moved');
    this.#moving = this.#moveOut(this.#failure, passphrase);
    return this.#moving;
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
    if (this.#failure?.code !== 'account-moved') this.#checkOpen();
    if (this.#closing !== undefined) throw new SottoError('closed');
    this.#closing = this.#shutDown(undefined, true);
    await this.#closing;
  }

  async close(): Promise<void> {
    this.#closing ??= this.#shutDown(undefined, false);
    await this.#closing;
  }

  /** Nothing is sealed, and nothing leaves, between what the file holds and the mark that it was made. */
  async #moveOut(moved: SottoError, passphrase: string): Promise<Uint8Array> {
    try {
      // Who waits at a channel would else wait until `close`, and a page with it.
      this.channelPort.stop();
      await this.#engine.stop();
      // What the store has refused would be missing in the file.
      await this.#engine.stored();
      const { suite, rng, passwordHash, clock } = this.#options;
      const contents = { networkId: this.#network, entries: await this.#sealed.load() };
      const file = encodeAccountFile({ suite, rng, passwordHash }, contents, passphrase);
      // Before anybody has the file: a copy that ran on beside it would be worse than one export more.
      await markMoved(this.#sealed, clock.now());
      this.#feed.end(moved);
      return file;
    } catch (error) {
      const failure = new SottoError('failed', 'the account was not exported', { cause: error });
      this.#failure = failure;
      this.#closing ??= this.#end(failure);
      throw failure;
    }
  }

  /** Runs a change of a contact, and tells of it once it is stored. */
  async #change(contact: string, change: () => boolean): Promise<void> {
    this.#checkOpen();
    if (!change()) throw new SottoError('unknown-contact');
    await this.#engine.stored();
    this.#view.tellContact(contact);
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
    await Promise.allSettled([this.#moving]);
    this.channelPort.stop();
    await this.#engine.stop();
    if (erase) await this.#sealed.eraseAll();
    this.#feed.end(failure);
    await this.#engine.close();
    if (erase) await this.#options.erase?.();
  }
}
