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
import { chance, choose, type Instant, randomBytes, type Rng, toHex, wipe } from '@sotto/wire';

/** What loops are sent with. */
export interface LoopSenderOptions {
  readonly suite: CryptoSuite;
  readonly rng: Rng;
  readonly parameters: NetworkParameters;
  readonly now: Instant;
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
  #own: NodeEntry | undefined;
  #stopped = false;
  #layers: Readonly<Record<1 | 2 | 3, readonly NodeEntry[]>> = { 1: [], 2: [], 3: [] };
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
    this.tracker = new LoopTracker({
      parameters: options.parameters,
      now: options.now,
      self: options.self,
    });
  }

  /** Sets the rate by what the directory shows. */
  setNetwork(now: Instant, nodes: readonly NodeEntry[]): void {
    if (this.#stopped) return;
    const listed = new Set(nodes.map(({ key }) => key));
    this.tracker.keep(now, (key) => listed.has(key));
    const here = nodes.filter((node) => !node.leaving);
    const mixes = here.filter((node) => node.capabilities.mix);
    const layer = (of: 1 | 2 | 3): NodeEntry[] => mixes.filter((node) => node.layer === of);
    this.#layers = { 1: layer(1), 2: layer(2), 3: layer(3) };
    const own = here.find((node) => node.key === this.#options.self);
    // A loop starts and ends in the guard's role: of a node without it, it could only be cover.
    this.#own = own?.capabilities.guard === true ? own : undefined;
    const guards = here.filter((node) => node.capabilities.guard).length;
    const mixesInLayer = [
      this.#layers[1].length,
      this.#layers[2].length,
      this.#layers[3].length,
    ] as const;
    const { parameters } = this.#options;
    this.#clock.setInterval(
      now,
      this.#own === undefined
        ? undefined
        : loopIntervalMicros({ parameters, mixesInLayer, nodes: guards }),
    );
  }

  /** Sends no more. */
  stop(now: Instant): void {
    this.#clock.setInterval(now, undefined);
    this.#stopped = true;
  }

  /** When the next loop is due, or a sent one is given up. */
  nextAt(): Instant | undefined {
    const send = this.#clock.nextAt;
    const lost = this.tracker.nextAt();
    if (send === undefined || lost === undefined) return send ?? lost;
    return send < lost ? send : lost;
  }

  /** The next loop that is due, as a packet for this node itself. */
  popDue(now: Instant, epoch: number): Uint8Array | undefined {
    this.tracker.wake(now);
    this.#sweep(now);
    while (this.#clock.popDue(now)) {
      const packet = this.#build(now, epoch);
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
    this.#forget(key);
    return this.tracker.returned(now, key, whole).ok;
  }

  /** Forgets the records of loops that the tracker has given up; they are in the order of sending. */
  #sweep(now: Instant): void {
    for (const [key, { givenUpAt }] of this.#records) {
      if (givenUpAt > now) return;
      this.#forget(key);
    }
  }

  #forget(key: string): void {
    const record = this.#records.get(key)?.record;
    this.#records.delete(key);
    if (record === undefined) return;
    for (const hopKey of record.hopKeys) wipe(hopKey);
    wipe(record.bodySeed);
  }

  #build(now: Instant, epoch: number): Uint8Array | undefined {
    const { suite, rng, parameters, self } = this.#options;
    const delayClass: DelayClass = chance(rng, parameters.slowShare) ? 'slow' : 'fast';
    const own = this.#own;
    const pick = (layer: 1 | 2 | 3, mayBeSelf: boolean): NodeEntry | undefined => {
      const able = this.#layers[layer].filter(
        (node) => (mayBeSelf || node.key !== self) && node.routingKey(epoch) !== undefined,
      );
      return choose(rng, able);
    };
    const out = [own, pick(1, false), pick(2, false), pick(3, true)];
    const back = [out[3], pick(1, false), pick(2, false), own];
    const there = hops(out, epoch);
    const home = hops(back, epoch);
    if (there === undefined || home === undefined) return undefined;
    const terminal = { kind: 'deliver', box: this.box } as const;
    // Behind a crossover everybody's words are fast: a slow half there would be known for cover.
    const { surb, record } = this.#builder.surb({
      epoch,
      delayClass: 'fast',
      hops: home,
      terminal,
    });
    const key = toHex(record.name);
    const names = [...out, ...back.slice(1)].map((node) => node?.key ?? '');
    // By the slow class's deadline for both, so that the map's order is that of giving up.
    const givenUpAt =
      now +
      LOOP_DEADLINE_MEANS * names.length * parameters.slowMeanMicros +
      LOOP_LINK_ALLOWANCE_MICROS;
    this.#records.set(key, { record, givenUpAt });
    // With as many under way as are followed it is cover alone (Spec 05 §8).
    if (!this.tracker.sent(now, { key, path: names, delayClass }).ok) this.#forget(key);
    return this.#builder.forward({
      epoch,
      delayClass,
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
