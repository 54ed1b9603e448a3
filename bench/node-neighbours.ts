/** A node that is measured, as a process of its own, and the nodes around it in this one. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { getPriority, setPriority, tmpdir } from 'node:os';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { networkId, signDescriptor } from '@sotto/directory';
import {
  encodePreface,
  encodeReceipt,
  FRAME_BYTES,
  PREFACE_BYTES,
  RECEIPT_INTERVAL_MICROS,
  RECEIPT_PACKETS,
} from '@sotto/link';
import { freePorts, NODE_FLAGS, type NodeStatus, peerAddress } from '@sotto/node';
import { open } from '@sotto/sodium/native';
import { openDataFolder } from '@sotto/storage-level';
import type { Link, Transport } from '@sotto/transport';
import { nodeTransport, type Security } from '@sotto/transport-libp2p/node';
import { instant, ok } from '@sotto/wire';
import type { BenchKeys } from './node-packets.ts';

/** What goes through the node, and by how many links. */
export interface LoadPlan {
  readonly keys: BenchKeys;
  /** Packets back to back. */
  readonly packets: Uint8Array;
  readonly transport: Security;
  readonly inbound: number;
  readonly outbound: number;
  /** Packets a second; as many as the node takes when absent. */
  readonly perSecond?: number;
  /** Of the packets; all when absent. */
  readonly share?: number;
  /** Whether V8 profiles it. */
  readonly profile?: boolean;
}

const suite = await open();
const CLI = join(import.meta.dirname, '../packages/product/node/src/cli.ts');
/** Waits. */
export const sleep = (millis: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, millis));

/** Nodes around the one that is measured, in this process. */
export interface Neighbours {
  readonly senders: readonly Transport[];
  readonly receivers: readonly Transport[];
  readonly descriptors: readonly Uint8Array[];
  readonly received: () => number;
  stop(): Promise<void>;
}

/** Starts them. */
export async function startNeighbours(plan: LoadPlan): Promise<Neighbours> {
  const { keys } = plan;
  let received = 0;
  const descriptors: Uint8Array[] = [];
  const all: Transport[] = [];
  const now = instant(Date.now() * 1000);
  const identities = [
    ...keys.senders.slice(0, plan.inbound),
    ...keys.receivers.slice(0, plan.outbound),
  ];
  for (const identity of identities) {
    const transport = await nodeTransport({
      seed: identity.seed,
      sizes: { frameBytes: FRAME_BYTES, prefaceBytes: PREFACE_BYTES },
      listen: ['/ip4/127.0.0.1/tcp/0'],
      security: [plan.transport],
      localNetwork: true,
    });
    await transport.start({
      acceptLink: () =>
        ok((link: Link) => {
          let came = 0;
          let told = 0;
          let timer: NodeJS.Timeout | undefined;
          const tell = (): void => {
            clearTimeout(timer);
            timer = undefined;
            told = came;
            link.send(encodeReceipt(came));
          };
          // As a node does (Spec 10 §3.5).
          link.onFrames((frames) => {
            received += frames.length;
            came += frames.length;
            if (came - told >= RECEIPT_PACKETS) tell();
            else timer ??= setTimeout(tell, RECEIPT_INTERVAL_MICROS / 1000);
          });
          link.onClose(() => clearTimeout(timer));
        }),
      snapshot: () => descriptors,
    });
    all.push(transport);
    descriptors.push(
      signDescriptor(suite, identity.secretKey, {
        networkId: networkId(suite, keys.parameters),
        identityKey: identity.publicKey,
        sequence: 1,
        issuedAt: now,
        expiresAt: instant(now + 3_600_000_000),
        capabilities: { mix: true, guard: false, mailbox: false, contact: false },
        addresses: transport.addresses().map((address) => address.replace(/\/p2p\/.*$/u, '')),
        firstEpoch: keys.epoch,
        routingKeys: keys.neighbourKeys,
      }),
    );
  }
  return {
    senders: all.slice(0, plan.inbound),
    receivers: all.slice(plan.inbound),
    descriptors,
    received: () => received,
    stop: async () => {
      await Promise.all(all.map((transport) => transport.stop()));
    },
  };
}

const GIVES_WAY = 19;

/**
 * This process gives way to the node from now on, with all its threads, where it may come back to
 * its own priority (root): neighbours stand for other machines, and on two cores take turns of
 * several milliseconds from the node. @returns what brings it back; undefined where it may not.
 */
function giveWay(): (() => void) | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const before = getPriority();
  setThreadPriorities(GIVES_WAY);
  return () => setThreadPriorities(before);
}

/** Linux gives each thread a priority of its own, and a new one that of its maker. */
function setThreadPriorities(priority: number): void {
  const threads = process.platform === 'linux' ? readdirSync('/proc/self/task') : [process.pid];
  for (const thread of threads) setPriority(Number(thread), priority);
}

/** The node that is measured. */
export interface NodeProcess {
  readonly address: string;
  status(): Promise<NodeStatus>;
  stop(): Promise<void>;
  /** Ends it at once, whatever it holds. */
  kill(): Promise<void>;
}

/** Starts it, with the key that the packets are built for. */
async function startNode(plan: LoadPlan, folder: string, bootstrap: string): Promise<NodeProcess> {
  const { keys } = plan;
  const data = join(folder, 'node');
  const opened = await openDataFolder(data);
  await opened.secrets.write('identity', keys.node.seed);
  await (await opened.logs.open(`seen-${keys.epoch}`, 8)).close();
  await opened.secrets.write(`routing-${keys.epoch}`, keys.secret);
  await opened.close();
  const file = join(folder, 'network.json');
  await writeFile(file, JSON.stringify({ parameters: keys.parameters, bootstrap: [bootstrap] }));
  const [tcp = 0, ws = 0] = await freePorts(2);
  const child = spawn(
    process.execPath,
    [
      ...NODE_FLAGS,
      ...(plan.profile === true ? ['--cpu-prof', '--cpu-prof-dir', folder] : []),
      CLI,
      'node',
      `--data=${data}`,
      '--network=local',
      `--parameters=${file}`,
      `--listen-tcp=127.0.0.1:${tcp}`,
      `--listen-ws=127.0.0.1:${ws}`,
      '--status-port=0',
      '--log-level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  const exited = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  interface Ready {
    readonly statusPort: number;
    readonly statusToken: string;
  }
  const { statusPort, statusToken } = await new Promise<Ready>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the node ended with code ${code}`)));
    child.on('message', (message: Ready) => resolve(message));
  });
  return {
    address: `/ip4/127.0.0.1/tcp/${tcp}`,
    status: async () => {
      const answer = await fetch(`http://127.0.0.1:${statusPort}/status`, {
        headers: { authorization: `Bearer ${statusToken}` },
      });
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the node's own page
      return (await answer.json()) as NodeStatus;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** A node under test among its neighbours. */
export interface Around {
  readonly neighbours: Neighbours;
  readonly node: NodeProcess;
  /** Of the node's files and profile. */
  readonly folder: string;
  /** Whether the neighbours have a lower priority than the node. */
  readonly neighboursGaveWay: boolean;
}

/** Starts neighbours and a node among them, runs `action`, stops all. */
export async function withNode<T>(
  plan: LoadPlan,
  action: (around: Around) => Promise<T>,
): Promise<T> {
  const neighbours = await startNeighbours(plan);
  try {
    return await nodeAmong(neighbours, plan, 'stop', action);
  } finally {
    await neighbours.stop();
  }
}

/** Starts a node, runs `action`, ends it so or so; its folder stays where it was profiled. */
export async function nodeAmong<T>(
  neighbours: Neighbours,
  plan: LoadPlan,
  end: 'stop' | 'kill',
  action: (around: Around) => Promise<T>,
): Promise<T> {
  const [first] = neighbours.senders;
  if (first === undefined) throw new RangeError('"inbound" expected 1 or more');
  const bootstrap = peerAddress(first.identityKey, first.addresses()[0] ?? '');
  const folder = await mkdtemp(join(tmpdir(), 'sotto-bench-'));
  try {
    const node = await startNode(plan, folder, bootstrap);
    const comeBack = giveWay();
    try {
      return await action({ neighbours, node, folder, neighboursGaveWay: comeBack !== undefined });
    } finally {
      comeBack?.();
      await node[end]();
    }
  } finally {
    if (plan.profile !== true) await rm(folder, { recursive: true, force: true });
  }
}

/** Links of all senders to the node, which knows everybody by then. */
export async function openLinks(
  plan: LoadPlan,
  neighbours: Neighbours,
  node: NodeProcess,
): Promise<readonly Link[]> {
  const known = plan.inbound + plan.outbound + 1;
  while ((await node.status()).relay.nodes < known) await sleep(100);
  return linksTo(plan, neighbours, node.address);
}

/** Links of all senders to an address of the node. */
export function linksTo(
  plan: LoadPlan,
  neighbours: Neighbours,
  address: string,
): Promise<readonly Link[]> {
  const preface = prefaceOf(plan.keys);
  const peer = { identityKey: plan.keys.node.publicKey, addresses: [address] };
  return Promise.all(
    neighbours.senders.map((transport) => transport.openLink({ kind: 'mix', peer, preface })),
  );
}

/** What opens a link between nodes of the network. */
export const prefaceOf = (keys: BenchKeys): Uint8Array =>
  encodePreface({ kind: 'mix', networkId: networkId(suite, keys.parameters) });
