import { decodeDownlink } from '@sotto/link';
import { decodeAnswer } from '@sotto/mailbox';
import type { Instant } from '@sotto/wire';
import type { EndpointParts } from './parts.ts';
import { isDurable, type ReplyRecord } from './records.ts';
import { recordKey } from './state.ts';
import { type InviteSeed, unwind, type Unwound } from './unwind.ts';

/** The way in: frames from the guard become events (Spec 08 §7). */
export class Downlink {
  readonly #p: EndpointParts;
  readonly #invites = new Map<string, InviteSeed>();

  /** Shares its parts with the other direction. */
  constructor(parts: EndpointParts) {
    this.#p = parts;
  }

  /** Tries this seed on mail from a contact point. @throws RangeError when there are too many. */
  setInvite(seed: InviteSeed): void {
    const most = this.#p.limits.invites;
    if (!this.#invites.has(seed.invite) && this.#invites.size >= most) {
      throw new RangeError(`"invites" expected at most ${most}`);
    }
    this.#invites.set(seed.invite, seed);
  }

  /** Stops trying it. */
  removeInvite(invite: string): void {
    this.#invites.delete(invite);
  }

  /** Takes a frame of the guard's: any bytes. */
  frame(bytes: Uint8Array): void {
    const frame = decodeDownlink(bytes);
    if (!frame.ok) {
      this.#p.counters.count(frame.error.code);
      return;
    }
    if (frame.value.kind === 'filler') {
      this.#p.counters.count('frame-filler');
      return;
    }
    const seeds = [...this.#invites.values()];
    const unwound = unwind(this.#p.options.suite, this.#p.records, seeds, frame.value.delivered);
    if (unwound.kind === 'refused') {
      this.#p.counters.count(unwound.code);
      if (unwound.loop !== undefined) this.#loop(unwound.loop, false);
      return;
    }
    this.#deliver(unwound);
    for (const record of unwound.records) this.drop(record);
  }

  #deliver(unwound: Unwound): void {
    switch (unwound.kind) {
      case 'loop':
        this.#loop(unwound.loop, true);
        break;
      case 'contact': {
        const { content, name, epoch } = unwound;
        const { contact, alias, twin } = unwound.purpose;
        const viaMailbox = alias !== undefined;
        this.#p.counters.count(viaMailbox ? 'mail-mailbox' : 'mail-direct');
        if (alias === undefined) this.#p.blocks.usedDirect(contact, epoch);
        else this.#opened(alias, name, unwound.records);
        const again = twin === undefined ? {} : ({ twin: true } as const);
        this.#p.event({ kind: 'mail', contact, content, viaMailbox, epoch, ...again });
        break;
      }
      case 'stash': {
        const { content, name, invite } = unwound;
        const { contactBox, alias } = unwound.purpose;
        this.#p.counters.count('mail-contact-point');
        this.#opened(alias, name, unwound.records);
        this.#p.event({ kind: 'contact-mail', invite, contactBox, content });
        break;
      }
      case 'answer':
        this.#answer(unwound);
        break;
    }
  }

  /** Mail of an alias also proves that its fetch was answered. */
  #opened(alias: string, name: Uint8Array, records: readonly ReplyRecord[]): void {
    const fetch = records[0]?.purpose;
    if (fetch?.kind === 'fetch') this.#p.aliases.answered(alias, fetch.madeAt, false);
    this.#p.aliases.finished(alias, name);
  }

  #answer({ purpose, content }: Extract<Unwound, { kind: 'answer' }>): void {
    const answer = decodeAnswer(content);
    if (!answer.ok) this.#p.counters.count(answer.error.code);
    else if (purpose.kind === 'bundle' && answer.value.kind !== 'empty') {
      this.#p.counters.count('answer-bundle');
      this.#p.event({ kind: 'answer', request: purpose.request, answer: answer.value });
    } else if (purpose.kind === 'fetch' && answer.value.kind === 'empty') {
      this.#p.counters.count('answer-empty');
      if (this.#p.aliases.answered(purpose.alias, purpose.madeAt, true)) {
        this.#p.event({ kind: 'alias-ready' });
      }
    } else this.#p.counters.count('answer-wrong-kind');
  }

  #loop(id: number, right: boolean): void {
    this.#p.loops.arrived(id, right);
    this.#tellAlarms();
  }

  #tellAlarms(): void {
    for (let turn = this.#p.loops.poll(); turn !== undefined; turn = this.#p.loops.poll()) {
      this.#p.event({ kind: 'loop-alarm', ...turn });
    }
  }

  /** Takes a record out, of the store as well. */
  drop(record: ReplyRecord): void {
    if (isDurable(record)) this.#p.log.put(recordKey(record.surb.name), undefined);
    this.#p.records.remove(record);
  }

  /** Takes a contact's records out. */
  forget(contact: string): void {
    for (const record of this.#p.records.values()) {
      const { purpose } = record;
      if (purpose.kind === 'contact' && purpose.contact === contact) this.drop(record);
    }
  }

  /** Takes the records of a contact box of one's own out, but for those in aliases that are still fetched. */
  forgetStash(contactBox: string): void {
    const { records, aliases } = this.#p;
    for (const record of records.values()) {
      const { purpose } = record;
      if (purpose.kind !== 'stash' || purpose.contactBox !== contactBox) continue;
      if (aliases.get(purpose.alias) === undefined) this.drop(record);
    }
  }

  /** Gives up what was waited for too long. */
  expire(now: Instant): void {
    for (const record of this.#p.records.expire(now)) {
      this.#p.counters.count('record-expired');
      if (isDurable(record)) this.#p.log.put(recordKey(record.surb.name), undefined);
    }
    this.#p.loops.expire(now);
    this.#tellAlarms();
  }
}
