/** A person, sans-IO: invites, contacts, sealed messages and their states. @module */
export { MAX_PUZZLE_COST } from '@sotto/mailbox';
export type { ContactDecision } from './address-book.ts';
export { Bank, MAX_BANK, MAX_DIRECT, MAX_MAILBOX } from './bank.ts';
export { BLOCKS_A_PACKET, type ContactStage, MAX_LABEL_BYTES } from './contact.ts';
export type { ContactSettings } from './contact-settings.ts';
export type { Message, MessageFailure, MessageState, MessageWay } from './history.ts';
export { placeOf } from './message-order.ts';
export {
  decodeItems,
  encodeItems,
  type HandedSurb,
  type Items,
  type ItemsError,
  type Level,
  type Report,
  MAX_SURBS_PER_MESSAGE,
  MAX_TEXT_BYTES,
} from './items.ts';
export { MAX_PEOPLE_PER_EPOCH } from './own-address.ts';
export { MAX_ADDRESSES } from './own-addresses.ts';
export { Person, type PersonOptions } from './person.ts';
export type { PersonChannelError, PersonChannelEvent, PersonChannels } from './person-channels.ts';
export {
  decodeIntroduction,
  encodeIntroduction,
  type Introduction,
  type IntroductionRole,
  MAX_INTRODUCED_NAME_BYTES,
  MAX_INTRODUCTION_NOTE_BYTES,
} from './introduction.ts';
export type { IntroductionState } from './introduction-entry.ts';
export type {
  AcceptError,
  AcceptFailure,
  AddressOptions,
  AddressSummary,
  ContactSummary,
  IntroduceError,
  IntroduceOptions,
  IntroductionSummary,
  InviteSummary,
  PersonEvent,
  PersonInput,
  PersonOutput,
  PersonStatus,
  SendPhotoError,
  SendTextError,
} from './person-io.ts';
export { SUPPLY_TARGETS } from './supply.ts';
export {
  cutPhoto,
  encodePhotoPart,
  MAX_PHOTO_BYTES,
  type Photo,
  type PhotoPart,
  type PhotoType,
} from './photo.ts';
export type { PhotoState } from './photos.ts';
export { COPIED_KEY } from './restore.ts';
export { type NextPlan, nextPlanChange, type PlanChoice } from './plan-choice.ts';
export { encodeLifetime, type Lifetime, LIFETIMES } from './lifetime.ts';
export { encodeWay, type Way, WAY_ROOM, wayPacket } from './way.ts';
