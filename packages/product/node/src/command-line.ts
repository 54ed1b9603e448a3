import { Command, CommanderError } from 'commander';
import { registerAccount } from './commands/account.ts';
import { registerChat } from './commands/chat.ts';
import { registerInvite } from './commands/invite.ts';
import { registerNetwork } from './commands/network.ts';
import { registerNode } from './commands/node.ts';
import { registerPage } from './commands/page.ts';
import { registerPlans } from './commands/plans.ts';
import { registerStatus } from './commands/status.ts';
import { asFailure, EXIT_CODES, EXIT_MEANINGS } from './exit-codes.ts';

const exitTable = Object.entries(EXIT_CODES)
  .map(
    ([name, code]) =>
      `  ${code}  ${Object.entries(EXIT_MEANINGS).find(([n]) => n === name)?.[1] ?? ''}`,
  )
  .join('\n');

const program = new Command('sotto')
  .description('Sotto: private messages over a mix network that its own users run.')
  .exitOverride()
  .showHelpAfterError('("sotto --help" or "sotto COMMAND --help" shows what there is)')
  .addHelpText(
    'after',
    `
Start here:
  $ sotto network                  a network of twelve nodes on this machine, and the chat page
  $ sotto network --help           and how to chat over it from two terminals

Exit codes:
${exitTable}
`,
  );
registerAccount(program);
registerChat(program);
registerInvite(program);
registerNetwork(program);
registerNode(program);
registerPage(program);
registerPlans(program);
registerStatus(program);

// Who reads has gone (`| head`): it ends as if asked to, so that what runs ends in order.
let unread = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  if (!unread) process.kill(process.pid, 'SIGTERM');
  unread = true;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said it already; all that is not a wish for help or the version is a slip.
    process.exitCode = error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.usage;
  } else {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    for (const line of failure.message.split('\n')) process.stderr.write(`sotto: ${line}\n`);
    process.exitCode = failure.exitCode;
  }
}
