import type { Command } from 'commander';
import { defaultAccountFolder } from '../account-folder.ts';
import type { AccountFlags } from '../account.ts';

const HELP = `
The account must be online until your friend has come: this waits for it. In a running "sotto chat"
type /invite instead. The link alone goes to stdout, everything else to stderr.

Examples:
  $ sotto invite --network ./net/network.json --account ./alice
  $ sotto invite --network ./net/network.json --account ./alice --json
        one JSON event a line: connecting, invite-started, invite-ready, waiting, contact-added
`;

/** Adds `sotto invite`. */
export function registerInvite(program: Command): void {
  program
    .command('invite')
    .summary('make an invite for a friend')
    .description('Prints an invite when it is ready, and waits until the friend has come.')
    .option('--network <file>', 'the network file that "sotto network" wrote')
    .option(
      '--account <folder>',
      `your account; made on the first run (default: ${defaultAccountFolder()})`,
    )
    .option('--passphrase', "the account's key is under a passphrase")
    .option('--plan <name>', 'saver, mobile, home or shield: how much cover (default: home)')
    .option('--second-mailbox', 'have your mail at two mailboxes each: twice the packets')
    .option('--resume', 'go on with an account that was exported; its file must never be used then')
    .option('--json', 'one JSON event a line')
    .addHelpText('after', HELP)
    .action(async (flags: AccountFlags) => {
      const { inviteCommand } = await import('../invite-command.ts');
      await inviteCommand(flags);
    });
}
