import type { NodeFigures, NodePicture } from '@sotto/node/network-picture';
import type { JSX } from 'preact';
import type { NodeSample } from './samples.ts';
import { figure } from './words.ts';

/** What one node says of itself. */
export function NodeDetail(props: {
  readonly node: NodePicture;
  readonly sample: NodeSample | undefined;
}): JSX.Element {
  const { node, sample } = props;
  const { figures } = node;
  return (
    <section class="net-detail" aria-label={node.label} aria-live="polite">
      <h2 class="net-title">
        {node.label}
        {figures !== undefined && <span class="net-hex"> {figures.name.slice(0, 8)}…</span>}
      </h2>
      {figures === undefined ? (
        <p>It has not answered yet.</p>
      ) : (
        <Rows figures={figures} sample={sample} up={node.up} />
      )}
    </section>
  );
}

function Rows(props: {
  readonly figures: NodeFigures;
  readonly sample: NodeSample | undefined;
  readonly up: boolean;
}): JSX.Element {
  const { figures, sample, up } = props;
  const { packets, pool } = figures;
  const refused = Object.entries(packets.refused);
  const rows: readonly (readonly [string, string])[] = [
    ['State', up ? 'up' : 'does not answer; these are its last figures'],
    ...(sample === undefined
      ? []
      : ([
          [
            'Takes in',
            `${figure(sample.throughPerSecond)} a second: words or cover, it cannot tell`,
          ],
          ['Sends itself', `${figure(sample.loopsPerSecond)} loops a second: cover for certain`],
        ] as const)),
    [
      'Its loops',
      `${figure(packets.loopsReturned)} came back, ${figure(packets.loopsLost)} lost, ${figure(packets.loopsGarbled)} garbled`,
    ],
    [
      'Holds now',
      `${pool.fast.sender.held + pool.fast.recipient.held} fast, ${pool.slow.sender.held + pool.slow.recipient.held} slow`,
    ],
    [
      'Refused',
      refused.length === 0
        ? 'nothing'
        : refused.map(([reason, count]) => `${reason} ${figure(count)}`).join(', '),
    ],
  ];
  return (
    <dl>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
