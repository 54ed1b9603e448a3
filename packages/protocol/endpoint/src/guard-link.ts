import type { NodeEntry } from '@sotto/directory';
import type { Instant } from '@sotto/wire';
import type { EndpointParts } from './parts.ts';
import { contactPointKey, STICKY_KEY } from './state.ts';
import { encodeStickySets } from './sticky.ts';
import type { Uplink } from './uplink.ts';

/** Which guard to hold a link to, and whether it is up (Spec 08 §9). */
export class GuardLink {
  readonly #p: EndpointParts;
  readonly #uplink: Uplink;
  readonly #contactPoints = new Set<string>();
  #up = false;
  /** The guard to connect to once this much is durable: a crash must not draw another one. */
  #connectAfter: number | undefined;

  /** No guard yet, and no link. */
  constructor(parts: EndpointParts, uplink: Uplink) {
    this.#p = parts;
    this.#uplink = uplink;
  }

  /** Whether the link is up. */
  get up(): boolean {
    return this.#up;
  }

  /** Takes back one's contact points from the store. */
  restore(contactPoints: readonly string[]): void {
    for (const key of contactPoints) this.#contactPoints.add(key);
  }

  /** Remembers a node as one's contact point: never one's guard. */
  keepContactPoint(node: string): void {
    if (this.#contactPoints.has(node)) return;
    this.#contactPoints.add(node);
    this.#p.log.put(contactPointKey(node), new Uint8Array(0));
  }

  /** Takes the directory's nodes. */
  useNodes(now: Instant, nodes: readonly NodeEntry[]): void {
    this.#change(now, () => this.#p.topology.update(now, nodes, this.#ownServices()));
  }

  /** Turns to the spare guard, and rotates the sets, when it is time. */
  wake(now: Instant): void {
    if (this.#p.topology.giveUp(now)) {
      this.#p.counters.count('guard-given-up');
      this.#reconnect(now);
    }
    const { topology } = this.#p;
    this.#change(now, () => topology.rotateDue(now, () => this.#ownServices()));
  }

  /** The link came up or went down. */
  turn(now: Instant, up: boolean): void {
    this.#p.topology.link(now, up);
    if (up === this.#up) return;
    this.#up = up;
    if (up) this.#uplink.start(now);
    else this.#uplink.stop();
  }

  /** Asks for the link once the choice of guard is durable. */
  connect(): void {
    const { guard } = this.#p.topology;
    if (this.#connectAfter === undefined || this.#connectAfter > this.#p.log.durable) return;
    this.#connectAfter = undefined;
    if (guard === undefined) return;
    const { node, sticky } = guard;
    const planCode = this.#p.options.plan.code;
    const { boxSecret } = sticky;
    this.#p.outputs.push({ kind: 'connect', guard: node, boxSecret, planCode });
  }

  /** Asks for a new link: the guard learns of a plan by its preface alone. */
  renew(now: Instant): void {
    if (this.#p.topology.guard !== undefined) this.#reconnect(now);
  }

  #change(now: Instant, change: () => boolean): void {
    const before = this.#p.topology.guard?.sticky.key;
    if (change()) this.#p.log.put(STICKY_KEY, encodeStickySets(this.#p.topology.sticky));
    if (this.#p.topology.guard?.sticky.key !== before) this.#reconnect(now);
  }

  #reconnect(now: Instant): void {
    this.turn(now, false);
    this.#connectAfter = this.#p.log.sequence;
    this.connect();
  }

  /** Nodes that know one's aliases or invites: none may be one's guard. */
  #ownServices(): ReadonlySet<string> {
    return new Set([...this.#p.aliases.values().map(({ node }) => node), ...this.#contactPoints]);
  }
}
