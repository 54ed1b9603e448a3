import type { Abortable } from './client-io.ts';

/**
 * An ordered, reliable stream of bytes between two people, both ways, that does not mind slow lines. It
 * lives as long as both programs run. Iterating gives what comes, in pieces of any length, and is done
 * when the other side has ended; it throws `channel-reset` when the channel was cut off, and
 * `contact-blocked` when that was because its person blocked the contact.
 */
export interface Channel extends AsyncIterable<Uint8Array> {
  readonly contact: string;
  /** What it is for, in the words of who opened it: 1 to 64 bytes of UTF-8. */
  readonly name: string;
  /**
   * Resolves when all of it is on its way or in the buffer of 64 KiB; waits while the other does not read.
   * Aborting cuts the channel off, for a part may have left. Rejects with `channel-reset`, `channel-ended`,
   * `contact-blocked` or `aborted`.
   *
   * @example
   * ```ts
   * await channel.write(new TextEncoder().encode('state 7'));
   * ```
   */
  write(bytes: Uint8Array, options?: Abortable): Promise<void>;
  /**
   * The next piece; undefined when the other side has ended and all was read. Rejects as iterating throws.
   *
   * @example
   * ```ts
   * const piece = await channel.read({ signal });
   * if (piece !== undefined) console.log(new TextDecoder().decode(piece));
   * ```
   */
  read(options?: Abortable): Promise<Uint8Array | undefined>;
  /**
   * Ends this side behind what was written; the other may go on. Rejects with `channel-reset`.
   *
   * @example
   * ```ts
   * await channel.end();
   * console.log(await channel.read()); // what the other says to the end of it
   * ```
   */
  end(): Promise<void>;
  /**
   * Cuts it off, both ways. What is not there yet is lost; one that is over stays so.
   *
   * @example
   * ```ts
   * await channel.reset(); // the other's `read` rejects with `channel-reset`
   * ```
   */
  reset(): Promise<void>;
}

/** A request that came. */
export interface IncomingRequest {
  readonly contact: string;
  readonly name: string;
  /** Any bytes, of anybody who is a contact. */
  readonly body: Uint8Array;
}

/** How `onRequest` answers. */
export interface RequestOptions extends Abortable {
  /** Longest body that is read, bytes; a longer one is cut off. Default 1 MiB. */
  readonly maxBytes?: number;
  /**
   * Told of a request that came to nothing, by an answer that threw or a channel that was cut off. Without
   * it such an error ends the serving.
   */
  readonly onError?: (error: unknown) => void;
}

/** Streams and questions between two people (Spec 14). */
export interface ChannelCalls {
  /**
   * Opens a channel with a contact; resolves at once, the other may be away. Rejects with
   * `unknown-contact`, `contact-failed`, `contact-blocked`, `channel-name` or `too-many-channels`.
   *
   * @example
   * ```ts
   * const channel = await client.openChannel(contact, 'updates');
   * ```
   */
  openChannel(contact: string, name: string, options?: Abortable): Promise<Channel>;
  /**
   * Channels of this name that contacts open, from now on and of the minute before. Each goes to one who asks.
   *
   * @example
   * ```ts
   * for await (const opened of client.channels('updates', { signal })) {
   *   console.log(`${opened.contact} opened ${opened.name}`);
   * }
   * ```
   */
  channels(name: string, options?: Abortable): AsyncIterableIterator<Channel>;
  /**
   * Asks a contact's program, and resolves with its answer, however long that takes. Rejects as
   * `openChannel` does, with `channel-reset` when nobody answers there or the channel was cut off, or with
   * `reply-too-long`.
   *
   * @param options - `maxBytes`: of the answer. Default 1 MiB.
   *
   * @example
   * ```ts
   * const answer = await client.request(contact, 'height', new Uint8Array(0));
   * console.log(new TextDecoder().decode(answer));
   * ```
   */
  request(
    contact: string,
    name: string,
    body: Uint8Array,
    options?: Abortable & { readonly maxBytes?: number },
  ): Promise<Uint8Array>;
  /**
   * Answers requests of this name until `signal` fires (then it resolves) or the client ends (then it rejects).
   *
   * @example
   * ```ts
   * const serving = client.onRequest('height', () => new TextEncoder().encode('19000001'), { signal });
   * ```
   */
  onRequest(
    name: string,
    answer: (request: IncomingRequest) => Uint8Array | Promise<Uint8Array>,
    options?: RequestOptions,
  ): Promise<void>;
}

/** What {@link ChannelCalls} are made of: plain calls, that cross from a page to its worker. */
export interface ChannelPort {
  channelOpen(contact: string, name: string, options?: Abortable): Promise<string>;
  channelAccept(name: string, options?: Abortable): Promise<ChannelName>;
  /** At most {@link MAX_PIECE_BYTES}. */
  channelWrite(
    contact: string,
    channel: string,
    bytes: Uint8Array,
    options?: Abortable,
  ): Promise<void>;
  channelRead(
    contact: string,
    channel: string,
    options?: Abortable,
  ): Promise<Uint8Array | undefined>;
  channelEnd(contact: string, channel: string): Promise<void>;
  channelReset(contact: string, channel: string): Promise<void>;
}

/** Which channel. */
export interface ChannelName {
  readonly contact: string;
  readonly channel: string;
}

/** Most bytes of one call. */
export const MAX_PIECE_BYTES = 65_536;
