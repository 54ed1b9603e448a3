import type { Invite } from '@sotto/ratchet';
import { concat, type Instant } from '@sotto/wire';
import type { HandedSurb } from './items.ts';

/** Requests for the bundle before one gives up: used-up invites are met with silence. */
export const BUNDLE_ATTEMPTS = 2;

/** One packet of a first message. */
export interface Greeting {
  /** In the store. */
  readonly key: string;
  readonly acceptance: Acceptance;
  readonly content: Uint8Array;
}

/** An invite that is being accepted: the prekey bundle is on its way. */
export class Acceptance {
  /** The contact that it will be. */
  readonly contact: string;
  readonly label: string;
  readonly link: string;
  readonly invite: Invite;
  /** The endpoint's number of the request under way. */
  request: number | undefined;
  attempts = 0;
  /** When the request is made again, or given up; undefined while it waits for its slot. */
  deadline: Instant | undefined;
  readonly #chunks: (Uint8Array | undefined)[] = [];
  #count = 0;

  constructor(contact: string, label: string, link: string, invite: Invite) {
    this.contact = contact;
    this.label = label;
    this.link = link;
    this.invite = invite;
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
