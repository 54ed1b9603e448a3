import { GreetingPuzzle } from '@sotto/mailbox';
import { GREETING_PROOF_BYTES, sealBody } from '@sotto/sphinx';
import { after, type Instant } from '@sotto/wire';
import type { Acceptance, Greeting } from './acceptance.ts';
import type { PersonParts } from './person-io.ts';

/** Tries for a proof at a time ... */
const SEARCH_TRIES = 128;
/** ... and until the next ones. */
const SEARCH_PAUSE_MICROS = 2000;

/** Packets of first messages that have still to leave; those by an address look for their proofs before. */
export class GreetingQueue {
  readonly #parts: PersonParts;
  /** Packets under way, by the endpoint's number. */
  readonly #underWay = new Map<number, Greeting>();
  #waiting: Greeting[] = [];
  #searchAt: Instant | undefined;

  /** Empty. */
  constructor(parts: PersonParts) {
    this.#parts = parts;
  }

  /** When a proof is looked for next; undefined while none is needed. */
  get searchAt(): Instant | undefined {
    return this.#searchAt;
  }

  /** Takes packets; they leave with the next pumps. */
  push(...greetings: readonly Greeting[]): void {
    this.#waiting.push(...greetings);
  }

  /** Lets go of the packets of an acceptance that is over. */
  drop(acceptance: Acceptance): void {
    this.#waiting = this.#waiting.filter((greeting) => greeting.acceptance !== acceptance);
  }

  /** The packet whose turn came, or that was given up before its turn; it is under way no more. */
  take(order: number): Greeting | undefined {
    const greeting = this.#underWay.get(order);
    this.#underWay.delete(order);
    return greeting;
  }

  /** Hands on whatever may leave. */
  pump(now: Instant): void {
    const { endpoint, suite } = this.#parts;
    const kept: Greeting[] = [];
    let full = false;
    for (const greeting of this.#waiting) {
      const { node, box, credential, bodySeed, cost } = greeting.acceptance.place;
      const proof = full ? undefined : this.#proofFor(now, greeting);
      if (full || (proof === undefined && cost !== undefined)) {
        kept.push(greeting);
        continue;
      }
      const order = endpoint.sendToContactPoint({
        node,
        box,
        credential,
        ...(proof === undefined ? {} : { proof }),
        body: sealBody(suite, bodySeed, greeting.content),
        delayClass: 'fast',
      });
      full = !order.ok;
      if (order.ok) {
        greeting.proof = undefined;
        this.#underWay.set(order.value, greeting);
      } else kept.push(greeting);
    }
    this.#waiting = kept;
    const searching = kept.some(({ puzzle }) => puzzle !== undefined);
    this.#searchAt = searching ? (this.#searchAt ?? now) : undefined;
  }

  /**
   * Looks on for the proof of one packet, if it is time: a tenth of a millisecond or two, between
   * slots, whose frames must not be late by work that only some people have. To be called when
   * nothing is left to be polled. @returns whether one was found, and its packet queued.
   */
  search(now: Instant): boolean {
    if (this.#searchAt === undefined || this.#searchAt > now) return false;
    this.#searchAt = after(now, SEARCH_PAUSE_MICROS);
    const greeting = this.#waiting.find(({ puzzle }) => puzzle !== undefined);
    const bytes = greeting?.puzzle?.search(SEARCH_TRIES);
    if (greeting?.puzzle === undefined || bytes === undefined) return false;
    greeting.proof = { epoch: greeting.puzzle.epoch, bytes };
    greeting.puzzle = undefined;
    this.pump(now);
    return true;
  }

  /** What a packet must show to enter by an address: found already, or looked for from now on. */
  #proofFor(now: Instant, greeting: Greeting): Uint8Array | undefined {
    const { box, credential: token, cost } = greeting.acceptance.place;
    if (cost === undefined) return undefined;
    if (cost === 0) return new Uint8Array(GREETING_PROOF_BYTES);
    const epoch = this.#parts.epoch(now);
    if (greeting.proof?.epoch === epoch) return greeting.proof.bytes;
    greeting.proof = undefined;
    if (greeting.puzzle?.epoch !== epoch) {
      const { suite, rng } = this.#parts;
      greeting.puzzle = new GreetingPuzzle(suite, rng, { box, token, epoch }, cost);
    }
    return undefined;
  }
}
