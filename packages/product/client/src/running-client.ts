import { MAX_LABEL_BYTES, type Message as StoredMessage, type PersonEvent } from '@sotto/messaging';
import { fromUtf8, toUtf8 } from '@sotto/wire';
import { acceptInvite, makeInvite, type MeetingOptions } from './acquaintances.ts';
import { AskedOnce } from './asked-once.ts';
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
import { markMoved } from './moved-mark.ts';
import { MessageStates } from './message-states.ts';
import type { SealedStore } from './sealed-store.ts';
import { alarmOf, contactOf, dateOf, messageOf, openInviteOf, planInfoOf } from './shown.ts';
import { abortedBy, SottoError } from './sotto-error.ts';

/** Where what only this device knows of its person is stored. */
const PROFILE_KEY = 'client/profile';

type Which = Pick<StoredMessage, 'contact' | 'direction' | 'id'>;

/** The one implementation of {@link Client} that does the work, in Node and in a worker. */
export class RunningClient implements Client {
  readonly #options: ClientOptions;
  readonly #sealed: SealedStore;
  readonly #network: Uint8Array;
  readonly #engine: Engine;
  readonly #feed = new EventFeed<ClientEvent>();
  readonly #states: MessageStates;
  readonly #asked: AskedOnce;
  readonly #meeting: Parameters<typeof makeInvite>[0];
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
      onEvent: (event) => this.#tell(event),
      publish: (event) => this.#feed.publish(event),
      onError: (error) => this.#fail(error),
    });
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

  async setAcknowledges(contact: string, acknowledges: boolean): Promise<void> {
    await this.#change(contact, () =>
      this.#engine.command((person, now) => person.decide(now, contact, { acknowledges })),
    );
  }

  async safetyNumber(contact: string): Promise<string> {
    this.#checkOpen();
    if (this.#contact(contact) === undefined) throw new SottoError('unknown-contact');
    const number = this.#engine.command((person) => person.safetyNumber(contact));
    if (number === undefined) throw new SottoError('contact-failed');
    return number;
  }

  async setVerified(contact: string, number: string): Promise<void> {
    this.#checkOpen();
    if (this.#contact(contact) === undefined) throw new SottoError('unknown-contact');
    if (!this.#engine.command((person) => person.setCompared(contact, number))) {
      throw new SottoError('safety-number-changed');
    }
    await this.#engine.stored();
    this.#tellContact(contact);
  }

  async removeContact(contact: string): Promise<void> {
    this.#checkOpen();
    if (!this.#engine.command((person) => person.removeContact(contact))) {
      throw new SottoError('unknown-contact');
    }
    this.#states.forget(contact);
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
      const known = this.#engine.command((person) => person.message(which));
      const { state = 'delivered', unconfirmed } = known ?? {};
      return this.#states.track(before.name, before.id, state, unconfirmed);
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
    const {
      counters,
      alarms,
      linkUp: _,
      ...figures
    } = this.#engine.command((person) => person.status());
    return {
      ...figures,
      alarms: alarms.map(alarmOf),
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
    if (passphrase === '') throw new SottoError('passphrase-empty');
    this.#failure = new SottoError('account-moved');
    this.#moving = this.#moveOut(this.#failure, passphrase);
    return this.#moving;
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

  #tell(event: PersonEvent): void {
    const { suite, parameters } = this.#options;
    switch (event.kind) {
      case 'directory-needed':
        break;
      case 'loop-alarm': {
        const code = event.raised ? 'loops-lost' : 'loops-back';
        const standing = this.#engine.command((person) => person.status().alarms.length);
        this.#feed.publish({ kind: 'alarm', code, alarm: alarmOf(event.alarm), standing });
        break;
      }
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
        this.#states.update(event.contact, event.id, event.state, event.unconfirmed);
        this.#feed.publish(event);
        this.#tellMessage({ contact: event.contact, direction: 'out', id: event.id });
        break;
      case 'message-changed':
        this.#tellMessage({ contact: event.contact, direction: 'out', id: event.id });
        break;
      case 'out-of-step':
        this.#feed.publish(event);
        this.#tellContact(event.contact);
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
    await Promise.allSettled([this.#moving]);
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
