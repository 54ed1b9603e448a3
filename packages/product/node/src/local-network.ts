import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { NetworkParameters } from '@sotto/directory';
import { startInProcess } from './in-process-node.ts';
import { type LocalNetworkFolder, networkFolder } from './local-network-folder.ts';
import type { LocalNode, LocalNodeOptions } from './local-node.ts';
import type { LogLevel } from './log.ts';
import { startProcess } from './node-process.ts';
import type { NodeStatus } from './node-status.ts';

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
  /**
   * Folder for everything; a temporary one, removed at the end, unless given. One that holds a network
   * goes on with it: same parameters, same nodes, other ports. Else it must be new or empty.
   */
  readonly data?: string;
  /**
   * Address or name of this machine under which others reach the nodes: they listen at every
   * interface then. At this machine alone when left out.
   */
  readonly announce?: string;
  /** Level of the nodes' logs; `warn` unless given. */
  readonly logLevel?: LogLevel;
  /**
   * Called when addresses are drawn and before any node runs; what it rejects with ends the start.
   */
  readonly onDrawn?: (network: LocalNetwork) => Promise<void>;
  /** Told how many nodes of how many are up. */
  readonly onUp?: (up: number, of: number) => void;
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
  /** The same by WebSocket, for browsers. */
  readonly webSockets: readonly string[];
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

const POLL_MILLIS = 100;

/** Starts a network on this machine; resolves when it is ready (see {@link LocalNetwork.ready}). */
export async function startLocalNetwork(options: LocalNetworkOptions = {}): Promise<LocalNetwork> {
  const folder =
    options.data === undefined
      ? await mkdtemp(join(tmpdir(), 'sotto-network-'))
      : resolve(options.data);
  const temporary = options.data === undefined;
  const drawn = await networkFolder(folder, options).catch(async (error: unknown) => {
    if (temporary) await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const network = new Network(options, folder, drawn);
  try {
    await network.start();
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
  readonly bootstrap: readonly string[];
  readonly webSockets: readonly string[];
  readonly #options: LocalNetworkOptions;
  readonly #settings: readonly LocalNodeOptions[];
  readonly #running = new Map<number, LocalNode>();
  #stopping = false;

  constructor(options: LocalNetworkOptions, folder: string, drawn: LocalNetworkFolder) {
    this.#options = options;
    this.folder = folder;
    this.networkFile = drawn.networkFile;
    this.parameters = drawn.parameters;
    this.bootstrap = drawn.bootstrap;
    this.webSockets = drawn.webSockets;
    this.#settings = drawn.settings;
  }

  get nodes(): LocalNetwork['nodes'] {
    return this.#settings.map(({ label, data }, i) => ({
      label,
      data,
      pid: this.#running.get(i)?.pid,
    }));
  }

  async start(): Promise<void> {
    await this.#options.onDrawn?.(this);
    const count = this.#settings.length;
    let up = 0;
    this.#options.onUp?.(up, count);
    const started = await Promise.allSettled(
      this.#settings.map(async (_, i) => {
        await this.#startNode(i);
        this.#options.onUp?.(++up, count);
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
        status !== undefined && status.relay.nodes >= known && status.relay.loops.returned > 0;
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
