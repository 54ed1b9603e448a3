import type { NodeEntry } from '@sotto/directory';
import { after, type Instant, type Rng } from '@sotto/wire';
import type { PathView } from './paths.ts';
import {
  nextRotation,
  NO_STICKY_SETS,
  refreshSticky,
  type StickyGuard,
  type StickyRules,
  type StickySets,
} from './sticky.ts';

/** The guard in use. */
export interface ActiveGuard {
  readonly node: NodeEntry;
  readonly sticky: StickyGuard;
}

/** The nodes known, the sticky sets over them, and which guard is in use (Spec 08 §5). */
export class Topology {
  readonly #rng: Rng;
  readonly #rules: StickyRules;
  readonly #patienceMicros: number;
  readonly #views = new Map<number, PathView | undefined>();
  #nodes: readonly NodeEntry[] = [];
  #byKey = new Map<string, NodeEntry>();
  #sticky: StickySets = NO_STICKY_SETS;
  #active: string | undefined;
  #down = false;
  /** When something else than the guard first answered since the link is down. */
  #reachableSince: Instant | undefined;

  /** @param patienceMicros - how long a guard may be out of reach before the spare is tried. */
  constructor(rng: Rng, rules: StickyRules, patienceMicros: number) {
    this.#rng = rng;
    this.#rules = rules;
    this.#patienceMicros = patienceMicros;
  }

  /** Nodes known. */
  get size(): number {
    return this.#nodes.length;
  }

  /** The sticky sets, for the store. */
  get sticky(): StickySets {
    return this.#sticky;
  }

  /** A node by its name in hexadecimal. */
  byKey(key: string): NodeEntry | undefined {
    return this.#byKey.get(key);
  }

  /** Nodes that a test of theirs holds for. */
  filter(test: (node: NodeEntry) => boolean): NodeEntry[] {
    return this.#nodes.filter(test);
  }

  /** Whether a node is one of the guards. */
  isGuard(key: string): boolean {
    return this.#sticky.guards.some((guard) => guard.key === key);
  }

  /** Whether a node is in any of the sticky sets. */
  isSticky(key: string): boolean {
    const { guards, firstMixes, lastMixes } = this.#sticky;
    return [...guards, ...firstMixes, ...lastMixes].some((member) => member.key === key);
  }

  /** The guard in use; undefined while none is known. */
  get guard(): ActiveGuard | undefined {
    const sticky = this.#sticky.guards.find(({ key }) => key === this.#active);
    const node = sticky === undefined ? undefined : this.#byKey.get(sticky.key);
    return sticky === undefined || node === undefined ? undefined : { node, sticky };
  }

  /** When the sets rotate or the spare guard's turn comes. */
  get nextAt(): Instant | undefined {
    const times = [nextRotation(this.#sticky), this.#giveUpAt].filter((at) => at !== undefined);
    return times.length === 0 || this.#nodes.length === 0
      ? undefined
      : times.reduce((a, b) => (a < b ? a : b));
  }

  /** Takes back the sets from the store. */
  restore(sets: StickySets): void {
    this.#sticky = sets;
  }

  /** Takes a new set of nodes. An empty one changes nothing: the last good set serves on. @returns whether the sets changed. */
  update(now: Instant, nodes: readonly NodeEntry[], avoid: ReadonlySet<string>): boolean {
    if (nodes.length === 0) return false;
    if (this.#down) this.#reachableSince ??= now;
    this.#nodes = nodes;
    this.#byKey = new Map(nodes.map((node) => [node.key, node]));
    this.#views.clear();
    return this.rotate(now, avoid);
  }

  /** Replaces members that left or whose time is over. @returns whether the sets changed. */
  rotate(now: Instant, avoid: ReadonlySet<string>): boolean {
    if (this.#nodes.length === 0) return false;
    const next = refreshSticky(this.#sticky, this.#nodes, avoid, this.#rng, now, this.#rules);
    const changed = next !== this.#sticky;
    this.#sticky = next;
    if (changed) this.#views.clear();
    // A guard that says itself that it goes makes way at once; for one out of reach see `giveUp`.
    const first = this.#firstHere ?? next.guards[0]?.key;
    const { guard } = this;
    if (guard === undefined || (guard.node.leaving && first !== this.#active)) this.#use(first);
    return changed;
  }

  /** {@link Topology.rotate} when a member's time is over; else nothing, as this is called at every slot. */
  rotateDue(now: Instant, avoid: () => ReadonlySet<string>): boolean {
    const at = nextRotation(this.#sticky);
    return at !== undefined && at <= now && this.rotate(now, avoid());
  }

  /**
   * The link to the guard came up or went down. One that goes down is the end of the spare's turn:
   * the first guard is asked first whenever a link is asked for anew.
   *
   * @returns whether the guard in use changed.
   */
  link(up: boolean): boolean {
    const wasUp = !this.#down;
    this.#down = !up;
    if (up || wasUp) this.#reachableSince = undefined;
    const first = this.#firstHere;
    if (up || !wasUp || first === undefined || first === this.#active) return false;
    this.#use(first);
    return true;
  }

  /**
   * Turns to the next guard of the set when this one was out of reach too long while something else
   * was not: a directory has come since. One's own outage is no reason, else whoever cuts a client
   * off chooses when it shows itself to another guard. @returns whether it did.
   */
  giveUp(now: Instant): boolean {
    const at = this.#giveUpAt;
    if (at === undefined || at > now) return false;
    const { guards } = this.#sticky;
    const index = guards.findIndex(({ key }) => key === this.#active);
    const others = [...guards.slice(index + 1), ...guards.slice(0, index + 1)];
    this.#use((others.find(({ key }) => this.#isHere(key)) ?? others[0])?.key);
    return true;
  }

  /** What paths of an epoch may be drawn from; undefined while they cannot be. */
  view(epoch: number): PathView | undefined {
    if (!this.#views.has(epoch)) {
      if (this.#views.size > 64) this.#views.clear();
      this.#views.set(epoch, this.#makeView(epoch));
    }
    return this.#views.get(epoch);
  }

  get #giveUpAt(): Instant | undefined {
    return this.#reachableSince === undefined || this.#sticky.guards.length < 2
      ? undefined
      : after(this.#reachableSince, this.#patienceMicros);
  }

  /** The first guard of the set that is in the directory and does not leave. */
  get #firstHere(): string | undefined {
    return this.#sticky.guards.find(({ key }) => this.#isHere(key))?.key;
  }

  #isHere(key: string): boolean {
    return this.#byKey.get(key)?.leaving === false;
  }

  #use(key: string | undefined): void {
    this.#active = key;
    this.#down = true;
    this.#reachableSince = undefined;
    this.#views.clear();
  }

  #makeView(epoch: number): PathView | undefined {
    const guard = this.guard?.node;
    if (guard?.routingKey(epoch) === undefined) return undefined;
    const usable = this.#nodes.filter((node) => node.routingKey(epoch) !== undefined);
    const layer = (number: 1 | 2 | 3): NodeEntry[] =>
      usable.filter((node) => node.capabilities.mix && node.layer === number);
    const layers = [layer(1), layer(2), layer(3)] as const;
    return {
      epoch,
      layers,
      mailboxes: usable.filter((node) => node.capabilities.mailbox),
      guard,
      guardKeys: new Set(this.#sticky.guards.map(({ key }) => key)),
      firstMixes: members(layers[0], this.#sticky.firstMixes),
      lastMixes: members(layers[1], this.#sticky.lastMixes),
    };
  }
}

const members = (
  nodes: readonly NodeEntry[],
  keys: readonly { readonly key: string }[],
): NodeEntry[] => nodes.filter((node) => keys.some(({ key }) => key === node.key));
