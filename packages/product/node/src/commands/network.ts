import type { Command } from 'commander';
import type { NetworkFlags } from '../network-command.ts';

const HELP = `
Every node has its own process and identity; identities are drawn until the three layers hold
equally many. Cover traffic runs from the start. The network file that it prints holds the public
parameters and addresses; clients and further nodes are started with it. The chat page is served
to this machine alone, when it has been built ("npm start" in a clone builds it).

Examples:
  $ sotto network
        twelve nodes; prints how to chat from two other terminals
  $ sotto network --nodes 9 --single-process --mean-delay-ms 50 --slow-mean-delay-ms 200
        small and quick, in one process
  $ sotto network --data ./net --json
        keeps its folder, and goes on with it the next time; speaks JSON: one event a line (starting, up, ready, death, stopping)
  $ sotto network --announce 192.0.2.7
        for others too: they take its network file, and serve the page to themselves ("sotto page")
`;

/** Adds `sotto network`. */
export function registerNetwork(program: Command): void {
  program
    .command('network')
    .summary('run a whole network on this machine')
    .description('Runs a local network until Ctrl-C: nodes with cover traffic, on free ports.')
    .option('--nodes <count>', 'how many, at least 9 (default: 12)')
    .option('--single-process', 'all nodes in this process')
    .option('--mean-delay-ms <ms>', 'mean delay of a hop, fast class (default: 250)')
    .option(
      '--slow-mean-delay-ms <ms>',
      'the same, slow class (default: 2000; 30000 in a public network)',
    )
    .option(
      '--data <folder>',
      'folder to keep, new or of a network to go on with (default: a temporary one)',
    )
    .option('--announce <host>', 'name or address under which other machines reach this one')
    .option('--page <folder>', "the built chat page (default: the clone's own)")
    .option('--no-page', 'without the chat page')
    .option('--page-port <port>', 'where the page is served (default: 8080 or the next free one)')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', HELP)
    .action(async (flags: NetworkFlags) => {
      const { networkCommand } = await import('../network-command.ts');
      await networkCommand(flags);
    });
}
