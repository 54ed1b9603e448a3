import { MICROS_PER_SECOND } from '@sotto/wire';
import type { Message } from './history.ts';

/**
 * How long a message that was overtaken still goes where its sender wrote it, µs. What comes later
 * stands where it came, or it would be put where nobody looks any more.
 */
const OVERTAKEN_MICROS = 600 * MICROS_PER_SECOND;

/**
 * Where a message belongs in its conversation: by time, but what a mix let overtake each other goes
 * in the order of writing, which the numbers of a direction tell.
 *
 * @param messages - the conversation, in this order.
 * @param at - time of a message, µs.
 * @returns the index before which it goes.
 */
export function placeOf<T extends Pick<Message, 'direction' | 'id'>>(
  messages: readonly T[],
  message: T,
  at: (message: T) => number,
): number {
  const time = at(message);
  let place = messages.findLastIndex((other) => at(other) <= time) + 1;
  if (message.direction === 'out') return place;
  for (let i = place - 1; i >= 0; i--) {
    const other = messages[i];
    if (other === undefined || time - at(other) > OVERTAKEN_MICROS) break;
    if (other.direction === 'in' && other.id > message.id) place = i;
  }
  return place;
}
