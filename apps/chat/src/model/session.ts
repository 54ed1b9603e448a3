import {
  type Client,
  type ClientEvent,
  type Contact,
  type Introduction,
  type Message,
  type OpenAddress,
  type OpenInvite,
  type PlanInfo,
  SottoError,
} from '@sotto/client';
import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { alphabetical, byTime, placed } from './order.ts';

/** Why a session is over: the account was wiped, or exported, here or in another tab, or the client broke. */
export type SessionEnd =
  | { readonly kind: 'wiped' }
  | { readonly kind: 'moved' }
  | { readonly kind: 'broken'; readonly code: string };

/** What a person sees of her client, kept up to date by its events. One for each opened account. */
export class Session {
  readonly client: Client;
  /** How long the network keeps mail for somebody who is away, milliseconds. */
  readonly mailLifeMillis: number;
  /** The newest conversation first; undefined until it is known. */
  readonly contacts: ReadonlySignal<readonly Contact[] | undefined>;
  /** Unread messages of those who are neither muted nor blocked. */
  readonly unread: ReadonlySignal<number>;
  readonly online: Signal<boolean> = signal(false);
  /** The first connection has not been made yet: nothing is wrong so far. */
  readonly connecting: Signal<boolean> = signal(true);
  readonly invites: Signal<readonly OpenInvite[]> = signal([]);
  readonly addresses: Signal<readonly OpenAddress[]> = signal([]);
  /** Her own and those that are offered to her, the newest first. */
  readonly introductions: Signal<readonly Introduction[]> = signal([]);
  /** Invites that she accepted and whose makers are not contacts yet. */
  readonly accepting: Signal<number> = signal(0);
  readonly plan: Signal<PlanInfo | undefined> = signal(undefined);
  readonly profileName: Signal<string> = signal('');
  /** Own loops are being lost: the network, or somebody in it, drops packets. */
  readonly loopsLost: Signal<boolean> = signal(false);
  readonly ended: Signal<SessionEnd | undefined> = signal(undefined);
  /** The account as a file, once it was exported from this tab. */
  exported: Uint8Array | undefined;
  readonly #contacts: Signal<ReadonlyMap<string, Contact> | undefined> = signal(undefined);
  readonly #conversations = new Map<string, Signal<readonly Message[] | undefined>>();
  /** The newest reading of each conversation that is under way, or was the last. */
  readonly #loading = new Map<string, symbol>();
  readonly #stop = new AbortController();

  /** Begins to follow `client`. */
  constructor(client: Client, mailLifeMillis: number) {
    this.client = client;
    this.mailLifeMillis = mailLifeMillis;
    this.contacts = computed(() => {
      const all = this.#contacts.value;
      return all === undefined ? undefined : [...all.values()].sort(byTime);
    });
    this.unread = computed(() =>
      (this.contacts.value ?? []).reduce(
        (sum, { muted, blocked, unread }) => sum + (muted || blocked ? 0 : unread),
        0,
      ),
    );
    void this.#follow();
  }

  /** One contact; undefined when there is none, or nothing is known yet. */
  contact(id: string): Contact | undefined {
    return this.#contacts.value?.get(id);
  }

  /** Everybody by name. */
  byName(): readonly Contact[] {
    return [...(this.#contacts.value?.values() ?? [])].sort(alphabetical);
  }

  /** A conversation, oldest first; its value is undefined until it is known. */
  conversation(contact: string): ReadonlySignal<readonly Message[] | undefined> {
    const known = this.#conversations.get(contact);
    if (known !== undefined) return known;
    const messages = signal<readonly Message[] | undefined>(undefined);
    this.#conversations.set(contact, messages);
    void this.#load(contact);
    return messages;
  }

  /** Mean gap of the clock in milliseconds, within and outside the public hours; undefined until known. */
  beatMillis(now: Date): number | undefined {
    const plan = this.plan.value;
    if (plan === undefined) return undefined;
    const inHours = plan.hours?.hoursOfDay.includes(now.getUTCHours()) === true;
    return inHours ? plan.hours?.uplinkMeanMillis : plan.uplinkMeanMillis;
  }

  /** The account as a file; it has stopped here then. */
  async export(passphrase: string): Promise<Uint8Array> {
    this.exported = await this.client.exportAccount(passphrase);
    return this.exported;
  }

  /** Erases the account; the page begins anew. */
  async wipe(): Promise<void> {
    await this.client.wipe();
    this.#end({ kind: 'wiped' });
  }

  /** Lets go of the client without closing it. */
  leave(): void {
    this.#stop.abort();
  }

  #end(how: SessionEnd): void {
    this.ended.value ??= how;
    this.#stop.abort();
  }

  /** Reads a conversation anew; what was shown of it stays until that is here. */
  async #load(contact: string): Promise<void> {
    const target = this.#conversations.get(contact);
    if (target === undefined) return;
    const loading = Symbol(contact);
    this.#loading.set(contact, loading);
    const shown = new Set(target.value);
    try {
      const messages = await this.client.messages(contact);
      // It was asked for again meanwhile, since this may be old already.
      if (this.#loading.get(contact) !== loading) return;
      // What came by an event in the meantime is newer than what was read; what stood there before is not.
      const since = (target.value ?? []).filter((message) => !shown.has(message));
      target.value = since.reduce((all, message) => placed(all, message), messages);
    } catch (error) {
      // A contact that was removed meanwhile has no conversation; all else ends the session.
      if (error instanceof SottoError && error.code === 'unknown-contact') target.value = [];
      else this.#break(error);
    }
  }

  async #follow(): Promise<void> {
    const { signal: stopped } = this.#stop;
    while (!stopped.aborted) {
      try {
        // Readers come first: what happens while the state is read is not missed.
        const events = this.client.events({ signal: stopped });
        await this.#read();
        for await (const event of events) batch(() => this.#take(event));
        if (!stopped.aborted) this.#end({ kind: 'broken', code: 'closed' });
      } catch (error) {
        if (stopped.aborted) return;
        if (!(error instanceof SottoError) || error.code !== 'events-lost') this.#break(error);
      }
    }
  }

  #break(error: unknown): void {
    const code = error instanceof SottoError ? error.code : 'failed';
    this.#end(code === 'account-moved' ? { kind: 'moved' } : { kind: 'broken', code });
  }

  async #read(): Promise<void> {
    const { client } = this;
    const [contacts, invites, addresses, introductions, plan, profile, status] = await Promise.all([
      client.contacts(),
      client.invites(),
      client.addresses(),
      client.introductions(),
      client.plan(),
      client.profile(),
      client.status(),
    ]);
    batch(() => {
      this.#contacts.value = new Map(contacts.map((contact) => [contact.id, contact]));
      this.invites.value = invites;
      this.addresses.value = addresses;
      this.introductions.value = [...introductions].sort(byOffer);
      this.plan.value = plan;
      this.profileName.value = profile.name;
      this.online.value = status.online;
      this.accepting.value = status.accepting;
      if (status.online) this.connecting.value = false;
    });
    await Promise.all([...this.#conversations.keys()].map((contact) => this.#load(contact)));
  }

  #put(contact: Contact): void {
    this.#contacts.value = new Map(this.#contacts.value).set(contact.id, contact);
  }

  /** Reads again the invites and addresses that are open, and the introductions. */
  async readMeetings(): Promise<void> {
    const { client } = this;
    try {
      const [invites, addresses, introductions] = await Promise.all([
        client.invites(),
        client.addresses(),
        client.introductions(),
      ]);
      batch(() => {
        this.invites.value = invites;
        this.addresses.value = addresses;
        this.introductions.value = [...introductions].sort(byOffer);
      });
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#break(error);
    }
  }

  #take(event: ClientEvent): void {
    switch (event.kind) {
      case 'online':
        this.online.value = true;
        this.connecting.value = false;
        break;
      case 'offline':
        this.online.value = false;
        break;
      case 'invite-started':
      case 'invite-ready':
      case 'invite-closed':
      case 'address-started':
      case 'address-ready':
      case 'address-closed':
      case 'introduction':
        void this.readMeetings();
        break;
      case 'contact-added':
        // Who comes by an address is one less of those who may today.
        if (event.invite !== undefined) void this.readMeetings();
        void this.#readContacts();
        break;
      case 'contact-changed':
        this.#put(event.contact);
        break;
      case 'contact-removed': {
        const rest = new Map(this.#contacts.value);
        rest.delete(event.contact);
        this.#contacts.value = rest;
        this.#conversations.delete(event.contact);
        this.#loading.delete(event.contact);
        break;
      }
      case 'conversation-cleared':
      case 'messages-erased':
        void this.#load(event.contact);
        break;
      case 'message-changed': {
        const target = this.#conversations.get(event.message.contact);
        if (target !== undefined) target.value = placed(target.value ?? [], event.message);
        break;
      }
      case 'plan':
        this.plan.value = event.plan;
        break;
      case 'alarm':
        this.loopsLost.value = event.standing > 0;
        break;
      // The worker died and another one runs: what it told in between was not heard.
      case 'restarted':
        void this.#read().catch((error: unknown) => this.#break(error));
        break;
      case 'accept-started':
      case 'contact-failed':
        void this.#readContacts();
        break;
      // Told by `message-changed` as well, or of no concern here.
      case 'message-received':
      case 'message-state':
      case 'out-of-step':
      case 'directory':
      case 'slots':
        break;
      default:
        event satisfies never;
    }
  }

  async #readContacts(): Promise<void> {
    try {
      const [contacts, status] = await Promise.all([this.client.contacts(), this.client.status()]);
      batch(() => {
        this.#contacts.value = new Map(contacts.map((contact) => [contact.id, contact]));
        this.accepting.value = status.accepting;
      });
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#break(error);
    }
  }
}

const byOffer = (a: Introduction, b: Introduction): number => b.at.getTime() - a.at.getTime();
