import type { Contact } from '@sotto/client';
import { printableLine } from './chat-text.ts';

/** How a contact is called here: the local name, or one made of its id. */
export const nameOf = (contact: Pick<Contact, 'id' | 'name'>): string =>
  contact.name === '' ? `friend-${contact.id.slice(0, 4)}` : printableLine(contact.name);

/** The contact of an id or a name; undefined when there is none, or more than one of this name. */
export function findContact(contacts: readonly Contact[], text: string): Contact | undefined {
  const byId = contacts.find(({ id }) => id === text);
  if (byId !== undefined) return byId;
  const named = contacts.filter((contact) => nameOf(contact).toLowerCase() === text.toLowerCase());
  return named.length === 1 ? named[0] : undefined;
}
