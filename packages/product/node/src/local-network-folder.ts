import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
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
import { parseAnnounce } from './listen-address.ts';
import type { LocalNodeOptions } from './local-node.ts';
import { localParameters } from './local-parameters.ts';
import { readNetworkFile } from './network-file.ts';
import { IDENTITY_FILE } from './node-files.ts';
import { peerAddress } from '@sotto/transport';

/** How a local network's folder is made when it is new. */
export interface FolderOptions {
  /** Undefined: 12, or as many as are there. */
  readonly nodes?: number | undefined;
  readonly meanDelayMs?: number | undefined;
  readonly slowMeanDelayMs?: number | undefined;
  readonly parameters?: Partial<NetworkParameters> | undefined;
  /** Address or name under which other machines reach this one. */
  readonly announce?: string | undefined;
}

/** A network's folder, with addresses for this run. */
export interface LocalNetworkFolder {
  readonly networkFile: string;
  readonly parameters: NetworkParameters;
  /** TCP addresses with peer ids. */
  readonly bootstrap: readonly string[];
  /** WebSocket addresses with peer ids. */
  readonly webSockets: readonly string[];
  /** What each node is started with. */
  readonly settings: readonly LocalNodeOptions[];
}

const LEAST_NODES = 9;
const DEFAULT_NODES = 12;

/** Where the network file of a folder is. */
const fileOf = (folder: string): string => join(folder, 'network.json');

/** Whether a folder holds a network that can go on. */
export const holdsNetwork = (folder: string): boolean => existsSync(fileOf(folder));

/**
 * Makes the folder of a network, or takes up the one that is there: same parameters, same nodes. Draws
 * free ports, and writes the network file with them.
 *
 * Rejects with a CommandFailure `usage` for too few nodes, or for what a network that is there has not.
 */
export async function networkFolder(
  folder: string,
  options: FolderOptions,
): Promise<LocalNetworkFolder> {
  const host = options.announce === undefined ? HERE : announced(options.announce);
  const { keys, parameters } = holdsNetwork(folder)
    ? await found(folder, options)
    : await made(folder, options);
  const ports = await freePorts(2 * keys.length);
  const tcp = (i: number): string => `${host}/tcp/${ports[i] ?? 0}`;
  const ws = (i: number): string => `${host}/tcp/${ports[keys.length + i] ?? 0}/ws`;
  const bootstrap = keys.map((key, i) => peerAddress(key, tcp(i)));
  const webSockets = keys.map((key, i) => peerAddress(key, ws(i)));
  const networkFile = fileOf(folder);
  const file = { parameters, bootstrap, webSockets };
  await writeFile(networkFile, `${JSON.stringify(file, undefined, 2)}\n`, { mode: 0o600 });
  const interfaces = options.announce === undefined ? '127.0.0.1' : '0.0.0.0';
  const settings = keys.map((_, i) => ({
    label: labelOf(i),
    data: join(folder, labelOf(i)),
    networkFile,
    listen: {
      tcp: `${interfaces}:${ports[i] ?? 0}`,
      ws: `${interfaces}:${ports[keys.length + i] ?? 0}`,
    },
    announce: options.announce === undefined ? [] : [tcp(i), ws(i)],
  }));
  return { networkFile, parameters, bootstrap, webSockets, settings };
}

/** Where nodes are that only this machine reaches. */
const HERE = '/ip4/127.0.0.1';

const labelOf = (i: number): string => `node-${String(i + 1).padStart(2, '0')}`;

/** The first part of a multiaddr for a name or address of this machine. */
function announced(host: string): string {
  // The port is put in later; this one only lets the text be read as an address.
  const address = parseAnnounce(isIP(host) === 6 ? `[${host}]:1` : `${host}:1`);
  if (address.ok) return address.value.replace(/\/tcp\/1$/u, '');
  throw new CommandFailure('usage', `--announce: expected an address or name, got "${host}"`);
}

interface Nodes {
  /** Identity keys, 32 bytes each. */
  readonly keys: readonly Uint8Array[];
  readonly parameters: NetworkParameters;
}

async function found(folder: string, options: FolderOptions): Promise<Nodes> {
  const { parameters, bootstrap } = await readNetworkFile(fileOf(folder));
  const asked = options.nodes ?? bootstrap.length;
  if (asked !== bootstrap.length) {
    const there = `"${folder}" holds a network of ${bootstrap.length}`;
    throw new CommandFailure('usage', `--nodes: ${there}, got ${asked}`);
  }
  return { keys: bootstrap.map(({ identityKey }) => identityKey), parameters };
}

async function made(folder: string, options: FolderOptions): Promise<Nodes> {
  const count = options.nodes ?? DEFAULT_NODES;
  if (!Number.isSafeInteger(count) || count < LEAST_NODES) {
    throw new CommandFailure('usage', `--nodes: expected at least ${LEAST_NODES}, got ${count}`);
  }
  const { meanDelayMs, slowMeanDelayMs } = options;
  const parameters = checkParameters({
    ...localParameters({
      ...(meanDelayMs === undefined ? {} : { meanDelayMs }),
      ...(slowMeanDelayMs === undefined ? {} : { slowMeanDelayMs }),
    }),
    // Of its own: two networks with one origin would be one network by name, and an account of the
    // first would take the second's nodes for liars. A month and an hour back: no clock is before
    // it, and the network begins an hour into an epoch.
    originMicros: Date.now() * MICROS_PER_MS - (30 * 24 + 1) * 3600 * MICROS_PER_SECOND,
    ...options.parameters,
  });
  await createDataFolder(folder);
  const identities = balancedIdentities(await openSuite(), systemRng(), count);
  // Before the network file: where that is, all is.
  await Promise.all(
    identities.map((identity, i) => writeIdentity(join(folder, labelOf(i)), identity)),
  );
  return { keys: identities.map(({ publicKey }) => publicKey), parameters };
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
