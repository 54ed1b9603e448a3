import type { Command } from 'commander';
import { defaultAccountFolder } from '../account-folder.ts';
import type { AccountFlags } from '../account.ts';

const HELP = `
To move to another device: export here, import there, and never go on here. The account stops when its
file is made; "sotto chat --resume" takes that back, and then the file must never be used. The file is
under a passphrase of its own (asked for; where there is no terminal, SOTTO_FILE_PASSPHRASE).

Examples:
  $ sotto account export alice.sotto --network ./net/network.json --account ./alice
  $ sotto account import alice.sotto --network ./net/network.json --account ./alice-there
`;

/** A subcommand with what both of them take. */
const subcommand = (account: Command, usage: string): Command =>
  account
    .command(usage)
    .option('--network <file>', 'the network file that "sotto network" wrote')
    .option('--account <folder>', `the account (default: ${defaultAccountFolder()})`)
    .option('--passphrase', "the account's key is, or is to be, under a passphrase")
    .option('--json', 'one JSON object');

/** Adds `sotto account`. */
export function registerAccount(program: Command): void {
  const account = program
    .command('account')
    .summary('move an account to another device')
    .description('Exports an account to a file, or takes one in.')
    .addHelpText('after', HELP);
  subcommand(account, 'export <file>')
    .description('Writes the account to a new file. It has stopped on this device then.')
    .action(async (file: string, flags: AccountFlags) => {
      const { exportCommand } = await import('../account-command.ts');
      await exportCommand(file, flags);
    });
  subcommand(account, 'import <file>')
    .description('Makes an account of a file, in a folder that holds none.')
    .action(async (file: string, flags: AccountFlags) => {
      const { importCommand } = await import('../account-command.ts');
      await importCommand(file, flags);
    });
}
