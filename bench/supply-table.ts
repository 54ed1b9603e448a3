/**
 * What reply blocks take of each plan in a month: arithmetic from the plans, the network's parameters
 * and the targets and limits of the supply (Spec 08 §2, §7.1; Spec 09 §9.3), and from nothing else.
 */
import type { NetworkParameters } from '@sotto/directory';
import { ALIAS_LIMITS, ENDPOINT_LIMITS } from '@sotto/endpoint';
import { monthBytes, phaseAt, type Plan } from '@sotto/link';
import { BLOCKS_A_PACKET, SUPPLY_TARGETS } from '@sotto/messaging';
import { instant, MICROS_PER_SECOND } from '@sotto/wire';

const HOUR_MICROS = 3600 * MICROS_PER_SECOND;
const HOURS_OF_DAY = 24;
/** A mean month, as in {@link monthBytes}. */
const MONTH_MICROS = (365.25 / 12) * HOURS_OF_DAY * HOUR_MICROS;

/** Figures of a month under one plan. */
export interface SupplyMonth {
  readonly plan: string;
  /** On the client's link, both ways, filler and all: what is paid for, whatever one does. */
  readonly bytes: number;
  readonly packetsUp: number;
  readonly packetsDown: number;
  /** Of those up: fast payload slots, in which words, acknowledgements and supply leave. */
  readonly mailPackets: number;
  /** Of those up: slow payload slots, in which aliases are announced and fetched. */
  readonly fetchPackets: number;
  /** Blocks that one contact is given who never writes, and packets that bring them and answer them. */
  readonly quietBlocks: number;
  readonly quietPackets: number;
  /** Quiet contacts at which half of the mail packets are used up by their supply. */
  readonly quietContacts: number;
  /** The same with mail at two mailboxes: a packet brings one pair where it brings two blocks. */
  readonly quietPacketsTwice: number;
  readonly quietContactsTwice: number;
  /** Aliases in use that can be fetched as often as their rest allows. */
  readonly aliasesAtPace: number;
  /** Blocks that a contact can draw who asks for all and uses none, and packets that bring them. */
  readonly mostBlocks: number;
  readonly mostPackets: number;
}

/** Slots up and frames down in a month, the public hours included. */
function packets(plan: Plan): readonly [up: number, down: number] {
  let up = 0;
  let down = 0;
  for (let hour = 0; hour < HOURS_OF_DAY; hour++) {
    const { phase } = phaseAt(plan, instant(hour * HOUR_MICROS));
    up += MONTH_MICROS / HOURS_OF_DAY / phase.uplinkMeanMicros;
    down += MONTH_MICROS / HOURS_OF_DAY / phase.downlinkIntervalMicros;
  }
  return [Math.round(up), Math.round(down)];
}

/** The figures of one plan. */
export function supplyMonth(plan: Plan, parameters: NetworkParameters): SupplyMonth {
  const { epochMicros, loopShare, slowShare, slowMeanMicros, horizonEpochs } = parameters;
  const [packetsUp, packetsDown] = packets(plan);
  const payload = packetsUp * (1 - loopShare / 65_536);
  const fetchPackets = Math.round((payload * slowShare) / 65_536);
  const mailPackets = Math.round(payload) - fetchPackets;
  const epochs = MONTH_MICROS / epochMicros;
  // Each epoch to come is given its blocks as it enters the horizon, and more as it is the next.
  const quietBlocks = Math.ceil(epochs * SUPPLY_TARGETS.next);
  // Those that bring them, and a report of the other's for each, which we bring for its own.
  const quietPackets = 2 * Math.ceil(quietBlocks / BLOCKS_A_PACKET);
  const pairPackets = Math.ceil(quietBlocks / Math.floor(BLOCKS_A_PACKET / 2));
  const reports = Math.ceil(quietBlocks / BLOCKS_A_PACKET);
  const quietPacketsTwice = pairPackets + reports;
  // Slots between two fetches of an alias, the same under every plan.
  const restSlots = (ALIAS_LIMITS.pauseSlots * slowMeanMicros) / MICROS_PER_SECOND;
  const { outstanding } = ENDPOINT_LIMITS;
  // Direct ones and those of the epoch; what was given for it before counts among them.
  const mostBlocks = Math.ceil(
    epochs * (outstanding.direct + outstanding.current) + horizonEpochs * outstanding.later,
  );
  return {
    plan: plan.name,
    bytes: monthBytes(plan),
    packetsUp,
    packetsDown,
    mailPackets,
    fetchPackets,
    quietBlocks,
    quietPackets,
    quietContacts: Math.floor(mailPackets / 2 / quietPackets),
    quietPacketsTwice,
    quietContactsTwice: Math.floor(mailPackets / 2 / quietPacketsTwice),
    aliasesAtPace: Math.round((fetchPackets / packetsUp) * restSlots),
    mostBlocks,
    mostPackets: Math.ceil(mostBlocks / BLOCKS_A_PACKET),
  };
}

const grouped = (value: number): string => value.toLocaleString('en-US');

/** The rows as a table for people: one line a plan, after a head of two. */
export function supplyMarkdown(months: readonly SupplyMonth[]): string[] {
  const head = [
    'plan',
    'MB',
    'packets up',
    'packets down',
    'for mail',
    'for fetches',
    'a quiet contact: blocks',
    'packets',
    'quiet contacts in half of it',
    'packets with two mailboxes',
    'quiet contacts then',
    'aliases at full pace',
    'who asks for all: blocks',
    'packets',
  ];
  const rows = months.map((month) =>
    [
      month.plan,
      ...[
        Math.round(month.bytes / 1e6),
        month.packetsUp,
        month.packetsDown,
        month.mailPackets,
        month.fetchPackets,
        month.quietBlocks,
        month.quietPackets,
        month.quietContacts,
        month.quietPacketsTwice,
        month.quietContactsTwice,
        month.aliasesAtPace,
        month.mostBlocks,
        month.mostPackets,
      ].map(grouped),
    ].join(' | '),
  );
  return [head.join(' | '), head.map(() => '---').join(' | '), ...rows].map((row) => `| ${row} |`);
}
