import { epochAt, type NetworkParameters } from '@sotto/directory';
import {
  Endpoint,
  type EndpointLimits,
  type PathRules,
  type Plan,
  STATE_PREFIX,
  type SurbPair,
} from '@sotto/endpoint';
import { encodeDownlink } from '@sotto/link';
import { boxOf } from '@sotto/mailbox';
import type { CryptoSuite } from '@sotto/suite';
import { curveless, SeededRng } from '@sotto/suite/testing';
import { exponentialMicros, type Instant, MICROS_PER_SECOND, ok, toHex } from '@sotto/wire';
import { EventQueue } from './event-queue.ts';
import { LightNetwork } from './light-network.ts';
import { DEFAULT_START } from './network-options.ts';

/** Reply blocks to aliases that each contact is kept supplied with (Spec 09: the target of a supply). */
const SUPPLY = 8;
/** How often the contacts' supply is looked at. */
const SUPPLY_MICROS = 600 * MICROS_PER_SECOND;
/** Bytes of a message's fragment. */
const CONTENT_BYTES = 992;
const ALIAS_KEY = `${STATE_PREFIX}alias/`;

/** One person who is watched, and what goes on around that person. */
export interface MailboxWatchOptions {
  readonly suite: CryptoSuite;
  readonly seed: string;
  readonly parameters: NetworkParameters;
  /** Of the owner and of the sender. */
  readonly plan: Plan;
  /** Mixes of each layer. Every node is a mailbox, and every mailbox is the attacker's. */
  readonly mixesPerLayer: number;
  /** Contacts of the owner that hold reply blocks and stay silent. */
  readonly quietContacts: number;
  /** The owner's mail lies at two mailboxes, and messages go out twice (Spec 08 §8.5). */
  readonly twins?: boolean;
  /** Mean gap between messages of the contact who writes, a Poisson process; without it there is none. */
  readonly messageMeanMicros?: number;
  /** Other rules of the owner: planted faults. */
  readonly rules?: PathRules;
  /** Other limits of the owner. */
  readonly limits?: Partial<EndpointLimits>;
}

/** One thing that a mailbox sees. */
export interface Sighting {
  readonly kind: 'put' | 'fetch';
  readonly at: Instant;
  /** The alias, hexadecimal. */
  readonly box: string;
  /** The mix that brought it, hexadecimal. */
  readonly lastMix: string;
  /** Of a fetch: names it deletes. */
  readonly deletes: number;
}

/** What there is to see of two real endpoints, in order of time. */
export interface MailboxTrace {
  /** When the clients' links came up. */
  readonly start: Instant;
  readonly end: Instant;
  readonly sightings: readonly Sighting[];
  /** Times of every frame on the owner's link to the guard. */
  readonly ownerFrames: readonly Instant[];
  /** Of the sender's. */
  readonly senderFrames: readonly Instant[];
  /** Whose reply blocks end in an alias: what the attacker is to find out, never told to it. */
  readonly contactOf: ReadonlyMap<string, string>;
  /** Aliases of twins by pair, as two mailboxes that work together can put them together; without twins each alias is its own. */
  readonly pairOf: ReadonlyMap<string, string>;
}

/** A client of the light network. */
class WatchedClient {
  readonly endpoint: Endpoint;
  readonly frames: Instant[] = [];
  readonly #queue: EventQueue;
  readonly #network: LightNetwork;
  readonly #suite: CryptoSuite;
  guard = '';
  box = '';
  /** Aliases whose entries changed since this was last emptied. */
  readonly changedAliases = new Set<string>();

  constructor(
    suite: CryptoSuite,
    queue: EventQueue,
    network: LightNetwork,
    options: ConstructorParameters<typeof Endpoint>[0],
  ) {
    this.#suite = suite;
    this.#queue = queue;
    this.#network = network;
    this.endpoint = new Endpoint(options);
    this.endpoint.handle(queue.now, { kind: 'directory', nodes: network.entries });
    this.drain();
    this.endpoint.handle(queue.now, { kind: 'link', up: true });
    this.drain();
  }

  drain(): void {
    const { now } = this.#queue;
    for (let out = this.endpoint.poll(now); out !== undefined; out = this.endpoint.poll(now)) {
      if (out.kind === 'persist') {
        for (const { key } of out.entries) {
          if (key.startsWith(ALIAS_KEY)) this.changedAliases.add(key.slice(ALIAS_KEY.length));
        }
        this.endpoint.handle(now, { kind: 'stored', sequence: out.sequence });
      } else if (out.kind === 'connect') {
        this.guard = out.guard.key;
        this.box = toHex(boxOf(this.#suite, out.boxSecret));
      } else if (out.kind === 'frame') {
        this.frames.push(now);
        this.#network.inject(this.guard, out.bytes);
      }
    }
    this.#queue.arm(this.endpoint, 'endpoint', () => {
      this.endpoint.wake(this.#queue.now);
      this.drain();
    });
  }
}

/**
 * Runs an owner and one who writes to the owner, both the real endpoint, and notes what a global
 * observer and all mailboxes together see of them. The contacts' reply blocks are kept at the supply
 * of Spec 09; mail goes by mailbox only, which is what is to be watched.
 */
export function watchMailboxes(options: MailboxWatchOptions, micros: number): MailboxTrace {
  const { seed, parameters, plan } = options;
  const suite = curveless(options.suite);
  const queue = new EventQueue(DEFAULT_START);
  const network = new LightNetwork(suite, seed, queue, parameters, options.mixesPerLayer);
  const join = (name: string, more: object): WatchedClient => {
    const rng = new SeededRng(suite, `${seed}/${name}`);
    return new WatchedClient(suite, queue, network, { suite, rng, parameters, plan, ...more });
  };
  const { rules, limits } = options;
  const owner = join('owner', {
    ...(rules === undefined ? {} : { rules }),
    ...(limits === undefined ? {} : { limits }),
  });
  const { messageMeanMicros } = options;
  const sender = messageMeanMicros === undefined ? undefined : join('sender', {});
  const start = queue.now;

  const sightings: Sighting[] = [];
  network.onArrival = (node, lastHop, arrival) => {
    const seen = { at: queue.now, lastMix: lastHop ?? '' };
    if (arrival.kind === 'request') {
      const { request } = arrival;
      if (request.kind !== 'fetch') return false;
      const box = toHex(boxOf(suite, request.secret));
      sightings.push({ ...seen, kind: 'fetch', box, deletes: request.deletes.length });
      return false;
    }
    const client = [owner, sender].find(
      (one) => one !== undefined && one.guard === node && one.box === arrival.box,
    );
    if (client === undefined) {
      sightings.push({ ...seen, kind: 'put', box: arrival.box, deletes: 0 });
      return false;
    }
    const bytes = encodeDownlink({ kind: 'mail', delivered: arrival.delivered });
    client.endpoint.handle(queue.now, { kind: 'frame', bytes });
    client.drain();
    return true;
  };

  const contactOf = new Map<string, string>();
  const pairOf = new Map<string, string>();
  const held = new Map<string, { readonly epoch: number; readonly surbs: SurbPair[] }>();
  const mint = (contact: string, epoch: number): ReturnType<Endpoint['mintPairs']> => {
    if (options.twins === true) return owner.endpoint.mintPairs(queue.now, contact, 1, epoch);
    const counts = { direct: 0, mailbox: 1, epoch };
    const minted = owner.endpoint.mintSurbs(queue.now, contact, counts);
    return minted.ok ? ok(minted.value.map((surb) => ({ surb }))) : minted;
  };
  const contacts = sender === undefined ? [] : ['sender'];
  for (let i = 0; i < options.quietContacts; i++) contacts.push(`quiet ${i}`);
  const supply = (contact: string): SurbPair[] => {
    const epoch = epochAt(parameters, queue.now);
    const had = held.get(contact);
    const surbs = had?.epoch === epoch ? had.surbs : [];
    held.set(contact, { epoch, surbs });
    for (let missing = SUPPLY - surbs.length; missing > 0; missing--) {
      owner.drain();
      owner.changedAliases.clear();
      const minted = mint(contact, epoch);
      owner.drain();
      if (!minted.ok || minted.value.length === 0) break;
      surbs.push(...minted.value);
      const ends = [...owner.changedAliases];
      const pair = ends.flatMap((box) => pairOf.get(box) ?? [])[0] ?? ends[0];
      for (const box of ends) {
        contactOf.set(box, contact);
        if (pair !== undefined) pairOf.set(box, pair);
      }
    }
    return surbs;
  };
  const resupply = (): void => {
    for (const contact of contacts) supply(contact);
    queue.later(SUPPLY_MICROS, resupply);
  };
  resupply();
  if (sender !== undefined && messageMeanMicros !== undefined) {
    const rng = new SeededRng(suite, `${seed}/messages`);
    const write = (): void => {
      const block = supply('sender').shift();
      for (const surb of block === undefined ? [] : [block.surb, block.twin]) {
        if (surb === undefined) continue;
        const content = new Uint8Array(CONTENT_BYTES);
        const way = { delayClass: 'fast', lane: 'message' } as const;
        sender.endpoint.send(queue.now, { contact: 'owner', surb, content, ...way });
        sender.drain();
      }
      queue.later(exponentialMicros(rng, messageMeanMicros), write);
    };
    write();
  }
  queue.run(micros);
  return {
    start,
    end: queue.now,
    sightings,
    ownerFrames: owner.frames,
    senderFrames: sender?.frames ?? [],
    contactOf,
    pairOf,
  };
}
