/** The SDK: a person's client, the same in Node and in browsers. @module */
export { LIFETIMES, MAX_PHOTO_BYTES, MAX_TEXT_BYTES, placeOf } from '@sotto/messaging';
export type { AccountFileTools } from './account-file.ts';
export { importAccount } from './account-import.ts';
export type { Channel, ChannelCalls, IncomingRequest, RequestOptions } from './channel-io.ts';
export type { Abortable, Client, ClientOptions, Profile } from './client-io.ts';
export type { ClientEvent } from './event-io.ts';
export type { Alarm, BeatFigures, ClientStatus, PlanInfo, SlotCounts } from './figures-io.ts';
export type { Message, MessageHandle, PhotoProgress, Picture } from './message-io.ts';
export type {
  Address,
  AddressOptions,
  Contact,
  Introduction,
  Invitation,
  OpenAddress,
  OpenInvite,
} from './people-io.ts';
export { openClient, TRANSPORT_SIZES } from './client.ts';
export { type Network, readNetwork, type ReadNetwork } from './network.ts';
export { PEOPLE_ON_PLAN, type PlanFigures, planFigures } from './plan-figures.ts';
export { plans } from './shown.ts';
export { ERROR_CODES, SottoError, type SottoErrorCode } from './sotto-error.ts';
