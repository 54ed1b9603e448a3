import type { NetworkPicture } from '@sotto/node/network-picture';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { AlignedData, Series } from 'uplot';
import { dataSize, duration } from '../model/format.ts';
import { hiddenWords, keptWords } from './beat-words.ts';
import { expectedShares, histogram, middle, roundTrip } from './latency.ts';
import type { OwnState, SlotMoment } from './own-feed.ts';
import { axes, bars, Plot, smooth } from './plot.tsx';
import { Card } from './why.tsx';
import { percent } from './words.ts';

const STEP_MILLIS = 1000;
const BINS = 30;
/** Bins of the expected curve are finer, since hops of a quarter second are folded into it. */
const FINE = 20;

/** Shares and means that everybody in the network has in common. */
export interface PublicRates {
  readonly fastMeanMillis: number;
  readonly slowMeanMillis: number;
  readonly loopShare: number;
  readonly slowShare: number;
}

/** From when messages were written until their acknowledgements were here. */
export function LatencyCard(props: {
  readonly own: OwnState;
  readonly rates: PublicRates | undefined;
}): JSX.Element {
  const { own, rates } = props;
  const { direct, byMailbox, plan } = own;
  const expected = useMemo(() => {
    if (rates === undefined) return undefined;
    const trip = roundTrip({
      ...rates,
      uplinkMeanMillis: plan.uplinkMeanMillis,
      downlinkIntervalMillis: plan.downlinkIntervalMillis,
      slowHops: plan.slowHops,
    });
    const fine = expectedShares(trip, STEP_MILLIS / FINE, BINS * FINE);
    return Array.from({ length: BINS }, (_, i) =>
      fine.slice(i * FINE, (i + 1) * FINE).reduce((sum, share) => sum + share, 0),
    );
  }, [rates, plan]);
  const data = useMemo<AlignedData>(() => {
    const seconds = Array.from({ length: BINS }, (_, i) => ((i + 0.5) * STEP_MILLIS) / 1000);
    // None is no bar, rather than one without height.
    const counts = histogram(direct, STEP_MILLIS, BINS).map((count) => count || null);
    // With none yet the curve stands alone, as of ten.
    const scale = Math.max(direct.length, 10);
    return [seconds, counts, seconds.map((_, i) => (expected?.[i] ?? 0) * scale)];
  }, [direct, expected]);
  const half = middle(direct);
  return (
    <Card
      title="How long your messages took"
      why="Bars count your last messages to somebody who was there, from when you wrote until their acknowledgement was back; the line is what the public delays of the network and your plan let one expect. If the bars lie far to the right of it, something on the way is overloaded or broken."
    >
      <Plot
        label={
          half === undefined
            ? 'No message yet; the curve shows what to expect.'
            : `${direct.length} messages, half of them within ${duration(half)}`
        }
        height={150}
        data={data}
        options={(colours) => ({
          legend: { show: false },
          cursor: { show: false },
          scales: { x: { time: false, range: [0, BINS] } },
          axes: axes(
            colours,
            { values: (_, at) => at.map((s) => `${s} s`), size: 28 },
            { show: false },
          ),
          series: [
            {},
            {
              fill: colours.soft,
              stroke: colours.accent,
              width: 1,
              ...bars(0.9, 40),
              points: { show: false },
            },
            {
              stroke: colours.ink,
              width: 1.5,
              ...smooth(),
              points: { show: false },
            },
          ],
        })}
      />
      <p class="net-note">
        {half === undefined
          ? 'No acknowledgement has come back yet: the line is what to expect.'
          : `${direct.length} messages there and back, half within ${duration(half)}.`}
        {byMailbox > 0 && ` ${byMailbox} more went by a mailbox, which takes longer.`}
      </p>
    </Card>
  );
}

/** Slots in a bin of ten seconds, as heights to stack. */
const BIN_MILLIS = 10_000;
/** How far back the beat is shown. */
const SHOWN_SECONDS = 180;

function slotBins(moments: readonly SlotMoment[]): AlignedData {
  const seconds: number[] = [];
  const drop: number[] = [];
  const loop: number[] = [];
  const real: number[] = [];
  let from = moments[0];
  for (const moment of moments) {
    if (from === undefined || moment.at - from.at < BIN_MILLIS - 500) continue;
    const each = BIN_MILLIS / (moment.at - from.at);
    const of = (kind: 'drop' | 'loop' | 'real'): number =>
      (moment.slots[kind] - (from?.slots[kind] ?? 0)) * each;
    seconds.push(moment.at / 1000);
    // The lowest of the stack last, so that it is painted over the higher ones.
    drop.push(of('drop') + of('loop') + of('real'));
    loop.push(of('loop') + of('real'));
    real.push(of('real'));
    from = moment;
  }
  return [seconds, drop, loop, real];
}

/** A part of the stack. */
const block = (colour: string): Series => ({
  fill: colour,
  stroke: colour,
  width: 0,
  ...bars(0.8, 24),
  points: { show: false },
});

/** The beat by what it carried. */
export function SlotsCard(props: { readonly own: OwnState }): JSX.Element {
  const { slots, status } = props.own;
  const data = useMemo(() => slotBins(slots), [slots]);
  const hidden = useMemo(() => hiddenWords(slots), [slots]);
  const { real, loop, drop } = status.slots;
  const total = Math.max(1, real + loop + drop);
  return (
    <Card
      title="Your beat"
      why="Each bar is ten seconds of packets that left this device: with words or errands in them, loops back to you, and empty ones. The height does not change when you write, and that is the point: who watches your line sees only the height. A device that is busy or asleep, or a browser that holds back a page nobody looks at, is late with some: that shows as well, and says nothing about your words."
    >
      <Plot
        label={`Packets sent in each ten seconds: ${real} with content, ${loop} loops, ${drop} empty`}
        height={130}
        data={data}
        options={(colours) => ({
          legend: { show: false },
          cursor: { show: false },
          axes: axes(colours, { show: false }, { size: 32 }),
          scales: {
            x: { range: (_, __, last) => [last - SHOWN_SECONDS, last + BIN_MILLIS / 2000] },
            y: { range: (_, __, most) => [0, Math.max(10, most * 1.15)] },
          },
          series: [{}, block(colours.line), block(colours.soft), block(colours.accent)],
        })}
      />
      <ul class="net-legend">
        <li class="net-key-accent">with content {percent(real / total)}</li>
        <li class="net-key-soft">loops {percent(loop / total)}</li>
        <li class="net-key-line">empty {percent(drop / total)}</li>
      </ul>
      <p class="net-note">{keptWords(status.beat)}</p>
      {hidden !== undefined && <p class="net-note">{hidden}</p>}
    </Card>
  );
}

/** Where the month stands, 0 to 1, UTC as the client counts. */
export function monthShare(now: Date): number {
  const start = Date.UTC(now.getUTCFullYear(), now.getUTCMonth());
  const end = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
  return (now.getTime() - start) / (end - start);
}

/** Data used against the plan. */
export function DataCard(props: { readonly own: OwnState }): JSX.Element {
  const { status, plan } = props.own;
  const share = Math.min(1, status.data.bytes / plan.bytesAMonth);
  return (
    <Card
      title="Data this month"
      why="Your plan sends and takes the same amount whatever you write, as long as this device is on. The mark shows where the month stands: always on, you would be there."
    >
      <p class="net-big">
        {dataSize(status.data.bytes)}{' '}
        <span class="net-note">
          of about {dataSize(plan.bytesAMonth)} with the plan “{plan.name}”
        </span>
      </p>
      <svg class="net-bar" width="100%" height="14" role="img" aria-label={percent(share)}>
        <rect class="net-bar-all" x="0" y="3" width="100%" height="8" rx="4" />
        <rect class="net-bar-used" x="0" y="3" width={`${100 * share}%`} height="8" rx="4" />
        <rect
          class="net-bar-now"
          x={`${100 * monthShare(new Date())}%`}
          y="0"
          width="2"
          height="14"
        />
      </svg>
    </Card>
  );
}

/** Words for what one's own loops say, and what the client does. */
export const ownAlarmWords = (own: OwnState | undefined): readonly string[] =>
  (own?.status.alarms ?? []).map(({ subject, node, loops, lost }) => {
    const who = subject === 'guard' ? 'your guard' : `node ${node.slice(0, 8)}`;
    return `${lost} of your own last ${loops} loops through ${who} did not come back: it, or what is before it, may be dropping packets. Your client goes on at the same beat and by the same rules, and sends again what is not acknowledged.`;
  });

/** Words for alarms of the nodes; links only where no node is named, since a node's come with it. */
export function nodeAlarms(picture: NetworkPicture): readonly string[] {
  return picture.nodes.flatMap(({ label, figures }) => {
    const alarms = figures?.alarms ?? [];
    const more = alarms.some(({ subject }) => subject !== 'link');
    return alarms.flatMap(({ subject, about: [first = '', second = ''] }) => {
      if (subject === 'self') {
        return `${label} warns that what comes in to it is held back or lost. It makes all delays four times as long while that lasts.`;
      }
      if (subject === 'node') return `${label} warns: its loops through ${first} are lost or late.`;
      return more ? [] : `${label} warns: its loops from ${first} to ${second} are lost or late.`;
    });
  });
}
