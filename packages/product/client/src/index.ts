/** The SDK: a person's client, the same in Node and in browsers. @module */
export { LIFETIMES, MAX_PHOTO_BYTES, MAX_TEXT_BYTES, placeOf } from '@sotto/messaging';
export type { AccountFileTools } from './account-file.ts';
export { importAccount } from './account-import.ts';
export type { Channel, ChannelCalls, IncomingRequest, RequestOptions } from './channel-io.ts';
export type {
  Abortable,
  Address,
  AddressOptions,
  Alarm,
  Client,
  ClientEvent,
  ClientOptions,
  ClientStatus,
  Contact,
  Introduction,
  Invitation,
  Message,
  MessageHandle,
  OpenAddress,
  OpenInvite,
  PhotoProgress,
  Picture,
  PlanInfo,
  Profile,
  SlotCounts,
} from './client-io.ts';
export { openClient, TRANSPORT_SIZES } from './client.ts';
export { type Network, readNetwork, type ReadNetwork } from './network.ts';
export { plans } from './shown.ts';
export { ERROR_CODES, SottoError, type SottoErrorCode } from './sotto-error.ts';
