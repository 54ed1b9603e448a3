import { type FileHandle, open, readFile, rm, stat } from 'node:fs/promises';
import { importAccount } from '@sotto/client/node';
import { defaultAccountFolder } from './account-folder.ts';
import { type AccountFlags, asAccountFailure, networkOf, openAccount } from './account.ts';
import { CommandFailure } from './exit-codes.ts';
import { readPassphrase } from './passphrase.ts';

/** No account is larger: 2,000 messages for each of a few hundred contacts. */
const MAX_FILE_BYTES = 512 * 1024 * 1024;

const STOPPED = '; the account has stopped: "sotto chat --resume" goes on with it';

/** Runs `sotto account export`. The file is made first: an account must not stop for one that cannot be written. */
export async function exportCommand(path: string, flags: AccountFlags): Promise<void> {
  const account = flags.account ?? defaultAccountFolder();
  const filePassphrase = await passphraseOfFile(true);
  const file = await using(path, () => open(path, 'wx', 0o600));
  let written = false;
  try {
    const client = await openAccount(flags);
    try {
      const bytes = await client.exportAccount(filePassphrase);
      await using(path, () => writeAndSync(file, bytes), STOPPED);
      written = true;
    } catch (error) {
      throw asAccountFailure(error, account) ?? error;
    } finally {
      await client.close();
    }
  } finally {
    await file.close();
    if (!written) await rm(path, { force: true });
  }
  say(flags, 'exported', { account, file: path }, [
    `The account "${account}" is in "${path}", and has stopped here.`,
    'Take it in on the other device by "sotto account import FILE", and erase it here.',
  ]);
}

/** Runs `sotto account import`. */
export async function importCommand(path: string, flags: AccountFlags): Promise<void> {
  const account = flags.account ?? defaultAccountFolder();
  const network = networkOf(flags);
  const { size } = await using(path, () => stat(path));
  if (size > MAX_FILE_BYTES) {
    throw new CommandFailure('usage', `file "${path}": this is no exported account`);
  }
  const file = await using(path, () => readFile(path));
  const filePassphrase = await passphraseOfFile(false);
  const passphrase = flags.passphrase === true ? await readPassphrase(process.env) : undefined;
  try {
    await importAccount({
      folder: account,
      network,
      file,
      filePassphrase,
      ...(passphrase === undefined ? {} : { passphrase }),
    });
  } catch (error) {
    throw asAccountFailure(error, account) ?? error;
  }
  say(flags, 'imported', { account, file: path }, [
    `The account is in "${account}". "sotto chat" goes on with it.`,
    'Erase the file, and never go on with the account where it was exported.',
  ]);
}

const passphraseOfFile = (isNew: boolean): Promise<string> =>
  readPassphrase(process.env, {
    name: 'SOTTO_FILE_PASSPHRASE',
    question: 'Passphrase of the file: ',
    twice: isNew,
  });

async function writeAndSync(file: FileHandle, bytes: Uint8Array): Promise<void> {
  await file.writeFile(bytes);
  await file.sync();
}

/** What a system error of the file means. @param more - what to do. */
async function using<T>(path: string, work: () => Promise<T>, more = ''): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const reason = error.code === 'ENOSPC' ? 'full' : 'folder';
    throw new CommandFailure(reason, `file "${path}": ${error.message}${more}`, error);
  }
}

function say(flags: AccountFlags, event: string, fields: object, lines: readonly string[]): void {
  const text = flags.json === true ? JSON.stringify({ event, ...fields }) : lines.join('\n');
  process.stdout.write(`${text}\n`);
}
