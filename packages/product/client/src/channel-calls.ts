import { concat } from '@sotto/wire';
import {
  type Channel,
  type ChannelCalls,
  type ChannelPort,
  type IncomingRequest,
  MAX_PIECE_BYTES,
  type RequestOptions,
} from './channel-io.ts';
import type { Abortable } from './client-io.ts';
import { abortedBy, SottoError } from './sotto-error.ts';

const MAX_BODY_BYTES = 1_048_576;

/** One channel, over plain calls. */
class PortChannel implements Channel {
  readonly contact: string;
  readonly name: string;
  readonly #port: ChannelPort;
  readonly #id: string;
  #ended = false;

  constructor(port: ChannelPort, contact: string, id: string, name: string) {
    this.#port = port;
    this.contact = contact;
    this.#id = id;
    this.name = name;
  }

  async write(bytes: Uint8Array, options: Abortable = {}): Promise<void> {
    for (let at = 0; at < bytes.length; at += MAX_PIECE_BYTES) {
      const piece = bytes.slice(at, at + MAX_PIECE_BYTES);
      // One after another: order is what a channel is for.
      // oxlint-disable-next-line no-await-in-loop
      await this.#port.channelWrite(this.contact, this.#id, piece, options);
    }
  }

  async read(options: Abortable = {}): Promise<Uint8Array | undefined> {
    if (this.#ended) return undefined;
    const bytes = await this.#port.channelRead(this.contact, this.#id, options);
    this.#ended ||= bytes === undefined;
    return bytes;
  }

  async end(): Promise<void> {
    await this.#port.channelEnd(this.contact, this.#id);
  }

  async reset(): Promise<void> {
    await this.#port.channelReset(this.contact, this.#id);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop
      const bytes = await this.read();
      if (bytes === undefined) return;
      yield bytes;
    }
  }
}

/** Streams and questions over plain calls: the same in the program that runs the client and in a page. */
export class PortCalls implements ChannelCalls {
  readonly #port: ChannelPort;

  constructor(port: ChannelPort) {
    this.#port = port;
  }

  async openChannel(contact: string, name: string, options: Abortable = {}): Promise<Channel> {
    const id = await this.#port.channelOpen(contact, name, options);
    return new PortChannel(this.#port, contact, id, name);
  }

  async *channels(name: string, options: Abortable = {}): AsyncIterableIterator<Channel> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop
      const { contact, channel } = await this.#port.channelAccept(name, options);
      yield new PortChannel(this.#port, contact, channel, name);
    }
  }

  async request(
    contact: string,
    name: string,
    body: Uint8Array,
    { maxBytes = MAX_BODY_BYTES, signal }: Abortable & { readonly maxBytes?: number } = {},
  ): Promise<Uint8Array> {
    const options = signal === undefined ? {} : { signal };
    const channel = await this.openChannel(contact, name, options);
    try {
      await channel.write(body, options);
      await channel.end();
      return await readAll(channel, maxBytes, options);
    } catch (error) {
      await channel.reset();
      throw error;
    }
  }

  async onRequest(
    name: string,
    answer: (request: IncomingRequest) => Uint8Array | Promise<Uint8Array>,
    { maxBytes = MAX_BODY_BYTES, onError, signal }: RequestOptions = {},
  ): Promise<void> {
    // An answer that fails without anybody to tell ends the wait for the next request.
    const failed = new AbortController();
    let failure: { readonly error: unknown } | undefined;
    const fail = (error: unknown): void => {
      if (onError !== undefined) onError(error);
      else {
        failure ??= { error };
        failed.abort();
      }
    };
    const either = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
    try {
      for await (const channel of this.channels(name, { signal: either })) {
        answerOne(channel, answer, maxBytes).catch(fail);
      }
    } catch (error) {
      if (failure !== undefined) throw failure.error;
      if (signal?.aborted !== true) throw error;
    }
  }
}

async function answerOne(
  channel: Channel,
  answer: (request: IncomingRequest) => Uint8Array | Promise<Uint8Array>,
  maxBytes: number,
): Promise<void> {
  try {
    const body = await readAll(channel, maxBytes, {});
    const { contact, name } = channel;
    await channel.write(await answer({ contact, name, body }));
    await channel.end();
  } catch (error) {
    await channel.reset();
    throw error;
  }
}

async function readAll(
  channel: Channel,
  maxBytes: number,
  options: Abortable,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    if (options.signal?.aborted === true) throw abortedBy(options.signal);
    // oxlint-disable-next-line no-await-in-loop
    const bytes = await channel.read(options);
    if (bytes === undefined) return concat(...parts);
    size += bytes.length;
    if (size > maxBytes) throw new SottoError('reply-too-long', `more than ${maxBytes} bytes`);
    parts.push(bytes);
  }
}
