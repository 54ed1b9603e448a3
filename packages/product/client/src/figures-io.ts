import type { Contact } from './people-io.ts';

/** Slots of the clock by what they carried. */
export interface SlotCounts {
  readonly real: number;
  readonly loop: number;
  readonly drop: number;
}

/**
 * How the client kept its clock in this run. What is late or left out shows, to who watches the line, that
 * the device was busy, asleep, or held back by its browser; never whether anything was written.
 */
export interface BeatFigures {
  /** Packets that left at a slot of the clock. */
  readonly sent: number;
  /** Of them, those that left more than a tenth of a second after their time. */
  readonly late: number;
  /** Slots without a packet, since their time was five seconds ago when the device came to it. */
  readonly missed: number;
  readonly meanLateMillis: number;
  readonly worstLateMillis: number;
}

/** What one's own loops say of a node: `lost` of the last `loops` through it stayed out, more than loss explains. */
export interface Alarm {
  /** One's own guard, which all loops pass, or another node of one's paths. */
  readonly subject: 'guard' | 'node';
  /** Its hex name. */
  readonly node: string;
  readonly loops: number;
  readonly lost: number;
}

/** A plan: a public traffic class, the same for all its people. */
export interface PlanInfo {
  readonly name: string;
  /** Both ways, in a mean month. */
  readonly bytesAMonth: number;
  /** Mean of the slot clock outside the public hours, milliseconds. */
  readonly uplinkMeanMillis: number;
  readonly downlinkIntervalMillis: number;
  /** Whether every packet takes the slow class up to its crossover. */
  readonly slowHops: boolean;
  /** Whole hours of the day, UTC, with their own beat. */
  readonly hours?: {
    readonly hoursOfDay: readonly number[];
    readonly uplinkMeanMillis: number;
    readonly downlinkIntervalMillis: number;
    readonly slowHops: boolean;
  };
  /** Chosen, and not yet begun. */
  readonly next?: { readonly name: string; readonly from: Date };
}

/** Figures of one's own client; of nobody else. */
export interface ClientStatus {
  readonly plan: string;
  readonly online: boolean;
  /** Hex name of the guard. */
  readonly guard: string | undefined;
  readonly nodes: number;
  readonly slots: SlotCounts;
  readonly beat: BeatFigures;
  /** Loops of one's own by how they ended. */
  readonly loops: { readonly sent: number; readonly returned: number; readonly lost: number };
  /** Alarms that stand. */
  readonly alarms: readonly Alarm[];
  /** Packets that wait for a slot. */
  readonly queued: number;
  /** Reply blocks made and waited for. */
  readonly records: number;
  readonly aliases: { readonly total: number; readonly ready: number };
  /** Packets both ways since the calendar month began, UTC, in bytes; `month` is `2026-11`. */
  readonly data: { readonly month: string; readonly bytes: number };
  /** Contacts with the reply blocks held of each. */
  readonly contacts: readonly Contact[];
  /** Own invites that are open; acceptances under way. */
  readonly invites: number;
  readonly accepting: number;
  /** Every counted refusal and loss, by reason. */
  readonly counters: {
    readonly person: Readonly<Record<string, number>>;
    readonly link: Readonly<Record<string, number>>;
    readonly directory: Readonly<Record<string, number>>;
    readonly transport: Readonly<Record<string, number>>;
  };
}
