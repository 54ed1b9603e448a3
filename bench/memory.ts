/**
 * What a node takes of memory above a bare libp2p node with as many links: both as processes of their
 * own with 50 links in and 50 out over TLS, the node with 50,000 packets in its pool. Packets are held
 * for so long that hardly one leaves meanwhile. Garbage that has not been collected counts on both sides.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { NODE_FLAGS } from '@sotto/node';
import { MICROS_PER_SECOND, toHex } from '@sotto/wire';
import type { BareNotice, BareOrder } from './bare-node.ts';
import { send } from './node-load.ts';
import {
  type Around,
  linksTo,
  type LoadPlan,
  type Neighbours,
  nodeAmong,
  openLinks,
  prefaceOf,
  sleep,
  startNeighbours,
} from './node-neighbours.ts';
import { buildPackets, newNodeKeys } from './node-packets.ts';
import { round, type Row } from './row.ts';
import { runtime } from './runtime.ts';

const HELD = 50_000;
const LINKS = 50;
/** So slow that a busy machine keeps up: what is measured is what is held. */
const PER_SECOND = 2000;
const MEAN_MICROS = 1200 * MICROS_PER_SECOND;
/** Of the packets, one in fifty leaves while they come. */
const SENT = Math.ceil(HELD * 1.03);
const SETTLE_MILLIS = 5000;

async function notice(child: ChildProcess): Promise<BareNotice> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the program beside this one
  const [message] = (await once(child, 'message')) as [BareNotice];
  return message;
}

async function bareBytes(plan: LoadPlan, neighbours: Neighbours): Promise<number> {
  const child = fork(join(import.meta.dirname, 'bare-node.ts'), {
    execArgv: [...NODE_FLAGS],
  });
  try {
    const order: BareOrder = {
      seed: toHex(plan.keys.node.seed),
      preface: toHex(prefaceOf(plan.keys)),
      peers: neighbours.receivers.map((transport) => ({
        identityKey: toHex(transport.identityKey),
        address: transport.addresses()[0] ?? '',
      })),
    };
    child.send(order);
    const up = await notice(child);
    if (!('address' in up)) throw new Error('the bare node expected to say where it listens');
    const links = await linksTo(plan, neighbours, up.address.replace(/\/p2p\/.*$/u, ''));
    await sleep(SETTLE_MILLIS);
    child.send('how much?');
    const taken = await notice(child);
    for (const link of links) link.close();
    return 'rssBytes' in taken ? taken.rssBytes : 0;
  } finally {
    child.kill();
  }
}

async function nodeFigures(
  plan: LoadPlan,
  { neighbours, node }: Around,
): Promise<{ readonly rssBytes: number; readonly held: number }> {
  const links = await openLinks(plan, neighbours, node);
  await send(plan, links, neighbours.received, 0, SENT);
  await sleep(SETTLE_MILLIS);
  const { process: figures, relay } = await node.status();
  return { rssBytes: figures.rssBytes, held: relay.held };
}

/** One row: megabytes of the node above those of the bare one. */
export async function* memoryBench(): AsyncGenerator<Row> {
  const drawn = newNodeKeys(LINKS);
  const parameters = {
    ...drawn.parameters,
    fastMeanMicros: MEAN_MICROS,
    slowMeanMicros: MEAN_MICROS,
    graceMicros: 25 * MEAN_MICROS,
  };
  const keys = { ...drawn, parameters };
  const plan: LoadPlan = {
    keys,
    packets: buildPackets(keys, SENT, LINKS),
    transport: 'tls',
    inbound: LINKS,
    outbound: LINKS,
    perSecond: PER_SECOND,
  };
  const neighbours = await startNeighbours(plan);
  try {
    const bare = await bareBytes(plan, neighbours);
    // What it holds would leave its pool before it stops, in hours.
    const { rssBytes, held } = await nodeAmong(neighbours, plan, 'kill', (around) =>
      nodeFigures(plan, around),
    );
    yield {
      bench: 'memory',
      metric: 'aboveBareNode',
      value: round((rssBytes - bare) / 1e6, 0),
      unit: 'MB',
      links: `${LINKS}+${LINKS}`,
      held,
      nodeMegabytes: round(rssBytes / 1e6, 0),
      bareMegabytes: round(bare / 1e6, 0),
      runtime,
    };
  } finally {
    await neighbours.stop();
  }
}
