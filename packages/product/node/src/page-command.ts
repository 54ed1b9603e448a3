import { aborted, portOf, signalled } from './command-flags.ts';
import { CommandFailure } from './exit-codes.ts';
import { addressText, BUILT_PAGE } from './network-command.ts';
import { readNetworkFile } from './network-file.ts';
import { servePage } from './page-server.ts';

/** Flags of `sotto page`, as commander gives them. */
export interface PageFlags {
  readonly network: string;
  readonly page?: string;
  readonly pagePort?: string;
  readonly host?: readonly string[];
  readonly json?: boolean;
}

/** Serves the chat page for a network that runs elsewhere, until a signal. */
export async function pageCommand(flags: PageFlags): Promise<void> {
  const port = portOf('--page-port', flags.pagePort);
  const { parameters, webSockets } = await readNetworkFile(flags.network);
  if (webSockets.length < 2) {
    throw new CommandFailure(
      'usage',
      `network file "${flags.network}": "webSockets" expected two addresses or more: a browser reaches nodes by WebSocket only`,
    );
  }
  const signal = signalled();
  const page = await servePage({
    folder: flags.page ?? BUILT_PAGE,
    ...(port === undefined ? {} : { port }),
    network: { parameters, bootstrap: webSockets },
    connections: { only: undefined },
    hosts: flags.host ?? [],
  });
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ event: 'ready', page: page.url })}\n`
      : `Chat in the browser, on this machine:\n  ${addressText(page.url)}\nCtrl-C stops it.\n`,
  );
  await aborted(signal);
  await page.close();
}
