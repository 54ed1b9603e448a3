import { type Contact, type Message, placeOf } from '@sotto/client';
import { nameOf } from './clean-text.ts';

const latest = ({ last }: Contact): number => last?.at.getTime() ?? Number.POSITIVE_INFINITY;

/** The newest conversation first; those without a word yet are the newest of all. */
export function byTime(a: Contact, b: Contact): number {
  const [left, right] = [latest(a), latest(b)];
  return left === right ? alphabetical(a, b) : right < left ? -1 : 1;
}

/** By the names that are shown. */
export const alphabetical = (a: Contact, b: Contact): number => nameOf(a).localeCompare(nameOf(b));

const micros = ({ at }: Message): number => at.getTime() * 1000;

/** A conversation with `message` added where it belongs, or in the place of its earlier form. */
export function placed(messages: readonly Message[], message: Message): readonly Message[] {
  const same = messages.findIndex(
    ({ id, direction }) => id === message.id && direction === message.direction,
  );
  if (same >= 0) return messages.with(same, message);
  return messages.toSpliced(placeOf(messages, message, micros), 0, message);
}

/** Names a message within the page. */
export const messageKey = (message: Pick<Message, 'contact' | 'direction' | 'id'>): string =>
  `${message.contact}-${message.direction}-${message.id}`;
