import { concat, toHex } from '@sotto/wire';
import type { ByteStream } from './byte-stream.ts';
import { FramedLink, type LinkSetting } from './framed-link.ts';
import type { LinkKind, TransportHandlers } from './transport.ts';

/**
 * Inbound links from their first byte to their end: limits, the preface and its deadline, the
 * program's decision. A refused stream is aborted; the opener cannot tell why.
 */
export class InboundLinks {
  readonly #setting: LinkSetting;
  readonly #handlers: TransportHandlers;
  readonly #joined: (link: FramedLink) => () => void;
  readonly #perPeer = new Map<string, number>();
  #links = 0;
  #handshakes = 0;

  /** `joined` is told of each link that was taken, and gives what to call at its end. */
  constructor(
    setting: LinkSetting,
    handlers: TransportHandlers,
    joined: (link: FramedLink) => () => void,
  ) {
    this.#setting = setting;
    this.#handlers = handlers;
    this.#joined = joined;
  }

  /** Takes a stream on which a peer wants a link of `kind`. */
  take(kind: LinkKind, stream: ByteStream): void {
    const { counters, limits } = this.#setting;
    const key = toHex(stream.peer);
    const ofPeer = this.#perPeer.get(key) ?? 0;
    const over =
      this.#handshakes >= limits.maxHandshakes
        ? 'handshake-limit'
        : this.#links >= limits.maxInboundLinks
          ? 'link-limit'
          : ofPeer >= limits.maxInboundLinksPerPeer
            ? 'peer-link-limit'
            : undefined;
    if (over !== undefined) {
      counters.add(over);
      stream.abort();
      return;
    }
    this.#links++;
    this.#perPeer.set(key, ofPeer + 1);
    this.#handshakes++;
    this.#readPreface(kind, stream, () => this.#release(key));
  }

  #release(key: string): void {
    this.#links--;
    const left = (this.#perPeer.get(key) ?? 1) - 1;
    if (left === 0) this.#perPeer.delete(key);
    else this.#perPeer.set(key, left);
  }

  #readPreface(kind: LinkKind, stream: ByteStream, release: () => void): void {
    const { counters, limits, sizes } = this.#setting;
    let read: Uint8Array = new Uint8Array(0);
    let waiting = true;
    const settle = (): boolean => {
      if (!waiting) return false;
      waiting = false;
      this.#handshakes--;
      clearTimeout(timer);
      return true;
    };
    const fail = (reason: 'preface-timeout' | 'preface-truncated'): void => {
      if (!settle()) return;
      counters.add(reason);
      release();
      stream.abort();
    };
    const timer = setTimeout(() => fail('preface-timeout'), limits.prefaceMillis);
    stream.listen({
      data: (bytes) => {
        if (!waiting) return;
        // At most one chunk beyond the preface is held, and handed on in this very call.
        read = concat(read, bytes);
        if (read.length < sizes.prefaceBytes || !settle()) return;
        const preface = read.slice(0, sizes.prefaceBytes);
        this.#decide(kind, stream, preface, read.subarray(sizes.prefaceBytes), release);
      },
      end: () => fail('preface-truncated'),
      closed: () => fail('preface-truncated'),
    });
  }

  #decide(
    kind: LinkKind,
    stream: ByteStream,
    preface: Uint8Array,
    early: Uint8Array,
    release: () => void,
  ): void {
    const answer = this.#handlers.acceptLink({ kind, peer: stream.peer, preface });
    if (!answer.ok) {
      this.#setting.counters.add(`preface-refused:${answer.error.code}`);
      release();
      stream.abort();
      return;
    }
    const link: FramedLink = new FramedLink(
      stream,
      { kind, opener: false, preface },
      this.#setting,
      () => {
        release();
        left();
      },
    );
    const left = this.#joined(link);
    answer.value(link);
    link.run(early);
  }
}
