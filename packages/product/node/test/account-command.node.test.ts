import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { peerAddress } from '@sotto/transport';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { exportCommand, importCommand } from '../src/account-command.ts';
import { openAccount } from '../src/account.ts';
import { EXIT_CODES } from '../src/exit-codes.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-account-'));
  // A network that nobody runs: an account opens without one.
  const bootstrap = [1, 2].map((n) =>
    peerAddress(new Uint8Array(32).fill(n), `/ip4/127.0.0.1/tcp/${n}`),
  );
  const network = { parameters: DEFAULT_PARAMETERS, bootstrap };
  await writeFile(join(folder, 'network.json'), JSON.stringify(network));
  vi.stubEnv('SOTTO_FILE_PASSPHRASE', 'words of the file');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const flags = (account: string): { account: string; network: string; json: boolean } => ({
  account: join(folder, account),
  network: join(folder, 'network.json'),
  json: true,
});

/** What the command prints, as one JSON object; the failure's exit code and words when it fails. */
async function outcome(run: () => Promise<void>): Promise<unknown> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await run();
    return JSON.parse(String(write.mock.calls.at(-1)?.[0]));
  } catch (error) {
    const { exitCode, message } = error as { exitCode?: number; message: string };
    return { exitCode, message };
  } finally {
    write.mockRestore();
  }
}

test('an account moves by a file, and goes on at one of the two places alone', async () => {
  const file = join(folder, 'alice.sotto');
  const [here, there] = [flags('here'), flags('there')];
  const first = await openAccount(here);
  await first.setProfile({ name: 'Alice' });
  await first.close();

  expect(await outcome(() => exportCommand(file, here))).toMatchObject({ event: 'exported' });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const moved = {
    exitCode: EXIT_CODES.usage,
    message: expect.stringMatching(/was exported .* and has stopped; --resume/u),
  };
  expect(await outcome(async () => void (await openAccount(here)))).toEqual(moved);

  vi.stubEnv('SOTTO_FILE_PASSPHRASE', 'others');
  expect(await outcome(() => importCommand(file, there))).toMatchObject({
    exitCode: EXIT_CODES.failed,
    message: expect.stringContaining('passphrase does not open this file'),
  });
  vi.stubEnv('SOTTO_FILE_PASSPHRASE', 'words of the file');
  expect(await outcome(() => importCommand(file, there))).toMatchObject({ event: 'imported' });
  expect(await outcome(() => importCommand(file, there))).toMatchObject({
    exitCode: EXIT_CODES.folder,
    message: expect.stringContaining('there is one already'),
  });
  const second = await openAccount(there);
  expect(await second.profile()).toEqual({ name: 'Alice' });
  await second.close();

  const resumed = await openAccount({ ...here, resume: true });
  expect(await resumed.profile()).toEqual({ name: 'Alice' });
  await resumed.close();
});

test('a file that is there, or cannot be written or read, stops no account', async () => {
  const account = flags('stays');
  await (await openAccount(account)).close();
  const taken = join(folder, 'taken');
  await writeFile(taken, 'mine');
  for (const file of [taken, join(folder, 'no', 'folder')]) {
    expect(await outcome(() => exportCommand(file, account))).toMatchObject({
      exitCode: EXIT_CODES.folder,
    });
  }
  expect(await outcome(() => importCommand(join(folder, 'none'), flags('new')))).toMatchObject({
    exitCode: EXIT_CODES.folder,
  });
  vi.stubEnv('SOTTO_FILE_PASSPHRASE', '');
  expect(await outcome(() => exportCommand(join(folder, 'new'), account))).toMatchObject({
    exitCode: EXIT_CODES.usage,
    message: expect.stringContaining('SOTTO_FILE_PASSPHRASE'),
  });
  vi.stubEnv('SOTTO_FILE_PASSPHRASE', 'words of the file');
  await (await openAccount(account)).close();
  // An account that is in use is not exported, and leaves no file behind.
  const open = await openAccount(account);
  expect(await outcome(() => exportCommand(join(folder, 'new'), account))).toMatchObject({
    exitCode: EXIT_CODES.locked,
  });
  await open.close();
  expect(await readdir(folder)).not.toContain('new');
});
