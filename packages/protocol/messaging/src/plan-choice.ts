import { epochAt, epochStart, type NetworkParameters } from '@sotto/directory';
import { type Plan, planByCode, PLANS } from '@sotto/endpoint';
import {
  after,
  ByteReader,
  ByteWriter,
  type Instant,
  instant,
  MICROS_PER_SECOND,
} from '@sotto/wire';

/** Where the choice is stored. */
export const PLAN_KEY = 'person/plan';

const HOUR_MICROS = 3600 * MICROS_PER_SECOND;

/** A plan that was chosen and has not begun. */
export interface NextPlan {
  readonly plan: Plan;
  readonly from: Instant;
}

/** Hours of the day, UTC, at which any plan's public hours begin. */
const publicHours: ReadonlySet<number> = new Set(
  PLANS.flatMap(({ hours }) => hours?.hoursOfDay ?? []),
);

/**
 * When a person may change the plan: at the next public hour, or when the epoch ends. At other times
 * the change would say that this person has just opened the settings.
 */
export function nextPlanChange(parameters: NetworkParameters, now: Instant): Instant {
  const epoch = epochStart(parameters, epochAt(parameters, now) + 1);
  const hour = instant(now - (now % HOUR_MICROS));
  for (let ahead = 1; ahead <= 24; ahead++) {
    const at = after(hour, ahead * HOUR_MICROS);
    if (at >= epoch) break;
    if (publicHours.has(Math.floor(at / HOUR_MICROS) % 24)) return at;
  }
  return epoch;
}

/** The plan of an account, and the one that follows it (Spec 08 §2). */
export class PlanChoice {
  readonly #save: (key: string, value: Uint8Array | undefined) => void;
  #current: Plan;
  #next: NextPlan | undefined;

  /**
   * @param initial - of an account that has chosen none.
   * @param stored - the entry under {@link PLAN_KEY}; one that cannot be read counts as none.
   * @param save - puts an entry into the store.
   */
  constructor(
    initial: Plan,
    stored: Uint8Array | undefined,
    save: (key: string, value: Uint8Array | undefined) => void,
  ) {
    this.#save = save;
    const read = stored === undefined ? undefined : decode(stored);
    this.#current = read?.current ?? initial;
    this.#next = read?.next;
  }

  /** Keeps the plan that the account begins with: it is not another one because a flag is. */
  keep(): void {
    this.#store();
  }

  /** The plan in use. */
  get current(): Plan {
    return this.#current;
  }

  /** The one that was chosen for later. */
  get next(): NextPlan | undefined {
    return this.#next;
  }

  /** Chooses a plan from the next change on; the one in use takes a choice back. @returns from when it is in use. */
  choose(parameters: NetworkParameters, now: Instant, plan: Plan): Instant {
    const same = plan.code === this.#current.code;
    const from = same ? now : nextPlanChange(parameters, now);
    this.#next = same ? undefined : { plan, from };
    this.#store();
    return from;
  }

  /** @returns the plan that begins now, if one does. */
  due(now: Instant): Plan | undefined {
    if (this.#next === undefined || this.#next.from > now) return undefined;
    this.#current = this.#next.plan;
    this.#next = undefined;
    this.#store();
    return this.#current;
  }

  /** Current code u8, and of the next: code u8 ‖ from u53. */
  #store(): void {
    const writer = new ByteWriter(this.#next === undefined ? 1 : 10).u8(this.#current.code);
    if (this.#next !== undefined) writer.u8(this.#next.plan.code).u53(this.#next.from);
    this.#save(PLAN_KEY, writer.bytes);
  }
}

function decode(
  bytes: Uint8Array,
): { readonly current: Plan; readonly next: NextPlan | undefined } | undefined {
  const reader = new ByteReader(bytes);
  const current = planByCode(reader.u8());
  if (!reader.ok || current === undefined) return undefined;
  if (reader.remaining === 0) return { current, next: undefined };
  const plan = planByCode(reader.u8());
  const from = reader.u53();
  if (!reader.done || plan === undefined) return undefined;
  return { current, next: { plan, from: instant(from) } };
}
