import { clearLine, createInterface, cursorTo, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import {
  type Alarm,
  type Client,
  type ClientEvent,
  type ClientStatus,
  type Contact,
  type Message,
  LIFETIMES,
  SottoError,
} from '@sotto/client';
import { printable, printableLine } from './chat-text.ts';
import { findContact, nameOf } from './contact-names.ts';
import { PhotoFileError, savePhoto, sendPhotoFile } from './photo-files.ts';
import { findDoor, findIntroduction, introductionLine, openDoors, revoke } from './open-doors.ts';

const HELP = `  words            send them to whom you are talking to
  /invite [NAME]   make an invite for a friend; NAME is what you will call them
  /accept LINK [NAME]   accept a friend's invite or an address (a bare link does the same)
  /address [NAME]  make an address to print: strangers may write by it, a few a day
  /open            invites and addresses that are open
  /revoke ID       take one of them back
  /introduce NAME and NAME   offer two contacts to each other; both must say yes
  /introductions   those of your own and those offered to you
  /yes ID, /no ID  what you say to one
  /photo FILE [WORDS]   send a picture of at most 60,000 bytes, as it is; WORDS say what it shows
  /save FILE       save the newest picture of the one you are talking to
  /to NAME         talk to somebody else
  /name NAME       call the one you are talking to NAME; nobody else learns it
  /receipts on|off whether the one you are talking to is told that their messages came
  /erase hour|day|week|never   when messages go on both sides; they may keep a copy
  /number          their safety number: compare it by voice, say
  /verify NUMBER   it was the same on both sides; /verify alone takes that back
  /contacts        everybody you know
  /history [N]     the last N messages
  /status          what your client is doing
  /quit            leave; what waits goes out when you are back`;

/** Beside {@link LIFETIMES}. */
const LIVES = ['never', 'hour', 'day', 'week'];

const HISTORY = 10;
const LONGEST_HISTORY = 500;

const STATES: Readonly<Record<string, string>> = {
  queued: 'queued',
  sent: 'sent',
  delivered: 'delivered',
  waiting: 'waiting for the other: goes out by itself when they are back',
  failed: 'not delivered, given up',
};

/** A chat for people, in a terminal or with lines piped in. */
export class ChatTerminal {
  readonly #client: Client;
  readonly #lines: Interface;
  readonly #output: Writable;
  readonly #isTerminal: boolean;
  /** How contacts are called, by id. */
  readonly #names = new Map<string, string>();
  /** How long messages with a contact live, as was last said. */
  readonly #lives = new Map<string, number>();
  #current: string | undefined;

  /** Prints to `output` and reads lines of `input`. */
  constructor(
    client: Client,
    streams: {
      readonly input: Readable & { isTTY?: boolean };
      readonly output: Writable & { isTTY?: boolean };
    },
  ) {
    const { input, output } = streams;
    this.#client = client;
    this.#output = output;
    this.#isTerminal = input.isTTY === true && output.isTTY === true;
    this.#lines = createInterface({
      input,
      crlfDelay: Infinity,
      ...(this.#isTerminal ? { output, terminal: true } : {}),
    });
  }

  /**
   * Talks until the person leaves, the input ends or `signal` fires; closes the client.
   *
   * @param accept - an invite to begin with.
   * @returns the error that ended the client; undefined otherwise.
   */
  async run(
    signal: AbortSignal,
    accept?: { readonly link: string; readonly name?: string },
  ): Promise<unknown> {
    const stop = (): void => this.#lines.close();
    signal.addEventListener('abort', stop);
    this.#lines.on('SIGINT', stop);
    const events = this.#client.events();
    // From now on, or the lines of whoever pipes them in would be lost while the greeting waits.
    const lines = this.#lines[Symbol.asyncIterator]();
    await this.#greet(accept !== undefined);
    const telling = this.#tell(events).finally(stop);
    if (accept !== undefined) void this.#accept(accept.link, accept.name);
    this.#prompt();
    for await (const line of lines) {
      if (line.trim() === '/quit') break;
      await this.#take(line);
      this.#prompt();
    }
    this.#lines.close();
    signal.removeEventListener('abort', stop);
    await this.#client.close();
    return telling;
  }

  async #greet(accepting: boolean): Promise<void> {
    const contacts = await this.#client.contacts();
    for (const contact of contacts) this.#names.set(contact.id, nameOf(contact));
    this.#print('Sotto. /help says what there is; your cover traffic runs while this does.');
    if (contacts.length === 0 && !accepting) {
      this.#print('You know nobody yet: /invite makes an invite, /accept LINK takes one.');
    }
    const first = contacts.find(({ stage }) => stage === 'active');
    if (first !== undefined) await this.#talkTo(first);
  }

  async #tell(events: AsyncIterable<ClientEvent>): Promise<unknown> {
    try {
      for await (const event of events) this.#show(event);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #show(event: ClientEvent): void {
    switch (event.kind) {
      case 'online':
        this.#note('online');
        break;
      case 'offline':
        this.#note('offline; your guard is tried again by itself');
        break;
      case 'invite-started':
        this.#note(`making an invite: ready in about ${inWords(event.readyInMillis)}`);
        break;
      case 'invite-ready':
        this.#print(
          `An invite for one friend, until ${event.invitation.expires.toISOString().slice(0, 16)}Z. ` +
            'Who has it can come in their place: hand it over privately.\n' +
            `  ${event.invitation.link}`,
        );
        break;
      case 'address-started':
        this.#note(`making an address: ready in about ${inWords(event.readyInMillis)}`);
        break;
      case 'address-ready':
        this.#print(`An address for everybody, until you /revoke it:\n  ${event.address.link}`);
        break;
      case 'introduction': {
        const line = introductionLine(event.introduction, (id) => this.#nameOfId(id));
        this.#note(`introduction ${line}`);
        break;
      }
      case 'accept-started':
        this.#note('accepting the invite; it goes on by itself, and over a restart');
        break;
      case 'contact-added':
        this.#met(event.contact);
        break;
      case 'contact-failed':
        this.#note(`the invite came to nothing: ${new SottoError(event.code).message}`);
        break;
      case 'message-received':
        this.#print(said(this.#nameOfId(event.contact), wordsOf(event)));
        // What was printed was read: a message that disappears begins to live.
        void this.#quietly(this.#client.markRead(event.contact));
        break;
      case 'message-state':
        this.#note(
          `#${event.id} to ${this.#nameOfId(event.contact)}: ` +
            (event.unconfirmed === true
              ? 'sent; they do not tell whether it came'
              : (STATES[event.state] ?? event.state)),
        );
        break;
      case 'out-of-step':
        this.#note(
          event.outOfStep
            ? `what comes from ${this.#nameOfId(event.contact)} does not open any more: one of you uses an older copy of an account. Meet by a new invite`
            : `what comes from ${this.#nameOfId(event.contact)} opens again`,
        );
        break;
      case 'contact-changed':
        this.#names.set(event.contact.id, nameOf(event.contact));
        this.#lifetimeOf(event.contact);
        this.#prompt();
        break;
      case 'alarm':
        this.#note(
          event.code === 'loops-back'
            ? `your packets through ${through(event.alarm)} come back again`
            : `of ${event.alarm.loops} of your own packets through ${through(event.alarm)} ${event.alarm.lost} did not come back: somebody drops or blocks`,
        );
        break;
      case 'directory':
      case 'invite-closed':
      case 'address-closed':
      case 'contact-removed':
      case 'conversation-cleared':
      case 'messages-erased':
      case 'message-changed':
      case 'slots':
      case 'restarted':
      case 'plan':
        break;
    }
  }

  async #take(line: string): Promise<void> {
    const text = line.trim();
    try {
      if (text === '') return;
      if (text.startsWith('sotto:')) void this.#accept(text, undefined);
      else if (text.startsWith('/') && !text.startsWith('//')) await this.#command(text);
      else await this.#say(text.startsWith('//') ? text.slice(1) : text);
    } catch (error) {
      this.#refused(error);
    }
  }

  /** The other may have set it. */
  #lifetimeOf({ id, lifetimeSeconds }: Contact): void {
    if ((this.#lives.get(id) ?? 0) === lifetimeSeconds) return;
    this.#lives.set(id, lifetimeSeconds);
    const when = LIVES[LIFETIMES.indexOf(lifetimeSeconds)];
    this.#note(
      lifetimeSeconds === 0
        ? `messages with ${this.#nameOfId(id)} stay from now on`
        : `new messages with ${this.#nameOfId(id)} are erased on both sides after one ${when}; either can keep a copy`,
    );
  }

  async #erase(when: string): Promise<void> {
    const seconds = LIFETIMES[LIVES.indexOf(when)];
    if (this.#current === undefined || seconds === undefined) {
      this.#note(`/erase ${LIVES.join(', ')}, while talking to somebody`);
      return;
    }
    await this.#client.setLifetime(this.#current, seconds);
  }

  async #command(text: string): Promise<void> {
    const [name = '', ...words] = text.slice(1).split(/\s+/u);
    const rest = words.join(' ');
    switch (name) {
      case 'help':
        this.#print(HELP);
        break;
      case 'invite':
        void this.#quietly(this.#client.invite({ name: rest }));
        break;
      case 'address':
        void this.#quietly(this.#client.address({ name: rest }));
        break;
      case 'open':
        for (const line of await openDoors(this.#client)) this.#print(`  ${line}`);
        break;
      case 'revoke': {
        const id = await findDoor(this.#client, rest);
        if (id === undefined) this.#note('no such invite or address: /open');
        else {
          await revoke(this.#client, id);
          this.#note('taken back: who comes by it is told so');
        }
        break;
      }
      case 'introduce':
        await this.#introduce(rest);
        break;
      case 'introductions':
        for (const each of await this.#client.introductions()) {
          this.#print(`  ${introductionLine(each, (id) => this.#nameOfId(id))}`);
        }
        break;
      case 'yes':
      case 'no': {
        const id = await findIntroduction(this.#client, rest);
        if (id === undefined) this.#note('no such introduction: /introductions');
        else if (name === 'yes') await this.#client.acceptIntroduction(id);
        else await this.#client.declineIntroduction(id);
        break;
      }
      case 'accept':
        void this.#accept(
          words[0] ?? '',
          words[1] === undefined ? undefined : words.slice(1).join(' '),
        );
        break;
      case 'to': {
        const contact = findContact(await this.#client.contacts(), rest);
        if (contact === undefined)
          this.#note(`nobody is called "${printableLine(rest)}": /contacts`);
        else await this.#talkTo(contact);
        break;
      }
      case 'name':
        if (this.#current === undefined || rest === '')
          this.#note('/name NAME, while talking to somebody');
        else await this.#client.rename(this.#current, rest);
        break;
      case 'receipts':
        if (this.#current === undefined || (rest !== 'on' && rest !== 'off'))
          this.#note('/receipts on or /receipts off, while talking to somebody');
        else {
          await this.#client.setAcknowledges(this.#current, rest === 'on');
          this.#note(rest === 'on' ? 'they are told what comes' : 'they are not told what comes');
        }
        break;
      case 'photo':
        await this.#photo(words[0] ?? '', words.slice(1).join(' '));
        break;
      case 'save':
        await this.#save(rest);
        break;
      case 'erase':
        await this.#erase(rest);
        break;
      case 'number':
        await this.#safetyNumber();
        break;
      case 'verify':
        await this.#verify(rest);
        break;
      case 'contacts':
        await this.#contacts();
        break;
      case 'history':
        await this.#history(Number.parseInt(rest, 10) || HISTORY);
        break;
      case 'status':
        this.#print(statusText(await this.#client.status()));
        break;
      default:
        this.#note(
          `no command "/${printableLine(name)}": /help. (Words that start with "/" take two.)`,
        );
    }
  }

  async #say(text: string): Promise<void> {
    if (this.#current === undefined) {
      this.#note('you are talking to nobody: /invite, /accept LINK or /to NAME');
      return;
    }
    const { id, state } = await this.#client.send(this.#current, text);
    if (state === 'queued') this.#note(`#${id} queued`);
  }

  async #photo(file: string, words: string): Promise<void> {
    if (this.#current === undefined || file === '') {
      this.#note('/photo FILE [WORDS], while talking to somebody');
      return;
    }
    const { id, state } = await sendPhotoFile(this.#client, this.#current, file, words);
    if (state === 'queued') this.#note(`#${id} queued; a photo takes minutes`);
  }

  async #save(file: string): Promise<void> {
    if (this.#current === undefined || file === '') {
      this.#note('/save FILE, while talking to somebody');
      return;
    }
    await savePhoto(this.#client, this.#current, file);
    this.#note(`saved as ${printableLine(file)}`);
  }

  async #introduce(text: string): Promise<void> {
    const contacts = await this.#client.contacts();
    const [first, second] = text.split(/ and /u).map((name) => findContact(contacts, name.trim()));
    if (first === undefined || second === undefined) {
      this.#note('/introduce NAME and NAME, of two whom you know: /contacts');
      return;
    }
    await this.#client.introduce(first.id, second.id);
  }

  async #accept(link: string, name: string | undefined): Promise<void> {
    await this.#quietly(this.#client.accept(link, name === undefined ? {} : { name }));
  }

  /** Events tell what comes of it; only a refusal at once is said here. */
  async #quietly(promise: Promise<unknown>): Promise<void> {
    try {
      await promise;
    } catch (error) {
      const told = [
        'closed',
        'failed',
        'invite-closed',
        'invite-not-now',
        'invite-no-answer',
        'invite-bad-bundle',
      ];
      if (!(error instanceof SottoError) || !told.includes(error.code)) this.#refused(error);
    }
  }

  #refused(error: unknown): void {
    if (!(error instanceof SottoError || error instanceof PhotoFileError)) throw error;
    this.#note(error.message);
  }

  #met(contact: Contact): void {
    this.#names.set(contact.id, nameOf(contact));
    const name = this.#nameOfId(contact.id);
    this.#print(`${name} is here. Say something.`);
    if (this.#current === undefined) this.#current = contact.id;
    else this.#note(`/to ${name} to talk to them`);
  }

  async #talkTo(contact: Contact): Promise<void> {
    this.#current = contact.id;
    this.#note(`talking to ${nameOf(contact)}`);
    await this.#history(HISTORY);
  }

  async #history(count: number): Promise<void> {
    if (this.#current === undefined) return;
    const messages = await this.#client.messages(this.#current);
    for (const message of messages.slice(-Math.min(count, LONGEST_HISTORY))) {
      this.#print(this.#past(message));
    }
    await this.#client.markRead(this.#current);
  }

  #past(message: Message): string {
    const { contact, direction, at, state, id } = message;
    const text = wordsOf(message);
    const time = at.toISOString().slice(0, 16).replace('T', ' ');
    return direction === 'in'
      ? `${time} ${said(this.#nameOfId(contact), text)}`
      : `${time} ${said(`you (#${id}, ${state})`, text)}`;
  }

  async #safetyNumber(): Promise<void> {
    if (this.#current === undefined) {
      this.#note('/number, while talking to somebody');
      return;
    }
    const number = await this.#client.safetyNumber(this.#current);
    this.#print(
      `The safety number of you and ${this.#nameOfId(this.#current)}, the same on both sides when nobody stands between:\n` +
        `${inRows(number)}\nThe same? Then: /verify ${number}`,
    );
  }

  async #verify(number: string): Promise<void> {
    if (this.#current === undefined) {
      this.#note('/verify NUMBER, while talking to somebody');
      return;
    }
    await this.#client.setVerified(this.#current, number);
    const name = this.#nameOfId(this.#current);
    this.#note(
      number === '' ? `${name} is not marked as verified any more` : `${name} is verified`,
    );
  }

  async #contacts(): Promise<void> {
    const contacts = await this.#client.contacts();
    if (contacts.length === 0) this.#note('nobody yet');
    for (const contact of contacts) {
      const { stage, replyBlocks, id, verified, outOfStep } = contact;
      const here = id === this.#current ? '*' : ' ';
      const how = {
        active: `${replyBlocks} reply blocks held`,
        pending: 'has not answered yet',
        failed: 'never answered',
      }[stage];
      const marks = `${verified ? ', verified' : ''}${outOfStep ? ', out of step: meet by a new invite' : ''}`;
      this.#print(`${here} ${nameOf(contact)}: ${how}${marks}`);
    }
  }

  #nameOfId(id: string): string {
    return this.#names.get(id) ?? 'somebody';
  }

  #note(text: string): void {
    this.#print(`- ${text}`);
  }

  /** Above the line that is being typed. `text` is fit to be printed. */
  #print(text: string): void {
    if (this.#isTerminal) {
      clearLine(this.#output, 0);
      cursorTo(this.#output, 0);
    }
    this.#output.write(`${text}\n`);
    if (this.#isTerminal) this.#lines.prompt(true);
  }

  #prompt(): void {
    if (!this.#isTerminal) return;
    this.#lines.setPrompt(
      this.#current === undefined ? '> ' : `${this.#nameOfId(this.#current)}> `,
    );
    this.#lines.prompt(true);
  }
}

/** Further lines stand back, so that a text cannot put words into another's mouth. */
const said = (name: string, text: string): string =>
  `${name}: ${printable(text).replaceAll('\n', '\n  | ')}`;

const through = ({ subject, node }: Alarm): string =>
  subject === 'guard' ? 'your guard' : `node ${node.slice(0, 8)}`;

/** Four groups a line: easy to read aloud. */
const inRows = (number: string): string =>
  (number.match(/(?:\d{5} ?){1,4}/gu) ?? []).map((row) => `  ${row.trim()}`).join('\n');

const inWords = (millis: number): string =>
  millis < 90_000 ? `${Math.ceil(millis / 1000)} seconds` : `${Math.ceil(millis / 60_000)} minutes`;

/** A photo's words say what it shows. */
const wordsOf = ({ text, photo }: { readonly text: string; readonly photo?: unknown }): string =>
  photo === undefined ? text : `[photo: /save FILE] ${text}`;

function statusText(status: ClientStatus): string {
  const { plan, online, guard, nodes, slots, queued, aliases, invites, accepting } = status;
  return `  ${online ? 'online' : 'offline'}, plan ${plan}, ${nodes} nodes known, guard ${guard?.slice(0, 8) ?? 'none'}
  packets sent: ${slots.real} real, ${slots.loop} loops, ${slots.drop} drops; ${queued} wait for a slot
  mailbox aliases ready: ${aliases.ready} of ${aliases.total}; open invites ${invites}, being accepted ${accepting}`;
}
