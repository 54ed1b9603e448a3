import type { NetworkPicture, NodeFigures } from '@sotto/node/network-picture';

/** What changed between two pictures, by node. */
export interface NodeSample {
  /** Packets taken in a second. */
  readonly throughPerSecond: number;
  /** Own loops sent a second: cover that it knows of. */
  readonly loopsPerSecond: number;
  /** Packets of the fast class held on average in the emptier half that the node's layer carries. */
  readonly meanFast: number;
}

/** A network at one moment, with rates since a moment before. */
export interface Sample {
  readonly at: number;
  readonly nodes: ReadonlyMap<string, NodeSample>;
}

/** Below this many packets a mix hides nobody well. */
export const POOL_FLOOR = 10;

/** Rates and means are taken over this long, so that they are figures and not noise. */
const WINDOW_MILLIS = 10_000;
/** Pictures kept: enough for ten minutes, one every two seconds. */
const KEPT = 300;

/**
 * Pool of the fast class between two moments: the emptier of the halves that the layer carries. A
 * cross-over stands where the recipient's half begins; what it holds of the sender's is its other role.
 */
function meanFast(earlier: NodeFigures, later: NodeFigures, seconds: number): number {
  const mean = (half: 'sender' | 'recipient'): number =>
    (later.pool.fast[half].packetSeconds - earlier.pool.fast[half].packetSeconds) / seconds;
  return later.layer === 3 ? mean('recipient') : Math.min(mean('sender'), mean('recipient'));
}

/** Pictures of the last minutes, and what follows from two of them. */
export class SampleHistory {
  #pictures: NetworkPicture[] = [];
  #samples: Sample[] = [];

  /** All samples, the oldest first. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  /** Takes the next picture; one that is older than the last is passed over. */
  add(picture: NetworkPicture): void {
    const last = this.#pictures.at(-1);
    if (last !== undefined && picture.at <= last.at) return;
    const earlier =
      this.#pictures.findLast(({ at }) => picture.at - at >= WINDOW_MILLIS) ?? this.#pictures[0];
    this.#pictures = [...this.#pictures, picture].slice(-KEPT);
    if (earlier === undefined) return;
    const sample = { at: picture.at, nodes: between(earlier, picture) };
    this.#samples = [...this.#samples, sample].slice(-KEPT);
  }
}

function between(earlier: NetworkPicture, later: NetworkPicture): Map<string, NodeSample> {
  const seconds = (later.at - earlier.at) / 1000;
  const before = new Map(earlier.nodes.map(({ label, figures }) => [label, figures]));
  const samples = new Map<string, NodeSample>();
  for (const { label, up, figures } of later.nodes) {
    const from = before.get(label);
    // One that was started again counts from nothing: its next picture has something to compare with.
    if (!up || figures === undefined || from === undefined) continue;
    if (figures.uptimeSeconds < from.uptimeSeconds) continue;
    const { packets } = figures;
    samples.set(label, {
      throughPerSecond: (packets.through - from.packets.through) / seconds,
      loopsPerSecond: (packets.loopsSent - from.packets.loopsSent) / seconds,
      meanFast: meanFast(from, figures, seconds),
    });
  }
  return samples;
}

/** The emptiest pool and the mean of all in a sample; undefined when no node has told. */
export function pools(
  sample: Sample,
): { readonly lowest: number; readonly mean: number } | undefined {
  const means = [...sample.nodes.values()].map((node) => node.meanFast);
  if (means.length === 0) return undefined;
  return {
    lowest: Math.min(...means),
    mean: means.reduce((sum, mean) => sum + mean, 0) / means.length,
  };
}
