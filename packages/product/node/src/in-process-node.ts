import { runNode } from './run-node.ts';
import type { LocalNode, LocalNodeOptions } from './local-node.ts';
import { openLog, type LogLevel } from './log.ts';
import { networkOf, readNodeSettings } from './node-config.ts';

/** Starts a node of a local network in this process. */
export async function startInProcess(
  options: LocalNodeOptions,
  logLevel: LogLevel,
): Promise<LocalNode> {
  const settings = await readNodeSettings(
    {
      data: options.data,
      network: 'local',
      parameters: options.networkFile,
      listenTcp: options.listen.tcp,
      listenWs: options.listen.ws,
      announce: options.announce,
    },
    {},
  );
  const { parameters, bootstrap } = await networkOf(settings);
  const { data, listen, announce, capabilities, noticeMillis, mailboxLimits } = settings;
  const log = openLog(logLevel);
  const localNetwork = true;
  const node = await runNode({
    data,
    listen,
    ...(announce.length === 0 ? {} : { announce }),
    bootstrap,
    capabilities,
    noticeMillis,
    mailboxLimits,
    parameters,
    localNetwork,
    log,
  });
  const ended = node.ended.then(async (error) => {
    if (error === undefined) return undefined;
    await node.stop();
    return error instanceof Error ? error.message : 'ended for a reason without a name';
  });
  return {
    pid: undefined,
    status: () => Promise.resolve(node.status()),
    stop: () => node.stop(),
    kill: () => node.stop(),
    ended,
  };
}
