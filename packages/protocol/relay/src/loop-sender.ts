import type { NetworkParameters, NodeEntry } from '@sotto/directory';
import {
  LOOP_DEADLINE_MEANS,
  LOOP_LINK_ALLOWANCE_MICROS,
  LoopClock,
  loopIntervalMicros,
  LoopTracker,
} from '@sotto/mixing';
import {
  BOX_BYTES,
  Builder,
  type DelayClass,
  type Delivered,
  type Hop,
  openBody,
  sealBody,
  type SurbRecord,
  unwindLayers,
} from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { chance, choose, type Instant, randomBytes, type Rng, toHex } from '@sotto/wire';

/** What loops are sent with. */
export interface LoopSenderOptions {
  readonly suite: CryptoSuite;
  readonly rng: Rng;
  readonly parameters: NetworkParameters;
  /** Hex name of this node. */
  readonly self: string;
}

/**
 * The node's own cover (design.md §4, Spec 05 §6): loops over a client's path, from its own guard
 * role through a crossover and back. Unlike a client it draws every hop afresh, so that each mix is
 * passed by the loops of all.
 */
export class LoopSender {
  readonly #options: LoopSenderOptions;
  readonly #builder: Builder;
  readonly #clock: LoopClock;
  readonly #records = new Map<
    string,
    { readonly record: SurbRecord; readonly givenUpAt: number }
  >();
  /** Where the loops come back to: nobody else's mail bears it. */
  readonly box: Uint8Array;
  /** Follows which come back. */
  readonly tracker: LoopTracker;
  /** Turns at which the view had no path. */
  withoutPath = 0;

  /** Sends nothing before it is told of a network. */
  constructor(options: LoopSenderOptions) {
    this.#options = options;
    this.#builder = new Builder(options.suite, options.rng);
    this.#clock = new LoopClock(options.rng);
    this.box = randomBytes(options.rng, BOX_BYTES);
    this.tracker = new LoopTracker({ parameters: options.parameters });
  }

  /** Sets the rate by what the directory shows. */
  setNetwork(now: Instant, nodes: readonly NodeEntry[]): void {
    const mixes = nodes.filter((node) => node.capabilities.mix);
    const inLayer = (layer: number): number => mixes.filter((node) => node.layer === layer).length;
    const guards = nodes.filter((node) => node.capabilities.guard).length;
    this.#clock.setInterval(
      now,
      guards === 0
        ? undefined
        : loopIntervalMicros({
            parameters: this.#options.parameters,
            mixesInLayer: [inLayer(1), inLayer(2), inLayer(3)],
            nodes: guards,
          }),
    );
  }

  /** When the next loop is due, or a sent one is given up. */
  nextAt(): Instant | undefined {
    const send = this.#clock.nextAt;
    const lost = this.tracker.nextAt();
    if (send === undefined || lost === undefined) return send ?? lost;
    return send < lost ? send : lost;
  }

  /** The next loop that is due, as a packet for this node itself. */
  popDue(now: Instant, epoch: number, nodes: readonly NodeEntry[]): Uint8Array | undefined {
    this.tracker.wake(now);
    this.#sweep(now);
    while (this.#clock.popDue(now)) {
      const packet = this.#build(now, epoch, nodes);
      if (packet !== undefined) return packet;
      this.withoutPath++;
    }
    return undefined;
  }

  /** A delivery to {@link LoopSender.box}. @returns false when no loop of ours bears its name. */
  returned(now: Instant, delivered: Delivered): boolean {
    const key = toHex(delivered.name);
    const record = this.#records.get(key)?.record;
    if (record === undefined) return false;
    const { suite } = this.#options;
    const unwound = unwindLayers(suite, record, delivered);
    const whole = openBody(suite, record.bodySeed, unwound.body) !== undefined;
    this.#records.delete(key);
    return this.tracker.returned(now, key, whole).ok;
  }

  /** Forgets the records of loops that the tracker has given up; they are in the order of sending. */
  #sweep(now: Instant): void {
    for (const [key, { givenUpAt }] of this.#records) {
      if (givenUpAt > now) return;
      this.#records.delete(key);
    }
  }

  #build(now: Instant, epoch: number, nodes: readonly NodeEntry[]): Uint8Array | undefined {
    const { suite, rng, parameters, self } = this.#options;
    const delayClass: DelayClass = chance(rng, parameters.slowShare) ? 'slow' : 'fast';
    const own = nodes.find((node) => node.key === self);
    const pick = (layer: number, mayBeSelf: boolean): NodeEntry | undefined =>
      choose(
        rng,
        nodes.filter(
          (node) =>
            node.layer === layer &&
            node.capabilities.mix &&
            (mayBeSelf || node.key !== self) &&
            node.routingKey(epoch) !== undefined,
        ),
      );
    const out = [own, pick(1, false), pick(2, false), pick(3, true)];
    const back = [out[3], pick(1, false), pick(2, false), own];
    const there = hops(out, epoch);
    const home = hops(back, epoch);
    if (there === undefined || home === undefined) return undefined;
    const path = { epoch, delayClass };
    const terminal = { kind: 'deliver', box: this.box } as const;
    const { surb, record } = this.#builder.surb({ ...path, hops: home, terminal });
    const key = toHex(record.name);
    const names = [...out, ...back.slice(1)].map((node) => node?.key ?? '');
    // By the slow class's deadline for both, so that the map's order is that of giving up.
    const givenUpAt =
      now +
      LOOP_DEADLINE_MEANS * names.length * parameters.slowMeanMicros +
      LOOP_LINK_ALLOWANCE_MICROS;
    this.#records.set(key, { record, givenUpAt });
    this.tracker.sent(now, { key, path: names, delayClass });
    return this.#builder.forward({
      ...path,
      hops: there,
      terminal: { kind: 'cross', surb },
      body: sealBody(suite, surb.bodySeed, new Uint8Array(0)),
    });
  }
}

function hops(nodes: readonly (NodeEntry | undefined)[], epoch: number): Hop[] | undefined {
  const path: Hop[] = [];
  for (const node of nodes) {
    const routingKey = node?.routingKey(epoch);
    if (node === undefined || routingKey === undefined) return undefined;
    path.push({ name: node.name, routingKey });
  }
  return path;
}
