import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  balancedIdentities,
  checkParameters,
  type Identity,
  type NetworkParameters,
} from '@sotto/directory';
import { systemRng } from '@sotto/driver';
import { open as openSuite } from '@sotto/sodium/native';
import { createDataFolder, openDataFolder } from '@sotto/storage-level';
import { MICROS_PER_MS, MICROS_PER_SECOND, wipe } from '@sotto/wire';
import { CommandFailure } from './exit-codes.ts';
import { freePorts } from './free-ports.ts';
import { startInProcess } from './in-process-node.ts';
import type { LocalNode, LocalNodeOptions } from './local-node.ts';
import { localParameters } from './local-parameters.ts';
import type { LogLevel } from './log.ts';
import { IDENTITY_FILE } from './node-files.ts';
import { startProcess } from './node-process.ts';
import type { NodeStatus } from './node-status.ts';
import { peerAddress } from '@sotto/transport';

/** What a local network is made of. */
export interface LocalNetworkOptions {
  /** Nodes; 12 unless given, at least 9: with two a layer a guard and a contact point can leave no mix between them. */
  readonly nodes?: number;
  /** All nodes in this process. */
  readonly singleProcess?: boolean;
  /** Mean delay of the fast class at one hop, ms. */
  readonly meanDelayMs?: number;
  /** Mean delay of the slow class at one hop, ms. */
  readonly slowMeanDelayMs?: number;
  /** Parameters other than a local network's. */
  readonly parameters?: Partial<NetworkParameters>;
  /** Folder for everything; a temporary one, removed at the end, unless given. It must be new or empty. */
  readonly data?: string;
  /** Level of the nodes' logs; `warn` unless given. */
  readonly logLevel?: LogLevel;
  /** Told when a node ended that nobody had stopped; the others go on. */
  readonly onDeath?: (label: string, how: string) => void;
  /** Ends the wait for readiness and stops what has been started. */
  readonly signal?: AbortSignal;
}

/** A local network that runs. */
export interface LocalNetwork {
  /** Where everything is kept. */
  readonly folder: string;
  /** For `sotto chat --network` and `sotto node --parameters`. */
  readonly networkFile: string;
  readonly parameters: NetworkParameters;
  /** Addresses of all nodes, with peer ids. */
  readonly bootstrap: readonly string[];
  /** Labels of the nodes and their processes, by number. */
  readonly nodes: readonly {
    readonly label: string;
    readonly data: string;
    readonly pid: number | undefined;
  }[];
  /** Figures of a node; undefined when it does not answer. */
  status(i: number): Promise<NodeStatus | undefined>;
  /** Resolves when every node that runs knows all of them, and loops come back to it. */
  ready(): Promise<void>;
  /** Ends a node as a crash would. */
  kill(i: number): Promise<void>;
  /** Starts a killed node again from its folder. */
  restart(i: number): Promise<void>;
  /** Stops every node; a temporary folder is removed. */
  stop(): Promise<void>;
}

const LEAST_NODES = 9;
const DEFAULT_NODES = 12;
const POLL_MILLIS = 100;

/** Starts a network on this machine; resolves when it is ready (see {@link LocalNetwork.ready}). */
export async function startLocalNetwork(options: LocalNetworkOptions = {}): Promise<LocalNetwork> {
  const count = options.nodes ?? DEFAULT_NODES;
  if (!Number.isSafeInteger(count) || count < LEAST_NODES) {
    throw new CommandFailure('usage', `--nodes: expected at least ${LEAST_NODES}, got ${count}`);
  }
  const folder =
    options.data === undefined
      ? await mkdtemp(join(tmpdir(), 'sotto-network-'))
      : resolve(options.data);
  const network = new Network(options, folder);
  try {
    await network.start(count);
    await network.ready();
  } catch (error) {
    await network.stop();
    throw error;
  }
  return network;
}

class Network implements LocalNetwork {
  readonly folder: string;
  readonly networkFile: string;
  readonly parameters: NetworkParameters;
  bootstrap: readonly string[] = [];
  readonly #options: LocalNetworkOptions;
  readonly #settings: LocalNodeOptions[] = [];
  readonly #running = new Map<number, LocalNode>();
  #stopping = false;

  constructor(options: LocalNetworkOptions, folder: string) {
    this.#options = options;
    this.folder = folder;
    this.networkFile = join(folder, 'network.json');
    this.parameters = checkParameters({
      ...localParameters(options),
      // Of its own: two networks with one origin would be one network by name, and an account of the
      // first would take the second's nodes for liars. A month and an hour back: no clock is before
      // it, and the network begins an hour into an epoch.
      originMicros: Date.now() * MICROS_PER_MS - (30 * 24 + 1) * 3600 * MICROS_PER_SECOND,
      ...options.parameters,
    });
  }

  get nodes(): LocalNetwork['nodes'] {
    return this.#settings.map(({ label, data }, i) => ({
      label,
      data,
      pid: this.#running.get(i)?.pid,
    }));
  }

  /** Draws identities and ports, so that every node can be told of all others before any runs. */
  async start(count: number): Promise<void> {
    const suite = await openSuite();
    const identities = balancedIdentities(suite, systemRng(), count);
    const ports = await freePorts(2 * count);
    await createDataFolder(this.folder);
    this.bootstrap = identities.map(({ publicKey }, i) =>
      peerAddress(publicKey, `/ip4/127.0.0.1/tcp/${ports[i] ?? 0}`),
    );
    const file = { parameters: this.parameters, bootstrap: this.bootstrap };
    await writeFile(this.networkFile, `${JSON.stringify(file, undefined, 2)}\n`, { mode: 0o600 });
    for (let i = 0; i < count; i++) {
      const label = `node-${String(i + 1).padStart(2, '0')}`;
      this.#settings.push({
        label,
        data: join(this.folder, label),
        networkFile: this.networkFile,
        listen: {
          tcp: `127.0.0.1:${ports[i] ?? 0}`,
          ws: `127.0.0.1:${ports[count + i] ?? 0}`,
        },
      });
    }
    const started = await Promise.allSettled(
      identities.map(async (identity, i) => {
        await writeIdentity(this.#settings[i]?.data ?? this.folder, identity);
        await this.#startNode(i);
      }),
    );
    for (const result of started) if (result.status === 'rejected') throw result.reason;
  }

  async status(i: number): Promise<NodeStatus | undefined> {
    return this.#running.get(i)?.status();
  }

  async ready(): Promise<void> {
    for (;;) {
      this.#options.signal?.throwIfAborted();
      const all = await Promise.all([...this.#running.values()].map((node) => node.status()));
      const known = this.#settings.length;
      const isReady = (status: NodeStatus | undefined): boolean =>
        status !== undefined && status.relay.nodes === known && status.relay.loops.returned > 0;
      if (all.length > 0 && all.every(isReady)) return;
      await wait(POLL_MILLIS);
    }
  }

  async kill(i: number): Promise<void> {
    const node = this.#running.get(i);
    this.#running.delete(i);
    await node?.kill();
  }

  async restart(i: number): Promise<void> {
    if (!this.#running.has(i)) await this.#startNode(i);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const running = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(running.map((node) => node.stop()));
    if (this.#options.data === undefined) await rm(this.folder, { recursive: true, force: true });
  }

  async #startNode(i: number): Promise<void> {
    const settings = this.#settings[i];
    if (settings === undefined) throw new RangeError(`"i" expected a node's number, got ${i}`);
    const { singleProcess, logLevel = 'warn' } = this.#options;
    const start = singleProcess === true ? startInProcess : startProcess;
    const node = await start(settings, logLevel);
    this.#running.set(i, node);
    void this.#watch(i, settings.label, node);
  }

  async #watch(i: number, label: string, node: LocalNode): Promise<void> {
    const how = await node.ended;
    if (how === undefined || this.#stopping) return;
    if (this.#running.get(i) === node) this.#running.delete(i);
    this.#options.onDeath?.(label, how);
  }
}

async function writeIdentity(data: string, identity: Identity): Promise<void> {
  const folder = await openDataFolder(data);
  try {
    await folder.secrets.write(IDENTITY_FILE, identity.seed);
  } finally {
    wipe(identity.seed);
    wipe(identity.secretKey);
    await folder.close();
  }
}
