import type { NodeEntry } from '@sotto/directory';
import { choose, type Rng } from '@sotto/wire';

/** All that a path may depend on. */
export interface PathView {
  /** Full number of the epoch whose keys the path uses. */
  readonly epoch: number;
  /** Mixes of layers 1, 2 and 3 that have a key for the epoch. */
  readonly layers: readonly [readonly NodeEntry[], readonly NodeEntry[], readonly NodeEntry[]];
  /** Mailboxes that have a key for the epoch. */
  readonly mailboxes: readonly NodeEntry[];
  /** One's own guard, with a key for the epoch. */
  readonly guard: NodeEntry;
  /** Every node of one's guard set, by key: none of them is one's mailbox. */
  readonly guardKeys: ReadonlySet<string>;
  /** The sticky set of first mixes that have a key for the epoch. */
  readonly firstMixes: readonly NodeEntry[];
  /** The sticky set of last mixes before one's own guard that have a key for the epoch. */
  readonly lastMixes: readonly NodeEntry[];
}

/** Guard, m1, m2: a sender's half before its end. */
export type SenderPath = readonly [NodeEntry, NodeEntry, NodeEntry];

/**
 * How nodes are drawn (Spec 08 §5). Pure over view and generator; undefined where the view holds
 * no path. Injectable, so that a test can plant a rule that breaks.
 */
export interface PathRules {
  /**
   * Guard, m1, m2. A crossover is no parameter: were the path to make way for X, a recipient
   * would find the guard by offering every X in turn. `service` is a mailbox or contact point in
   * front of which m2 stands, and only m2, drawn fresh each time, steps aside for it.
   */
  sender(view: PathView, rng: Rng, service?: NodeEntry): SenderPath | undefined;
  /**
   * X of one's own reply block, or the last node of a drop: any mix of layer 3. Whether it is
   * one's guard is not looked at: X never being the guard would, block after block, name it.
   */
  crossover(view: PathView, rng: Rng): NodeEntry | undefined;
  /**
   * r1, r2 before `end`. r2 is sticky where the end is one's own guard, and fresh each time
   * before a mailbox, where a sticky one would name the owner behind his aliases.
   *
   * @param first - who runs the block: r1 steps aside for it.
   */
  recipient(
    view: PathView,
    rng: Rng,
    end: NodeEntry,
    first: NodeEntry,
  ): readonly [NodeEntry, NodeEntry] | undefined;
  /** A mailbox for a new alias: none of one's guards, and no sticky mix where others are left. */
  mailbox(view: PathView, rng: Rng): NodeEntry | undefined;
}

function draw(
  rng: Rng,
  nodes: readonly NodeEntry[],
  ...without: readonly (NodeEntry | undefined)[]
): NodeEntry | undefined {
  return choose(
    rng,
    nodes.filter((node) => !without.some((other) => other?.key === node.key)),
  );
}

/** Nodes that may be one's mailbox: none of one's guards, and no sticky mix while others are left. */
export function mailboxesApart(view: PathView): readonly NodeEntry[] {
  const allowed = view.mailboxes.filter((node) => !view.guardKeys.has(node.key));
  const sticky = new Set([...view.firstMixes, ...view.lastMixes].map((node) => node.key));
  const apart = allowed.filter((node) => !sticky.has(node.key));
  return apart.length > 0 ? apart : allowed;
}

/** The rules of Spec 08 §5. */
export const PATH_RULES: PathRules = {
  sender(view, rng, service) {
    const m1 = draw(rng, view.firstMixes, view.guard);
    const m2 = draw(rng, view.layers[1], view.guard, m1, service);
    return m1 === undefined || m2 === undefined ? undefined : [view.guard, m1, m2];
  },

  crossover: (view, rng) => choose(rng, view.layers[2]),

  recipient(view, rng, end, first) {
    const r1 = draw(rng, view.layers[0], end, first);
    const last = end.key === view.guard.key ? view.lastMixes : view.layers[1];
    const r2 = draw(rng, last, end, r1);
    return r1 === undefined || r2 === undefined ? undefined : [r1, r2];
  },

  mailbox: (view, rng) => choose(rng, mailboxesApart(view)),
};
