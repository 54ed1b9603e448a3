import type { Person } from '@sotto/messaging';
import { concat, fromUtf8, toUtf8 } from '@sotto/wire';
import { eventsOf, type Net } from './friends.ts';

/** One end of a channel in virtual time, and all that was read of it. */
export class StreamEnd {
  readonly id: string;
  readonly #net: Net;
  readonly #name: string;
  readonly #person: Person;
  readonly #contact: string;
  #got: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(net: Net, name: string, person: Person, contact: string, id: string) {
    this.#net = net;
    this.#name = name;
    this.#person = person;
    this.#contact = contact;
    this.id = id;
  }

  /** Opens a channel that must come about. */
  static open(net: Net, name: string, person: Person, contact: string, what: string): StreamEnd {
    const made = net.command(name, (now) => person.channels.open(now, contact, what));
    if (!made.ok) throw new Error(made.error.code);
    return new StreamEnd(net, name, person, contact, made.value);
  }

  /** The other end of a channel that the peer opened, once it is here. */
  static opened(
    net: Net,
    name: string,
    person: Person,
    contact: string,
    what: string,
  ): StreamEnd | undefined {
    for (const { event } of eventsOf(net, name, 'channel')) {
      if (event.kind !== 'opened' || event.name !== what) continue;
      return new StreamEnd(net, name, person, contact, event.channel);
    }
    return undefined;
  }

  /** Writes bytes that must be taken whole. */
  write(bytes: Uint8Array | string): void {
    const all = typeof bytes === 'string' ? toUtf8(bytes) : bytes;
    const taken = this.#net.command(this.#name, (now) =>
      this.#person.channels.write(now, this.#contact, this.id, all),
    );
    if (!taken.ok || taken.value !== all.length) throw new Error('not all was taken');
  }

  /** Ends this side. */
  end(): void {
    const ended = this.#net.command(this.#name, (now) =>
      this.#person.channels.end(now, this.#contact, this.id),
    );
    if (!ended.ok) throw new Error(ended.error.code);
  }

  /** Reads what is there. @returns all that came so far. */
  read(): Uint8Array {
    while (!this.#ended) {
      const read = this.#net.command(this.#name, (now) =>
        this.#person.channels.read(now, this.#contact, this.id, 100_000),
      );
      if (!read.ok) throw new Error(read.error.code);
      this.#ended = read.value.ended;
      if (read.value.bytes.length === 0) break;
      this.#got = concat(this.#got, read.value.bytes);
    }
    return this.#got;
  }

  /** Whether all was read and nothing follows. */
  get ended(): boolean {
    this.read();
    return this.#ended;
  }

  /** Whole lines that came so far. */
  lines(): string[] {
    return (fromUtf8(this.read()) ?? '').split('\n').slice(0, -1);
  }
}
