import type { Contact, Message } from '@sotto/client';
import { excerpt, folded, nameOf } from './clean-text.ts';

/** A message that has what was looked for. */
export interface Hit {
  readonly contact: Contact;
  readonly message: Message;
  /** Its text about the place. */
  readonly excerpt: string;
}

/** Messages shown at most, the newest. */
const MAX_HITS = 50;
/** Code units before the place that an excerpt begins with. */
const BEFORE = 24;

/**
 * Looks through names and messages that are here; nobody else is asked.
 *
 * @param conversations - of `contacts`, in the same order; undefined where not loaded yet.
 */
export function search(
  contacts: readonly Contact[],
  conversations: readonly (readonly Message[] | undefined)[],
  query: string,
): { readonly names: readonly Contact[]; readonly hits: readonly Hit[] } {
  const wanted = folded(query.trim());
  if (wanted === '') return { names: [], hits: [] };
  const names = contacts.filter((contact) => folded(nameOf(contact)).includes(wanted));
  const hits: Hit[] = [];
  for (const [index, contact] of contacts.entries())
    for (const message of conversations[index] ?? []) {
      const at = folded(message.text).indexOf(wanted);
      if (at >= 0) hits.push({ contact, message, excerpt: around(message.text, at) });
    }
  hits.sort((a, b) => b.message.at.getTime() - a.message.at.getTime());
  return { names, hits: hits.slice(0, MAX_HITS) };
}

/** @param at - place in the folded text, near enough to the one in the text for an excerpt. */
function around(text: string, at: number): string {
  if (at <= BEFORE) return excerpt(text);
  const space = text.indexOf(' ', at - BEFORE);
  const from = space >= 0 && space < at ? space + 1 : at - BEFORE;
  return `…${excerpt(text.slice(from).toWellFormed())}`;
}
