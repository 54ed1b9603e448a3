import type { Clock, Driver } from '@sotto/driver';
import type { Relay, RelayInput, RelayOutput } from '@sotto/relay';
import { MICROS_PER_MS } from '@sotto/wire';
import type { Log } from './log.ts';

/** Means of the fast class that a stopping node waits for its pool: of 3,000 packets one is left behind. */
const DRAIN_MEANS = 8;
const LOOK_MILLIS = 20;
/** What the farewell gets at least to leave by the links of the gossip before they are closed. */
const LEAST_NOTICE_MILLIS = 250;

/** What the end of a node is made of (Spec 13 §4). */
export interface DepartureOptions {
  readonly driver: Driver<RelayInput, RelayOutput, Relay>;
  readonly relay: Relay;
  readonly clock: Clock;
  readonly log: Log;
  readonly fastMeanMicros: number;
  /** From the farewell, if one may be signed by then, until nothing more is taken. */
  readonly noticeMillis: number;
  /** Ends the notice. */
  readonly hurry: AbortSignal;
  /** Called between notice and drain. */
  readonly closeClients: () => void;
}

/** Says farewell, serves on for the notice, then lets the pool leave. */
export async function depart(options: DepartureOptions): Promise<void> {
  const { driver, clock, log, noticeMillis, hurry } = options;
  const said = driver.command((core, now) => core.leave(now));
  const waits = said === undefined ? undefined : (said - clock.now()) / MICROS_PER_MS;
  if (waits === undefined || waits > noticeMillis) {
    log.warn('too soon after its last descriptor to say that it goes: others send for now');
  }
  // Nobody knows a node that has never announced itself.
  if (said !== undefined) {
    await pause(LEAST_NOTICE_MILLIS);
    await pause(noticeMillis - LEAST_NOTICE_MILLIS, hurry);
  }
  if (!driver.stopped) await drain(options);
}

/** Lets what the pool holds of the fast class leave, by due time as always; nothing new comes in. */
async function drain(options: DepartureOptions): Promise<void> {
  const { driver, relay, clock, log, fastMeanMicros, closeClients } = options;
  closeClients();
  driver.command((core, now) => core.retire(now));
  const start = performance.now();
  const millis = (DRAIN_MEANS * fastMeanMicros) / MICROS_PER_MS;
  const fastHeld = (): number => {
    const { sender, recipient } = relay.metrics(clock.now()).pool.strata.fast;
    return sender.held + recipient.held;
  };
  while (fastHeld() > 0 && performance.now() - start < millis && !driver.stopped) {
    await pause(LOOK_MILLIS);
  }
  const { held } = relay.metrics(clock.now());
  log.info({ held }, held === 0 ? 'pool is empty' : 'packets are left behind');
}

async function pause(millis: number, signal?: AbortSignal): Promise<void> {
  if (millis <= 0 || signal?.aborted === true) return;
  await new Promise<void>((done) => {
    const timer = setTimeout(done, millis);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      done();
    });
  });
}
