import { epochAt, type NetworkParameters } from '@sotto/directory';
import { Endpoint, type Plan } from '@sotto/endpoint';
import { encodeDownlink } from '@sotto/link';
import { boxOf } from '@sotto/mailbox';
import type { CryptoSuite } from '@sotto/suite';
import { curveless, SeededRng } from '@sotto/suite/testing';
import { ByteReader, ByteWriter, exponentialMicros, type Instant, toHex } from '@sotto/wire';
import { EventQueue } from './event-queue.ts';
import { LightNetwork } from './light-network.ts';
import { DEFAULT_START } from './network-options.ts';

/** Bytes of a message's fragment. */
const CONTENT_BYTES = 992;
/** Mean slots between two messages: few enough that none waits for another. */
const SLOTS_A_MESSAGE = 16;
/** Of so many messages one goes by mailbox; the others go to the recipient's guard. */
const MAILBOX_EVERY = 3;
/** Contacts between whom the messages by mailbox go round, so that each finds its alias at rest. */
const CONTACTS = 10;

/** Somebody who writes, somebody who is there, and how much is written. */
export interface PlanTrialOptions {
  readonly suite: CryptoSuite;
  readonly seed: string;
  readonly parameters: NetworkParameters;
  /** Of both. Its present hours alone count: a plan with public hours is tried once within and once without them. */
  readonly plan: Plan;
  readonly mixesPerLayer: number;
  /** Messages; 0 for somebody who never writes. */
  readonly messages: number;
  /** Slots that pass at least, silent ones included. */
  readonly slots?: number;
}

/** How one message went. */
export interface TrialMessage {
  readonly way: 'direct' | 'mailbox';
  readonly handedAt: Instant;
  /** When the recipient had it; undefined of one that was lost. */
  readonly readAt: Instant | undefined;
}

/** What happened. Links take no time. */
export interface PlanTrial {
  readonly start: Instant;
  readonly messages: readonly TrialMessage[];
  /** When messages came to where they ended, guard or mailbox, ascending. */
  readonly arrivals: readonly Instant[];
  /** When packets left the one who writes. */
  readonly frames: readonly Instant[];
}

/** Mail that a guard holds for its client until the next frame of the constant downlink. */
interface Held {
  readonly at: Instant;
  readonly bytes: Uint8Array;
}

/** A real endpoint with a guard that sends at the plan's constant interval. */
class TrialClient {
  readonly endpoint: Endpoint;
  readonly frames: Instant[] = [];
  readonly #p: { readonly queue: EventQueue; readonly network: LightNetwork };
  readonly #suite: CryptoSuite;
  readonly #intervalMicros: number;
  readonly #start: Instant;
  readonly #held: Held[] = [];
  #guard = '';
  #box = '';
  #arrivedAt: Instant | undefined;
  /** Told of each message, with when it came to the guard; undefined of one by mailbox. */
  onMail: (content: Uint8Array, arrivedAt: Instant | undefined) => void = () => undefined;

  constructor(
    name: string,
    options: PlanTrialOptions,
    parts: { readonly queue: EventQueue; readonly network: LightNetwork },
  ) {
    const { suite, parameters, plan } = options;
    this.#p = parts;
    this.#suite = suite;
    this.#intervalMicros = plan.phase.downlinkIntervalMicros;
    const { queue, network } = parts;
    this.#start = queue.now;
    const rng = new SeededRng(suite, `${options.seed}/${name}`);
    this.endpoint = new Endpoint({ suite, rng, parameters, plan });
    this.endpoint.handle(queue.now, { kind: 'directory', nodes: network.entries });
    this.drain();
    this.endpoint.handle(queue.now, { kind: 'link', up: true });
    this.drain();
  }

  /** Whether mail at this node and box is its own; it waits for the downlink then. */
  takes(node: string, box: string, delivered: Parameters<typeof encodeDownlink>[0]): boolean {
    if (node !== this.#guard || box !== this.#box) return false;
    const { queue } = this.#p;
    this.#held.push({ at: queue.now, bytes: encodeDownlink(delivered) });
    if (this.#held.length === 1) this.#plan();
    return true;
  }

  /** Does what the endpoint wants done. */
  drain(): void {
    const { queue, network } = this.#p;
    for (let out = this.endpoint.poll(queue.now); out !== undefined;) {
      if (out.kind === 'persist') {
        this.endpoint.handle(queue.now, { kind: 'stored', sequence: out.sequence });
      } else if (out.kind === 'connect') {
        this.#guard = out.guard.key;
        this.#box = toHex(boxOf(this.#suite, out.boxSecret));
      } else if (out.kind === 'frame') {
        this.frames.push(queue.now);
        network.inject(this.#guard, out.bytes);
      } else if (out.event.kind === 'mail') {
        const { content, viaMailbox } = out.event;
        this.onMail(content, viaMailbox ? undefined : this.#arrivedAt);
      }
      out = this.endpoint.poll(queue.now);
    }
    queue.arm(this.endpoint, 'endpoint', () => {
      this.endpoint.wake(queue.now);
      this.drain();
    });
  }

  #plan(): void {
    const { queue } = this.#p;
    const interval = this.#intervalMicros;
    const since = (queue.now - this.#start) % interval;
    queue.later(interval - since, () => {
      const held = this.#held.shift();
      if (held === undefined) return;
      this.#arrivedAt = held.at;
      this.endpoint.handle(queue.now, { kind: 'frame', bytes: held.bytes });
      this.drain();
      if (this.#held.length > 0) this.#plan();
    });
  }
}

/**
 * One person writes to another who is there, both the real endpoint under one plan, in a network of
 * nodes that delay as the parameters say: two of three messages to the guard, the third by a mailbox
 * that was quiet before.
 */
export function tryPlan(given: PlanTrialOptions): PlanTrial {
  const suite = curveless(given.suite);
  const options = { ...given, suite };
  const { seed, parameters, plan, messages: wanted } = options;
  const queue = new EventQueue(DEFAULT_START);
  const network = new LightNetwork(suite, seed, queue, parameters, options.mixesPerLayer);
  const writer = new TrialClient('writer', options, { queue, network });
  const reader = new TrialClient('reader', options, { queue, network });
  const start = queue.now;

  const arrivals: Instant[] = [];
  network.onArrival = (node, _, arrival) => {
    if (arrival.kind === 'request') return false;
    const mail = { kind: 'mail', delivered: arrival.delivered } as const;
    if ([writer, reader].some((client) => client.takes(node, arrival.box, mail))) return true;
    arrivals.push(queue.now);
    return false;
  };
  const sent: { way: TrialMessage['way']; handedAt: Instant; readAt: Instant | undefined }[] = [];
  reader.onMail = (content, arrivedAt) => {
    const message = sent[new ByteReader(content).u32()];
    if (message === undefined) throw new Error('a message came that nobody wrote');
    message.readAt ??= queue.now;
    if (arrivedAt !== undefined) arrivals.push(arrivedAt);
  };

  const rng = new SeededRng(suite, `${seed}/messages`);
  const slotMicros = plan.phase.uplinkMeanMicros;
  let turn = 0;
  const write = (): void => {
    if (sent.length >= wanted) return;
    const way = turn % MAILBOX_EVERY === 0 ? 'mailbox' : 'direct';
    const contact = way === 'direct' ? 'direct' : `contact ${(turn / MAILBOX_EVERY) % CONTACTS}`;
    const counts = { direct: way === 'direct' ? 1 : 0, mailbox: way === 'mailbox' ? 1 : 0 };
    const epoch = epochAt(parameters, queue.now);
    const minted = reader.endpoint.mintSurbs(queue.now, contact, { ...counts, epoch });
    reader.drain();
    const [surb] = minted.ok ? minted.value : [];
    // A new person has no alias yet: it is tried again with the next message.
    if (surb !== undefined) {
      turn++;
      const content = new ByteWriter(CONTENT_BYTES).u32(sent.length).bytes;
      const order = { contact, surb, content, delayClass: 'fast', lane: 'message' } as const;
      const queued = writer.endpoint.send(queue.now, order);
      if (!queued.ok) throw new Error(`a message was refused: ${queued.error.code}`);
      sent.push({ way, handedAt: queue.now, readAt: undefined });
      writer.drain();
    }
    queue.later(exponentialMicros(rng, SLOTS_A_MESSAGE * slotMicros), write);
  };
  if (wanted > 0) write();
  queue.run((options.slots ?? 0) * slotMicros);
  while (sent.length < wanted) queue.run(100 * slotMicros);
  // Until what went by a mailbox was fetched: an alias rests for three hundred slots.
  const end = queue.now + 1500 * slotMicros + 20 * parameters.slowMeanMicros;
  while (queue.now < end && sent.some(({ readAt }) => readAt === undefined)) {
    queue.run(100 * slotMicros);
  }
  arrivals.sort((a, b) => a - b);
  return { start, messages: sent, arrivals, frames: writer.frames };
}
