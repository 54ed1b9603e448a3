import type { Message } from '@sotto/client';
import { duration, untilWords } from './format.ts';

/** How an outgoing message stands, as it is drawn. */
export type Standing = 'turn' | 'mix' | 'stored' | 'left' | 'them' | 'delivered' | 'failed';

/** What is shown of an outgoing message: the mark, the words beside it, and the sentence on a tap. */
export interface StandingWords {
  readonly standing: Standing;
  readonly label: string;
  readonly more: string;
}

/** How a message stands. */
function standingOf(message: Message): Standing {
  switch (message.state) {
    case 'queued':
      return 'turn';
    case 'waiting':
      return 'them';
    case 'sent':
      if (message.unconfirmed === true) return 'left';
      return message.keptUntil === undefined ? 'mix' : 'stored';
    case 'failed':
      return 'failed';
    case 'delivered':
    case 'received':
      return 'delivered';
    default:
      return message.state satisfies never;
  }
}

/**
 * The words for a message that goes out.
 *
 * @param beatMillis - mean gap of the plan's clock now.
 * @param online - whether the guard is reached: without it no beat comes.
 */
export function standingWords(
  message: Message,
  now: Date,
  beatMillis: number,
  online: boolean,
): StandingWords {
  const standing = standingOf(message);
  switch (standing) {
    case 'turn': {
      if (!online)
        return {
          standing,
          label: 'waiting for the network',
          more: 'This device is not connected. It is kept here and goes out by itself.',
        };
      const next = beatMillis < 1000 ? 'in under a second' : `in about ${duration(beatMillis)}`;
      return {
        standing,
        label: 'waiting its turn',
        more: `Sotto sends at a steady beat, so nobody sees when you write. Next beat ${next}.`,
      };
    }
    case 'mix':
      return {
        standing,
        label: 'in the mix',
        more: 'Six machines shuffle it with others. None of them knows both ends.',
      };
    case 'stored': {
      const until = message.keptUntil === undefined ? '' : untilWords(message.keptUntil, now);
      return {
        standing,
        label: `stored until ${until}`,
        more: `It lies sealed in their mailbox for when their device comes by. Kept until ${until}.`,
      };
    }
    case 'left':
      return {
        standing,
        label: 'sent',
        more: 'It left. They do not tell whether messages arrive, so nobody here knows.',
      };
    case 'them':
      return {
        standing,
        label: 'waiting for them',
        more: 'No way to reach them until they come back. It goes out by itself.',
      };
    case 'delivered': {
      const { deliveredInMillis: millis } = message;
      return {
        standing,
        label: millis === undefined ? 'delivered' : `delivered ${duration(millis)}`,
        more: 'Their device has it. Whether it was read, Sotto does not tell.',
      };
    }
    case 'failed':
      return { standing, label: 'not delivered', more: failureWords(message) };
    default:
      return standing satisfies never;
  }
}

function failureWords(message: Message): string {
  switch (message.reason) {
    case 'contact-failed':
      return 'They never answered the invite. Meet by a new one, then send it again.';
    case 'out-of-reach':
      return 'You have lost each other. Meet by a new invite, then send it again.';
    default:
      return 'Nobody confirmed it in time. Send it again when you know they are back.';
  }
}
