import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { encodeQR } from 'qr';
import { aborted, numberOf, portOf, signalled } from './command-flags.ts';
import { CommandFailure } from './exit-codes.ts';
import { holdsNetwork } from './local-network-folder.ts';
import { type LocalNetwork, startLocalNetwork } from './local-network.ts';
import { LOCAL_MEAN_DELAY_MS, LOCAL_SLOW_MEAN_DELAY_MS } from './local-parameters.ts';
import { serveLocalPage } from './local-page.ts';
import type { PageServer } from './page-server.ts';

/** Flags of `sotto network`, as commander gives them. */
export interface NetworkFlags {
  readonly nodes?: string;
  readonly singleProcess?: boolean;
  readonly meanDelayMs?: string;
  readonly slowMeanDelayMs?: string;
  readonly data?: string;
  readonly announce?: string;
  /** Folder of the built page; false for none. */
  readonly page?: string | boolean;
  readonly pagePort?: string;
  readonly json?: boolean;
}

/** Where a clone of the repository has its built page. */
export const BUILT_PAGE: string = join(import.meta.dirname, '../../../../apps/chat/dist');

/** What a network that is made now is made of. */
function newNetwork(flags: NetworkFlags): {
  readonly nodes: number;
  readonly meanDelayMs: number;
  readonly slowMeanDelayMs: number;
} {
  const { nodes, meanDelayMs, slowMeanDelayMs } = flags;
  return {
    nodes: numberOf('--nodes', nodes, 12, 9),
    meanDelayMs: numberOf('--mean-delay-ms', meanDelayMs, LOCAL_MEAN_DELAY_MS, 1),
    slowMeanDelayMs: numberOf('--slow-mean-delay-ms', slowMeanDelayMs, LOCAL_SLOW_MEAN_DELAY_MS, 1),
  };
}

/** Runs `sotto network` until a signal. */
export async function networkCommand(flags: NetworkFlags): Promise<void> {
  const made = flags.data !== undefined && holdsNetwork(flags.data) ? undefined : newNetwork(flags);
  const pageFolder = pageFolderOf(flags.page);
  const pagePort = portOf('--page-port', flags.pagePort);
  const json = flags.json === true;
  const say = (event: string, text: string, more: object = {}): void => {
    process.stdout.write(json ? `${JSON.stringify({ event, ...more })}\n` : `${text}\n`);
  };
  const signal = signalled();
  const began = performance.now();
  const seconds = (): number => Number(((performance.now() - began) / 1000).toFixed(1));
  if (made === undefined) {
    for (const [flag, value] of [
      ['--nodes', flags.nodes],
      ['--mean-delay-ms', flags.meanDelayMs],
      ['--slow-mean-delay-ms', flags.slowMeanDelayMs],
    ] as const) {
      if (value === undefined) continue;
      throw new CommandFailure('usage', `${flag}: the network in "${flags.data}" has its own`);
    }
    say('starting', `Starting the network in ${flags.data} again.`);
  } else {
    const { nodes, meanDelayMs, slowMeanDelayMs } = made;
    say(
      'starting',
      `Starting ${nodes} nodes: mean delay ${meanDelayMs} ms a hop, ${slowMeanDelayMs} ms in the slow class.`,
      made,
    );
  }
  let page: PageServer | undefined;
  let network: LocalNetwork;
  try {
    network = await startLocalNetwork({
      ...made,
      singleProcess: flags.singleProcess === true,
      signal,
      ...(flags.data === undefined ? {} : { data: flags.data }),
      ...(flags.announce === undefined ? {} : { announce: flags.announce }),
      onDrawn: async (drawn) => {
        if (pageFolder === undefined) return;
        page = await serveLocalPage(drawn, {
          folder: pageFolder,
          port: pagePort,
          othersJoin: flags.announce !== undefined,
        });
      },
      onUp: (up, of) => {
        const waits = up === of ? ' They look for each other.' : '';
        say('up', `  ${String(up).padStart(2)} of ${of} nodes up, ${seconds()} s.${waits}`, {
          up,
          of,
          seconds: seconds(),
        });
      },
      onDeath: (node, how) => {
        say('death', `${node} ${how}. The others go on.`, { node, how });
      },
    });
  } catch (error) {
    await page?.close();
    if (signal.aborted) return;
    throw error;
  }
  const { networkFile, folder, bootstrap } = network;
  say('ready', readyText(network, seconds(), page?.url), {
    seconds: seconds(),
    networkFile,
    folder,
    bootstrap,
    ...(page === undefined ? {} : { page: page.url }),
    nodes: network.nodes,
  });
  await aborted(signal);
  say('stopping', 'Stopping.');
  await page?.close();
  await network.stop();
}

/** Folder of the page to serve. The clone's own may be missing; one that was asked for may not. */
function pageFolderOf(flag: string | boolean | undefined): string | undefined {
  if (flag === false) return undefined;
  if (typeof flag === 'string') return flag;
  return existsSync(join(BUILT_PAGE, 'index.html')) ? BUILT_PAGE : undefined;
}

/** How a page's address is shown: with a QR where a person looks at a terminal. */
export const addressText = (url: string): string =>
  process.stdout.isTTY ? `${url}\n\n${encodeQR(url, 'ascii', { ecc: 'low' })}` : url;

const readyText = (network: LocalNetwork, seconds: number, page: string | undefined): string => `
Ready after ${seconds} s: ${network.nodes.length} nodes know each other, and their cover traffic comes back.
  network file  ${network.networkFile}
  nodes' data   ${network.folder}

${
  page === undefined
    ? 'No chat page is served; "npm start" in a clone builds it.'
    : `Chat in the browser, on this machine: open this twice, as two people in two profiles, or in a
window and a private window:
  ${addressText(page)}`
}

Or chat from two other terminals:
  1.  npx sotto chat --network ${network.networkFile} --account /tmp/sotto-alice
      and type /invite: it prints an invite
  2.  npx sotto chat --network ${network.networkFile} --account /tmp/sotto-bob INVITE
How a node is doing:
      npx sotto status --data ${network.nodes[0]?.data ?? network.folder}

Ctrl-C stops it all.
`;
