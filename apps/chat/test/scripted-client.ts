import {
  type Client,
  type ClientEvent,
  type Address,
  type AddressOptions,
  type ClientStatus,
  type Contact,
  type Introduction,
  type Invitation,
  type Message,
  type MessageHandle,
  type OpenAddress,
  type OpenInvite,
  type Picture,
  type PlanInfo,
  SottoError,
} from '@sotto/client';

/** What a scripted client begins with. */
export interface Script {
  readonly contacts: readonly Contact[];
  readonly messages: readonly Message[];
  readonly invites: readonly OpenInvite[];
  readonly addresses: readonly OpenAddress[];
  readonly introductions: readonly Introduction[];
  readonly plan: PlanInfo;
  readonly online: boolean;
  /** Nothing is ever answered: what a page shows before it knows anything. */
  readonly silent: boolean;
}

const HOME_PLAN: PlanInfo = {
  name: 'home',
  bytesAMonth: 25e9,
  uplinkMeanMillis: 500,
  downlinkIntervalMillis: 250,
  slowHops: false,
};

/**
 * A `Client` without a network, for drawing screens and for tests of them. Each call does what the
 * interface says with what is in memory; a text that is sent stays where the script puts it.
 */
export class ScriptedClient implements Client {
  readonly calls: string[] = [];
  /** Where it differs from {@link safetyNumberOf}. */
  readonly safetyNumbers: Map<string, string> = new Map();
  readonly #script: Script;
  readonly #contacts: Map<string, Contact>;
  readonly #messages: Message[];
  readonly #readers = new Set<(event: ClientEvent | SottoError) => void>();
  readonly #introductions: Map<string, Introduction>;
  #invites: OpenInvite[];
  #addresses: OpenAddress[];
  #plan: PlanInfo;
  #name = 'Robin';

  constructor(script: Partial<Script> = {}) {
    this.#script = {
      contacts: [],
      messages: [],
      invites: [],
      addresses: [],
      introductions: [],
      plan: HOME_PLAN,
      online: true,
      silent: false,
      ...script,
    };
    this.#messages = [...this.#script.messages];
    this.#contacts = new Map(
      this.#script.contacts.map((contact) => {
        const last = this.#messages.findLast((message) => message.contact === contact.id);
        return [contact.id, last === undefined ? contact : { ...contact, last }];
      }),
    );
    this.#invites = [...this.#script.invites];
    this.#addresses = [...this.#script.addresses];
    this.#introductions = new Map(this.#script.introductions.map((each) => [each.id, each]));
    this.#plan = this.#script.plan;
  }

  /** Invites that were accepted and are not answered yet. */
  accepting = 0;

  /** Lets something happen. */
  emit(event: ClientEvent): void {
    for (const reader of this.#readers) reader(event);
  }

  /** A message is new, or has changed. */
  put(message: Message): void {
    const at = this.#messages.findIndex(
      ({ contact, direction, id }) =>
        contact === message.contact && direction === message.direction && id === message.id,
    );
    if (at < 0) this.#messages.push(message);
    else this.#messages[at] = message;
    this.emit({ kind: 'message-changed', message });
    this.#change(message.contact, { last: message });
  }

  /** What was said has lived long enough. */
  outlive(contact: string): void {
    const rest = this.#messages.filter((message) => message.contact !== contact);
    this.#messages.splice(0, this.#messages.length, ...rest);
    this.emit({ kind: 'messages-erased', contact });
  }

  #numberOf(contact: string): string {
    return this.safetyNumbers.get(contact) ?? safetyNumberOf(contact);
  }

  #change(id: string, changes: Partial<Contact>): void {
    const contact = this.#contacts.get(id);
    if (contact === undefined) throw new SottoError('unknown-contact');
    const changed = { ...contact, ...changes };
    this.#contacts.set(id, changed);
    this.emit({ kind: 'contact-changed', contact: changed });
  }

  async #answer<T>(call: string, value: () => T): Promise<T> {
    this.calls.push(call);
    if (this.#script.silent) await new Promise<never>(() => undefined);
    return value();
  }

  online = (): Promise<void> => this.#answer('online', () => undefined);

  invite = async (options?: { readonly name?: string }): Promise<Invitation> => {
    const now = Date.now();
    const invite: OpenInvite = {
      id: `invite-${this.#invites.length}`,
      name: options?.name ?? '',
      link: undefined,
      startedAt: new Date(now),
      readyAt: new Date(now + 20_000),
      expires: new Date(now + 14 * 86_400_000),
    };
    this.#invites.push(invite);
    this.emit({ kind: 'invite-started', invite: invite.id, readyInMillis: 20_000 });
    return this.#answer('invite', () => ({ id: invite.id, link: LINK, expires: invite.expires }));
  };

  invites = (): Promise<readonly OpenInvite[]> => this.#answer('invites', () => [...this.#invites]);

  revokeInvite = (invite: string): Promise<void> =>
    this.#answer(`revokeInvite ${invite}`, () => {
      this.#invites = this.#invites.filter(({ id }) => id !== invite);
      this.emit({ kind: 'invite-closed', invite });
    });

  accept = async (link: string, options?: { readonly name?: string }): Promise<Contact> =>
    this.#answer(`accept ${link}`, () => {
      if (link !== LINK) throw new SottoError('invite-checksum');
      const contact: Contact = {
        id: 'accepted',
        name: options?.name ?? '',
        stage: 'active',
        replyBlocks: 4,
        muted: false,
        blocked: false,
        acknowledges: true,
        peerAcknowledges: true,
        lifetimeSeconds: 0,
        unread: 0,
        outOfStep: false,
        verified: false,
      };
      this.#contacts.set(contact.id, contact);
      this.emit({ kind: 'contact-added', contact });
      return contact;
    });

  contacts = (): Promise<readonly Contact[]> =>
    this.#answer('contacts', () => [...this.#contacts.values()]);

  rename = (contact: string, name: string): Promise<void> =>
    this.#answer(`rename ${name}`, () => this.#change(contact, { name }));

  setMuted = (contact: string, muted: boolean): Promise<void> =>
    this.#answer(`setMuted ${muted}`, () => this.#change(contact, { muted }));

  setBlocked = (contact: string, blocked: boolean): Promise<void> =>
    this.#answer(`setBlocked ${blocked}`, () => this.#change(contact, { blocked }));

  setAcknowledges = (contact: string, acknowledges: boolean): Promise<void> =>
    this.#answer(`setAcknowledges ${acknowledges}`, () => this.#change(contact, { acknowledges }));

  setLifetime = (contact: string, seconds: number): Promise<void> =>
    this.#answer(`setLifetime ${seconds}`, () =>
      this.#change(contact, { lifetimeSeconds: seconds }),
    );

  safetyNumber = (contact: string): Promise<string> =>
    this.#answer('safetyNumber', () => this.#numberOf(contact));

  setVerified = (contact: string, number: string): Promise<void> =>
    this.#answer(`setVerified ${number}`, () => {
      if (number !== '' && number !== this.#numberOf(contact))
        throw new SottoError('safety-number-changed');
      this.#change(contact, { verified: number !== '' });
    });

  removeContact = (contact: string): Promise<void> =>
    this.#answer(`removeContact ${contact}`, () => {
      this.#contacts.delete(contact);
      this.emit({ kind: 'contact-removed', contact });
    });

  clearConversation = (contact: string): Promise<void> =>
    this.#answer(`clearConversation ${contact}`, () => {
      const rest = this.#messages.filter((message) => message.contact !== contact);
      this.#messages.splice(0, this.#messages.length, ...rest);
      this.emit({ kind: 'conversation-cleared', contact });
    });

  markRead = (contact: string): Promise<void> =>
    this.#answer(`markRead ${contact}`, () => this.#change(contact, { unread: 0 }));

  messages = (contact: string): Promise<readonly Message[]> =>
    this.#answer('messages', () => this.#messages.filter((message) => message.contact === contact));

  send = (contact: string, text: string): Promise<MessageHandle> =>
    this.#answer(`send ${text}`, () => {
      const id = this.#messages.length + 1;
      this.put({ contact, direction: 'out', id, text, at: new Date(), state: 'queued' });
      return {
        contact,
        id,
        state: 'queued',
        [Symbol.asyncIterator]: () => {
          throw new TypeError('the page follows events, not handles');
        },
      };
    });

  /** Pictures that were sent, by the number of their message. */
  readonly pictures: Map<number, Uint8Array> = new Map();

  sendPhoto = async (
    contact: string,
    bytes: Uint8Array,
    { words = '' }: { readonly words?: string } = {},
  ): Promise<MessageHandle> => {
    const handle = await this.send(contact, words);
    this.pictures.set(handle.id, bytes);
    const parts = Math.ceil((1 + bytes.length) / 4096);
    const sent = { contact, direction: 'out', id: handle.id, text: words } as const;
    this.put({
      ...sent,
      at: new Date(),
      state: 'queued',
      photo: { parts, done: 0, kept: true },
    });
    return handle;
  };

  photo = (which: Pick<Message, 'id'>): Promise<Picture> =>
    this.#answer('photo', () => {
      const bytes = this.pictures.get(which.id);
      if (bytes === undefined) throw new SottoError('photo-gone');
      return { type: 'image/jpeg', bytes };
    });

  async *events(options?: { readonly signal?: AbortSignal }): AsyncIterableIterator<ClientEvent> {
    const waiting: (ClientEvent | SottoError)[] = [];
    let wake = (): void => undefined;
    const reader = (event: ClientEvent | SottoError): void => {
      waiting.push(event);
      wake();
    };
    this.#readers.add(reader);
    options?.signal?.addEventListener('abort', () => wake());
    while (options?.signal?.aborted !== true) {
      const event = waiting.shift();
      if (event === undefined)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      else if (event instanceof SottoError) throw event;
      else yield event;
    }
    this.#readers.delete(reader);
  }

  status = (): Promise<ClientStatus> =>
    this.#answer('status', () => ({
      plan: this.#plan.name,
      online: this.#script.online,
      guard: 'a1b2c3d4',
      nodes: 12,
      slots: { real: 12, loop: 300, drop: 860 },
      beat: { sent: 1172, late: 2, missed: 0, meanLateMillis: 1.4, worstLateMillis: 130 },
      loops: { sent: 300, returned: 297, lost: 0 },
      alarms: [],
      queued: 0,
      records: 40,
      aliases: { total: 4, ready: 4 },
      data: { month: '2026-11', bytes: 3_412_000_000 },
      contacts: [...this.#contacts.values()],
      invites: this.#invites.length,
      accepting: this.accepting,
      counters: { person: {}, link: {}, directory: {}, transport: {} },
    }));

  plan = (): Promise<PlanInfo> => this.#answer('plan', () => this.#plan);

  setPlan = (name: string): Promise<{ readonly from: Date }> =>
    this.#answer(`setPlan ${name}`, () => {
      const from = new Date(Math.ceil((Date.now() + 1) / 3_600_000) * 3_600_000);
      this.#plan = { ...this.#plan, next: { name, from } };
      this.emit({ kind: 'plan', plan: this.#plan });
      return { from };
    });

  profile = (): Promise<{ readonly name: string }> =>
    this.#answer('profile', () => ({ name: this.#name }));

  setProfile = (profile: { readonly name: string }): Promise<void> =>
    this.#answer('setProfile', () => {
      this.#name = profile.name;
    });

  exportAccount = (passphrase: string): Promise<Uint8Array> =>
    this.#answer('exportAccount', () => {
      if (passphrase === '') throw new SottoError('passphrase-empty');
      const moved = new SottoError('account-moved');
      for (const reader of this.#readers) reader(moved);
      return new Uint8Array(1000);
    });

  address = (options: AddressOptions = {}): Promise<Address> => {
    const { name = '', people = 5, cost = 18 } = options;
    return this.#answer(`address ${name} ${people} ${cost}`, () => {
      if (this.#addresses.length >= 4) throw new SottoError('address-options');
      const id = `address-${this.#addresses.length}`;
      const at = { startedAt: new Date(), readyAt: new Date() };
      const figures = { people, left: people, awayMillis: 3 * 86_400_000, cost, met: 0 };
      this.#addresses.push({ id, name, link: ADDRESS, ...at, ...figures });
      this.emit({ kind: 'address-ready', address: { id, link: ADDRESS } });
      return { id, link: ADDRESS };
    });
  };

  addresses = (): Promise<readonly OpenAddress[]> =>
    this.#answer('addresses', () => [...this.#addresses]);

  revokeAddress = (address: string): Promise<void> =>
    this.#answer(`revokeAddress ${address}`, () => {
      if (!this.#addresses.some(({ id }) => id === address))
        throw new SottoError('unknown-address');
      this.#addresses = this.#addresses.filter(({ id }) => id !== address);
      this.emit({ kind: 'address-closed', address });
    });

  introduce = (
    first: string,
    second: string,
    options: { readonly names?: readonly [string, string]; readonly note?: string } = {},
  ): Promise<string> =>
    this.#answer(`introduce ${first} ${second} ${JSON.stringify(options)}`, () => {
      if ((options.note ?? '').length > 256) throw new SottoError('introduction-text');
      const id = `introduction-${this.#introductions.size}`;
      const contacts = [first, second] as const;
      this.tell({ id, state: 'offered', at: new Date(), side: 'introducer', contacts });
      return id;
    });

  introductions = (): Promise<readonly Introduction[]> =>
    this.#answer('introductions', () => [...this.#introductions.values()]);

  acceptIntroduction = (introduction: string): Promise<void> =>
    this.#answer(`acceptIntroduction ${introduction}`, () =>
      this.#become(introduction, 'accepted'),
    );

  declineIntroduction = (introduction: string): Promise<void> =>
    this.#answer(`declineIntroduction ${introduction}`, () => {
      const mine = this.#introductions.get(introduction)?.side === 'introducer';
      this.#become(introduction, mine ? 'withdrawn' : 'declined');
    });

  /** An introduction is new, or has changed. */
  tell(introduction: Introduction): void {
    this.#introductions.set(introduction.id, introduction);
    this.emit({ kind: 'introduction', introduction });
  }

  #become(id: string, state: Introduction['state']): void {
    const found = this.#introductions.get(id);
    if (found === undefined) throw new SottoError('unknown-introduction');
    this.tell({ ...found, state });
  }

  // The page has no channels: whoever came to use them in a script would find them cut off.
  openChannel = (): Promise<never> => this.#cutOff('openChannel');
  channels = (): never => {
    throw new SottoError('channel-reset');
  };
  request = (): Promise<never> => this.#cutOff('request');
  onRequest = (): Promise<never> => this.#cutOff('onRequest');

  wipe = (): Promise<void> => this.#answer('wipe', () => undefined);

  close = (): Promise<void> => this.#answer('close', () => undefined);

  #cutOff(call: string): Promise<never> {
    return this.#answer<never>(call, () => {
      throw new SottoError('channel-reset');
    });
  }
}

/** A number of a contact's own, as a real one is written. */
export const safetyNumberOf = (contact: string): string =>
  Array.from({ length: 12 }, (_, i) =>
    String(((contact.codePointAt(0) ?? 0) * 7919 * (i + 1)) % 100_000).padStart(5, '0'),
  ).join(' ');

/** An invite as long as a real one. */
export const LINK: string = `sotto:${'AaBbCcDdEeFfGgHhIiJjKkLlMmNnOoPpQqRrSsTtUuVvWwXxYyZz0123456789-_'.repeat(3).slice(0, 183)}`;

/** An address as long as a real one: that of an invite without what makes it one person's. */
export const ADDRESS: string = LINK.slice(0, 160);
