import { abortedBy, SottoError } from './sotto-error.ts';

/** Events kept for one reader who does not take them. */
const MAX_UNTAKEN = 8192;

interface Reader<T> {
  readonly take: (event: T) => void;
  readonly end: (error: SottoError | undefined) => void;
}

/** Gives every event to every reader, in order. A reader hears what comes after it began. */
export class EventFeed<T> {
  readonly #readers = new Set<Reader<T>>();
  #ended: { readonly error: SottoError | undefined } | undefined;

  /** Hands an event to everybody. After the end it goes nowhere. */
  publish(event: T): void {
    if (this.#ended !== undefined) return;
    for (const reader of this.#readers) reader.take(event);
  }

  /** Ends every reader: without an error streams are done, with one they throw it. */
  end(error?: SottoError): void {
    if (this.#ended !== undefined) return;
    this.#ended = { error };
    for (const reader of this.#readers) reader.end(error);
    this.#readers.clear();
  }

  /**
   * Events from now on. Ends when the feed ends, when the loop is left, or when `signal` fires (code
   * `aborted`); a reader that leaves {@link MAX_UNTAKEN} untaken gets `events-lost` behind them.
   */
  stream(signal?: AbortSignal): AsyncIterableIterator<T> {
    return new Stream<T>(
      (reader) => {
        if (this.#ended === undefined) this.#readers.add(reader);
        else reader.end(this.#ended.error);
      },
      (reader) => void this.#readers.delete(reader),
      signal,
    );
  }

  /**
   * What `match` makes of the first event that it wants; it may throw to end the wait.
   * Rejects with `aborted`, or with `closed` or the feed's error when the feed ends.
   */
  first<R>(match: (event: T) => R | undefined, signal?: AbortSignal): Promise<R> {
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    const leave = (): void => {
      this.#readers.delete(reader);
      signal?.removeEventListener('abort', onAbort);
    };
    const onAbort = (): void => {
      leave();
      if (signal !== undefined) reject(abortedBy(signal));
    };
    const reader: Reader<T> = {
      take: (event) => {
        try {
          const found = match(event);
          if (found === undefined) return;
          leave();
          resolve(found);
        } catch (error) {
          leave();
          reject(error);
        }
      },
      end: (error) => {
        leave();
        reject(error ?? new SottoError('closed'));
      },
    };
    if (signal?.aborted === true) onAbort();
    else if (this.#ended === undefined) {
      this.#readers.add(reader);
      signal?.addEventListener('abort', onAbort);
    } else reader.end(this.#ended.error);
    return promise;
  }
}

class Stream<T> implements AsyncIterableIterator<T> {
  readonly #leave: (reader: Reader<T>) => void;
  readonly #signal: AbortSignal | undefined;
  readonly #reader: Reader<T>;
  readonly #onAbort = (): void => {
    if (this.#signal !== undefined) this.#finish(abortedBy(this.#signal));
  };
  #events: T[] = [];
  #waiting: PromiseWithResolvers<IteratorResult<T>>[] = [];
  #ended: { readonly error: SottoError | undefined } | undefined;

  constructor(
    join: (reader: Reader<T>) => void,
    leave: (reader: Reader<T>) => void,
    signal: AbortSignal | undefined,
  ) {
    this.#leave = leave;
    this.#signal = signal;
    this.#reader = {
      take: (event) => this.#take(event),
      end: (error) => this.#finish(error),
    };
    if (signal?.aborted === true) this.#onAbort();
    else {
      join(this.#reader);
      if (this.#ended === undefined) signal?.addEventListener('abort', this.#onAbort);
    }
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this;
  }

  next(): Promise<IteratorResult<T>> {
    const promised = Promise.withResolvers<IteratorResult<T>>();
    this.#waiting.push(promised);
    this.#settle();
    return promised.promise;
  }

  return(): Promise<IteratorResult<T>> {
    this.#events = [];
    this.#finish(undefined);
    return Promise.resolve({ done: true, value: undefined });
  }

  #take(event: T): void {
    if (this.#events.length >= MAX_UNTAKEN) {
      this.#finish(new SottoError('events-lost', `${MAX_UNTAKEN} were waiting`));
      return;
    }
    this.#events.push(event);
    this.#settle();
  }

  #finish(error: SottoError | undefined): void {
    if (this.#ended !== undefined) return;
    this.#ended = { error };
    this.#leave(this.#reader);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#settle();
  }

  /** Events first; behind the last one the end, and an error of it once. */
  #settle(): void {
    while (this.#waiting.length > 0) {
      const event = this.#events[0];
      if (this.#events.length > 0 && event !== undefined) {
        this.#events.shift();
        this.#waiting.shift()?.resolve({ done: false, value: event });
        continue;
      }
      if (this.#ended === undefined) return;
      const { error } = this.#ended;
      this.#ended = { error: undefined };
      if (error === undefined) this.#waiting.shift()?.resolve({ done: true, value: undefined });
      else this.#waiting.shift()?.reject(error);
    }
  }
}
