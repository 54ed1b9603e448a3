import { type ClientEvent, SottoError } from '@sotto/client';
import { defaultAccountFolder } from './account-folder.ts';
import { type AccountFlags, asAccountFailure, openAccount } from './account.ts';
import { untilSignal } from './chat-command.ts';
import { nameOf } from './contact-names.ts';

/**
 * Runs `sotto invite`: prints a link when it is ready, and waits until the friend has come. The link
 * alone goes to stdout; what is going on, to stderr.
 */
export async function inviteCommand(flags: AccountFlags): Promise<void> {
  const account = flags.account ?? defaultAccountFolder();
  const client = await openAccount(flags);
  const json = flags.json === true;
  const say = (event: string, text: string, fields: object = {}): void => {
    if (json) process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
    else process.stderr.write(`${text}\n`);
  };
  try {
    await untilSignal(async (signal) => {
      const events = client.events({ signal });
      say('connecting', 'Connecting to the network…');
      await client.online({ signal });
      const making = client.invite({ signal });
      const arrival = friend(events, (readyInMillis) => {
        const seconds = Math.ceil(readyInMillis / 1000);
        say('invite-started', `Making the invite: ready in about ${seconds} s.`, { readyInMillis });
      });
      const { link, expires } = await making;
      const until = expires.toISOString();
      say(
        'invite-ready',
        `An invite for one friend, until ${until}. Who has it can come in their place: hand it over privately.`,
        { link, expires: until },
      );
      if (!json) process.stdout.write(`${link}\n`);
      say('waiting', 'Waiting until your friend has come; Ctrl-C ends the wait, not the invite.');
      const contact = await arrival;
      const { id, name } = contact;
      say(
        'contact-added',
        `${nameOf(contact)} has come. Now talk, and let your friend hear from you:\n` +
          `  sotto chat --account ${account} --network ${flags.network ?? 'FILE'}`,
        { contact: id, name },
      );
    });
  } catch (error) {
    if (error instanceof SottoError && error.code === 'aborted') return;
    throw asAccountFailure(error, account) ?? error;
  } finally {
    await client.close();
  }
}

async function friend(
  events: AsyncIterableIterator<ClientEvent>,
  onStarted: (readyInMillis: number) => void,
): Promise<Extract<ClientEvent, { kind: 'contact-added' }>['contact']> {
  for await (const event of events) {
    if (event.kind === 'invite-started') onStarted(event.readyInMillis);
    if (event.kind === 'contact-added') return event.contact;
  }
  throw new SottoError('closed');
}
