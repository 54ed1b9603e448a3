import type { NetworkParameters } from '@sotto/directory';
import { monthBytes, type Plan, type PlanPhase, PLANS } from '@sotto/link';
import type { Beat, LoopAlarm } from '@sotto/endpoint';
import type * as core from '@sotto/messaging';
import { type Instant, MICROS_PER_MS } from '@sotto/wire';
import type { Alarm, BeatFigures, PlanInfo } from './figures-io.ts';
import type { Message } from './message-io.ts';
import type { Contact, Introduction, OpenAddress, OpenInvite } from './people-io.ts';

/** A date of the core's time. */
export const dateOf = (at: Instant): Date => new Date(at / MICROS_PER_MS);

/** A message as applications see it. */
export function messageOf(
  parameters: NetworkParameters,
  message: core.Message,
  photo?: core.PhotoState,
): Message {
  const { contact, direction, id, text, at, state, via, leftAt, deliveredAt, failure } = message;
  const { unconfirmed, expiresAt } = message;
  // Where nobody tells, it may be there no more.
  const open = state === 'sent' && unconfirmed !== true;
  const stored = open && via === 'mailbox' && leftAt !== undefined;
  return {
    contact,
    direction,
    id,
    text,
    at: dateOf(at),
    state,
    ...(via === undefined ? {} : { via }),
    ...(stored
      ? { keptUntil: new Date((leftAt + parameters.mailLifeMicros) / MICROS_PER_MS) }
      : {}),
    ...(deliveredAt === undefined
      ? {}
      : { deliveredInMillis: Math.round((deliveredAt - at) / MICROS_PER_MS) }),
    ...(failure === undefined ? {} : { reason: failure }),
    ...(unconfirmed === undefined ? {} : { unconfirmed }),
    ...(photo === undefined ? {} : { photo }),
    ...(expiresAt === undefined ? {} : { erasedAt: dateOf(expiresAt) }),
  };
}

/** An alarm as applications see it. */
export const alarmOf = ({ key, ...rest }: LoopAlarm): Alarm => ({ node: key, ...rest });

/** The kept clock as applications see it. */
export const beatOf = ({ served, late, missed, lateMicros, worstMicros }: Beat): BeatFigures => ({
  sent: served,
  late,
  missed,
  meanLateMillis: served === 0 ? 0 : lateMicros / served / MICROS_PER_MS,
  worstLateMillis: worstMicros / MICROS_PER_MS,
});

/** A contact as applications see it. */
export function contactOf(
  parameters: NetworkParameters,
  summary: core.ContactSummary,
  photo?: core.PhotoState,
): Contact {
  const { id, label, stage, replyBlocks, verified, last } = summary;
  const { lifetime, ...settings } = summary.settings;
  return {
    id,
    name: label,
    stage,
    replyBlocks,
    ...settings,
    lifetimeSeconds: lifetime.seconds,
    verified,
    ...(last === undefined ? {} : { last: messageOf(parameters, last, photo) }),
  };
}

/** An open invite as applications see it. */
export const openInviteOf = (summary: core.InviteSummary): OpenInvite => ({
  id: summary.invite,
  name: summary.label,
  link: summary.link,
  startedAt: dateOf(summary.startedAt),
  readyAt: dateOf(summary.readyAt),
  expires: dateOf(summary.expiresAt),
});

/** An address as applications see it. */
export const openAddressOf = (
  parameters: NetworkParameters,
  summary: core.AddressSummary,
): OpenAddress => {
  const { address, label, link, startedAt, readyAt, people, left, cost, met } = summary;
  const at = { startedAt: dateOf(startedAt), readyAt: dateOf(readyAt) };
  const awayMillis = (summary.awayEpochs * parameters.epochMicros) / MICROS_PER_MS;
  return { id: address, name: label, link, ...at, people, left, awayMillis, cost, met };
};

/** An introduction as applications see it. */
export const introductionOf = (summary: core.IntroductionSummary): Introduction => ({
  ...summary,
  at: dateOf(summary.at),
});

const beat = (
  phase: PlanPhase,
): Pick<PlanInfo, 'uplinkMeanMillis' | 'downlinkIntervalMillis' | 'slowHops'> => ({
  uplinkMeanMillis: phase.uplinkMeanMicros / MICROS_PER_MS,
  downlinkIntervalMillis: phase.downlinkIntervalMicros / MICROS_PER_MS,
  slowHops: phase.slowOnly === true,
});

/** A plan as applications see it, with what follows it. */
export function planInfoOf(plan: Plan, next?: core.NextPlan): PlanInfo {
  const { name, phase, hours } = plan;
  return {
    name,
    bytesAMonth: monthBytes(plan),
    ...beat(phase),
    ...(hours === undefined
      ? {}
      : { hours: { hoursOfDay: hours.hoursOfDay, ...beat(hours.phase) } }),
    ...(next === undefined ? {} : { next: { name: next.plan.name, from: dateOf(next.from) } }),
  };
}

/** Every plan that can be chosen, from the cheapest. */
export const plans = (): readonly PlanInfo[] => PLANS.map((plan) => planInfoOf(plan));
