import {
  type BeatFigures,
  type Client,
  type ClientStatus,
  type Message,
  type PlanInfo,
  type SlotCounts,
  SottoError,
} from '@sotto/client';
import { signal, type ReadonlySignal } from '@preact/signals';

const EVERY_MILLIS = 2000;
/** Slot counts kept: five minutes. */
const KEPT = 150;
/** Messages looked at. */
const MESSAGES = 200;

/** Slots so far at one moment. */
export interface SlotMoment {
  readonly at: number;
  readonly slots: SlotCounts;
  readonly beat: BeatFigures;
}

/** What one's own client says of itself. */
export interface OwnState {
  readonly status: ClientStatus;
  readonly plan: PlanInfo;
  readonly slots: readonly SlotMoment[];
  /** Round trips of one's last messages that went to the other's guard, milliseconds. */
  readonly direct: readonly number[];
  /** How many of one's last messages went by a mailbox. */
  readonly byMailbox: number;
}

/** Figures of the viewer's own client, which nobody else is told. */
export class OwnFeed {
  readonly #client: Client;
  readonly #state = signal<OwnState | undefined>(undefined);
  #slots: readonly SlotMoment[] = [];
  #messages: readonly Message[] = [];
  #stale = true;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Nothing is asked before `start`. */
  constructor(client: Client) {
    this.#client = client;
  }

  /** Undefined until the client has answered. */
  get state(): ReadonlySignal<OwnState | undefined> {
    return this.#state;
  }

  /** Begins; the returned function ends it. */
  start(): () => void {
    const stopping = new AbortController();
    void untilEnded(this.#listen(stopping.signal));
    void untilEnded(this.#round(stopping.signal));
    return () => {
      stopping.abort();
      clearTimeout(this.#timer);
    };
  }

  async #listen(signalled: AbortSignal): Promise<void> {
    for await (const event of this.#client.events({ signal: signalled })) {
      if (event.kind === 'message-changed') this.#stale = true;
    }
  }

  async #round(signalled: AbortSignal): Promise<void> {
    if (!document.hidden) {
      const [status, plan] = await Promise.all([this.#client.status(), this.#client.plan()]);
      if (this.#stale) {
        this.#stale = false;
        this.#messages = await lastMessages(this.#client, status);
      }
      this.#slots = [
        ...this.#slots,
        { at: Date.now(), slots: status.slots, beat: status.beat },
      ].slice(-KEPT);
      const delivered = this.#messages.filter(({ state }) => state === 'delivered');
      this.#state.value = {
        status,
        plan,
        slots: this.#slots,
        direct: delivered
          .filter(({ via }) => via === 'direct')
          .flatMap(({ deliveredInMillis }) => deliveredInMillis ?? []),
        byMailbox: delivered.filter(({ via }) => via === 'mailbox').length,
      };
    }
    if (signalled.aborted) return;
    this.#timer = setTimeout(() => void untilEnded(this.#round(signalled)), EVERY_MILLIS);
  }
}

/** That the view was left is no error; that the client has ended is for the session to say, which hears it too. */
async function untilEnded(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof SottoError)) throw error;
  }
}

/** One's own last messages over all conversations, the newest first. */
async function lastMessages(client: Client, status: ClientStatus): Promise<readonly Message[]> {
  const all = await Promise.all(status.contacts.map(({ id }) => client.messages(id)));
  return all
    .flat()
    .filter(({ direction }) => direction === 'out')
    .sort((a, b) => b.at.getTime() - a.at.getTime())
    .slice(0, MESSAGES);
}
