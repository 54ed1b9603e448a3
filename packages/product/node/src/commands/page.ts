import type { Command } from 'commander';
import type { PageFlags } from '../page-command.ts';

const gather = (value: string, earlier: readonly string[] | undefined): string[] => [
  ...(earlier ?? []),
  value,
];

const HELP = `
Browsers give a page what it needs (keys that cannot be copied out, locks between tabs, the camera)
only from this machine or by https. So each person serves the page to themselves, on 127.0.0.1; or a
web server with a certificate passes requests on to it, and is named by --host. A page that came by
https reaches only nodes that announce wss://.

Examples:
  $ sotto page --network network.json
        the page for a network that "sotto network --announce" runs on another machine
  $ sotto page --network network.json --host chat.example.org
        behind a web server that has a certificate for that name
`;

/** Adds `sotto page`. */
export function registerPage(program: Command): void {
  program
    .command('page')
    .summary('serve the chat page for a network that runs elsewhere')
    .description('Serves the chat page on 127.0.0.1 until Ctrl-C.')
    .requiredOption('--network <file>', 'the network file: who is there to begin with')
    .option('--page <folder>', "the built page (default: the clone's own)")
    .option('--page-port <port>', 'this port (default: 8080 or the next free one)')
    .option('--host <name>', 'a name under which a web server passes requests on', gather)
    .option('--json', 'one JSON object a line')
    .addHelpText('after', HELP)
    .action(async (flags: PageFlags) => {
      const { pageCommand } = await import('../page-command.ts');
      await pageCommand(flags);
    });
}
