/** A person, sans-IO: invites, contacts, sealed messages and their states. @module */
export { Bank, MAX_BANK, MAX_DIRECT, MAX_MAILBOX } from './bank.ts';
export { BLOCKS_A_PACKET, type ContactStage, MAX_LABEL_BYTES } from './contact.ts';
export type { ContactSettings } from './contact-settings.ts';
export type { Message, MessageFailure, MessageState, MessageWay } from './history.ts';
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
export { Person, type PersonOptions } from './person.ts';
export type { PersonChannelError, PersonChannelEvent, PersonChannels } from './person-channels.ts';
export type {
  AcceptError,
  AcceptFailure,
  ContactSummary,
  InviteSummary,
  PersonEvent,
  PersonInput,
  PersonOutput,
  PersonStatus,
  SendTextError,
} from './person-io.ts';
export { SUPPLY_TARGETS } from './supply.ts';
export { COPIED_KEY } from './restore.ts';
export { type NextPlan, nextPlanChange } from './plan-choice.ts';
