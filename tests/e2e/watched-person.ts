import type { Person, PersonEvent } from '@sotto/messaging';
import type { ClientCore, ClientInput, ClientOutput } from '@sotto/simulator';
import type { CryptoSuite } from '@sotto/suite';
import { type Instant, toHex } from '@sotto/wire';

/** What was sealed: key and nonce of every AEAD call, and which came twice. */
export interface SealLog {
  readonly suite: CryptoSuite;
  readonly calls: string[];
  readonly repeated: string[];
}

/** A suite that writes down under which keys it seals. */
export function logSeals(suite: CryptoSuite): SealLog {
  const calls: string[] = [];
  const repeated: string[] = [];
  const seen = new Set<string>();
  const logged: CryptoSuite = {
    ...suite,
    aeadSeal: (out, plaintext, associated, key, nonce) => {
      const call = `${toHex(key)} ${toHex(nonce)}`;
      (seen.has(call) ? repeated : calls).push(call);
      seen.add(call);
      suite.aeadSeal(out, plaintext, associated, key, nonce);
    },
  };
  return { suite: logged, calls, repeated };
}

/**
 * A person between whom and the network one looks: it keeps what is durable by itself, and calls
 * `look` after every packet that left.
 */
export class WatchedPerson implements ClientCore<PersonEvent> {
  readonly person: Person;
  readonly #look: (durable: ReadonlyMap<string, Uint8Array>, event?: PersonEvent) => void;
  readonly #hasty: boolean;
  readonly #durable = new Map<string, Uint8Array>();
  readonly #batches: Extract<ClientOutput<PersonEvent>, { kind: 'persist' }>[] = [];

  /** @param hasty - a driver that says `stored` before it is: the fault that `look` must find. */
  constructor(
    person: Person,
    hasty: boolean,
    look: (durable: ReadonlyMap<string, Uint8Array>, event?: PersonEvent) => void,
  ) {
    this.person = person;
    this.#hasty = hasty;
    this.#look = look;
  }

  handle(now: Instant, input: ClientInput): void {
    if (input.kind === 'stored') {
      for (const { entries } of this.#batches.splice(0, this.#upTo(input.sequence))) {
        for (const { key, value } of entries) {
          if (value === undefined) this.#durable.delete(key);
          else this.#durable.set(key, value);
        }
      }
      if (this.#hasty) return;
    }
    this.person.handle(now, input);
  }

  poll(now: Instant): ClientOutput<PersonEvent> | undefined {
    const output = this.person.poll(now);
    if (output?.kind === 'persist') {
      this.#batches.push(output);
      if (this.#hasty) this.person.handle(now, { kind: 'stored', sequence: output.sequence });
    }
    if (output?.kind === 'event') this.#look(this.#durable, output.event);
    else this.#look(this.#durable);
    return output;
  }

  nextAt(): Instant | undefined {
    return this.person.nextAt();
  }

  wake(now: Instant): void {
    this.person.wake(now);
  }

  #upTo(sequence: number): number {
    return this.#batches.filter((batch) => batch.sequence <= sequence).length;
  }
}
