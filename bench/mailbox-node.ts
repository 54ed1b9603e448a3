/** A mailbox on a real disk: the node's core, its store and its logs, without the network. */
import { mkdtemp, open as openFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_PARAMETERS, epochAt, type Identity, identityOf, nodeName } from '@sotto/directory';
import { Driver, SystemClock, systemRng } from '@sotto/driver';
import { decodeReceipt } from '@sotto/link';
import { Relay, type RelayInput, type RelayOutput } from '@sotto/relay';
import { open } from '@sotto/sodium/native';
import { Builder, type Hop } from '@sotto/sphinx';
import type { DataFolder } from '@sotto/storage';
import { openDataFolder } from '@sotto/storage-level';
import { EpochFiles, identitySeed } from '../packages/product/node/src/node-files.ts';
import { NodeStore } from '../packages/product/node/src/node-store.ts';
import { round } from './row.ts';

export const suite = await open();
export const rng = systemRng();
export const builder = new Builder(suite, rng);
const clock = new SystemClock();
/** Answers leave as soon as there is a reply block: what is measured is the work, not the clock. */
const parameters = { ...DEFAULT_PARAMETERS, answerMeanMicros: 0, aliasQuota: 255 };
const LINK = 'bench';

/** Packets given at once, as a node takes them from a link. */
export const BATCH = 16;

/** The epoch now. */
export const epoch = (): number => epochAt(parameters, clock.now());

/** A fresh folder, removed after `use`. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-bench-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Bytes of all files under a folder; LevelDB may merge and delete tables while it is read. */
export async function folderBytes(folder: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) sum += await fileBytes(join(entry.parentPath, entry.name));
  }
  return sum;
}

async function fileBytes(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}

/** Mean time of one synced write of 4 KiB, µs: what a group of puts waits for at least. */
export async function syncMicros(folder: string): Promise<number> {
  const handle = await openFile(join(folder, 'sync'), 'w');
  const block = new Uint8Array(4096);
  const started = performance.now();
  const writes = 100;
  for (let i = 0; i < writes; i++) {
    await handle.write(block);
    await handle.datasync();
  }
  await handle.close();
  return round(((performance.now() - started) * 1000) / writes, 0);
}

/** A running mailbox. */
export class MailboxNode {
  readonly #folder: DataFolder;
  readonly #files: EpochFiles;
  readonly #store: NodeStore;
  readonly #driver: Driver<RelayInput, RelayOutput, Relay>;
  readonly relay: Relay;
  readonly #identity: Identity;
  #told: () => void = () => undefined;
  /** Packets with a receipt. */
  acknowledged = 0;
  failure: unknown;
  /** Resolves when answers begin. */
  restored: Promise<void> = Promise.resolve();

  private constructor(
    folder: DataFolder,
    files: EpochFiles,
    store: NodeStore,
    relay: Relay,
    identity: Identity,
  ) {
    this.#folder = folder;
    this.#identity = identity;
    this.#files = files;
    this.#store = store;
    this.relay = relay;
    this.#driver = new Driver<RelayInput, RelayOutput, Relay>({
      core: relay,
      clock,
      onOutput: (output) => this.#carryOut(output),
      onError: (error) => this.fail(error),
    });
  }

  /**
   * Opens the folder and takes packets, as a node does at its start; its mail follows.
   *
   * @param within - what the records of the folder, of a node of this name, are put into.
   */
  static async start(
    path: string,
    within: (folder: DataFolder, name: Uint8Array) => Promise<DataFolder> = (folder) =>
      Promise.resolve(folder),
  ): Promise<MailboxNode> {
    const opened = await openDataFolder(path);
    const identity = identityOf(suite, await identitySeed(opened, rng));
    const folder = await within(opened, nodeName(suite, identity.publicKey));
    // oxlint-disable-next-line prefer-const -- the files tell a node that is made of what they hold
    let node: MailboxNode | undefined;
    const deliver = (input: RelayInput): void => node?.deliver(input);
    const failed = (error: unknown): void => node?.fail(error);
    const files = new EpochFiles(folder, deliver, failed);
    const store = new NodeStore(folder.store, {
      stored: (batch) => deliver({ kind: 'persisted', batch }),
      failed,
      damaged: (key) => failed(new Error(`a stored entry was damaged: ${key}`)),
    });
    const epochs = await files.load();
    const relay = new Relay({
      suite,
      rng,
      parameters,
      now: clock.now(),
      identityKey: identity.publicKey,
      identitySecret: identity.secretKey,
      capabilities: { mix: true, guard: false, mailbox: true, contact: false },
      addresses: [],
      epochs,
      stored: await store.core(),
      mailFollows: true,
      mailboxLimits: { maxAliases: 2 ** 21, maxMailBytes: 2 ** 32, maxWaitingSurbs: 2 ** 20 },
    });
    for (const { epoch: of } of epochs) {
      for await (const places of files.places(of)) relay.restorePlaces(of, places);
    }
    node = new MailboxNode(folder, files, store, relay, identity);
    await node.until(() => relay.nodes().length > 0);
    node.restored = node.#restoreMail();
    return node;
  }

  /** The node as a hop of a packet. */
  hop(): Hop {
    const routingKey = this.relay.nodes()[0]?.routingKey(epoch());
    if (routingKey === undefined) throw new Error('the node has no routing key yet');
    return { name: nodeName(suite, this.#identity.publicKey), routingKey };
  }

  give(packets: readonly Uint8Array[]): void {
    this.deliver({ kind: 'packets', packets, link: LINK });
  }

  deliver(input: RelayInput): void {
    this.#driver.deliver(input);
  }

  fail(error: unknown): void {
    this.failure = error;
    this.#told();
  }

  /** What the node has counted. */
  metrics(): ReturnType<Relay['metrics']> {
    return this.relay.metrics(clock.now());
  }

  /** Waits until something holds; looks whenever the disk or the clock has brought something. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.failure !== undefined) throw this.failure;
      await new Promise<void>((resolve) => {
        this.#told = resolve;
        setTimeout(resolve, 20);
      });
    }
  }

  /** Ends it; nothing is written to its folder afterwards. */
  async stop(): Promise<void> {
    this.#driver.stop();
    // What it failed with has been thrown to whoever waited for it.
    await Promise.allSettled([this.restored]);
    await this.#files.idle();
    await this.#store.idle();
    await this.#folder.close();
  }

  async #restoreMail(): Promise<void> {
    for await (const entries of this.#store.mail()) {
      this.#driver.command((relay, now) => relay.restoreMail(now, entries));
    }
    this.#driver.command((relay, now) => relay.endRestore(now));
  }

  #carryOut(output: RelayOutput): void {
    switch (output.kind) {
      case 'write-key':
      case 'erase-key':
      case 'write-tags':
        this.#files.run(output);
        break;
      case 'persist':
        this.#store.putMail(output.entries, output.batch);
        break;
      case 'receipt': {
        const count = decodeReceipt(output.frame);
        if (count.ok) this.acknowledged = count.value;
        this.#told();
        break;
      }
      default:
    }
  }
}
