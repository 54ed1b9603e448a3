import { clearLine, createInterface, cursorTo, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { type Client, type ClientEvent, type Contact, LIFETIMES, SottoError } from '@sotto/client';
import { printableLine } from './chat-text.ts';
import { findContact, nameOf } from './contact-names.ts';
import { findDoor, findIntroduction, introductionLine, openDoors, revoke } from './open-doors.ts';
import { PhotoFileError } from './photo-files.ts';
import { toldOf } from './terminal-events.ts';
import { TerminalTalk } from './terminal-talk.ts';
import { HELP, LIVES, statusText } from './terminal-words.ts';

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
  readonly #talk: TerminalTalk;

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
    this.#talk = new TerminalTalk(client, {
      print: (text) => this.#print(text),
      note: (text) => this.#note(text),
      nameOfId: (id) => this.#nameOfId(id),
    });
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
    if (first !== undefined) await this.#talk.to(first);
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
    const told = toldOf(event, (id) => this.#nameOfId(id));
    if (told !== undefined) this.#print(told);
    if (event.kind === 'contact-added') this.#met(event.contact);
    // What was printed was read: a message that disappears begins to live.
    if (event.kind === 'message-received') {
      void this.#quietly(this.#client.markRead(event.contact));
    }
    if (event.kind === 'contact-changed') {
      this.#names.set(event.contact.id, nameOf(event.contact));
      this.#lifetimeOf(event.contact);
      this.#prompt();
    }
  }

  async #take(line: string): Promise<void> {
    const text = line.trim();
    try {
      if (text === '') return;
      if (text.startsWith('sotto:')) void this.#accept(text, undefined);
      else if (text.startsWith('/') && !text.startsWith('//')) await this.#command(text);
      else await this.#talk.say(text.startsWith('//') ? text.slice(1) : text);
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
        else await this.#talk.to(contact);
        break;
      }
      case 'contacts':
        await this.#contacts();
        break;
      case 'status':
        this.#print(statusText(await this.#client.status()));
        break;
      default:
        if (await this.#talk.command(name, words)) break;
        this.#note(
          `no command "/${printableLine(name)}": /help. (Words that start with "/" take two.)`,
        );
    }
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
    if (!this.#talk.met(contact.id)) this.#note(`/to ${name} to talk to them`);
  }

  async #contacts(): Promise<void> {
    const contacts = await this.#client.contacts();
    if (contacts.length === 0) this.#note('nobody yet');
    for (const contact of contacts) {
      const { stage, replyBlocks, id, verified, outOfStep } = contact;
      const here = id === this.#talk.current ? '*' : ' ';
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
      this.#talk.current === undefined ? '> ' : `${this.#nameOfId(this.#talk.current)}> `,
    );
    this.#lines.prompt(true);
  }
}
