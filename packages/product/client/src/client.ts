import { networkId } from '@sotto/directory';
import { Driver, systemTimers } from '@sotto/driver';
import { FRAME_BYTES, PREFACE_BYTES } from '@sotto/link';
import {
  type AcceptError,
  type AcceptFailure,
  Person,
  type PersonEvent,
  type PersonInput,
  type PersonOutput,
  type SendTextError,
} from '@sotto/messaging';
import { TransportError } from '@sotto/transport';
import { err, toHex } from '@sotto/wire';
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
} from './client-io.ts';
import { DIRECTORY_PREFIX, DirectoryFeed } from './directory-feed.ts';
import { EventFeed } from './event-feed.ts';
import { GuardConnection } from './guard-connection.ts';
import { invitationOf } from './invitation.ts';
import { MessageStates } from './message-states.ts';
import { Persistence } from './persistence.ts';
import { SealedStore } from './sealed-store.ts';
import { abortedBy, SottoError, type SottoErrorCode } from './sotto-error.ts';

/** Peers without which no two can agree. */
const LEAST_PEERS = 2;

/**
 * Opens an account and runs it. Resolves once it is loaded, online or not; see {@link Client.online}.
 *
 * Rejects with `wrong-key`, `account-of-other-network`, `store-damaged`, `store-failed`, `few-peers` or
 * `transport-failed`; store and transport are closed then.
 */
export async function openClient(options: ClientOptions): Promise<Client> {
  const { suite, rng, store, storageKey, transport, parameters, bootstrap } = options;
  let sealed: SealedStore | undefined;
  try {
    const peers = new Set(bootstrap.map(({ identityKey }) => toHex(identityKey))).size;
    if (peers < LEAST_PEERS) {
      throw new SottoError('few-peers', `expected ${LEAST_PEERS} or more, got ${peers}`);
    }
    const network = networkId(suite, parameters);
    sealed = await SealedStore.open({ store, suite, rng, storageKey, networkId: network });
    const stored = await sealed.load();
    // Nobody opens a link to a client, nor asks it for anything.
    await transport.start({
      acceptLink: () => err({ code: 'client' }),
      snapshot: () => undefined,
    });
    return new RunningClient(options, { sealed, stored, network });
  } catch (error) {
    await transport.stop();
    await (sealed ?? store).close();
    if (!(error instanceof TransportError)) throw error;
    throw new SottoError('transport-failed', error.message, { cause: error });
  }
}

/** Frame and preface lengths with which a client's transport is made. */
export const TRANSPORT_SIZES: { readonly frameBytes: number; readonly prefaceBytes: number } = {
  frameBytes: FRAME_BYTES,
  prefaceBytes: PREFACE_BYTES,
};

const isDirectory = ({ key }: { readonly key: string }): boolean =>
  key.startsWith(DIRECTORY_PREFIX);

type Opened = {
  readonly sealed: SealedStore;
  readonly stored: Awaited<ReturnType<SealedStore['load']>>;
  readonly network: Uint8Array;
};

class RunningClient implements Client {
  readonly #options: ClientOptions;
  readonly #sealed: SealedStore;
  readonly #persistence: Persistence;
  readonly #directory: DirectoryFeed;
  readonly #guard: GuardConnection;
  readonly #driver: Driver<PersonInput, PersonOutput, Person>;
  readonly #feed = new EventFeed<ClientEvent>();
  readonly #states: MessageStates;
  #failure: SottoError | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ClientOptions, { sealed, stored, network }: Opened) {
    const { suite, rng, clock, transport, parameters, plan } = options;
    const timers = options.timers ?? systemTimers;
    const onError = (error: unknown): void => this.#fail(error);
    this.#options = options;
    this.#sealed = sealed;
    this.#states = new MessageStates(this.#feed);
    this.#persistence = new Persistence(
      sealed,
      (sequence) => this.#deliver({ kind: 'stored', sequence }),
      onError,
    );
    this.#directory = new DirectoryFeed({
      suite,
      rng,
      clock,
      timers,
      parameters,
      transport,
      bootstrap: options.bootstrap,
      onNodes: (nodes) => {
        this.#deliver({ kind: 'directory', nodes });
        this.#feed.publish({ kind: 'directory', nodes: nodes.length });
      },
      store: (entries) => this.#persistence.add(entries),
      onError,
    });
    this.#guard = new GuardConnection({
      transport,
      timers,
      rng,
      networkId: network,
      downlinkIntervalMicros: Math.max(
        plan.phase.downlinkIntervalMicros,
        plan.hours?.phase.downlinkIntervalMicros ?? 0,
      ),
      find: (key) => this.#directory.find(key),
      onUp: (guard) => {
        this.#deliver({ kind: 'link', up: true });
        this.#feed.publish({ kind: 'online', guard });
      },
      onDown: () => {
        this.#deliver({ kind: 'link', up: false });
        this.#feed.publish({ kind: 'offline' });
      },
      onFrame: (bytes) => this.#deliver({ kind: 'frame', bytes }),
      onError,
    });
    const person = new Person({
      suite,
      rng,
      parameters,
      plan,
      stored: stored.filter((entry) => !isDirectory(entry)),
    });
    this.#driver = new Driver<PersonInput, PersonOutput, Person>({
      core: person,
      clock,
      timers,
      onOutput: (output) => this.#carryOut(output),
      onError,
    });
    this.#directory.restore(stored.filter(isDirectory));
    this.#directory.start();
  }

  async online({ signal }: Abortable = {}): Promise<void> {
    this.#checkOpen(signal);
    if (this.#guard.guard !== undefined) return;
    await this.#feed.first(({ kind }) => (kind === 'online' ? true : undefined), signal);
  }

  async invite({ signal }: Abortable = {}): Promise<Invitation> {
    for (;;) {
      this.#checkOpen(signal);
      const started = this.#driver.command((person, now) => person.createInvite(now));
      if (started !== undefined) {
        const { invite, readyInMicros } = started;
        const readyInMillis = Math.round(readyInMicros / 1000);
        this.#feed.publish({ kind: 'invite-started', invite, readyInMillis });
        return this.#feed.first(
          (event) =>
            event.kind === 'invite-ready' && event.invitation.id === invite
              ? event.invitation
              : undefined,
          signal,
        );
      }
      // No contact point is known yet.
      await this.#feed.first(({ kind }) => (kind === 'directory' ? true : undefined), signal);
    }
  }

  async accept(
    link: string,
    { signal, name = '' }: Abortable & { readonly name?: string } = {},
  ): Promise<Contact> {
    this.#checkOpen(signal);
    const begun = this.#driver.command((person, now) => person.acceptInvite(now, link, name));
    if (!begun.ok) throw new SottoError(ACCEPT_CODES[begun.error.code]);
    const id = begun.value;
    this.#feed.publish({ kind: 'accept-started', contact: id });
    return this.#feed.first((event) => {
      if (event.kind === 'contact-added' && event.contact.id === id) return event.contact;
      if (event.kind === 'contact-failed' && event.contact === id) throw new SottoError(event.code);
      return undefined;
    }, signal);
  }

  contacts(): readonly Contact[] {
    this.#checkOpen();
    return this.#driver
      .command((person, now) => person.contacts(now))
      .map(({ id, label, stage, replyBlocks }) => ({ id, name: label, stage, replyBlocks }));
  }

  rename(contact: string, name: string): void {
    this.#checkOpen();
    if (!this.#driver.command((person) => person.rename(contact, name))) {
      throw new SottoError('unknown-contact');
    }
  }

  messages(contact: string): readonly Message[] {
    this.#checkOpen();
    return this.#driver
      .command((person) => person.messages(contact))
      .map(({ direction, id, text, at, state }) => ({
        contact,
        direction,
        id,
        text,
        at: new Date(at / 1000),
        state,
      }));
  }

  async send(contact: string, text: string): Promise<MessageHandle> {
    this.#checkOpen();
    const taken = this.#driver.command((person, now) => person.send(now, contact, text));
    if (!taken.ok) throw new SottoError(SEND_CODES[taken.error.code]);
    const handle = this.#states.track(contact, taken.value);
    await this.#persistence.stored();
    return handle;
  }

  events({ signal }: Abortable = {}): AsyncIterableIterator<ClientEvent> {
    this.#checkOpen();
    return this.#feed.stream(signal);
  }

  status(): ClientStatus {
    this.#checkOpen();
    const contacts = this.contacts();
    const { guard, nodes, slots, queued, records, aliases, invites, accepting, counters } =
      this.#driver.command((person) => person.status());
    return {
      plan: this.#options.plan.name,
      online: this.#guard.guard !== undefined,
      guard,
      nodes,
      slots,
      queued,
      records,
      aliases,
      contacts,
      invites,
      accepting,
      counters: {
        person: counters,
        link: this.#guard.counts(),
        directory: this.#directory.counts(),
        transport: this.#options.transport.counters(),
      },
    };
  }

  async close(): Promise<void> {
    this.#closing ??= this.#shutDown(undefined);
    await this.#closing;
  }

  #deliver(input: PersonInput): void {
    this.#driver.deliver(input);
  }

  #carryOut(output: PersonOutput): void {
    switch (output.kind) {
      case 'persist':
        this.#persistence.addOfCore(output.sequence, output.entries);
        break;
      case 'connect':
        this.#guard.want(output);
        break;
      case 'frame':
        this.#guard.send(output.bytes);
        break;
      case 'event':
        // After the drain: whoever hears of it may ask the core.
        queueMicrotask(() => this.#tell(output.event));
        break;
    }
  }

  #tell(event: PersonEvent): void {
    if (this.#driver.stopped) return;
    const { suite, parameters } = this.#options;
    switch (event.kind) {
      case 'directory-needed':
        this.#directory.needed();
        break;
      case 'invite-ready':
        this.#feed.publish({
          kind: 'invite-ready',
          invitation: invitationOf(suite, parameters, event.invite, event.link),
        });
        break;
      case 'contact-added': {
        const contact = this.contacts().find(({ id }) => id === event.contact);
        if (contact !== undefined) this.#feed.publish({ kind: 'contact-added', contact });
        break;
      }
      case 'contact-failed': {
        const code = FAILURE_CODES[event.code];
        this.#feed.publish({ kind: 'contact-failed', contact: event.contact, code });
        break;
      }
      case 'message-received':
        this.#feed.publish(event);
        break;
      case 'message-state':
        this.#states.update(event.contact, event.id, event.state);
        this.#feed.publish(event);
        break;
    }
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
      await this.#shutDown(failure);
    } catch {
      // The first error is the one to tell: a store that has failed refuses to be closed as well.
    }
  }

  async #shutDown(failure: SottoError | undefined): Promise<void> {
    // A failure in the constructor comes before the driver is there.
    await Promise.resolve();
    this.#driver.stop();
    this.#guard.stop();
    await this.#directory.stop();
    await this.#options.transport.stop();
    await this.#persistence.idle();
    this.#feed.end(failure);
    await this.#sealed.close();
  }
}

const ACCEPT_CODES: Readonly<Record<AcceptError['code'], SottoErrorCode>> = {
  'bad-prefix': 'invite-bad-prefix',
  'bad-alphabet': 'invite-bad-alphabet',
  'unknown-version': 'invite-unknown-version',
  'wrong-length': 'invite-wrong-length',
  checksum: 'invite-checksum',
  'other-network': 'invite-other-network',
  expired: 'invite-expired',
  'own-invite': 'invite-own',
  'already-used': 'invite-already-used',
};

const FAILURE_CODES: Readonly<Record<AcceptFailure, SottoErrorCode>> = {
  'no-answer': 'invite-no-answer',
  'bad-bundle': 'invite-bad-bundle',
  'own-invite': 'invite-own',
};

const SEND_CODES: Readonly<Record<SendTextError['code'], SottoErrorCode>> = {
  'unknown-contact': 'unknown-contact',
  'contact-failed': 'contact-failed',
  empty: 'text-empty',
  'too-long': 'text-too-long',
  full: 'queue-full',
  exhausted: 'contact-exhausted',
};
