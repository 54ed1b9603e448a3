import type { NetworkPicture, NodePicture } from '@sotto/node/network-picture';

/** Layers of twelve nodes, as identities fall. */
const LAYERS = [1, 2, 3, 1, 2, 3, 3, 2, 1, 2, 1, 3] as const;
const DAY = 86_400_000;
/** How long the network has run when the first picture is taken, seconds. */
const AGE = 600;

/** What is wrong in a scripted network. */
export interface Trouble {
  /** Number of a node that does not answer, and is warned of. */
  readonly away?: number;
}

/** Pictures of a scripted network of twelve: steady, with a little life in it, `at` milliseconds after its first. */
export function pictureAt(first: number, at: number, trouble: Trouble = {}): NetworkPicture {
  const now = first + at;
  const seconds = AGE + at / 1000;
  const { away } = trouble;
  return {
    at: now,
    epoch: { index: 31, start: now - (now % DAY), end: now - (now % DAY) + DAY },
    directory: {
      step: 1,
      nodes: LAYERS.length,
      agreeing: LAYERS.length - (away === undefined ? 0 : 1),
    },
    means: { fastMillis: 250, slowMillis: 2000 },
    poolTarget: 12,
    nodes: LAYERS.map((_, i) => nodeAt(i, seconds, away)),
  };
}

/** The scripted client's guard. */
const GUARD = 7;

/** Hex name of a node. */
const nameOf = (i: number): string =>
  i === GUARD ? 'a1b2c3d4' : String(i).padStart(2, '0').repeat(16);

const labelOf = (i: number): string => `node-${String(i + 1).padStart(2, '0')}`;

function nodeAt(i: number, seconds: number, away: number | undefined): NodePicture {
  const wave = Math.sin(seconds / 3 + 2 * i);
  const stratum = (
    mean: number,
  ): NonNullable<NodePicture['figures']>['pool']['fast']['sender'] => ({
    held: Math.round(mean + 3 * wave),
    packetSeconds: mean * seconds + 9 * Math.sin(seconds / 9 + i),
    meanMillis: 251,
  });
  const warns = away !== undefined && i === (away + 1) % LAYERS.length;
  return {
    label: labelOf(i),
    up: i !== away,
    figures: {
      name: nameOf(i),
      layer: LAYERS[i] ?? 1,
      uptimeSeconds: Math.round(seconds),
      packets: {
        through: Math.round(81 * seconds),
        loopsSent: Math.round(13 * seconds),
        loopsReturned: Math.round(12.9 * seconds),
        loopsLost: 3,
        loopsGarbled: 0,
        refused: { 'link-down': 4 },
      },
      pool: {
        held: Math.round(44 + 8 * wave),
        fast: { sender: stratum(12.5 + i / 4), recipient: stratum(13 + i / 5) },
        slow: { sender: stratum(9), recipient: stratum(9) },
      },
      alarms: warns ? [{ subject: 'node', about: [labelOf(away)] }] : [],
    },
  };
}
