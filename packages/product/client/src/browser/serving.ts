import type { ChannelName } from '../channel-io.ts';
import type { ClientEvent } from '../event-io.ts';
import type { RunningClient } from '../running-client.ts';
import { SottoError } from '../sotto-error.ts';
import { cloneError, type Method, readToWorker, type ToPage, type ToWorker } from './messages.ts';
import type { Wire } from './wire.ts';

/** Calls of one page that run at a time: more is a page gone wild. */
const MAX_CALLS = 256;

/** One page that uses the client which runs here. */
export class Serving {
  readonly #client: RunningClient;
  readonly #wire: Wire;
  readonly #calls = new Map<number, AbortController>();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  /** Channels that this page has: nobody else can go on with them. */
  readonly #channels = new Map<string, ChannelName>();
  #credit = 0;
  #wake: (() => void) | undefined;

  /**
   * Serves at once.
   *
   * @param onBye - told when the page leaves.
   */
  constructor(client: RunningClient, wire: Wire, onBye: () => void) {
    this.#client = client;
    this.#wire = wire;
    wire.hear((message) => {
      const read = readToWorker(message);
      switch (read?.kind) {
        case 'call':
          this.#begin(read);
          break;
        case 'abort':
          this.#calls.get(read.id)?.abort();
          break;
        case 'more':
          this.#credit += read.count;
          this.#wake?.();
          break;
        case 'bye':
          onBye();
          break;
        case undefined:
          // Of a page of another version: it hears nothing, and its call goes on waiting.
          break;
      }
    });
    void this.#pass();
  }

  /** Nothing more is said to the page; its waits end, what it began goes on. */
  leave(): void {
    this.#stop.abort();
    this.#wake?.();
    for (const call of this.#calls.values()) call.abort();
    void this.#letGo();
    this.#wire.close();
  }

  #begin(call: Extract<ToWorker, { kind: 'call' }>): void {
    const { id } = call;
    if (this.#calls.has(id)) return;
    if (this.#calls.size >= MAX_CALLS) {
      const error = cloneError(new SottoError('failed', 'too many calls at a time'));
      this.#post({ kind: 'error', id, error });
      return;
    }
    const running = this.#call(call).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #call({ id, method, args, token }: Extract<ToWorker, { kind: 'call' }>): Promise<void> {
    const controller = new AbortController();
    this.#calls.set(id, controller);
    try {
      const value = await this.#run(method, args, { signal: controller.signal, token });
      this.#post({ kind: 'result', id, value });
    } catch (error) {
      this.#post({ kind: 'error', id, error: cloneError(error) });
    } finally {
      this.#calls.delete(id);
    }
  }

  async #run(
    method: Method,
    args: readonly unknown[],
    options: { readonly signal: AbortSignal; readonly token: string },
  ): Promise<unknown> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `readToWorker` has checked their number and kinds
    const [first, second, third] = args as readonly [never, never, never];
    const client = this.#client;
    switch (method) {
      case 'online':
        return client.online(options);
      case 'invite':
        return client.invite({ ...nameOf(args[0]), ...options });
      case 'address':
        return client.address(Object.assign({}, first, options));
      case 'introduce':
        return client.introduce(first, second, Object.assign({}, third, { token: options.token }));
      case 'accept':
        return client.accept(first, { ...nameOf(args[1]), ...options });
      case 'send': {
        const { contact, id, state } = await client.send(first, second, options);
        return { contact, id, state };
      }
      case 'sendPhoto': {
        const { contact, id, state } = await client.sendPhoto(first, second, {
          words: third,
          ...options,
        });
        return { contact, id, state };
      }
      case 'channelOpen': {
        const channel = await client.channelPort.channelOpen(first, second, options);
        this.#channels.set(channel, { contact: first, channel });
        return channel;
      }
      case 'channelAccept': {
        const accepted = await client.channelPort.channelAccept(first, options);
        this.#channels.set(accepted.channel, accepted);
        return accepted;
      }
      case 'channelRead':
        return client.channelPort.channelRead(first, second, options);
      case 'channelWrite':
        return client.channelPort.channelWrite(first, second, third, options);
      case 'channelEnd':
      case 'channelReset':
        return client.channelPort[method](first, second);
      default:
        return client[method](first, second);
    }
  }

  async #letGo(): Promise<void> {
    for (const { contact, channel } of this.#channels.values()) {
      try {
        // oxlint-disable-next-line no-await-in-loop
        await this.#client.channelPort.channelReset(contact, channel);
      } catch (error) {
        // The client is over, and its channels with it.
        if (!(error instanceof SottoError)) throw error;
        return;
      }
    }
  }

  /** Passes events on until the client is over, and says that it is, behind the answers of its last calls. */
  async #pass(): Promise<void> {
    const { signal } = this.#stop;
    let ended: unknown;
    for (;;) {
      try {
        await this.#passEvents(this.#client.events({ signal }), signal);
        break;
      } catch (error) {
        ended = error;
        if (!(error instanceof SottoError) || error.code !== 'events-lost') break;
        this.#post({ kind: 'lost' });
      }
    }
    await Promise.allSettled(this.#running);
    this.#post({ kind: 'ended', error: ended === undefined ? undefined : cloneError(ended) });
  }

  /** As many as the page has room for; while it has none they wait in the feed, which is bounded. */
  async #passEvents(events: AsyncIterator<ClientEvent>, signal: AbortSignal): Promise<void> {
    for (;;) {
      while (this.#credit === 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
        if (signal.aborted) return;
      }
      const { done, value: event } = await events.next();
      if (done === true) return;
      this.#credit--;
      this.#post({ kind: 'event', event });
    }
  }

  #post(message: ToPage): void {
    if (!this.#stop.signal.aborted) this.#wire.post(message);
  }
}

const nameOf = (value: unknown): { readonly name?: string } =>
  typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'
    ? { name: value.name }
    : {};
