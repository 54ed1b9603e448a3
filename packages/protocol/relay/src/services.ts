import type { Capabilities, NetworkParameters } from '@sotto/directory';
import { encodeDownlink, type Plan } from '@sotto/link';
import {
  type AggregationLimits,
  AggregationPoint,
  ContactPoint,
  decodeRequest,
  ExpiryClock,
  GuardBoxes,
  type MailboxOutput,
  type Opening,
  type Request,
  type StoredEntry,
} from '@sotto/mailbox';
import type { Counters, DropReason } from '@sotto/mixing';
import type { Delivered } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { type Instant, type Result, type Rng } from '@sotto/wire';
import { ClientSessions } from './client-sessions.ts';

/** What the services of a node need. */
export interface ServicesOptions {
  readonly suite: CryptoSuite;
  readonly rng: Rng;
  readonly parameters: NetworkParameters;
  readonly capabilities: Capabilities;
  readonly drops: Counters<DropReason>;
  readonly now: Instant;
  readonly stored: readonly StoredEntry[];
  readonly mailboxLimits: Partial<AggregationLimits>;
  /** Whether stored mail follows by `restoreMail`. */
  readonly mailFollows: boolean;
}

/** A frame for a client. */
export interface ClientFrame {
  readonly client: string;
  readonly frame: Uint8Array;
  readonly mail: boolean;
}

/** What ends at a node: mail for aliases, reply blocks behind credentials, boxes of its clients. */
export class Services {
  readonly #capabilities: Capabilities;
  readonly #drops: Counters<DropReason>;
  readonly #mail: AggregationPoint;
  readonly #contacts: ContactPoint;
  readonly #guard: GuardBoxes;
  readonly #sessions: ClientSessions;
  /** Nothing is over before others have confirmed the clock. */
  readonly #expiry = new ExpiryClock(0);
  /** Keys of stored entries that could not be read; they are deleted. */
  readonly unreadable: readonly string[];

  /** Takes back what was stored. */
  constructor(options: ServicesOptions) {
    const { suite, rng, parameters, now, stored } = options;
    this.#capabilities = options.capabilities;
    this.#drops = options.drops;
    this.#mail = new AggregationPoint({
      suite,
      rng,
      parameters,
      limits: options.mailboxLimits,
      expiry: this.#expiry,
    });
    this.#contacts = new ContactPoint({ suite, rng, parameters, expiry: this.#expiry });
    this.#guard = new GuardBoxes({ suite, parameters, expiry: this.#expiry });
    this.#sessions = new ClientSessions();
    this.#mail.beginRestore();
    this.unreadable = [
      ...this.#mail.restorePart(now, stored),
      ...this.#contacts.restore(now, stored),
      ...this.#guard.restore(now, stored),
    ];
    if (!options.mailFollows) this.#mail.endRestore(now);
  }

  /** Takes back some of the stored mail. @returns keys of what cannot be read. */
  restoreMail(now: Instant, entries: readonly StoredEntry[]): readonly string[] {
    return this.#mail.restorePart(now, entries);
  }

  /** All stored mail has come. */
  endRestore(now: Instant): void {
    this.#mail.endRestore(now);
  }

  /** Others confirm that it may be as late as this: what expires until then may go. */
  confirmClock(until: number): void {
    this.#expiry.confirm(until);
  }

  /** Whether others confirm the time. */
  confirms(now: Instant): boolean {
    return this.#expiry.confirms(now);
  }

  /** Clients attached. */
  get clients(): number {
    return this.#sessions.size;
  }

  /** A client shows the secret of its box. @returns clients whose links must be closed: itself when there is no room, or its older link. */
  attach(now: Instant, client: string, secret: Uint8Array, plan: Plan): string | undefined {
    const attached = this.#guard.attach(now, secret);
    if (!attached.ok) {
      this.#drops.count(attached.error.code);
      return client;
    }
    const { key, lost } = attached.value;
    if (lost > 0) this.#drops.count('guard-box-limit', lost);
    return this.#sessions.attach(now, { client, boxKey: key, plan });
  }

  /** A client's link is gone. */
  detach(now: Instant, client: string): void {
    const boxKey = this.#sessions.detach(client);
    if (boxKey !== undefined) this.#guard.detach(now, boxKey);
  }

  /** Whether a client may send one more packet now; a refusal is counted. */
  admit(now: Instant, client: string): boolean {
    const admitted = this.#sessions.admit(now, client);
    if (!admitted) this.#drops.count('client-rate');
    return admitted;
  }

  /** A delivery for a client of this guard, or for an alias. */
  deliver(now: Instant, box: Uint8Array, delivered: Delivered): void {
    const stored = this.#guard.has(box)
      ? this.#guard.deliver(now, box, delivered)
      : this.#mail.deliver(now, box, delivered);
    if (!stored.ok) this.#drops.count(stored.error.code);
  }

  /** A stranger shows a credential. @returns the reply block to run. */
  open(
    now: Instant,
    box: Uint8Array,
    credential: Uint8Array,
    acceptedBytes: readonly number[],
  ): Opening | undefined {
    const taken = this.#contacts.take(now, box, credential, acceptedBytes);
    if (taken.ok) return taken.value;
    this.#drops.count(taken.error.code);
    return undefined;
  }

  /** A stranger shows the token of a public address. @returns the reply block to run. */
  greet(
    now: Instant,
    box: Uint8Array,
    shown: { readonly token: Uint8Array; readonly proof: Uint8Array },
    acceptedBytes: readonly number[],
  ): Opening | undefined {
    const taken = this.#contacts.greet(now, box, shown, acceptedBytes);
    if (taken.ok) return taken.value;
    this.#drops.count(taken.error.code);
    return undefined;
  }

  /** A request arrived. */
  serve(now: Instant, service: number, body: Uint8Array): void {
    const request = decodeRequest(service, body);
    if (!request.ok) {
      this.#drops.count(request.error.code);
      return;
    }
    const { mailbox, contact } = this.#capabilities;
    if (!(request.value.kind === 'fetch' ? mailbox : contact)) {
      this.#drops.count('not-capable');
      return;
    }
    const answer = this.#answer(now, request.value);
    if (!answer.ok) this.#drops.count(answer.error.code);
  }

  /** Lets time pass. */
  wake(now: Instant): void {
    this.#mail.wake(now);
    this.#contacts.wake(now);
    this.#guard.wake(now);
  }

  /** When `wake` or `nextFrame` must be called next. */
  nextAt(): Instant | undefined {
    let next: Instant | undefined;
    for (const part of [this.#mail, this.#contacts, this.#guard, this.#sessions]) {
      const at = part.nextAt();
      if (at !== undefined && (next === undefined || at < next)) next = at;
    }
    return next;
  }

  /** The next frame that a client's constant clock asks for. */
  nextFrame(now: Instant): ClientFrame | undefined {
    const session = this.#sessions.popDue(now);
    if (session === undefined) return undefined;
    const delivered = this.#guard.take(session.boxKey);
    const mail = delivered !== undefined;
    const frame = encodeDownlink(mail ? { kind: 'mail', delivered } : { kind: 'filler' });
    return { client: session.client, frame, mail };
  }

  /** Writes, and reply blocks to run. */
  poll(): MailboxOutput | undefined {
    return this.#mail.poll() ?? this.#contacts.poll() ?? this.#guard.poll();
  }

  #answer(now: Instant, request: Request): Result<unknown, { readonly code: DropReason }> {
    switch (request.kind) {
      case 'fetch':
        return this.#mail.fetch(now, request);
      case 'stash':
      case 'greeting': {
        const stashed =
          request.kind === 'stash'
            ? this.#contacts.stash(now, request)
            : this.#contacts.openGreeting(now, request);
        if (stashed.ok) for (const refused of stashed.value) this.#drops.count(refused);
        return stashed;
      }
      case 'bundle-put':
        return this.#contacts.putBundle(now, request);
      case 'bundle-get':
        return this.#contacts.getBundle(now, request);
      case 'close':
        return this.#contacts.closeBox(now, request.secret);
    }
  }
}
