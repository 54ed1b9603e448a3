import type { Network } from '../network.ts';
import type { ClonedError } from './messages.ts';

/** What a page asks the worker for before there is a client, and when it is to end. */
export type Order =
  | {
      readonly order: 'open';
      readonly account: string;
      readonly network: Network;
      readonly passphrase: string | undefined;
      readonly plan: string | undefined;
      readonly name: string | undefined;
      /** Goes on with an account that was exported and has stopped. */
      readonly resume: boolean;
      /** Whether a new account may be begun. */
      readonly mayBegin: boolean;
      /** Web Lock that the worker holds while it lives. */
      readonly lifeline: string;
    }
  | {
      readonly order: 'take-in';
      readonly account: string;
      readonly network: Network;
      readonly passphrase: string | undefined;
      readonly file: Uint8Array;
      readonly filePassphrase: string;
      readonly lifeline: string;
    }
  | { readonly order: 'close' };

/** The worker's answer to an order. */
export type OrderAnswer =
  /** It holds its lifeline: when that can be taken, it is dead. */
  | { readonly answer: 'alive' }
  | { readonly answer: 'done' }
  | { readonly answer: 'refused'; readonly error: ClonedError };

/** The answer in what a worker posted; undefined of anything else. */
export function readAnswer(value: unknown): OrderAnswer | undefined {
  if (typeof value !== 'object' || value === null || !('answer' in value)) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one's own worker alone posts here
  return value as OrderAnswer;
}

/** The order in what a page posted; undefined of anything else. */
export function readOrder(value: unknown): Order | undefined {
  if (typeof value !== 'object' || value === null || !('order' in value)) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the page that made the worker alone posts here
  return value as Order;
}
