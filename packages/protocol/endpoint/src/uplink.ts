import { phaseAt, type Plan } from '@sotto/link';
import { epochAt } from '@sotto/directory';
import { boxOf } from '@sotto/mailbox';
import type { DelayClass } from '@sotto/sphinx';
import { after, type Instant, ok, type Result } from '@sotto/wire';
import { QUEUED_FRAMES } from './limits.ts';
import type { OrderError } from './interface.ts';
import type { EndpointParts } from './parts.ts';
import { type Beat, Punctuality } from './punctuality.ts';
import type { AnswerBlocks } from './reply-blocks.ts';
import { type Flow, SendQueue } from './send-queue.ts';
import { type Slot, SlotClock, type SlotSource } from './slot-clock.ts';
import { type Payload, type SlotPacket, SlotPackets } from './slot-packets.ts';
import type { Topology } from './topology.ts';

/** One packet that waits. */
export interface Queued {
  readonly payload: Payload;
  /** Whoever ordered it learns of its turn by this number. */
  readonly id?: number;
  /** Epoch of the reply blocks inside: in another one the packet is pointless. */
  readonly epoch?: number;
  readonly fetch?: { readonly alias: string; readonly deletes: number };
  /** Blocks inside that bring answers, and the guard that they end at. */
  readonly answers?: Pick<AnswerBlocks, 'names' | 'guard'>;
}

/** A slot whose packet was put out, and what is left to do about it. */
interface Served {
  readonly now: Instant;
  readonly slot: Slot;
  readonly built: SlotPacket;
  readonly epoch: number;
  readonly queued: Queued | undefined;
  readonly stale: boolean;
}

const FETCH_FLOW: Flow = { lane: 'message', key: 'service fetch' };

/** The way out: one packet a slot, whatever waits (Spec 08 §3, §4). */
export class Uplink {
  readonly #p: EndpointParts;
  readonly #queue: SendQueue<Queued>;
  readonly #clock: SlotSource;
  readonly #packets: SlotPackets;
  readonly #served: Served[] = [];
  readonly #punctuality = new Punctuality();
  #directoryAsked = false;
  /** Number of the next order. */
  nextId = 1;

  /** Shares its parts with the other direction. */
  constructor(parts: EndpointParts) {
    this.#p = parts;
    const { suite, rng, plan, parameters, clock } = parts.options;
    this.#queue = new SendQueue(parts.limits.queue);
    this.#clock = clock ?? new SlotClock(suite, rng, plan, parameters);
    this.#packets = new SlotPackets(suite, rng, parts.builder, parts.rules, parts.mint);
  }

  /** Packets waiting. */
  get depth(): number {
    return this.#queue.depth;
  }

  /** How the clock was kept. */
  get beat(): Beat {
    return this.#punctuality.beat;
  }

  /** When the next slot is due. */
  get nextAt(): Instant | undefined {
    return this.#clock.nextAt;
  }

  /** The link came up: slots from now on. */
  start(now: Instant): void {
    this.#clock.start(now);
    this.prepareFetch(now);
  }

  /** The link is down: no slots, and no fetch, for its answers would go to a guard that is gone. */
  stop(): void {
    this.#clock.stop();
    this.remove(FETCH_FLOW.key);
  }

  /** Keeps a turn for a contact's acknowledgements. */
  seat(flow: string): void {
    this.#queue.seat(flow);
  }

  /** Another plan, from the next start on. */
  usePlan(plan: Plan): void {
    this.#clock.usePlan(plan);
  }

  /** The directory was refreshed: another lack of nodes is worth saying. */
  refreshed(now: Instant): void {
    this.#directoryAsked = false;
    this.prepareFetch(now);
  }

  /** Drops all that waits in one flow. */
  remove(flow: string): void {
    for (const { answers } of this.#queue.remove(flow)) {
      if (answers !== undefined) this.#p.blocks.neverAsked(answers.names);
    }
  }

  /**
   * Puts out the packets of the slots that are due, and nothing else: what depends on what they
   * carry is work that a frame must not wait for (Spec 08 §3.3). {@link Uplink.settle} does it.
   */
  wake(now: Instant): void {
    for (let slot = this.#clock.takeDue(now); slot !== undefined;) {
      if (now - slot.at > this.#p.limits.lateMicros) {
        this.#p.counters.count('slot-missed');
        this.#punctuality.missed();
      } else {
        this.#punctuality.served(now, slot.at);
        this.#slot(now, slot);
      }
      slot = this.#clock.takeDue(now);
    }
  }

  /** The rest of the slots whose packets were taken. */
  settle(now: Instant): void {
    if (this.#served.length === 0) return;
    for (const served of this.#served.splice(0)) {
      if (served.built.loop !== undefined) this.#track(served);
      if (served.queued !== undefined) this.#settle(served, served.queued);
    }
    this.prepareFetch(now);
  }

  /** Queues for a slot of this class, behind all that is on its way to the store. @returns its number. */
  enqueue(
    delayClass: DelayClass,
    flow: Flow,
    item: Omit<Queued, 'id'>,
  ): Result<number, OrderError> {
    const id = this.nextId++;
    const queued = this.#queue.enqueue(delayClass, flow, { ...item, id }, this.#p.log.sequence);
    if (queued.ok) return ok(id);
    if (item.answers !== undefined) this.#p.blocks.neverAsked(item.answers.names);
    return queued;
  }

  /** Has one fetch waiting while the link is up. */
  prepareFetch(now: Instant): void {
    if (this.#clock.nextAt === undefined || this.#queue.depthOf('slow', FETCH_FLOW) > 0) return;
    const fetch = this.#p.blocks.fetch(now);
    if (fetch === undefined) return;
    const { alias, node, service, body, epoch, deletes, answers } = fetch;
    const payload: Payload = { kind: 'request', node, service, body };
    const item = { payload, epoch, fetch: { alias, deletes }, answers };
    this.#queue.enqueueOwn('slow', FETCH_FLOW, item, this.#p.log.sequence);
  }

  #slot(now: Instant, slot: Slot): void {
    const epoch = epochAt(this.#p.options.parameters, now);
    const view = this.#p.topology.view(epoch);
    const guard = this.#p.topology.guard;
    if (view === undefined || guard === undefined) {
      this.#withoutPath();
      return;
    }
    const queued =
      slot.kind === 'loop'
        ? undefined
        : this.#queue.take(
            slot.delayClass,
            slot.acknowledgement ? slot.seat : undefined,
            this.#p.log.durable,
          );
    const stale =
      (queued?.epoch !== undefined && queued.epoch !== epoch) ||
      (queued?.answers !== undefined && queued.answers.guard !== guard.sticky.key);
    const box = boxOf(this.#p.options.suite, guard.sticky.boxSecret);
    const payload = stale ? undefined : queued?.payload;
    const nodeOf = (key: string): ReturnType<Topology['byKey']> => this.#p.topology.byKey(key);
    const built = this.#packets.build(view, slot, payload, box, nodeOf);
    if (built === undefined) {
      this.#withoutPath();
      if (queued?.answers !== undefined) this.#p.blocks.neverAsked(queued.answers.names);
      if (queued?.id !== undefined) {
        this.#p.event({ kind: 'unsent', id: queued.id, code: 'node-unknown' });
      }
      return;
    }
    this.#p.outputs.push({ kind: 'frame', bytes: built.packet });
    this.#p.counters.count(`slot-${built.kind}`);
    this.#served.push({ now, slot, built, epoch, queued, stale });
  }

  #withoutPath(): void {
    this.#p.counters.count('slot-without-path');
    if (this.#directoryAsked) return;
    this.#directoryAsked = true;
    this.#p.event({ kind: 'directory-needed' });
  }

  #track({ now, slot, epoch, built: { loop, path } }: Served): void {
    if (loop === undefined) return;
    if (this.#p.records.room < 1) {
      this.#p.counters.count('loop-untracked');
      return;
    }
    const { parameters, plan } = this.#p.options;
    const { fastMeanMicros, slowMeanMicros } = parameters;
    const { downlinkIntervalMicros } = phaseAt(plan, now).phase;
    const mean = slot.pathClass === 'slow' ? slowMeanMicros : fastMeanMicros;
    // Six delays pass 25 means with probability 2·10⁻⁶; links and the guard's queue come on top.
    const deadline = after(now, 25 * mean + QUEUED_FRAMES * downlinkIntervalMicros + 30_000_000);
    const nodes = [...path, ...loop.minted.path].map(({ key }) => key);
    const purpose = { kind: 'loop', loop: this.#p.loops.sent(nodes, deadline), check: loop.check };
    this.#p.records.add({
      surb: loop.minted.record,
      purpose: { ...purpose, kind: 'loop' },
      epoch,
      expiresAt: deadline,
    });
  }

  /** What is known of a payload after its turn. */
  #settle({ now, built, stale }: Served, { id, fetch, answers }: Queued): void {
    const unsent = stale ? 'stale' : built.unsent;
    if (unsent !== undefined) this.#p.counters.count(`unsent-${unsent}`);
    if (fetch !== undefined && unsent === undefined) {
      const { rng } = this.#p.options;
      this.#p.aliases.fetched(now, fetch.alias, fetch.deletes, rng);
    }
    if (answers !== undefined) {
      if (unsent === undefined) this.#p.blocks.asked(now, answers.names);
      else this.#p.blocks.neverAsked(answers.names);
    }
    if (id === undefined) return;
    if (unsent === undefined || unsent === 'crossover-unknown') this.#p.event({ kind: 'sent', id });
    else {
      const code = unsent === 'stale' ? 'surb-epoch' : unsent;
      this.#p.event({ kind: 'unsent', id, code });
    }
  }
}
