import { runNode } from './run-node.ts';
import { asFailure } from './exit-codes.ts';
import { openLog } from './log.ts';
import { quietMillis } from './health.ts';
import { networkOf, readNodeSettings } from './node-config.ts';
import { serveStatus } from './status-server.ts';

/** What a node that `sotto network` has started tells it. */
export interface ReadyNotice {
  readonly kind: 'ready';
  readonly statusPort: number;
  readonly statusToken: string;
}

/** Runs `sotto node` until a signal, or until the one who started it is gone. */
export async function nodeCommand(flags: Readonly<Record<string, unknown>>): Promise<void> {
  // Asked before anything is awaited: a parent that dies meanwhile takes the answer with it.
  const isChild = process.connected;
  const { config, ...rest } = flags;
  const settings = await readNodeSettings(
    rest,
    process.env,
    typeof config === 'string' ? config : process.env['SOTTO_CONFIG'],
  );
  const log = openLog(settings.logLevel);
  const { parameters, bootstrap } = await networkOf(settings);
  const node = await runNode({
    data: settings.data,
    listen: settings.listen,
    ...(settings.announce.length === 0 ? {} : { announce: settings.announce }),
    bootstrap,
    capabilities: settings.capabilities,
    noticeMillis: settings.noticeMillis,
    mailboxLimits: settings.mailboxLimits,
    parameters,
    localNetwork: settings.network === 'local',
    database: settings.database,
    log,
  });
  const { statusPort } = settings;
  const server =
    statusPort === undefined
      ? undefined
      : await serveStatus(
          settings.data,
          statusPort,
          () => node.status(),
          quietMillis(parameters.fastMeanMicros),
        ).catch(async (error: unknown) => {
          await node.stop();
          throw error;
        });
  const stop = (): void => {
    void node.stop();
  };
  // A second one ends the notice, not the drain.
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // The channel to the parent closes however the parent dies; it may have by now.
  process.once('disconnect', stop);
  if (isChild && !process.connected) stop();
  if (process.connected && process.send !== undefined && server !== undefined) {
    const { port, token } = server;
    const notice: ReadyNotice = { kind: 'ready', statusPort: port, statusToken: token };
    process.send(notice);
  }
  const error = await node.ended;
  // Meanwhile `/health` says that it has failed.
  if (error !== undefined) await node.stop().finally(() => server?.close());
  else await server?.close();
  if (error !== undefined) {
    throw asFailure(error) ?? error;
  }
  if (process.connected) process.disconnect();
}
