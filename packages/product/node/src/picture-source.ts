import { epochAt, epochStart, type NetworkParameters } from '@sotto/directory';
import { instant, MICROS_PER_MS } from '@sotto/wire';
import type {
  AlarmPicture,
  NetworkPicture,
  NodeFigures,
  NodePicture,
  StratumPicture,
} from './network-picture.ts';
import type { NodeStatus } from './node-status.ts';

/** What a picture is composed from. */
export interface PictureSubject {
  readonly parameters: NetworkParameters;
  readonly nodes: readonly { readonly label: string }[];
  status(i: number): Promise<NodeStatus | undefined>;
}

/** Least time between two rounds of questions, ms. */
const LEAST_MILLIS = 1000;

/** Pictures of one network, at most one a second however many ask. */
export class PictureSource {
  readonly #subject: PictureSubject;
  readonly #now: () => number;
  /** What each node said last. */
  readonly #last = new Map<number, NodeStatus>();
  #picture: Promise<NetworkPicture> | undefined;
  #askedAt = 0;

  /** `now` gives milliseconds since the Unix epoch. */
  constructor(subject: PictureSubject, now: () => number = Date.now) {
    this.#subject = subject;
    this.#now = now;
  }

  /** The picture of now, or of less than a second ago. */
  read(): Promise<NetworkPicture> {
    const now = this.#now();
    if (this.#picture === undefined || Math.abs(now - this.#askedAt) >= LEAST_MILLIS) {
      this.#askedAt = now;
      this.#picture = this.#compose(now);
    }
    return this.#picture;
  }

  async #compose(at: number): Promise<NetworkPicture> {
    const { parameters, nodes } = this.#subject;
    const answers = await Promise.all(nodes.map((_, i) => this.#subject.status(i)));
    for (const [i, status] of answers.entries()) {
      if (status !== undefined) this.#last.set(i, status);
    }
    const labels = new Map<string, string>();
    for (const [i, { name }] of this.#last) labels.set(name, nodes[i]?.label ?? name);
    const label = (name: string): string => labels.get(name) ?? name.slice(0, 8);
    const index = epochAt(parameters, instant(Math.round(at * MICROS_PER_MS)));
    return {
      at,
      epoch: {
        index,
        start: epochStart(parameters, index) / MICROS_PER_MS,
        end: epochStart(parameters, index + 1) / MICROS_PER_MS,
      },
      directory: {
        step: 1,
        nodes: nodes.length,
        agreeing: answers.filter((status) => (status?.relay.nodes ?? 0) >= nodes.length).length,
      },
      means: {
        fastMillis: parameters.fastMeanMicros / MICROS_PER_MS,
        slowMillis: parameters.slowMeanMicros / MICROS_PER_MS,
      },
      poolTarget: parameters.poolTarget,
      nodes: nodes.map((node, i): NodePicture => {
        const status = this.#last.get(i);
        return {
          label: node.label,
          up: answers[i] !== undefined,
          figures: status === undefined ? undefined : figuresOf(status, label),
        };
      }),
    };
  }
}

type Stratum = NodeStatus['relay']['pool']['strata']['fast']['sender'];

/** A packet·µs sum is beyond 2⁵³ within hours; as packet·ms it is not for years. */
const stratum = ({ held, occupancy, meanHeldMicros }: Stratum): StratumPicture => ({
  held,
  packetSeconds: Number(BigInt(occupancy) / 1000n) / 1000,
  meanMillis: Math.round(meanHeldMicros) / MICROS_PER_MS,
});

function figuresOf(status: NodeStatus, label: (name: string) => string): NodeFigures {
  const { relay } = status;
  const { fast, slow } = relay.pool.strata;
  const refused = Object.entries(relay.drops).filter(([, count]) => count > 0);
  return {
    name: status.name,
    layer: relay.layer,
    uptimeSeconds: Math.round(status.uptimeSeconds),
    packets: {
      // One sum: apart, the two would say what the node's clients do.
      through: relay.received.link + relay.received.client,
      loopsSent: relay.loops.sent,
      loopsReturned: relay.loops.returned,
      loopsLost: relay.loops.lost,
      loopsGarbled: relay.loops.garbled,
      refused: Object.fromEntries(refused),
    },
    pool: {
      held: relay.held,
      fast: { sender: stratum(fast.sender), recipient: stratum(fast.recipient) },
      slow: { sender: stratum(slow.sender), recipient: stratum(slow.recipient) },
    },
    alarms: status.alarms.map(({ subject, key }): AlarmPicture => ({
      subject,
      about: key.split('>').map(label),
    })),
  };
}
