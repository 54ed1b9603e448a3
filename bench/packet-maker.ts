/** A thread that builds packets for the node that is measured: one chunk for each message. */
import { parentPort, workerData } from 'node:worker_threads';
import { type BenchKeys, buildPackets } from './node-packets.ts';

/** What the thread is given, and does over and over. */
export interface PacketOrder {
  readonly keys: BenchKeys;
  readonly count: number;
  readonly outbound: number;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- given by the thread that began this one
const { keys, count, outbound } = workerData as PacketOrder;
parentPort?.on('message', () => parentPort?.postMessage(buildPackets(keys, count, outbound)));
