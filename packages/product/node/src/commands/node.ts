import type { Command } from 'commander';
import { CAPABILITIES, defaultDataFolder } from '../node-config.ts';

const gather = (value: string, earlier: readonly string[] | undefined): string[] => [
  ...(earlier ?? []),
  value,
];

const HELP = `
Every flag can also stand in the file given by --config (JSON, "listenTcp": …) or in the
environment (SOTTO_LISTEN_TCP=…; lists with commas). Flags win over environment over file.
Mail can be kept in PostgreSQL instead of the folder: SOTTO_DATABASE=postgres://user:password@host/…,
or "database" in the file. There is no flag for it, since others see command lines.

Examples:
  $ sotto node --data ./a --network local
        a node of a network of one's own on this machine; prints its address in the log
  $ sotto node --data ./b --network local --bootstrap /ip4/127.0.0.1/tcp/9001/p2p/12D3KooW…
        a second one, which asks the first who is there
  $ sotto node --data /var/lib/sotto --listen-tcp 9001 --listen-ws 9002 \\
        --announce 203.0.113.7:9001 --announce wss://mix.example.org:443 --bootstrap …
        a node for others, behind an address translation and a web server
  $ sotto status --data ./a
        how it is doing
`;

/** Adds `sotto node`. */
export function registerNode(program: Command): void {
  program
    .command('node')
    .summary('run a node')
    .description(
      'Runs one node: it mixes, and takes clients and their mail, until Ctrl-C or SIGTERM.',
    )
    .option(
      '--data <folder>',
      `what it keeps; made on the first run (default: ${defaultDataFolder()})`,
    )
    .option(
      '--network <name>',
      'public, or local: short delays, listens on this machine only (default: public)',
    )
    .option(
      '--parameters <file>',
      'parameters of the network; a network file of "sotto network" will do',
    )
    .option('--listen-tcp <place>', 'port, address:port or "none" (default: 9001; local: any)')
    .option('--listen-ws <place>', 'the same for WebSockets (default: 9002; local: any)')
    .option(
      '--announce <address>',
      'host:port or ws://… under which others reach it; repeatable',
      gather,
    )
    .option(
      '--bootstrap <address>',
      '/ip4/…/tcp/…/p2p/… of a node to begin with; repeatable',
      gather,
    )
    .option('--capabilities <list>', `what it does for others (default: ${CAPABILITIES.join(',')})`)
    .option(
      '--status-port <port>',
      'HTTP on 127.0.0.1 for "sotto status" and Prometheus; "none" (default: 0, any)',
    )
    .option(
      '--notice <seconds>',
      'on SIGTERM, from saying that it goes until it takes nothing more; 200 for clients too (default: 10; local: 0)',
    )
    .option('--mail-aliases <number>', 'aliases that its mailbox serves (default: 20000)')
    .option('--mail-megabytes <number>', 'mail that it keeps, all in memory (default: 64)')
    .option('--mail-reply-blocks <number>', 'reply blocks that wait for mail (default: 16384)')
    .option('--log-level <level>', 'silent, error, warn, info or debug (default: info)')
    .option('--config <file>', 'a JSON file with any of these')
    .addHelpText('after', HELP)
    .action(async (flags: Record<string, unknown>) => {
      const { nodeCommand } = await import('../node-command.ts');
      await nodeCommand(flags);
    });
}
