import { ok } from '@sotto/wire';
import type { ByteStream } from './byte-stream.ts';
import type { TransportLimits, TransportSizes } from './limits.ts';
import { TransportError, type TransportErrorCode } from './transport-error.ts';
import type { Link, PeerTarget, Transport, TransportHandlers } from './transport.ts';

/** Sizes with which every case makes its transports. */
export const COMPLIANCE_SIZES: TransportSizes = { frameBytes: 1600, prefaceBytes: 64 };

/** Milliseconds within which an awaited event must come, on however busy a machine. */
const PATIENCE_MILLIS = 30_000;

/** What an implementation gives to the compliance cases; made afresh for each case. */
export interface TransportBench {
  /** A transport with a fresh identity, `COMPLIANCE_SIZES`, not started. `address` asks for that very one. */
  make(options?: {
    readonly limits?: Partial<TransportLimits>;
    readonly address?: string;
  }): Promise<Transport>;
  /** A stranger with a fresh identity: opens bare streams, which frame nothing and keep no rule. */
  stranger(): Promise<Stranger>;
  /** Stops everything made; called after the case, also when it failed. */
  dispose(): Promise<void>;
}

/** Opens a bare stream to a peer. */
export type Stranger = (protocol: string, peer: PeerTarget) => Promise<ByteStream>;

/** One named property that every implementation must have; `run` rejects when it does not. */
export interface TransportCase {
  /** What holds. */
  readonly name: string;
  /** Checks it. */
  run(bench: TransportBench): Promise<void>;
}

/** Rejects the case with `message` unless `condition` holds. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`transport compliance: ${message}`);
}

/** Waits until `condition` holds; looks again after each turn of the event loop. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + PATIENCE_MILLIS;
  while (!condition()) {
    check(performance.now() < end, `waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Waits for a promise to reject with a `TransportError` of `code`. */
export async function fails(promise: Promise<unknown>, code: TransportErrorCode): Promise<void> {
  const outcome = await promise.then(
    () => 'success',
    (error: unknown) =>
      error instanceof TransportError ? error.code : `not a TransportError: ${String(error)}`,
  );
  check(outcome === code, `expected ${code}, got ${outcome}`);
}

/** How to reach a started transport. */
export const target = (transport: Transport): PeerTarget => ({
  identityKey: transport.identityKey,
  addresses: transport.addresses(),
});

/** A preface with a mark in it. */
export const preface = (mark = 7): Uint8Array =>
  new Uint8Array(COMPLIANCE_SIZES.prefaceBytes).fill(mark);

/** Frame number `index`, different in every byte position from its neighbours. */
export function frame(index: number): Uint8Array {
  const bytes = new Uint8Array(COMPLIANCE_SIZES.frameBytes);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (index * 31 + i) & 255;
  new DataView(bytes.buffer).setUint32(0, index);
  return bytes;
}

/** Rejects the case unless `bytes` is exactly frame number `index`. */
export function isFrame(bytes: Uint8Array | undefined, index: number): void {
  check(bytes !== undefined, `frame ${index} is missing`);
  const expected = frame(index);
  check(
    bytes.length === expected.length && expected.every((byte, i) => byte === bytes[i]),
    `frame ${index} differs`,
  );
}

/** Handlers that take every link and hand it to `onLink`. */
export const accepting = (onLink: (link: Link) => void): TransportHandlers => ({
  acceptLink: () => ok(onLink),
  snapshot: () => undefined,
});

/** Handlers of one who only dials. */
export const dialOnly: TransportHandlers = accepting((link) => link.close());

/** What has been heard from a link. */
export interface Heard {
  /** Frames in the order in which they came. */
  readonly frames: Uint8Array[];
  /** Every reason told to `onClose`. */
  readonly reasons: string[];
}

/** Listens to a link. */
export function hear(link: Link): Heard {
  const heard: Heard = { frames: [], reasons: [] };
  link.onFrames((frames) => void heard.frames.push(...frames));
  link.onClose((reason) => void heard.reasons.push(reason));
  return heard;
}

/** An open link, both ends, between a dialler and a listener. */
export interface LinkPair {
  /** The opener's transport. */
  readonly dialler: Transport;
  /** The other transport. */
  readonly listener: Transport;
  /** The opener's end. */
  readonly near: Link;
  /** The other end. */
  readonly far: Link;
}

/** Makes two transports and one link between them. */
export async function linkPair(
  bench: TransportBench,
  limits: Partial<TransportLimits> = {},
): Promise<LinkPair> {
  const listener = await bench.make({ limits });
  const dialler = await bench.make({ limits });
  const links: Link[] = [];
  await listener.start(accepting((link) => void links.push(link)));
  await dialler.start(dialOnly);
  const near = await dialler.openLink({ kind: 'mix', peer: target(listener), preface: preface() });
  await until(() => links.length === 1, 'the inbound link');
  const far = links[0];
  check(far !== undefined, 'no link');
  return { dialler, listener, near, far };
}

/** Sends frames `from` to `to` − 1, waiting whenever the link is full. */
export async function sendAll(link: Link, from: number, to: number): Promise<void> {
  for (let index = from; index < to; index++) {
    for (let outcome = link.send(frame(index)); outcome !== 'sent';) {
      check(outcome === 'full', `send said ${outcome}`);
      await until(() => link.bufferedBytes < 64 * COMPLIANCE_SIZES.frameBytes, 'room to send');
      outcome = link.send(frame(index));
    }
  }
}
