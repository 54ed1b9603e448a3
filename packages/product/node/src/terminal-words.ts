import type { Alarm, ClientStatus } from '@sotto/client';
import { printable } from './chat-text.ts';

/** What can be typed. */
export const HELP: string = `  words            send them to whom you are talking to
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

/** How long messages live, beside `LIFETIMES`. */
export const LIVES: readonly string[] = ['never', 'hour', 'day', 'week'];

/** Further lines stand back, so that a text cannot put words into another's mouth. */
export const said = (name: string, text: string): string =>
  `${name}: ${printable(text).replaceAll('\n', '\n  | ')}`;

/** A node in words. */
export const through = ({ subject, node }: Alarm): string =>
  subject === 'guard' ? 'your guard' : `node ${node.slice(0, 8)}`;

/** Four groups a line: easy to read aloud. */
export const inRows = (number: string): string =>
  (number.match(/(?:\d{5} ?){1,4}/gu) ?? []).map((row) => `  ${row.trim()}`).join('\n');

/** About how long. */
export const inWords = (millis: number): string =>
  millis < 90_000 ? `${Math.ceil(millis / 1000)} seconds` : `${Math.ceil(millis / 60_000)} minutes`;

/** A photo's words say what it shows. */
export const wordsOf = ({
  text,
  photo,
}: {
  readonly text: string;
  readonly photo?: unknown;
}): string => (photo === undefined ? text : `[photo: /save FILE] ${text}`);

/** Figures of one's own client. */
export function statusText(status: ClientStatus): string {
  const { plan, online, guard, nodes, slots, beat, queued, aliases, invites, accepting } = status;
  return `  ${online ? 'online' : 'offline'}, plan ${plan}, ${nodes} nodes known, guard ${guard?.slice(0, 8) ?? 'none'}
  packets sent: ${slots.real} real, ${slots.loop} loops, ${slots.drop} drops; ${queued} wait for a slot
  ${beat.late} left more than a tenth of a second late, ${beat.missed} not at all, by ${Math.ceil(beat.worstLateMillis)} ms at most
  mailbox aliases ready: ${aliases.ready} of ${aliases.total}; open invites ${invites}, being accepted ${accepting}`;
}
