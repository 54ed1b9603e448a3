import { type Client, type Contact, LIFETIMES, type Message } from '@sotto/client';
import { printableLine } from './chat-text.ts';
import { nameOf } from './contact-names.ts';
import { savePhoto, sendPhotoFile } from './photo-files.ts';
import { inRows, LIVES, said, wordsOf } from './terminal-words.ts';

/** Messages shown when a conversation is opened, and at most. */
const HISTORY = 10;
const LONGEST_HISTORY = 500;

/** Where a conversation is shown. */
export interface TalkOutput {
  /** Prints what is fit to be printed. */
  print(text: string): void;
  /** Prints a remark of the program's. */
  note(text: string): void;
  /** How a contact is called. */
  nameOfId(id: string): string;
}

/** The conversation that is open in a terminal, and what can be done in one. */
export class TerminalTalk {
  readonly #client: Client;
  readonly #output: TalkOutput;
  #current: string | undefined;

  /** Talks to nobody yet. */
  constructor(client: Client, output: TalkOutput) {
    this.#client = client;
    this.#output = output;
  }

  /** Whom one talks to. */
  get current(): string | undefined {
    return this.#current;
  }

  /** Somebody is there: talks to them, unless to somebody else. @returns whether to them. */
  met(contact: string): boolean {
    this.#current ??= contact;
    return this.#current === contact;
  }

  /** Talks to this contact from now on, and shows what was said last. */
  async to(contact: Contact): Promise<void> {
    this.#current = contact.id;
    this.#output.note(`talking to ${nameOf(contact)}`);
    await this.#history(HISTORY);
  }

  /** Sends words. */
  async say(text: string): Promise<void> {
    if (this.#current === undefined) {
      this.#output.note('you are talking to nobody: /invite, /accept LINK or /to NAME');
      return;
    }
    const { id, state } = await this.#client.send(this.#current, text);
    if (state === 'queued') this.#output.note(`#${id} queued`);
  }

  /** Carries out a command. @returns false when it is none about one conversation. */
  async command(name: string, words: readonly string[]): Promise<boolean> {
    const rest = words.join(' ');
    switch (name) {
      case 'name':
        await this.#name(rest);
        break;
      case 'receipts':
        await this.#receipts(rest);
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
      case 'history':
        await this.#history(Number.parseInt(rest, 10) || HISTORY);
        break;
      default:
        return false;
    }
    return true;
  }

  async #name(name: string): Promise<void> {
    if (this.#current === undefined || name === '')
      this.#output.note('/name NAME, while talking to somebody');
    else await this.#client.rename(this.#current, name);
  }

  async #receipts(on: string): Promise<void> {
    if (this.#current === undefined || (on !== 'on' && on !== 'off')) {
      this.#output.note('/receipts on or /receipts off, while talking to somebody');
      return;
    }
    await this.#client.setAcknowledges(this.#current, on === 'on');
    this.#output.note(on === 'on' ? 'they are told what comes' : 'they are not told what comes');
  }

  async #photo(file: string, words: string): Promise<void> {
    if (this.#current === undefined || file === '') {
      this.#output.note('/photo FILE [WORDS], while talking to somebody');
      return;
    }
    const { id, state } = await sendPhotoFile(this.#client, this.#current, file, words);
    if (state === 'queued') this.#output.note(`#${id} queued; a photo takes minutes`);
  }

  async #save(file: string): Promise<void> {
    if (this.#current === undefined || file === '') {
      this.#output.note('/save FILE, while talking to somebody');
      return;
    }
    await savePhoto(this.#client, this.#current, file);
    this.#output.note(`saved as ${printableLine(file)}`);
  }

  async #erase(when: string): Promise<void> {
    const seconds = LIFETIMES[LIVES.indexOf(when)];
    if (this.#current === undefined || seconds === undefined) {
      this.#output.note(`/erase ${LIVES.join(', ')}, while talking to somebody`);
      return;
    }
    await this.#client.setLifetime(this.#current, seconds);
  }

  async #safetyNumber(): Promise<void> {
    if (this.#current === undefined) {
      this.#output.note('/number, while talking to somebody');
      return;
    }
    const number = await this.#client.safetyNumber(this.#current);
    this.#output.print(
      `The safety number of you and ${this.#output.nameOfId(this.#current)}, the same on both sides when nobody stands between:\n` +
        `${inRows(number)}\nThe same? Then: /verify ${number}`,
    );
  }

  async #verify(number: string): Promise<void> {
    if (this.#current === undefined) {
      this.#output.note('/verify NUMBER, while talking to somebody');
      return;
    }
    await this.#client.setVerified(this.#current, number);
    const name = this.#output.nameOfId(this.#current);
    this.#output.note(
      number === '' ? `${name} is not marked as verified any more` : `${name} is verified`,
    );
  }

  async #history(count: number): Promise<void> {
    if (this.#current === undefined) return;
    const messages = await this.#client.messages(this.#current);
    for (const message of messages.slice(-Math.min(count, LONGEST_HISTORY))) {
      this.#output.print(this.#past(message));
    }
    await this.#client.markRead(this.#current);
  }

  #past(message: Message): string {
    const { contact, direction, at, state, id } = message;
    const text = wordsOf(message);
    const time = at.toISOString().slice(0, 16).replace('T', ' ');
    return direction === 'in'
      ? `${time} ${said(this.#output.nameOfId(contact), text)}`
      : `${time} ${said(`you (#${id}, ${state})`, text)}`;
  }
}
