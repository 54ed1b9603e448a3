/** A whole network in virtual time, running the very cores that nodes and clients run. @module */
export type { ClientCore, ClientInput, ClientOutput, TimedEvent } from './client-core.ts';
export {
  DEFAULT_START,
  localParameters,
  type NodeView,
  type ViewEntry,
  type VirtualNetworkOptions,
} from './network-options.ts';
export { addEndpoint, addPerson } from './people.ts';
export { Trace, type TraceLine } from './trace.ts';
export { type ClientContext, VirtualNetwork } from './virtual-network.ts';
export { LinkEmulator, type LinkProfile } from './link-emulator.ts';
export { type AttackCourse, attackByTimes, type Crowd, type DelayLaw } from './crowd-attack.ts';
export {
  attackOnOwner,
  attackOnSender,
  isDesign,
  type AttackCase,
  type AttackRole,
  type AttackRow,
  type AttackSize,
  linkByLastMix,
  mailboxAttack,
} from './mailbox-attack.ts';
export {
  type MailboxTrace,
  type MailboxWatchOptions,
  type Sighting,
  watchMailboxes,
} from './mailbox-watch.ts';
export {
  type Anonymity,
  anonymity,
  PLAN_ASSUMPTIONS,
  planFigures,
  type PlanRow,
} from './plan-figures.ts';
export { type PlanTrial, type PlanTrialOptions, type TrialMessage, tryPlan } from './plan-trial.ts';
