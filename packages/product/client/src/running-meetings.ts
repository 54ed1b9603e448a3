import { MAX_PEOPLE_PER_EPOCH, MAX_PUZZLE_COST, type Person } from '@sotto/messaging';
import type { Instant } from '@sotto/wire';
import {
  acceptInvite,
  makeAddress,
  makeInvite,
  type MeetingOptions,
  type SharedParts,
} from './acquaintances.ts';
import { checkName } from './checked-name.ts';
import type { Client } from './client-io.ts';
import { INTRODUCE_CODES } from './codes.ts';
import type {
  Address,
  AddressOptions,
  Contact,
  Introduction,
  Invitation,
  OpenAddress,
  OpenInvite,
} from './people-io.ts';
import { introductionOf, openAddressOf, openInviteOf } from './shown.ts';
import { SottoError, type SottoErrorCode } from './sotto-error.ts';

/** The calls by which people meet: invites, addresses, introductions. */
export class RunningMeetings {
  readonly #p: SharedParts;

  /** Shares its parts with the rest of the client. */
  constructor(parts: SharedParts) {
    this.#p = parts;
  }

  async invite(options: MeetingOptions = {}): Promise<Invitation> {
    checkName(options.name ?? '');
    this.#p.checkOpen(options.signal);
    return makeInvite(this.#p, options);
  }

  async invites(): Promise<readonly OpenInvite[]> {
    this.#p.checkOpen();
    return this.#p.engine.command((person) => person.invites()).map(openInviteOf);
  }

  async revokeInvite(invite: string): Promise<void> {
    await this.#does('unknown-invite', (person, now) => person.revokeInvite(now, invite));
  }

  async address(options: AddressOptions & MeetingOptions = {}): Promise<Address> {
    const { name = '', people = 1, cost = 0, signal } = options;
    checkName(name);
    const fits = isWithin(people, 1, MAX_PEOPLE_PER_EPOCH) && isWithin(cost, 0, MAX_PUZZLE_COST);
    if (!fits) throw new SottoError('address-options');
    this.#p.checkOpen(signal);
    return makeAddress(this.#p, options);
  }

  async addresses(): Promise<readonly OpenAddress[]> {
    this.#p.checkOpen();
    return this.#p.engine
      .command((person, now) => person.addresses(now))
      .map((each) => openAddressOf(this.#p.options.parameters, each));
  }

  async revokeAddress(address: string): Promise<void> {
    await this.#does('unknown-address', (person, now) => person.revokeAddress(now, address));
  }

  async introduce(
    first: string,
    second: string,
    { token, ...options }: Parameters<Client['introduce']>[2] & { readonly token?: string } = {},
  ): Promise<string> {
    this.#p.checkOpen();
    const before = this.#p.asked.of(token);
    if (before !== undefined) return before.name;
    const made = this.#p.engine.command((person, now) => {
      const begun = person.introduce(now, first, second, options);
      if (begun.ok) person.keep(this.#p.asked.take(token, { name: begun.value, id: 0 }));
      return begun;
    });
    if (!made.ok) throw new SottoError(INTRODUCE_CODES[made.error.code]);
    await this.#p.engine.stored();
    return made.value;
  }

  async introductions(): Promise<readonly Introduction[]> {
    this.#p.checkOpen();
    return this.#p.engine.command((person) => person.introductions()).map(introductionOf);
  }

  async acceptIntroduction(introduction: string): Promise<void> {
    await this.#does('unknown-introduction', (person, now) =>
      person.acceptIntroduction(now, introduction),
    );
  }

  async declineIntroduction(introduction: string): Promise<void> {
    await this.#does('unknown-introduction', (person, now) =>
      person.declineIntroduction(now, introduction),
    );
  }

  async accept(link: string, options: MeetingOptions = {}): Promise<Contact> {
    checkName(options.name ?? '');
    this.#p.checkOpen(options.signal);
    return acceptInvite(this.#p, link, options);
  }

  /** Runs an order that may come to nothing. */
  async #does(
    code: SottoErrorCode,
    order: (person: Person, now: Instant) => boolean,
  ): Promise<void> {
    this.#p.checkOpen();
    if (!this.#p.engine.command(order)) throw new SottoError(code);
    await this.#p.engine.stored();
  }
}
const isWithin = (value: number, from: number, to: number): boolean =>
  Number.isInteger(value) && value >= from && value <= to;
