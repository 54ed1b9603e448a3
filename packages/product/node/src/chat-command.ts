import type { Client } from '@sotto/client';
import { defaultAccountFolder } from './account-folder.ts';
import { type AccountFlags, asAccountFailure, openAccount } from './account.ts';
import { chatJson } from './chat-json.ts';
import { ChatTerminal } from './chat-terminal.ts';

/** Flags of `sotto chat`. */
export interface ChatFlags extends AccountFlags {
  readonly name?: string;
}

/** Runs `sotto chat` until the person leaves, or a signal comes. */
export async function chatCommand(invite: string | undefined, flags: ChatFlags): Promise<void> {
  const client = await openAccount(flags);
  await untilSignal(async (signal) => {
    const ended =
      flags.json === true
        ? json(client, invite, flags, signal)
        : talk(client, invite, flags, signal);
    const error = await ended;
    if (error !== undefined) {
      throw asAccountFailure(error, flags.account ?? defaultAccountFolder()) ?? error;
    }
  });
}

/** Runs an action with a signal that fires when the process is asked to end. */
export async function untilSignal(action: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.once(name, stop);
  try {
    await action(controller.signal);
  } finally {
    for (const name of names) process.removeListener(name, stop);
  }
}

async function json(
  client: Client,
  invite: string | undefined,
  flags: ChatFlags,
  signal: AbortSignal,
): Promise<unknown> {
  const { stdin: input, stdout: output } = process;
  return chatJson(client, { input, output, signal, accept: accepting(invite, flags) });
}

async function talk(
  client: Client,
  invite: string | undefined,
  flags: ChatFlags,
  signal: AbortSignal,
): Promise<unknown> {
  const { stdin: input, stdout: output } = process;
  const terminal = new ChatTerminal(client, { input, output });
  return terminal.run(signal, accepting(invite, flags));
}

const accepting = (
  link: string | undefined,
  { name }: ChatFlags,
): { readonly link: string; readonly name?: string } | undefined =>
  link === undefined ? undefined : { link, ...(name === undefined ? {} : { name }) };
