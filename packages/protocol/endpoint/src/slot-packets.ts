import type { NodeEntry } from '@sotto/directory';
import { type Builder, type DelayClass, sealBody, type Surb, type Terminal } from '@sotto/sphinx';
import { type CryptoSuite, KEY_BYTES } from '@sotto/suite';
import { randomBytes, type Rng, toHex } from '@sotto/wire';
import type { PathRules, PathView } from './paths.ts';
import type { Slot } from './slot-clock.ts';
import { hopOf, type Minted, type SurbMint } from './surb-mint.ts';

/** Bytes of a loop's body that are compared when it comes back. */
const LOOP_CHECK_BYTES = 32;

/** What waits for a slot: ingredients, for the packet itself is built when the slot comes. */
export type Payload =
  /** A fragment under a contact's reply block. */
  | { readonly kind: 'message'; readonly surb: Surb; readonly content: Uint8Array }
  /** A stranger's first message, by a contact point. */
  | {
      readonly kind: 'contact';
      readonly node: string;
      readonly box: Uint8Array;
      readonly credential: Uint8Array;
      readonly proof?: Uint8Array;
      readonly body: Uint8Array;
    }
  /** A request to a service of a node. */
  | {
      readonly kind: 'request';
      readonly node: string;
      readonly service: number;
      readonly body: Uint8Array;
    };

/** Why a payload's turn was filled by a drop. */
export type UnsentCode = 'crossover-unknown' | 'surb-epoch' | 'node-unknown';

/** The packet of one slot. */
export interface SlotPacket {
  readonly packet: Uint8Array;
  readonly kind: 'loop' | 'payload' | 'drop';
  /** What the packet leaves through, from the guard on. */
  readonly path: readonly NodeEntry[];
  /** Of a loop: what it comes back by, and with. */
  readonly loop?: { readonly minted: Minted; readonly check: Uint8Array };
  /** Why a payload did not leave. */
  readonly unsent?: UnsentCode;
}

interface Ending {
  readonly end: NodeEntry;
  readonly terminal: Terminal;
  readonly body: Uint8Array;
}

/**
 * Builds the packet of each slot (Spec 08 §3.3). Every slot makes one reply block of one's own, one
 * sealed body and one forward packet of four hops, whatever it carries: work that differed would
 * show on the link as a frame a millisecond late.
 */
export class SlotPackets {
  readonly #suite: CryptoSuite;
  readonly #rng: Rng;
  readonly #builder: Builder;
  readonly #rules: PathRules;
  readonly #mint: SurbMint;

  /** Shares builder, rules and mint with the endpoint. */
  constructor(suite: CryptoSuite, rng: Rng, builder: Builder, rules: PathRules, mint: SurbMint) {
    this.#suite = suite;
    this.#rng = rng;
    this.#builder = builder;
    this.#rules = rules;
    this.#mint = mint;
  }

  /**
   * The packet of a slot; undefined where the view holds no path at all.
   *
   * @param payload - head of the queue, if the slot takes one.
   * @param guardBox - one's box at the guard, 16 bytes.
   * @param nodeOf - a known node by its key.
   */
  build(
    view: PathView,
    slot: Slot,
    payload: Payload | undefined,
    guardBox: Uint8Array,
    nodeOf: (key: string) => NodeEntry | undefined,
  ): SlotPacket | undefined {
    const last = this.#rules.crossover(view, this.#rng);
    const own = last === undefined ? undefined : this.#ownBlock(view, slot.kind, last, guardBox);
    if (last === undefined || own === undefined) return undefined;

    const secret = randomBytes(this.#rng, KEY_BYTES);
    const seed = slot.kind === 'loop' ? own.record.bodySeed : (bodySeedOf(payload) ?? secret);
    const content = payload?.kind === 'message' ? payload.content : secret;
    const sealed = sealBody(this.#suite, seed, content);

    const cross: Ending = { end: last, terminal: { kind: 'cross', surb: own.surb }, body: sealed };
    const drop: Ending = slot.crossing ? cross : { ...cross, terminal: { kind: 'drop' } };
    if (slot.kind === 'loop') {
      const sent = this.#send(view, slot.pathClass, cross);
      const loop = { minted: own, check: secret.slice(0, LOOP_CHECK_BYTES) };
      return sent === undefined ? undefined : { ...sent, kind: 'loop', loop };
    }
    const ending = payload === undefined ? undefined : this.#ending(view, payload, sealed, nodeOf);
    if (ending === undefined || typeof ending === 'string') {
      const sent = this.#send(view, slot.pathClass, drop);
      const unsent = ending === undefined ? {} : { unsent: ending };
      return sent === undefined ? undefined : { ...sent, kind: 'drop', ...unsent };
    }
    const sent = this.#send(view, slot.pathClass, ending);
    return sent === undefined ? undefined : { ...sent, kind: 'payload' };
  }

  /**
   * A loop's block comes home; any other is a drop's, ending where most blocks end: in a mailbox.
   * Fast, as contacts' blocks are: a slow half behind a crossover would be known for cover.
   */
  #ownBlock(
    view: PathView,
    kind: Slot['kind'],
    first: NodeEntry,
    guardBox: Uint8Array,
  ): Minted | undefined {
    const delayClass = 'fast';
    if (kind === 'loop') {
      return this.#mint.draft(view, { first, end: view.guard, box: guardBox, delayClass });
    }
    const end = this.#rules.mailbox(view, this.#rng);
    return end === undefined ? undefined : this.#mint.draft(view, { first, end, delayClass });
  }

  #ending(
    view: PathView,
    payload: Payload,
    sealed: Uint8Array,
    nodeOf: (key: string) => NodeEntry | undefined,
  ): Ending | UnsentCode {
    if (payload.kind === 'message') {
      const { surb } = payload;
      // One law for messages, loops and drops: blocks of the current epoch, and no other.
      if (surb.epoch !== view.epoch % 256) return 'surb-epoch';
      const key = toHex(surb.crossover);
      // A crossover that is not in one's own layer 3 may be known to nobody else: whoever sent
      // there would be this client. One's own guard is a crossover like any other.
      const end = view.layers[2].find((node) => node.key === key);
      if (end === undefined) return 'crossover-unknown';
      return { end, terminal: { kind: 'cross', surb }, body: sealed };
    }
    const end = nodeOf(payload.node);
    if (end?.routingKey(view.epoch) === undefined) return 'node-unknown';
    return { end, terminal: terminalOf(payload), body: payload.body };
  }

  #send(
    view: PathView,
    delayClass: DelayClass,
    { end, terminal, body }: Ending,
  ): { readonly packet: Uint8Array; readonly path: readonly NodeEntry[] } | undefined {
    const service = SERVED.has(terminal.kind) ? end : undefined;
    const sender = this.#rules.sender(view, this.#rng, service);
    if (sender === undefined) return undefined;
    const path = [...sender, end];
    const hops = path.map((node) => hopOf(node, view.epoch));
    const { epoch } = view;
    return { packet: this.#builder.forward({ hops, epoch, delayClass, terminal, body }), path };
  }
}

/** Where a packet ends at a service of the last node. */
const SERVED: ReadonlySet<Terminal['kind']> = new Set(['arrive', 'contact', 'greet']);

function terminalOf(payload: Exclude<Payload, { readonly kind: 'message' }>): Terminal {
  if (payload.kind === 'request') return { kind: 'arrive', service: payload.service };
  const { box, credential, proof } = payload;
  return proof === undefined
    ? { kind: 'contact', box, credential }
    : { kind: 'greet', box, token: credential, proof };
}

const bodySeedOf = (payload: Payload | undefined): Uint8Array | undefined =>
  payload?.kind === 'message' ? payload.surb.bodySeed : undefined;
