import { fromHex, type Instant, type Rng } from '@sotto/wire';
import { type Alias, type Aliases, TWIN_OWNER } from './aliases.ts';
import type { SurbPair } from './interface.ts';
import type { PathRules, PathView } from './paths.ts';
import type { Records, ReplyRecord } from './records.ts';
import type { Minted, SurbMint } from './surb-mint.ts';
import type { Topology } from './topology.ts';

/** What {@link TwinBlocks} are made with. */
export interface TwinBlocksOptions {
  readonly rng: Rng;
  readonly rules: PathRules;
  readonly mint: SurbMint;
  readonly records: Records;
  readonly aliases: Aliases;
  readonly topology: Topology;
  /** Called with each record that must outlive a restart. */
  readonly keep: (record: ReplyRecord) => void;
}

/** Reply blocks for a contact, each with a twin that ends at another mailbox (Spec 08 §8.5). */
export class TwinBlocks {
  readonly #o: TwinBlocksOptions;

  /** Keeps its parts. */
  constructor(options: TwinBlocksOptions) {
    this.#o = options;
  }

  /**
   * Makes pairs, fewer than `count` where aliases are short; what is lacking is remembered.
   *
   * @param usable - whether an alias at this node may take them.
   */
  make(
    view: PathView,
    contact: string,
    count: number,
    usable: (node: string) => boolean,
    expiresAt: Instant,
  ): readonly SurbPair[] {
    const pairs: SurbPair[] = [];
    while (pairs.length < count) {
      const ends = this.#ends(contact, view.epoch, usable);
      const pair = ends === undefined ? undefined : this.#pair(view, contact, ends, expiresAt);
      if (pair === undefined) break;
      pairs.push(pair);
    }
    return pairs;
  }

  /** Pairs of a contact and epoch by which something has come back. */
  returned(contact: string, epoch: number): number {
    return Math.max(...owners(contact).map((owner) => this.#o.aliases.returned(owner, epoch)));
  }

  /** Takes a contact's aliases out. */
  forget(contact: string): void {
    for (const owner of owners(contact)) this.#o.aliases.forget(owner);
  }

  /** Two aliases at two mailboxes, for one twin each; undefined, and remembered, when one is lacking. */
  #ends(
    contact: string,
    epoch: number,
    usable: (node: string) => boolean,
  ): readonly [Alias, Alias] | undefined {
    const { aliases } = this.#o;
    const ends: Alias[] = [];
    for (const owner of owners(contact)) {
      const other = ends[0]?.node;
      const end = aliases.assign(owner, epoch, (node) => node !== other && usable(node));
      if (end !== undefined) ends.push(end);
      else if (aliases.mayOwnMore(owner, epoch)) aliases.want(owner, epoch, other);
    }
    const [first, second] = ends;
    return first === undefined || second === undefined ? undefined : [first, second];
  }

  #pair(
    view: PathView,
    contact: string,
    ends: readonly [Alias, Alias],
    expiresAt: Instant,
  ): Required<SurbPair> | undefined {
    const [one, other] = ends.map((alias) => this.#draftTo(view, alias));
    if (one === undefined || other === undefined) return undefined;
    const { records, keep, aliases } = this.#o;
    const file = ({ record: surb }: Minted, { record }: Minted, { box: alias }: Alias): void => {
      const purpose = { kind: 'contact', contact, alias, twin: record.name } as const;
      const filed: ReplyRecord = { surb, purpose, epoch: view.epoch, expiresAt };
      records.add(filed);
      keep(filed);
      aliases.minted(alias);
    };
    file(one, other, ends[0]);
    file(other, one, ends[1]);
    return { surb: one.surb, twin: other.surb };
  }

  #draftTo(view: PathView, alias: Alias): Minted | undefined {
    const { rules, rng, mint, topology } = this.#o;
    const first = rules.crossover(view, rng);
    const end = topology.byKey(alias.node);
    const box = fromHex(alias.box);
    if (first === undefined || end === undefined || box === undefined) return undefined;
    return mint.draft(view, { first, end, box, delayClass: 'fast' });
  }
}

/** Owners of the aliases of a contact's twins. */
const owners = (contact: string): readonly [string, string] => [
  `${TWIN_OWNER}1 ${contact}`,
  `${TWIN_OWNER}2 ${contact}`,
];
