import type { Command } from 'commander';
import { defaultAccountFolder } from '../account-folder.ts';
import type { ChatFlags } from '../chat-command.ts';

const HELP = `
The account (your keys, contacts and messages, encrypted) is made on the first run, mode 0700. Its
key is in a file of the folder, or under a passphrase with --passphrase (asked for; where there is no
terminal, SOTTO_PASSPHRASE). While this runs, so does your cover traffic.

States of a message: queued (waits for its slot), sent, delivered (your friend's client has it),
waiting (your friend must come back first; it goes out by itself), failed.

Examples:
  $ sotto chat --network ./net/network.json --account ./alice
        type /invite, and hand the link to a friend
  $ sotto chat --network ./net/network.json --account ./bob 'sotto:AQ…' --name Alice
        accept it; then type words
  $ sotto chat --network ./net/network.json --account ./bob --json
        for programs: one JSON event a line on stdout, one command a line on stdin:
        {"send":{"contact":"Alice","text":"hello"}}  {"accept":{"link":"sotto:…","name":"Alice"}}
        {"invite":{}}  {"contacts":{}}  {"messages":{"contact":"Alice"}}  {"status":{}}  {"quit":{}}
        {"rename":{"contact":"friend-1a2b","name":"Bob"}}; a "ref" beside any comes back in its answer
        {"safety-number":{"contact":"Bob"}}  {"verify":{"contact":"Bob","number":"12345 …"}}
`;

/** Adds `sotto chat`. */
export function registerChat(program: Command): void {
  program
    .command('chat')
    .summary('talk to people')
    .description('Opens an account and talks, until /quit, Ctrl-C or the end of the input.')
    .argument('[invite]', "a friend's invite to accept: sotto:…")
    .option('--network <file>', 'the network file that "sotto network" wrote')
    .option(
      '--account <folder>',
      `your account; made on the first run (default: ${defaultAccountFolder()})`,
    )
    .option('--name <name>', 'what to call the friend whose invite this is; nobody else learns it')
    .option('--passphrase', "the account's key is under a passphrase")
    .option('--plan <name>', 'saver, mobile, home or shield: how much cover (default: home)')
    .option('--second-mailbox', 'have your mail at two mailboxes each: twice the packets')
    .option('--resume', 'go on with an account that was exported; its file must never be used then')
    .option('--json', 'for programs: JSON lines in and out')
    .addHelpText('after', HELP)
    .action(async (invite: string | undefined, flags: ChatFlags) => {
      const { chatCommand } = await import('../chat-command.ts');
      await chatCommand(invite, flags);
    });
}
