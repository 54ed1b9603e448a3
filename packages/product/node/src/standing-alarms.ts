import type { LoopAlarm } from '@sotto/mixing';
import type { NodeStatus } from './node-status.ts';

/** More than a node looks through; the oldest goes. */
const MOST = 256;

/** Alarms that were raised and not taken back. */
export class StandingAlarms {
  readonly #alarms = new Map<string, LoopAlarm>();

  /** Notes what the core says. */
  take(alarm: LoopAlarm): void {
    const place = `${alarm.subject} ${alarm.key}`;
    this.#alarms.delete(place);
    if (!alarm.raised) return;
    this.#alarms.set(place, alarm);
    if (this.#alarms.size <= MOST) return;
    for (const oldest of this.#alarms.keys()) {
      this.#alarms.delete(oldest);
      return;
    }
  }

  /** Those that stand now, the oldest first. */
  list(): NodeStatus['alarms'] {
    return [...this.#alarms.values()].map(({ subject, key, suspects }) => ({
      subject,
      key,
      suspects,
    }));
  }
}
