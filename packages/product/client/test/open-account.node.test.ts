import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { peerAddress } from '@sotto/transport';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readNetwork } from '../src/index.ts';
import { importAccount, openAccount } from '../src/node.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-account-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A network that nobody runs: an account opens without one. */
const network = {
  parameters: { ...DEFAULT_PARAMETERS },
  bootstrap: [1, 2].map((n) => peerAddress(new Uint8Array(32).fill(n), `/ip4/127.0.0.1/tcp/${n}`)),
};

async function refusal(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no refusal',
    (error: unknown) => (error as { code?: unknown }).code,
  );
}

test('an account is made, keeps what it was given, is copied to another place, and is wiped', async () => {
  const me = join(folder, 'me');
  const first = await openAccount({ folder: me, network, name: 'Ada', plan: 'saver' });
  expect((await stat(me)).mode & 0o777).toBe(0o700);
  expect(await first.profile()).toEqual({ name: 'Ada' });
  expect(await first.plan()).toMatchObject({ name: 'saver' });
  expect(await refusal(openAccount({ folder: me, network }))).toBe('account-in-use');
  expect(await refusal(first.setPlan('loud'))).toBe('unknown-plan');
  const { from } = await first.setPlan('shield');
  expect(from.getTime()).toBeGreaterThan(Date.now());
  expect((await first.plan()).next).toEqual({ name: 'shield', from });
  expect(await refusal(first.rename('x', 'y'.repeat(513)))).toBe('name-too-long');
  expect(await refusal(first.exportAccount(''))).toBe('passphrase-empty');
  const file = await first.exportAccount('long words');
  await first.close();
  expect(await refusal(openAccount({ folder: me, network }))).toBe('account-moved');

  const again = await openAccount({ folder: me, network, resume: true });
  expect((await again.plan()).next?.name).toBe('shield');
  await again.wipe();
  expect(existsSync(me)).toBe(false);
  expect(await refusal(again.contacts())).toBe('closed');

  const other = join(folder, 'other');
  const bring = { folder: other, network, file, passphrase: 'mine' };
  expect(await refusal(importAccount({ ...bring, filePassphrase: 'wrong' }))).toBe(
    'file-wrong-passphrase',
  );
  const elsewhere = { ...network, parameters: { ...DEFAULT_PARAMETERS, poolTarget: 3 } };
  const inAnother = importAccount({ ...bring, network: elsewhere, filePassphrase: 'long words' });
  expect(await refusal(inAnother)).toBe('account-of-other-network');
  await importAccount({ ...bring, filePassphrase: 'long words' });
  expect(await refusal(importAccount({ ...bring, filePassphrase: 'long words' }))).toBe(
    'account-exists',
  );
  expect(await refusal(openAccount({ folder: other, network }))).toBe('passphrase-needed');
  const moved = await openAccount({ folder: other, network, passphrase: 'mine' });
  expect(await moved.profile()).toEqual({ name: 'Ada' });
  await moved.close();
});

test('a network that cannot be used is refused, and its field named', async () => {
  const { poolTarget: _, ...fewer } = DEFAULT_PARAMETERS;
  const [peer = ''] = network.bootstrap;
  const table: readonly (readonly [unknown, string, string])[] = [
    [[], 'network-invalid', 'an object'],
    [{ parameters: DEFAULT_PARAMETERS }, 'network-invalid', '"bootstrap"'],
    [{ ...network, bootstrap: [peer] }, 'few-peers', 'two addresses or more'],
    [{ ...network, bootstrap: ['/ip4/127.0.0.1/tcp/1', peer] }, 'network-invalid', '"bootstrap.0"'],
    [{ ...network, bootstrap: [7, peer] }, 'network-invalid', '"bootstrap.0"'],
    [{ ...network, parameters: fewer }, 'network-invalid', '"poolTarget" missing'],
    [
      { ...network, parameters: { ...DEFAULT_PARAMETERS, poolTarget: -1 } },
      'network-invalid',
      '"poolTarget" expected',
    ],
    [
      { ...network, parameters: { ...DEFAULT_PARAMETERS, poolTarget: 'x' } },
      'network-invalid',
      '"parameters.poolTarget"',
    ],
    [{ ...network, parameters: { ...DEFAULT_PARAMETERS, extra: 1 } }, 'network-invalid', '"extra"'],
    [{ ...network, more: true }, 'network-invalid', '"more"'],
  ];
  for (const [value, code, message] of table) {
    const read = (): unknown => readNetwork(value);
    expect(read).toThrow(expect.objectContaining({ code }) as Error);
    expect(read).toThrow(message);
  }
  const path = join(folder, 'network.json');
  await writeFile(path, '{');
  for (const [given, message] of [
    [path, 'is not JSON'],
    [join(folder, 'none.json'), 'cannot be read'],
  ] as const) {
    const opening = openAccount({ folder: join(folder, 'never'), network: given });
    await expect(opening).rejects.toMatchObject({
      code: 'network-invalid',
      message: expect.stringContaining(message) as unknown,
    });
  }
  expect(existsSync(join(folder, 'never'))).toBe(false);
});
