import type { AlarmPicture, NetworkPicture, NodePicture } from '@sotto/node/network-picture';
import type { NodeSample, Sample } from './samples.ts';

/** A node in its place. */
export interface Disc {
  readonly node: NodePicture;
  readonly x: number;
  readonly y: number;
  readonly sample: NodeSample | undefined;
  /** 0 to 1: packets held, against the fullest of all. */
  readonly fill: number;
  /** Whether a node warns of losing loops through it. */
  readonly doubted: boolean;
}

/** The way from a node to one of the next layer. */
export interface Strand {
  readonly key: string;
  readonly from: Disc;
  readonly to: Disc;
  /** 0 to 1: how much goes over all links of these two layers, each having an equal share. */
  readonly density: number;
}

/** Where everything stands, in CSS pixels. */
export interface Geometry {
  readonly width: number;
  readonly height: number;
  readonly radius: number;
  readonly columns: readonly number[];
  readonly discs: readonly Disc[];
  readonly strands: readonly Strand[];
  /** Packets held that fill a disc. */
  readonly full: number;
}

/** Room above for the names of the layers. */
const HEAD = 64;
/** Room below for the way back. */
const FOOT = 72;
const LAYERS = [1, 2, 3] as const;
/** Packets a second over one link that are drawn as the densest. */
const DENSEST = 60;

/** The scale of the discs goes in steps, so that it does not breathe with every figure. */
function scaleFor(held: number): number {
  for (let full = 20; ; full *= 2) if (held <= full) return full;
}

/** The node that an alarm is about; of a link both ends are, which says nothing of either. */
const subjectOf = ({ subject, about }: AlarmPicture): readonly string[] =>
  subject === 'link' ? [] : about;

/** Places the nodes of a picture: a layer is a column, in the order of the nodes' labels. */
export function placeNodes(
  picture: NetworkPicture,
  sample: Sample | undefined,
  width: number,
): Geometry {
  const radius = Math.max(18, Math.min(30, width / 20));
  const columns = LAYERS.map((layer) => (width * (2 * layer - 1)) / 6);
  // One that has never answered has not said where it stands: it is in no column.
  const layers = LAYERS.map((layer) => picture.nodes.filter((n) => n.figures?.layer === layer));
  const rows = Math.max(1, ...layers.map((nodes) => nodes.length));
  const step = 2 * radius + 34;
  const height = HEAD + rows * step + FOOT;
  const doubted = new Set(
    picture.nodes.flatMap((n) => (n.figures?.alarms ?? []).flatMap(subjectOf)),
  );
  const full = scaleFor(Math.max(0, ...picture.nodes.map((n) => n.figures?.pool.held ?? 0)));
  const placed = layers.map((nodes, column) =>
    nodes.map((node, row): Disc => {
      const offset = ((rows - nodes.length) * step) / 2;
      return {
        node,
        x: columns[column] ?? 0,
        y: HEAD + offset + (row + 0.5) * step - 10,
        sample: sample?.nodes.get(node.label),
        doubted: doubted.has(node.label),
        fill: node.up ? (node.figures?.pool.held ?? 0) / full : 0,
      };
    }),
  );
  const strands = placed.slice(0, -1).flatMap((from, i) => between(from, placed[i + 1] ?? []));
  return { width, height, radius, columns, discs: placed.flat(), strands, full };
}

/** Paths are drawn evenly, so each link of two layers carries its share of what the layer took in. */
function between(from: readonly Disc[], to: readonly Disc[]): Strand[] {
  const alive = from.filter(({ node }) => node.up);
  const through = alive.reduce((sum, { sample }) => sum + (sample?.throughPerSecond ?? 0), 0);
  const links = alive.length * to.filter(({ node }) => node.up).length;
  const density = links === 0 ? 0 : Math.min(1, through / links / DENSEST);
  return from.flatMap((a) =>
    to.map((b) => ({
      key: `${a.node.label}>${b.node.label}`,
      from: a,
      to: b,
      density: a.node.up && b.node.up ? density : 0,
    })),
  );
}
