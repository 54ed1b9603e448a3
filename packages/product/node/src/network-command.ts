import { CommandFailure } from './exit-codes.ts';
import { type LocalNetwork, startLocalNetwork } from './local-network.ts';
import { LOCAL_MEAN_DELAY_MS, LOCAL_SLOW_MEAN_DELAY_MS } from './local-parameters.ts';

/** Flags of `sotto network`, as commander gives them. */
export interface NetworkFlags {
  readonly nodes?: string;
  readonly singleProcess?: boolean;
  readonly meanDelayMs?: string;
  readonly slowMeanDelayMs?: string;
  readonly data?: string;
  readonly json?: boolean;
}

function numberOf(flag: string, text: string | undefined, fallback: number, least: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isFinite(value) || value < least || text === '') {
    throw new CommandFailure('usage', `${flag}: expected a number from ${least} on, got "${text}"`);
  }
  return value;
}

/** Runs `sotto network` until a signal. */
export async function networkCommand(flags: NetworkFlags): Promise<void> {
  const nodes = numberOf('--nodes', flags.nodes, 12, 9);
  const meanDelayMs = numberOf('--mean-delay-ms', flags.meanDelayMs, LOCAL_MEAN_DELAY_MS, 1);
  const slowMeanDelayMs = numberOf(
    '--slow-mean-delay-ms',
    flags.slowMeanDelayMs,
    LOCAL_SLOW_MEAN_DELAY_MS,
    1,
  );
  const json = flags.json === true;
  const say = (event: string, text: string, more: object = {}): void => {
    process.stdout.write(json ? `${JSON.stringify({ event, ...more })}\n` : `${text}\n`);
  };
  const stopping = new AbortController();
  const signalled = Promise.withResolvers<undefined>();
  const onSignal = (): void => {
    stopping.abort();
    signalled.resolve(undefined);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, onSignal);

  const began = performance.now();
  say(
    'starting',
    `Starting ${nodes} nodes: mean delay ${meanDelayMs} ms a hop, ${slowMeanDelayMs} ms in the slow class.`,
    { nodes, meanDelayMs, slowMeanDelayMs },
  );
  let network: LocalNetwork;
  try {
    network = await startLocalNetwork({
      nodes,
      meanDelayMs,
      slowMeanDelayMs,
      singleProcess: flags.singleProcess === true,
      signal: stopping.signal,
      ...(flags.data === undefined ? {} : { data: flags.data }),
      onDeath: (node, how) => {
        say('death', `${node} ${how}. The others go on.`, { node, how });
      },
    });
  } catch (error) {
    if (stopping.signal.aborted) return;
    throw error;
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const { networkFile, folder, bootstrap } = network;
  say('ready', readyText(network, nodes, seconds), {
    seconds: Number(seconds),
    networkFile,
    folder,
    bootstrap,
    nodes: network.nodes,
  });
  await signalled.promise;
  say('stopping', 'Stopping.');
  await network.stop();
}

const readyText = (network: LocalNetwork, nodes: number, seconds: string): string => `
Ready after ${seconds} s: ${nodes} nodes know each other, and their cover traffic comes back.
  network file  ${network.networkFile}
  nodes' data   ${network.folder}

Chat from two other terminals:
  1.  npx sotto chat --network ${network.networkFile} --account /tmp/sotto-alice
      and type /invite: it prints an invite
  2.  npx sotto chat --network ${network.networkFile} --account /tmp/sotto-bob INVITE
There is no chat page in the browser yet. How a node is doing:
      npx sotto status --data ${network.nodes[0]?.data ?? network.folder}

Ctrl-C stops it all.
`;
