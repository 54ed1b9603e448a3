import type { Command } from 'commander';

const HELP = `
Examples:
  $ sotto status                           the node of the default folder
  $ sotto status --data ./a --json         everything, as one JSON object
`;

/** Adds `sotto status`. */
export function registerStatus(program: Command): void {
  program
    .command('status')
    .summary('show how a node is doing')
    .description('Asks the node of a data folder, on this machine, for its figures.')
    .option('--data <folder>', 'data folder of the node')
    .option('--json', 'all figures, one JSON object')
    .addHelpText('after', HELP)
    .action(async (flags: { readonly data?: string; readonly json?: boolean }) => {
      const { statusCommand } = await import('../status-command.ts');
      await statusCommand(flags);
    });
}
