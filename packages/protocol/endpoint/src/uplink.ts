import { phaseAt, type Plan } from '@sotto/link';
import { epochAt } from '@sotto/directory';
import { boxOf } from '@sotto/mailbox';
import type { DelayClass } from '@sotto/sphinx';
import { after, type Instant, ok, type Result } from '@sotto/wire';
import type { OrderError } from './interface.ts';
import type { EndpointParts } from './parts.ts';
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
}

const FETCH_FLOW: Flow = { lane: 'message', key: 'service fetch' };

/** The way out: one packet a slot, whatever waits (Spec 08 §3, §4). */
export class Uplink {
  readonly #p: EndpointParts;
  readonly #queue: SendQueue<Queued>;
  readonly #clock: SlotSource;
  readonly #packets: SlotPackets;
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

  /** When the next slot is due. */
  get nextAt(): Instant | undefined {
    return this.#clock.nextAt;
  }

  /** The link came up: slots from now on. */
  start(now: Instant): void {
    this.#clock.start(now);
    this.prepareFetch(now);
  }

  /** The link is down: no slots. */
  stop(): void {
    this.#clock.stop();
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
    this.#queue.remove(flow);
  }

  /** Sends the slots that are due. */
  wake(now: Instant): void {
    for (let slot = this.#clock.takeDue(now); slot !== undefined;) {
      if (now - slot.at > this.#p.limits.lateMicros) this.#p.counters.count('slot-missed');
      else this.#slot(now, slot);
      slot = this.#clock.takeDue(now);
    }
  }

  /** Queues for a slot of this class, behind all that is on its way to the store. @returns its number. */
  enqueue(
    delayClass: DelayClass,
    flow: Flow,
    item: Omit<Queued, 'id'>,
  ): Result<number, OrderError> {
    const id = this.nextId++;
    const queued = this.#queue.enqueue(delayClass, flow, { ...item, id }, this.#p.log.sequence);
    return queued.ok ? ok(id) : queued;
  }

  /** Has one fetch waiting while the link is up. */
  prepareFetch(now: Instant): void {
    if (this.#clock.nextAt === undefined || this.#queue.depthOf('slow', FETCH_FLOW) > 0) return;
    const fetch = this.#p.blocks.fetch(now);
    if (fetch === undefined) return;
    const { alias, node, service, body, epoch, deletes } = fetch;
    const payload: Payload = { kind: 'request', node, service, body };
    const item = { payload, epoch, fetch: { alias, deletes } };
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
        : this.#queue.take(slot.delayClass, slot.acknowledgement, this.#p.log.durable);
    const stale = queued?.epoch !== undefined && queued.epoch !== epoch;
    const box = boxOf(this.#p.options.suite, guard.sticky.boxSecret);
    const payload = stale ? undefined : queued?.payload;
    const nodeOf = (key: string): ReturnType<Topology['byKey']> => this.#p.topology.byKey(key);
    const built = this.#packets.build(view, slot, payload, box, nodeOf);
    if (built === undefined) {
      this.#withoutPath();
      if (queued?.id !== undefined) {
        this.#p.event({ kind: 'unsent', id: queued.id, code: 'node-unknown' });
      }
      return;
    }
    this.#p.outputs.push({ kind: 'frame', bytes: built.packet });
    this.#p.counters.count(`slot-${built.kind}`);
    if (built.loop !== undefined) this.#track(now, slot, built, epoch);
    if (queued !== undefined) this.#settle(now, queued, built, stale);
    this.prepareFetch(now);
  }

  #withoutPath(): void {
    this.#p.counters.count('slot-without-path');
    if (this.#directoryAsked) return;
    this.#directoryAsked = true;
    this.#p.event({ kind: 'directory-needed' });
  }

  #track(now: Instant, slot: Slot, { loop, path }: SlotPacket, epoch: number): void {
    if (loop === undefined) return;
    if (this.#p.records.room < 1) {
      this.#p.counters.count('loop-untracked');
      return;
    }
    const { parameters, plan } = this.#p.options;
    const { fastMeanMicros, slowMeanMicros } = parameters;
    const { downlinkIntervalMicros } = phaseAt(plan, now).phase;
    const mean = slot.delayClass === 'slow' ? slowMeanMicros : fastMeanMicros;
    // Six delays pass 25 means with probability 2·10⁻⁶; links and the guard's queue come on top.
    const deadline = after(now, 25 * mean + 64 * downlinkIntervalMicros + 30_000_000);
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
  #settle(now: Instant, { id, fetch }: Queued, built: SlotPacket, stale: boolean): void {
    const unsent = stale ? 'stale' : built.unsent;
    if (unsent !== undefined) this.#p.counters.count(`unsent-${unsent}`);
    if (fetch !== undefined && unsent === undefined) {
      this.#p.aliases.fetched(now, fetch.alias, fetch.deletes);
    }
    if (id === undefined) return;
    if (unsent === undefined || unsent === 'crossover-unknown') this.#p.event({ kind: 'sent', id });
    else {
      const code = unsent === 'stale' ? 'surb-epoch' : unsent;
      this.#p.event({ kind: 'unsent', id, code });
    }
  }
}
