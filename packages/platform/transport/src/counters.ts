/**
 * Reasons for which a transport drops or refuses something. Spec 10 §6.
 *
 * - `handshake-limit`, `link-limit`, `peer-link-limit`: an inbound link beyond a limit.
 * - `preface-timeout`, `preface-truncated`: the preface did not come, or not whole.
 * - `preface-refused:<code>`: the program refused the link; the code is the program's own.
 * - `truncated-frame`: a link ended inside a frame.
 * - `buffer-full`: a frame given to `send` while too much waited.
 * - `unsent-frame`, `unread-frame`: frames left when a link broke off.
 * - `data-after-close`: chunks that came on a link closed here.
 * - `close-timeout`: a peer that did not end its half of a closed link.
 * - `snapshot-limit`, `snapshot-rate`: requests beyond what is served at once, or to one peer.
 * - `snapshot-request-malformed`, `snapshot-request-timeout`: a request that is not one, or not in time.
 * - `snapshot-refused`: the program refused to serve; `snapshot-unservable`: its items exceed the limits.
 * - `snapshot-unread`: a peer that did not take its snapshot in time, or went away.
 * - `snapshot-oversized`, `snapshot-truncated`, `snapshot-timeout`: answers refused by the one who asked.
 * - `gossip-oversized`, `gossip-rejected`, `gossip-ignored`, `gossip-unhandled`: messages not relayed.
 * - `identity-mismatch`: dialled peers that proved another key.
 * - `identity-unsupported`: inbound peers whose key is not Ed25519.
 * - `connection-refused:<error>`: inbound connections that the network layer refused, by its error:
 *   over a limit, no handshake in time, garbage instead of one.
 * - `connection-address-limit`: inbound connections beyond those that one address may have.
 * - `connection-silent`: inbound sockets that did not come to a handshake in time.
 * - `connection-idle`: connections on which neither link nor gossip was open for a while.
 * - `connection-unread`: connections whose peer does not read what it asks for.
 * - `connection-overhead`: connections by which little but what TLS itself adds came.
 * - `mux-frame-oversized`: connections that announced a multiplexer frame beyond every window.
 */
export type CounterName =
  | 'handshake-limit'
  | 'link-limit'
  | 'peer-link-limit'
  | 'preface-timeout'
  | 'preface-truncated'
  | `preface-refused:${string}`
  | 'truncated-frame'
  | 'buffer-full'
  | 'unsent-frame'
  | 'unread-frame'
  | 'data-after-close'
  | 'close-timeout'
  | 'snapshot-limit'
  | 'snapshot-rate'
  | 'snapshot-request-malformed'
  | 'snapshot-request-timeout'
  | 'snapshot-refused'
  | 'snapshot-unservable'
  | 'snapshot-unread'
  | 'snapshot-oversized'
  | 'snapshot-truncated'
  | 'snapshot-timeout'
  | 'gossip-oversized'
  | 'gossip-rejected'
  | 'gossip-ignored'
  | 'gossip-unhandled'
  | 'identity-mismatch'
  | 'identity-unsupported'
  | `connection-refused:${string}`
  | 'connection-address-limit'
  | 'connection-silent'
  | 'connection-idle'
  | 'connection-unread'
  | 'connection-overhead'
  | 'mux-frame-oversized';

/** Counts by reason. Reasons are the program's own words, so a stranger cannot add any. */
export class Counters {
  readonly #counts = new Map<CounterName, number>();

  /** Adds `count` to a reason. */
  add(name: CounterName, count = 1): void {
    if (count > 0) this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  /** All reasons that have happened, with their counts. */
  read(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
