import { epochStart, type NodeEntry } from '@sotto/directory';
import { after, type Instant } from '@sotto/wire';
import type { EndpointParts } from './parts.ts';
import { contactPointKey, encodeUntil, STICKY_KEY } from './state.ts';
import { encodeStickySets } from './sticky.ts';
import type { Uplink } from './uplink.ts';

/** Which guard to hold a link to, and whether it is up (Spec 08 §9). */
export class GuardLink {
  readonly #p: EndpointParts;
  readonly #uplink: Uplink;
  /** Until when each of one's contact points may know one's invites. */
  readonly #contactPoints = new Map<string, Instant>();
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
  restore(contactPoints: ReadonlyMap<string, Instant>): void {
    for (const [key, until] of contactPoints) this.#contactPoints.set(key, until);
  }

  /**
   * Remembers a node as one's contact point: never one's guard.
   *
   * @param epoch - of what it got.
   */
  keepContactPoint(node: string, epoch: number): void {
    const { parameters } = this.#p.options;
    const { graceMicros, mailLifeMicros } = parameters;
    const until = after(epochStart(parameters, epoch + 1), graceMicros + mailLifeMicros);
    if (until <= (this.#contactPoints.get(node) ?? 0)) return;
    this.#contactPoints.set(node, until);
    this.#p.log.put(contactPointKey(node), encodeUntil(until));
  }

  /** Takes the directory's nodes. */
  useNodes(now: Instant, nodes: readonly NodeEntry[]): void {
    this.#forgetContactPoints(now);
    this.#change(() => this.#p.topology.update(now, nodes, this.#ownServices()));
  }

  /** Turns to the spare guard, and rotates the sets, when it is time. */
  wake(now: Instant): void {
    this.#forgetContactPoints(now);
    if (this.#p.topology.giveUp(now)) {
      this.#p.counters.count('guard-given-up');
      this.#reconnect();
    }
    const { topology } = this.#p;
    this.#change(() => topology.rotateDue(now, () => this.#ownServices()));
  }

  /** The link came up or went down. */
  turn(now: Instant, up: boolean): void {
    const turned = this.#p.topology.link(up);
    if (up !== this.#up) {
      this.#up = up;
      if (up) this.#uplink.start(now);
      else this.#stop();
    }
    if (turned) this.#ask();
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
  renew(): void {
    if (this.#p.topology.guard !== undefined) this.#reconnect();
  }

  #change(change: () => boolean): void {
    const before = this.#p.topology.guard?.sticky.key;
    if (change()) this.#p.log.put(STICKY_KEY, encodeStickySets(this.#p.topology.sticky));
    if (this.#p.topology.guard?.sticky.key !== before) this.#reconnect();
  }

  #reconnect(): void {
    this.#up = false;
    this.#stop();
    this.#ask();
  }

  #stop(): void {
    this.#uplink.stop();
    this.#p.loops.pardon();
  }

  #ask(): void {
    this.#connectAfter = this.#p.log.sequence;
    this.connect();
  }

  /** What it knew is over: were such nodes avoided for ever, in the end only one's guards would be left. */
  #forgetContactPoints(now: Instant): void {
    for (const [node, until] of this.#contactPoints) {
      if (until > now) continue;
      this.#contactPoints.delete(node);
      this.#p.log.put(contactPointKey(node), undefined);
    }
  }

  /** Nodes that know one's aliases or invites: none may be one's guard. */
  #ownServices(): ReadonlySet<string> {
    return new Set([
      ...this.#p.aliases.values().map(({ node }) => node),
      ...this.#contactPoints.keys(),
    ]);
  }
}
