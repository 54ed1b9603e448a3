import { type ChannelCalls, type ChannelPort, MAX_PIECE_BYTES } from '../channel-io.ts';
import type { Client } from '../client-io.ts';
import type { ClientEvent } from '../event-io.ts';
import { ERROR_CODES, SottoError, type SottoErrorCode } from '../sotto-error.ts';

/** What each argument of a call may be. */
type Kind =
  | 'text'
  | 'flag'
  | 'number'
  | 'named'
  | 'address'
  | 'introducing'
  | 'profile'
  | 'piece'
  | 'which';

/** A method that a page may call. */
export type Method =
  | Exclude<keyof Client, 'events' | 'close' | keyof ChannelCalls>
  | keyof ChannelPort;

/** Every method that a page may call, with the kinds of its arguments. */
const METHODS: Readonly<Record<Method, readonly Kind[]>> = {
  online: [],
  invite: ['named'],
  invites: [],
  revokeInvite: ['text'],
  address: ['address'],
  addresses: [],
  revokeAddress: ['text'],
  introduce: ['text', 'text', 'introducing'],
  introductions: [],
  acceptIntroduction: ['text'],
  declineIntroduction: ['text'],
  accept: ['text', 'named'],
  contacts: [],
  rename: ['text', 'text'],
  setMuted: ['text', 'flag'],
  setBlocked: ['text', 'flag'],
  setAcknowledges: ['text', 'flag'],
  setLifetime: ['text', 'number'],
  safetyNumber: ['text'],
  setVerified: ['text', 'text'],
  removeContact: ['text'],
  clearConversation: ['text'],
  markRead: ['text'],
  messages: ['text'],
  send: ['text', 'text'],
  sendPhoto: ['text', 'piece', 'text'],
  photo: ['which'],
  status: [],
  plan: [],
  setPlan: ['text'],
  profile: [],
  setProfile: ['profile'],
  exportAccount: ['text'],
  wipe: [],
  channelOpen: ['text', 'text'],
  channelAccept: ['text'],
  channelWrite: ['text', 'text', 'piece'],
  channelRead: ['text', 'text'],
  channelEnd: ['text', 'text'],
  channelReset: ['text', 'text'],
};

/** From a page to the worker. */
export type ToWorker =
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly method: Method;
      readonly args: readonly unknown[];
      /** The same when a call is made again: what it does is then done once. */
      readonly token: string;
    }
  | { readonly kind: 'abort'; readonly id: number }
  /** So many events more may be sent. */
  | { readonly kind: 'more'; readonly count: number }
  | { readonly kind: 'bye' };

/** An error that can be cloned. */
export interface ClonedError {
  readonly code: SottoErrorCode;
  readonly detail: string;
}

/** From the worker to a page. */
export type ToPage =
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: ClonedError }
  | { readonly kind: 'event'; readonly event: ClientEvent }
  /** Events came faster than the page took them: it reads anew what it shows. */
  | { readonly kind: 'lost' }
  /** The client is over: closed, wiped, or failed. */
  | { readonly kind: 'ended'; readonly error: ClonedError | undefined };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const isNumber = (value: unknown): value is number => Number.isSafeInteger(value);

/** Longest text that is passed on; what is longer than a message is refused by its own code. */
const MAX_CHARACTERS = 1_048_576;

const fits: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string' && value.length <= MAX_CHARACTERS,
  flag: (value) => typeof value === 'boolean',
  number: isNumber,
  named: (value) => isRecord(value) && (value['name'] === undefined || fits.text(value['name'])),
  address: (value) =>
    fits.named(value) &&
    isRecord(value) &&
    ['people', 'cost'].every((key) => value[key] === undefined || isNumber(value[key])),
  introducing: (value) =>
    isRecord(value) &&
    (value['note'] === undefined || fits.text(value['note'])) &&
    (value['names'] === undefined || isPair(value['names'])),
  profile: (value) => isRecord(value) && fits.text(value['name']),
  which: (value) =>
    isRecord(value) &&
    fits.text(value['contact']) &&
    fits.text(value['direction']) &&
    isNumber(value['id']),
  piece: (value) => value instanceof Uint8Array && value.length <= MAX_PIECE_BYTES,
};

const isPair = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every((each) => fits.text(each));

const isMethod = (value: unknown): value is Method =>
  typeof value === 'string' && Object.hasOwn(METHODS, value);

/** Reads what a page sent, any value: another tab may run another version of the page. */
export function readToWorker(value: unknown): ToWorker | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, id, method, args, token, count } = value;
  switch (kind) {
    case 'call': {
      if (!isNumber(id) || !isMethod(method) || !Array.isArray(args)) return undefined;
      if (typeof token !== 'string' || !/^[0-9a-f]{32}$/u.test(token)) return undefined;
      const kinds = METHODS[method];
      const list: readonly unknown[] = args;
      if (list.length !== kinds.length) return undefined;
      if (!kinds.every((each, i) => fits[each](list[i]))) return undefined;
      return { kind, id, method, args: list, token };
    }
    case 'abort':
      return isNumber(id) ? { kind, id } : undefined;
    case 'more':
      return isNumber(count) && count > 0 ? { kind, count } : undefined;
    case 'bye':
      return { kind };
    default:
      return undefined;
  }
}

/** Reads what the worker sent, any value. The worker's own values are taken as they are. */
export function readToPage(value: unknown): ToPage | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, id, event } = value;
  switch (kind) {
    case 'result':
      return isNumber(id) ? { kind, id, value: value['value'] } : undefined;
    case 'error': {
      const error = readError(value['error']);
      return isNumber(id) && error !== undefined ? { kind, id, error } : undefined;
    }
    case 'event':
      return isEvent(event) ? { kind, event } : undefined;
    case 'lost':
      return { kind };
    case 'ended':
      return { kind, error: readError(value['error']) };
    default:
      return undefined;
  }
}

const isEvent = (value: unknown): value is ClientEvent =>
  isRecord(value) && typeof value['kind'] === 'string';

const isCode = (value: unknown): value is SottoErrorCode =>
  typeof value === 'string' && Object.hasOwn(ERROR_CODES, value);

function readError(value: unknown): ClonedError | undefined {
  if (!isRecord(value)) return undefined;
  const { code, detail } = value;
  return isCode(code) && typeof detail === 'string' ? { code, detail } : undefined;
}

/** An error as it crosses; of a bug its message, as `failed`. */
export function cloneError(error: unknown): ClonedError {
  if (!(error instanceof SottoError)) {
    return { code: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
  return { code: error.code, detail: error.detail };
}

/** The error on the other side. */
export const revived = ({ code, detail }: ClonedError): SottoError => new SottoError(code, detail);
