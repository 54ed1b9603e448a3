import type { RunSurb } from '@sotto/mailbox';
import { Counters, type DropReason, type Pool } from '@sotto/mixing';
import { type Peeled, Peeler, type PeelReason } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { type Instant, type Result, toHex } from '@sotto/wire';
import type { EpochKeys } from './epoch-keys.ts';
import type { LoopSender } from './loop-sender.ts';
import type { TerminalKind } from './relay-io.ts';
import type { Services } from './services.ts';
import type { StoreWrites } from './store-writes.ts';

/** The parts of a node that a packet comes to. */
export interface PacketWorkOptions {
  readonly suite: CryptoSuite;
  readonly keys: EpochKeys;
  readonly pool: Pool;
  readonly loops: LoopSender;
  readonly services: Services;
  readonly writes: StoreWrites;
  readonly drops: Counters<DropReason>;
}

const TERMINALS = ['deliver', 'loop', 'arrive', 'contact', 'greet', 'drop'] as const;

/**
 * What a node does with one packet: peels it, and sends it into the pool, gives it to a service, or
 * drops it for one counted reason. The tags of a packet that changes what is stored are written
 * with that change (Spec 06 §4.7); those of all others go to the logs (Spec 05 §3.2).
 */
export class PacketWork {
  readonly #parts: PacketWorkOptions;
  readonly #peeler: Peeler;
  readonly #loopBoxKey: string;
  readonly #terminals = new Counters<TerminalKind>(TERMINALS);
  #runs = 0;

  /** The parts stay the node's. */
  constructor(parts: PacketWorkOptions) {
    this.#parts = parts;
    this.#peeler = new Peeler(parts.suite);
    this.#loopBoxKey = toHex(parts.loops.box);
  }

  /** Ends of paths at this node. */
  get terminals(): Readonly<Record<TerminalKind, number>> {
    return this.#terminals.snapshot();
  }

  /** Reply blocks that this node has run itself. */
  get runs(): number {
    return this.#runs;
  }

  /** Peels a packet; its buffer goes on with it. */
  peel(now: Instant, packet: Uint8Array): void {
    const { keys } = this.#parts;
    keys.beginPacket(now);
    this.#execute(now, this.#peeler.peel(packet, keys.keyFor));
  }

  /** Runs a reply block that a service answers with. */
  run(now: Instant, output: RunSurb): void {
    this.#parts.keys.beginPacket(now);
    this.#execute(now, this.#runSurb(output));
  }

  #runSurb({
    embedded,
    log,
    body,
  }: Omit<RunSurb, 'kind'>): Result<Peeled, { readonly code: PeelReason }> {
    this.#runs++;
    return this.#peeler.runSurb(embedded, log, body, this.#parts.keys.keyFor);
  }

  /** @param batch - of the store, which must be durable before what goes on from here leaves. */
  #execute(
    now: Instant,
    peeled: Result<Peeled, { readonly code: PeelReason }>,
    batch?: number,
  ): void {
    const { keys, pool, loops, services, drops } = this.#parts;
    if (!peeled.ok) {
      const { code } = peeled.error;
      drops.count(code === 'replay' ? keys.refusal : code);
      return;
    }
    const { value } = peeled;
    switch (value.kind) {
      case 'transmit': {
        const { packet, delayClass, half } = value;
        const next = toHex(value.next);
        const sequence = keys.lastSequence;
        const added = pool.add(now, { packet, next, delayClass, half, sequence, batch });
        if (added.ok) keys.neededBy(added.value);
        else drops.count(added.error.code);
        break;
      }
      case 'deliver':
        if (toHex(value.box) === this.#loopBoxKey) {
          this.#terminals.count('loop');
          if (!loops.returned(now, value.delivered)) drops.count('unknown-loop');
          break;
        }
        this.#terminals.count('deliver');
        this.#claim();
        services.deliver(now, value.box, value.delivered);
        break;
      case 'arrive':
        this.#terminals.count('arrive');
        this.#claim();
        services.serve(now, value.service, value.body);
        break;
      case 'contact':
      case 'greet': {
        this.#terminals.count(value.kind);
        const opening =
          value.kind === 'contact'
            ? services.open(now, value.box, value.credential, keys.openBytes)
            : services.greet(now, value.box, value, keys.openBytes);
        // The tag of the block that is run is written with its spending, or a crash between the two
        // would open the same block again to a message that then counts as a replay.
        const run =
          opening === undefined ? undefined : this.#runSurb({ ...opening, body: value.body });
        this.#claim();
        if (run !== undefined) this.#execute(now, run, this.#parts.writes.mark);
        break;
      }
      case 'drop':
        this.#terminals.count('drop');
        break;
    }
  }

  /** Writes the tags of the packet at hand in one batch with what it changes. */
  #claim(): void {
    this.#parts.writes.putPlaces(this.#parts.keys.claimPlaces());
  }
}
