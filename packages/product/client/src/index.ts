/** The SDK: a person's client, the same in Node and in browsers. @module */
export type {
  Abortable,
  Client,
  ClientEvent,
  ClientOptions,
  ClientStatus,
  Contact,
  Invitation,
  Message,
  MessageHandle,
} from './client-io.ts';
export { openClient, TRANSPORT_SIZES } from './client.ts';
export { ERROR_CODES, SottoError, type SottoErrorCode } from './sotto-error.ts';
