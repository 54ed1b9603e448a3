import { type ClientEvent, SottoError } from '@sotto/client';
import { introductionLine } from './open-doors.ts';
import { inWords, said, through, wordsOf } from './terminal-words.ts';

const STATES: Readonly<Record<string, string>> = {
  queued: 'queued',
  sent: 'sent',
  delivered: 'delivered',
  waiting: 'waiting for the other: goes out by itself when they are back',
  failed: 'not delivered, given up',
};

const note = (text: string): string => `- ${text}`;

/** What an event says to a person; undefined of one that says nothing. `nameOfId`: how a contact is called. */
export function toldOf(event: ClientEvent, nameOfId: (id: string) => string): string | undefined {
  switch (event.kind) {
    case 'online':
      return note('online');
    case 'offline':
      return note('offline; your guard is tried again by itself');
    case 'invite-started':
      return note(`making an invite: ready in about ${inWords(event.readyInMillis)}`);
    case 'invite-ready':
      return (
        `An invite for one friend, until ${event.invitation.expires.toISOString().slice(0, 16)}Z. ` +
        'Who has it can come in their place: hand it over privately.\n' +
        `  ${event.invitation.link}`
      );
    case 'address-started':
      return note(`making an address: ready in about ${inWords(event.readyInMillis)}`);
    case 'address-ready':
      return `An address for everybody, until you /revoke it:\n  ${event.address.link}`;
    case 'introduction':
      return note(`introduction ${introductionLine(event.introduction, nameOfId)}`);
    case 'accept-started':
      return note('accepting the invite; it goes on by itself, and over a restart');
    case 'contact-failed':
      return note(`the invite came to nothing: ${new SottoError(event.code).message}`);
    case 'message-received':
      return said(nameOfId(event.contact), wordsOf(event));
    case 'message-state':
      return note(
        `#${event.id} to ${nameOfId(event.contact)}: ` +
          (event.unconfirmed === true
            ? 'sent; they do not tell whether it came'
            : (STATES[event.state] ?? event.state)),
      );
    case 'out-of-step':
      return note(
        event.outOfStep
          ? `what comes from ${nameOfId(event.contact)} does not open any more: one of you uses an older copy of an account. Meet by a new invite`
          : `what comes from ${nameOfId(event.contact)} opens again`,
      );
    case 'alarm':
      return note(
        event.code === 'loops-back'
          ? `your packets through ${through(event.alarm)} come back again`
          : `of ${event.alarm.loops} of your own packets through ${through(event.alarm)} ${event.alarm.lost} did not come back: somebody drops or blocks`,
      );
    case 'contact-added':
    case 'contact-changed':
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
      return undefined;
    default:
      return event satisfies never;
  }
}
