import { identityOf, networkId, nodeName } from '@sotto/directory';
import { systemRng } from '@sotto/driver';
import { FRAME_BYTES, PREFACE_BYTES } from '@sotto/link';
import { open as openSuite } from '@sotto/sodium/native';
import { openDataFolder } from '@sotto/storage-level';
import { nodeTransport } from '@sotto/transport-libp2p/node';
import { toHex, wipe } from '@sotto/wire';
import { Daemon } from './daemon.ts';
import { directoryTopic } from './directory-gossip.ts';
import { identitySeed, upgradeLogs } from './node-files.ts';
import type { NodeConfig, RunningNode } from './node-interface.ts';
import { refuseElsewhere, withDatabase } from './records.ts';
import { limitsFor, measureMachine } from './self-check.ts';

/**
 * Starts a node: opens its folder, listens, joins the gossip.
 *
 * Rejects with a StorageError (folder) or a TransportError (`address-in-use`, `not-listening`);
 * nothing is left open then.
 */
export async function runNode(config: NodeConfig): Promise<RunningNode> {
  const suite = await openSuite();
  const machine = measureMachine(suite, systemRng());
  const limits = limitsFor(machine, config.mailboxLimits?.maxMailBytes);
  config.log.info({ ...machine, ...limits }, 'machine');
  let folder = await openDataFolder(config.data, (opened) => upgradeLogs(suite, opened));
  try {
    const rng = systemRng();
    const seed = await identitySeed(folder, rng);
    const identity = identityOf(suite, seed);
    if (config.database === undefined) await refuseElsewhere(folder);
    else {
      const place = toHex(nodeName(suite, identity.publicKey));
      folder = await withDatabase(folder, config.database, place);
      config.log.info({ place }, 'records are in the database');
    }
    const network = networkId(suite, config.parameters);
    const transport = await nodeTransport({
      seed,
      sizes: { frameBytes: FRAME_BYTES, prefaceBytes: PREFACE_BYTES },
      listen: config.listen,
      topics: [directoryTopic(network)],
      localNetwork: config.localNetwork === true,
      ...(config.announce === undefined ? {} : { announce: config.announce }),
    });
    wipe(seed);
    const daemon = new Daemon({
      config,
      folder,
      suite,
      rng,
      identity,
      network,
      transport,
      machine,
      limits,
    });
    await daemon.start();
    return daemon;
  } catch (error) {
    await folder.close();
    throw error;
  }
}
