import type { NodeEntry } from '@sotto/directory';
import type { Builder, DelayClass, Hop, Surb, SurbRecord } from '@sotto/sphinx';
import type { Instant, Rng } from '@sotto/wire';
import type { PathRules, PathView } from './paths.ts';
import type { RecordPurpose, Records } from './records.ts';

/** A reply block to make. */
export interface MintOrder {
  /** Who runs it: a crossover, or the node that the block is embedded for. */
  readonly first: NodeEntry;
  /** Where it ends: one's own guard or a mailbox. */
  readonly end: NodeEntry;
  /** Box at the end, 16 bytes; without one the block ends in a drop. */
  readonly box?: Uint8Array;
  /** One class for the whole half. */
  readonly delayClass: DelayClass;
}

/** A block and what its maker keeps, with the nodes it passes. */
export interface Minted {
  readonly surb: Surb;
  readonly record: SurbRecord;
  readonly path: readonly NodeEntry[];
}

/** The hop of a node for an epoch. @throws RangeError when the node has no key for it: views hold only such as have. */
export function hopOf(node: NodeEntry, epoch: number): Hop {
  const routingKey = node.routingKey(epoch);
  if (routingKey === undefined) {
    throw new RangeError(`"epoch" expected one that the node has a key for, got ${epoch}`);
  }
  return { name: node.name, routingKey };
}

/** Makes reply blocks by the path rules (Spec 08 §7.1). */
export class SurbMint {
  readonly #builder: Builder;
  readonly #rules: PathRules;
  readonly #rng: Rng;
  readonly #records: Records;

  /** Files what it mints for keeps in `records`. */
  constructor(builder: Builder, rules: PathRules, rng: Rng, records: Records) {
    this.#builder = builder;
    this.#rules = rules;
    this.#rng = rng;
    this.#records = records;
  }

  /** A block that nobody waits for yet; undefined where the view holds no path. */
  draft(view: PathView, order: MintOrder): Minted | undefined {
    const { first, end, box, delayClass } = order;
    const between = this.#rules.recipient(view, this.#rng, end, first);
    if (between === undefined) return undefined;
    const path = [first, ...between, end];
    const { surb, record } = this.#builder.surb({
      hops: path.map((node) => hopOf(node, view.epoch)),
      epoch: view.epoch,
      delayClass,
      terminal: box === undefined ? { kind: 'drop' } : { kind: 'deliver', box },
    });
    return { surb, record, path };
  }

  /** A block with its record filed; undefined where there is no path or no room. */
  mint(
    view: PathView,
    order: MintOrder,
    purpose: RecordPurpose,
    expiresAt: Instant,
  ): Minted | undefined {
    if (this.#records.room < 1) return undefined;
    const minted = this.draft(view, order);
    if (minted === undefined) return undefined;
    const filed = { surb: minted.record, purpose, epoch: view.epoch, expiresAt };
    return this.#records.add(filed) ? minted : undefined;
  }
}
