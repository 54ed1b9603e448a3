import type { NetworkPicture } from '@sotto/node/network-picture';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Disc, type Geometry, placeNodes } from './layers-geometry.ts';
import type { Sample } from './samples.ts';
import { shortLabel } from './words.ts';

const NAMES = ['Layer 1', 'Layer 2', 'Layer 3'] as const;
const ROLES = ['mixes', 'mixes', 'cross-over'] as const;
const OWN_ROLES = ['your first mix', 'your second mix', 'your cross-over'] as const;

/** The network as three columns. */
export function Layers(props: {
  readonly picture: NetworkPicture;
  readonly sample: Sample | undefined;
  /** Hex name of one's own guard, when it is to be shown. */
  readonly ownGuard: string | undefined;
  readonly showOwn: boolean;
  readonly chosen: string | undefined;
  readonly onChoose: (label: string | undefined) => void;
}): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const room = new ResizeObserver(() => setWidth(element.clientWidth));
    room.observe(element);
    return () => room.disconnect();
  }, []);
  const geometry = width === 0 ? undefined : placeNodes(props.picture, props.sample, width);
  return (
    <div ref={host} class="net-layers">
      {geometry !== undefined && <Drawing {...props} geometry={geometry} />}
    </div>
  );
}

function Drawing(props: {
  readonly geometry: Geometry;
  readonly ownGuard: string | undefined;
  readonly showOwn: boolean;
  readonly chosen: string | undefined;
  readonly onChoose: (label: string | undefined) => void;
}): JSX.Element {
  const { geometry, showOwn } = props;
  const { width, height, radius, columns, discs, strands } = geometry;
  return (
    <svg
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="group"
      aria-label="Nodes by layer"
    >
      {columns.map((x, i) => (
        <g key={NAMES[i]} text-anchor="middle">
          <text x={x} y={20} class="net-layer-name">
            {NAMES[i]}
          </text>
          <text x={x} y={38} class={showOwn ? 'net-role net-own' : 'net-role'}>
            {showOwn ? OWN_ROLES[i] : ROLES[i]}
          </text>
        </g>
      ))}
      <g class="net-strands" aria-hidden="true">
        {strands.map(({ key, from, to, density }) => (
          <line
            key={key}
            x1={from.x + radius}
            y1={from.y}
            x2={to.x - radius}
            y2={to.y}
            stroke-opacity={density === 0 ? 0.04 : 0.1 + 0.5 * density}
            stroke-width={1 + 1.5 * density}
          />
        ))}
      </g>
      <WayBack geometry={geometry} showOwn={showOwn} />
      {discs.map((disc) => (
        <NodeDisc
          key={disc.node.label}
          disc={disc}
          radius={radius}
          isOwnGuard={showOwn && disc.node.figures?.name === props.ownGuard}
          isChosen={props.chosen === disc.node.label}
          onChoose={() =>
            props.onChoose(props.chosen === disc.node.label ? undefined : disc.node.label)
          }
        />
      ))}
    </svg>
  );
}

/** From layer 3 back in at layer 1: the half that the recipient laid. */
function WayBack(props: { readonly geometry: Geometry; readonly showOwn: boolean }): JSX.Element {
  const { columns, height, width } = props.geometry;
  const [left = 0, , right = 0] = columns;
  const y = height - 58;
  const words = props.showOwn
    ? 'then the way that they laid'
    : 'then the way that the recipient laid';
  return (
    <g class="net-back" aria-hidden="true">
      <path d={`M ${right} ${y} C ${right} ${y + 30}, ${left} ${y + 30}, ${left} ${y + 2}`} />
      <path class="net-tip" d={`M ${left - 5} ${y + 8} L ${left} ${y} L ${left + 5} ${y + 8}`} />
      <text x={width / 2} y={height - 14} text-anchor="middle">
        {words}
      </text>
    </g>
  );
}

function NodeDisc(props: {
  readonly disc: Disc;
  readonly radius: number;
  readonly isOwnGuard: boolean;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}): JSX.Element {
  const { disc, radius, isOwnGuard, isChosen } = props;
  const { node, x, y, fill } = disc;
  const held = node.figures?.pool.held ?? 0;
  const alarmed = disc.doubted;
  const level = 2 * radius * Math.min(1, fill);
  const clip = `net-clip-${node.label}`;
  const classes = [
    'net-node',
    node.up ? '' : 'net-down',
    alarmed ? 'net-alarmed' : '',
    isOwnGuard ? 'net-guard' : '',
    isChosen ? 'net-chosen' : '',
  ];
  const words = [
    node.label,
    `layer ${node.figures?.layer ?? ''}`,
    node.up ? `holds ${held} packets` : 'does not answer',
    ...(alarmed ? ['others lose loops through it'] : []),
    ...(isOwnGuard ? ['your guard'] : []),
  ];
  const below = isOwnGuard ? 'your guard' : node.up ? shortLabel(node.label) : 'away';
  return (
    <g class={classes.join(' ')}>
      <g
        class="net-press"
        role="button"
        tabindex={0}
        aria-label={words.join(', ')}
        aria-pressed={isChosen}
        onClick={props.onChoose}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          props.onChoose();
        }}
      >
        <clipPath id={clip}>
          <circle cx={x} cy={y} r={radius - 1} />
        </clipPath>
        <circle class="net-ring" cx={x} cy={y} r={radius + 4} />
        <circle class="net-disc" cx={x} cy={y} r={radius} />
        <rect
          class="net-level"
          x={x - radius}
          y={y + radius - level}
          width={2 * radius}
          height={level}
          clip-path={`url(#${clip})`}
        />
        <circle class="net-rim" cx={x} cy={y} r={radius} />
      </g>
      <g class="net-texts" text-anchor="middle" aria-hidden="true">
        <text class="net-held" x={x} y={y + 5}>
          {node.up ? held : '–'}
        </text>
        <text class="net-label" x={x} y={y + radius + 18}>
          {below}
        </text>
      </g>
    </g>
  );
}
