import type { GreetingPuzzle } from '@sotto/mailbox';
import { concat, type Instant } from '@sotto/wire';
import type { HandedSurb } from './items.ts';
import type { MeetingPlace } from './meeting-place.ts';

/** Requests for the bundle before one gives up. */
export const BUNDLE_ATTEMPTS = 2;

/** One packet of a first message. */
export interface Greeting {
  /** In the store. */
  key: string;
  readonly acceptance: Acceptance;
  readonly content: Uint8Array;
  /** What is looked for so that it may enter by an address. */
  puzzle?: GreetingPuzzle | undefined;
  /** What was found, and the epoch in which it counts. */
  proof?: { readonly epoch: number; readonly bytes: Uint8Array } | undefined;
}

/** An invite or address that is being accepted: the prekey bundle is on its way. */
export class Acceptance {
  /** The contact that it will be. */
  readonly contact: string;
  readonly label: string;
  readonly link: string;
  readonly place: MeetingPlace;
  /** The endpoint's number of the request under way. */
  request: number | undefined;
  attempts = 0;
  /** What the contact point said last in place of the bundle. One such answer may come too early: it is asked again. */
  refusal: 'closed' | 'not-now' | undefined;
  /** When the request is made again, or given up; undefined while it waits for its slot. */
  deadline: Instant | undefined;
  readonly #chunks: (Uint8Array | undefined)[] = [];
  #count = 0;

  constructor(contact: string, label: string, link: string, place: MeetingPlace) {
    this.contact = contact;
    this.label = label;
    this.link = link;
    this.place = place;
  }

  /** Reply blocks for the first message; made while the bundle is on its way, lost with a restart. */
  prepared: readonly HandedSurb[] = [];
  /** Packets of the first message that have left. */
  readonly greeted: Greeting[] = [];
  /** When they leave once more, unless something comes back before; undefined while the first ones wait, and after that. */
  repeatAt: Instant | undefined;
  repeated = false;

  /** From when on the first message leaves with the blocks that there are. */
  greetBy: Instant | undefined;
  /** It waits longer than usual: for a block of an epoch to come, and no other. */
  overdue = false;

  /** The whole bundle, once no chunk is missing. Which bytes are right, its hash says. */
  bundle: Uint8Array | undefined;

  /** Takes a chunk. */
  add(index: number, count: number, chunk: Uint8Array): void {
    if (count !== this.#count) {
      this.#count = count;
      this.#chunks.length = 0;
    }
    this.#chunks[index] = chunk;
    const parts: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      const part = this.#chunks[i];
      if (part === undefined) return;
      parts.push(part);
    }
    this.bundle = concat(...parts);
  }
}
