/**
 * How long a message takes from one person's hands to the other's eyes (R4), in virtual time: twelve
 * nodes, links of one millisecond, the home plan on both sides, and one message every three seconds
 * right after the two have met, as in the demo. The persons' clocks run in full; between nodes cover
 * is thin, for a mix delays each packet by itself and no other one changes how long it is held.
 */
import { HOME } from '@sotto/link';
import type { PersonEvent } from '@sotto/messaging';
import { addPerson, localParameters, VirtualNetwork } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import type { CryptoSuite } from '@sotto/suite';
import { MICROS_PER_MS, MICROS_PER_SECOND } from '@sotto/wire';
import { type BenchOptions, round, type Row } from './row.ts';

const HOP_DELAYS_MS = [250, 1000];
/** As the demo's: pause after both have met, messages, time between them, time for the last ones. The odd
 * hundredth lets messages come at every phase of the downlink. */
const REST_MICROS = 12 * MICROS_PER_SECOND;
const MESSAGES = 20;
const EVERY_MICROS = 3.01 * MICROS_PER_SECOND;
const PATIENCE_MICROS = 300 * MICROS_PER_SECOND;
/** Messages of each hop delay, of as many networks as that takes. */
const SAMPLES = 400;

interface Talk {
  /** Microseconds of each message that came. */
  readonly times: readonly number[];
  readonly byMailbox: number;
}

type Of<K extends PersonEvent['kind']> = Extract<PersonEvent, { kind: K }>;

const isOf = <K extends PersonEvent['kind']>(event: PersonEvent, kind: K): event is Of<K> =>
  event.kind === kind;

/** Two people meet in a network of their own, and one writes. */
function talk(suite: CryptoSuite, seed: string, hopDelayMs: number): Talk {
  const net = new VirtualNetwork<PersonEvent>({
    suite,
    seed,
    nodes: 12,
    plans: [HOME],
    linkDelayMicros: MICROS_PER_MS,
    parameters: localParameters({
      poolTarget: 0,
      minLoopsPerMixPerSecond: 1,
      fastMeanMicros: hopDelayMs * MICROS_PER_MS,
    }),
  });
  const events = <K extends PersonEvent['kind']>(name: string, kind: K): (Of<K> & Timed)[] =>
    net.events(name).flatMap(({ at, event }) => (isOf(event, kind) ? [{ ...event, at }] : []));
  const first = <K extends PersonEvent['kind']>(name: string, kind: K): Of<K> & Timed => {
    net.until(PATIENCE_MICROS, () => events(name, kind).length > 0);
    const [event] = events(name, kind);
    if (event === undefined) throw new Error(`${name} waited for ${kind} in vain`);
    return event;
  };
  net.run(2 * MICROS_PER_SECOND);
  const alice = addPerson(net, 'alice', HOME);
  const bob = addPerson(net, 'bob', HOME);
  net.run(MICROS_PER_SECOND);
  net.command('alice', (now) => alice.createInvite(now));
  const { link } = first('alice', 'invite-ready');
  net.command('bob', (now) => bob.acceptInvite(now, link));
  const { contact } = first('alice', 'contact-added');
  first('bob', 'contact-added');
  net.run(REST_MICROS);
  const handedAt: number[] = [];
  for (let i = 0; i < MESSAGES; i++) {
    handedAt.push(net.now);
    net.command('alice', (now) => alice.send(now, contact, String(i)));
    net.run(EVERY_MICROS);
  }
  const received = (): ReturnType<typeof events<'message-received'>> =>
    events('bob', 'message-received');
  net.until(PATIENCE_MICROS, () => received().length === MESSAGES);
  return {
    times: received().map(({ text, at }) => at - (handedAt[Number(text)] ?? at)),
    byMailbox: received().filter(({ viaMailbox }) => viaMailbox).length,
  };
}

interface Timed {
  readonly at: number;
}

/** The time that a share of the messages did not exceed, seconds; infinite where so many never came. */
function quantile(times: readonly number[], sent: number, share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return (sorted[Math.ceil(share * sent) - 1] ?? Number.POSITIVE_INFINITY) / MICROS_PER_SECOND;
}

/** Rows of each mean hop delay: p50 and p95, what never came counted as the slowest. */
export async function* latencyBench({ samples = SAMPLES }: BenchOptions): AsyncGenerator<Row> {
  const suite = await open();
  const networks = Math.ceil(samples / MESSAGES);
  for (const hopDelayMs of HOP_DELAYS_MS) {
    const times: number[] = [];
    let byMailbox = 0;
    for (let i = 0; i < networks; i++) {
      const one = talk(suite, `latency ${i}`, hopDelayMs);
      times.push(...one.times);
      byMailbox += one.byMailbox;
    }
    const sent = networks * MESSAGES;
    const more = { unit: 's', hopDelayMs, plan: HOME.name, sent, lost: sent - times.length };
    for (const [metric, share] of [
      ['p50', 0.5],
      ['p95', 0.95],
    ] as const) {
      const value = round(quantile(times, sent, share), 2);
      yield { bench: 'latency', metric, value, ...more, byMailbox };
    }
  }
}
