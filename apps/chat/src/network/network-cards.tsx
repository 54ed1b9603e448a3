import type { NetworkPicture } from '@sotto/node/network-picture';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { AlignedData } from 'uplot';
import { nodeAlarms, ownAlarmWords } from './own-cards.tsx';
import type { OwnState } from './own-feed.ts';
import { axes, Plot } from './plot.tsx';
import { POOL_FLOOR, pools, type Sample } from './samples.ts';
import { Card } from './why.tsx';
import { figure, timeLeft } from './words.ts';

/** Pools over time against their floor. */
export function PoolCard(props: { readonly samples: readonly Sample[] }): JSX.Element {
  const { samples } = props;
  const data = useMemo<AlignedData>(() => {
    const known = samples.flatMap((sample) => {
      const pool = pools(sample);
      return pool === undefined ? [] : [{ at: sample.at / 1000, ...pool }];
    });
    return [
      known.map(({ at }) => at),
      known.map(({ mean }) => mean),
      known.map(({ lowest }) => lowest),
      known.map(() => POOL_FLOOR),
    ];
  }, [samples]);
  const newest = samples.at(-1);
  const now = newest === undefined ? undefined : pools(newest);
  return (
    <Card
      title="Packets that each mix holds"
      why="A packet hides among those that are held with it, so every mix should hold ten or more in each half of the path; mixes send loops to fill up. The thick line is the emptiest mix, the thin one the mean of all, the dashed one the floor."
    >
      <Plot
        label={
          now === undefined
            ? 'No figures yet'
            : `Emptiest mix ${figure(now.lowest)}, mean ${figure(now.mean)}, floor ${POOL_FLOOR}`
        }
        height={150}
        data={data}
        options={(colours) => ({
          legend: { show: false },
          cursor: { show: false },
          scales: {
            x: { range: (_, first, last) => [Math.min(first, last - 60), last] },
            y: { range: (_, __, most) => [0, Math.max(2 * POOL_FLOOR, most * 1.1)] },
          },
          axes: axes(colours, { show: false }, { size: 32 }),
          series: [
            {},
            { stroke: colours.quiet, width: 1, points: { show: false } },
            { stroke: colours.accent, width: 2.5, points: { show: false } },
            { stroke: colours.warning, width: 1, dash: [6, 4], points: { show: false } },
          ],
        })}
      />
      <p class="net-note">
        {now === undefined
          ? 'Two pictures are needed; the second is on its way.'
          : `The emptiest mix holds ${figure(now.lowest)}, the mean of all is ${figure(now.mean)}.`}
      </p>
    </Card>
  );
}

/** Epoch, directory and alarms. */
export function StateCard(props: {
  readonly picture: NetworkPicture;
  readonly own: OwnState | undefined;
}): JSX.Element {
  const { epoch, directory, nodes, at } = props.picture;
  const up = nodes.filter((node) => node.up).length;
  const alarms = [...ownAlarmWords(props.own), ...nodeAlarms(props.picture)];
  return (
    <Card
      title="State"
      why="In an epoch nodes peel with keys that they erase after it, so that nobody can open recorded packets later. The directory says who takes part; in this first step nodes tell one another, which does not yet stop somebody who runs many of them."
    >
      <dl class="net-rows">
        <div>
          <dt>Epoch</dt>
          <dd>
            {epoch.index}, {timeLeft(epoch.end - at)} left
          </dd>
        </div>
        <div>
          <dt>Nodes</dt>
          <dd>
            {up} of {nodes.length} answer
          </dd>
        </div>
        <div>
          <dt>Directory</dt>
          <dd>
            step {directory.step}, gossip;{' '}
            {directory.agreeing === up ? 'all know all' : `${directory.agreeing} of ${up} know all`}
          </dd>
        </div>
        <div>
          <dt>Alarms</dt>
          <dd>{alarms.length === 0 ? 'none: loops come back' : `${alarms.length}`}</dd>
        </div>
      </dl>
      {alarms.length > 0 && (
        <ul class="net-alarms">
          {alarms.slice(0, 6).map((words) => (
            <li key={words}>{words}</li>
          ))}
          {alarms.length > 6 && <li>and {alarms.length - 6} more of the same kind.</li>}
        </ul>
      )}
      {alarms.length > 0 && (
        <p class="net-note">
          Loops are a node’s own packets that should come back to it in time. Where they do not, a
          machine is down, overloaded, or holds packets back to single one out; the others warn, and
          silence nobody.
        </p>
      )}
    </Card>
  );
}
