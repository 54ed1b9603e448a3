import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { EXIT_CODES, localParameters, parsePeerAddress } from '@sotto/node';
import { TransportError } from '@sotto/transport';
import { expect, onTestFinished, test } from 'vitest';
import { type Command, freshFolder, sotto, startNode, until } from './command-line.ts';
import { Stranger } from './stranger.ts';

/** What a person sees: one line that begins with the program's name and holds the culprit, no stack. */
function expectLine(command: Command, culprit: string): void {
  const lines = command
    .stderr()
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('{'));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^sotto: /u);
  expect(lines[0]).toContain(culprit);
  expect(command.stderr()).not.toMatch(/\n\s+at /u);
}

test('the first run makes a folder for its owner alone, SIGTERM ends it in order, the second run is the same node', async () => {
  const data = join(freshFolder(), 'node');
  const { command, status } = await startNode(data);
  expect(statSync(data).mode & 0o777).toBe(0o700);
  // A file that is being written has another name, and may be gone by the next line.
  const names = readdirSync(join(data, 'secrets')).filter((name) => !name.endsWith('.tmp'));
  expect(names).toContain('identity');
  for (const name of names) {
    expect(statSync(join(data, 'secrets', name)).mode & 0o777).toBe(0o600);
  }
  command.child.kill('SIGTERM');
  expect(await command.exit).toBe(EXIT_CODES.ok);
  expect(existsSync(join(data, 'status.json'))).toBe(false);
  expect(command.stderr()).toContain('node has stopped');

  const again = await startNode(data);
  expect(again.status.name).toBe(status.name);
  expect(command.stderr()).not.toMatch(/"(?:seed|secret|preface)"/u);
});

test('a taken port is named', async () => {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  for (const flag of ['--listen-tcp', '--listen-ws', '--status-port']) {
    const value = flag === '--status-port' ? `${port}` : `127.0.0.1:${port}`;
    const command = sotto(['node', '--network', 'local', '--data', freshFolder(), flag, value]);
    expect(await command.exit).toBe(EXIT_CODES.address);
    expectLine(command, `${port}`);
  }
});

test('a folder that cannot be used is named', async () => {
  const folder = freshFolder();
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const foreign = join(folder, 'foreign');
  mkdirSync(foreign);
  writeFileSync(join(foreign, 'letter.txt'), '');
  for (const data of [join(file, 'node'), '/proc/sotto-node', foreign]) {
    const command = sotto(['node', '--network', 'local', '--data', data]);
    expect(await command.exit).toBe(EXIT_CODES.folder);
    expectLine(command, data);
  }
});

test('a second process on one folder is refused, and the first goes on', async () => {
  const data = freshFolder();
  const first = await startNode(data);
  const second = sotto(['node', '--network', 'local', '--data', data]);
  expect(await second.exit).toBe(EXIT_CODES.locked);
  expectLine(second, data);
  const status = sotto(['status', '--json', '--data', data]);
  expect(await status.exit).toBe(EXIT_CODES.ok);
  expect(JSON.parse(status.stdout())).toMatchObject({ name: first.status.name });
});

test('status says so when nobody runs', async () => {
  const data = freshFolder();
  const command = sotto(['status', '--data', data]);
  expect(await command.exit).toBe(EXIT_CODES.unreachable);
  expectLine(command, data);
  // A folder whose node was killed still names its port.
  const { command: node } = await startNode(data);
  node.child.kill('SIGKILL');
  await node.exit;
  const after = sotto(['status', '--data', data]);
  expect(await after.exit).toBe(EXIT_CODES.unreachable);
});

test('slips on the command line end with code 2 and a hint', async () => {
  for (const args of [['nod'], ['node', '--colour', 'red'], ['node', 'surplus']]) {
    const command = sotto(args);
    expect(await command.exit).toBe(EXIT_CODES.usage);
    expect(command.stderr()).toContain('--help');
  }
  const environment = sotto(['node'], { SOTTO_LOG_LEVEL: 'loud' });
  expect(await environment.exit).toBe(EXIT_CODES.usage);
  expectLine(environment, 'environment variable SOTTO_LOG_LEVEL');
  const help = sotto(['node', '--help']);
  expect(await help.exit).toBe(EXIT_CODES.ok);
  expect(help.stdout()).toContain('Examples:');
});

/** A file system of 2 MB; undefined with the reason where the kernel refuses. */
function smallDisk(): { readonly folder: string } | { readonly refused: string } {
  const folder = freshFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) };
  }
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  return { folder };
}

test('a full disk ends it, while it runs and at the start, with a line and its own code', async (context) => {
  const disk = smallDisk();
  if ('refused' in disk) {
    context.skip(`no tmpfs can be mounted: ${disk.refused}`);
    return;
  }
  const data = join(disk.folder, 'node');
  const { command, status } = await startNode(data);
  const peer = parsePeerAddress(status.addresses[0] ?? '');
  if (!peer.ok) throw new Error(peer.error.expected);
  const stranger = await Stranger.open(localParameters());
  const node = await until(async () => {
    const [own] = await stranger.nodes(peer.value);
    if (own === undefined) throw new Error('it has not announced itself');
    return own;
  });
  try {
    for (let i = 0; ; i++) writeFileSync(join(disk.folder, `filler-${i}`), new Uint8Array(4096));
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  }
  // Replay tags, 16 bytes each, until the last page of their log is full.
  while (command.child.exitCode === null) {
    const link = await stranger.link('client', peer.value).catch((error: unknown) => {
      expect(error).toBeInstanceOf(TransportError);
    });
    if (link === undefined) break;
    for (let k = 0; k < 60; k++) link.send(stranger.packet([node], { kind: 'drop' }));
    link.close();
  }
  expect(await command.exit).toBe(EXIT_CODES.full);
  expectLine(command, data);

  const again = sotto(['node', '--network', 'local', '--data', data]);
  expect(await again.exit).toBe(EXIT_CODES.full);
  expectLine(again, data);
});
