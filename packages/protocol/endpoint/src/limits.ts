import { MICROS_PER_SECOND } from '@sotto/wire';
import { ALIAS_LIMITS } from './aliases.ts';
import type { EndpointLimits } from './interface.ts';
import { STICKY_RULES } from './sticky.ts';

/** Frames that come down before what is waited for, all but always: the guard's queue, and the constant interval. */
export const QUEUED_FRAMES = 64;

/** Bounds of Spec 08 §11: about 1.5 MB of queue, 20 MB of records at the very most. */
export const ENDPOINT_LIMITS: EndpointLimits = {
  queue: { perFlow: 64, total: 1024 },
  aliases: ALIAS_LIMITS,
  sticky: STICKY_RULES,
  records: 32_768,
  directPerContact: 24,
  directWindowMicros: 600 * MICROS_PER_SECOND,
  outstanding: { direct: 40, current: 48, later: 12, earned: { direct: 40, mailbox: 208 } },
  lateMicros: 5 * MICROS_PER_SECOND,
  guardPatienceMicros: 120 * MICROS_PER_SECOND,
  invites: 77,
};
