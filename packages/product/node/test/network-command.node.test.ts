import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT_CODES } from '@sotto/node';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readNetworkFile } from '../src/network-file.ts';
import { readParametersFile } from '../src/parameters-file.ts';
import { type Command, freshFolder, sotto, until } from './command-line.ts';

const event = z.looseObject({ event: z.string() });
const readyEvent = z.object({
  event: z.literal('ready'),
  networkFile: z.string(),
  folder: z.string(),
  bootstrap: z.array(z.string()),
  page: z.string().optional(),
  nodes: z.array(z.object({ label: z.string(), data: z.string(), pid: z.int().optional() })),
});

const fileSchema = z.strictObject({
  parameters: z.record(z.string(), z.number()),
  bootstrap: z.array(z.string()),
});
const pictureSchema = z.object({
  directory: z.object({ step: z.int(), nodes: z.int(), agreeing: z.int() }),
  nodes: z.array(
    z.object({
      up: z.boolean(),
      figures: z.object({ packets: z.object({ loopsReturned: z.int() }) }),
    }),
  ),
});

function events(command: Command): z.infer<typeof event>[] {
  const lines = command.stdout().split('\n').slice(0, -1);
  return lines.map((line) => event.parse(JSON.parse(line)));
}

const peerOf = (address: string): string | undefined => address.split('/').at(-1);

async function ready(command: Command): Promise<z.infer<typeof readyEvent>> {
  return until(() => {
    if (command.child.exitCode !== null) throw new Error(`it ended: ${command.stderr()}`);
    const found = events(command).find(({ event: name }) => name === 'ready');
    return readyEvent.parse(found);
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const QUICK = ['--nodes', '9', '--mean-delay-ms', '400', '--slow-mean-delay-ms', '800', '--json'];

test('a network of processes: ready, a network file, its page, and no child survives its parent', async () => {
  const data = join(freshFolder(), 'net');
  const folder = freshFolder();
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  const place = ['--page', folder, '--page-port', '0'];
  const command = sotto(['network', '--data', data, ...place, ...QUICK]);
  const { nodes, networkFile, bootstrap, page = '' } = await ready(command);
  const ups = events(command).filter(({ event: name }) => name === 'up');
  expect(ups.map(({ up, of }) => [up, of])).toEqual(Array.from({ length: 10 }, (_, up) => [up, 9]));
  const pids = nodes.map(({ pid }) => pid ?? 0);
  expect(new Set(pids).size).toBe(9);
  expect(pids.every(isAlive)).toBe(true);
  const file = await readParametersFile(networkFile);
  expect(file.bootstrap).toEqual(bootstrap);
  expect(file.parameters).toMatchObject({ fastMeanMicros: 400_000, slowMeanMicros: 800_000 });

  // The page's files, the addresses that a browser can use, and what the nodes say.
  const index = await fetch(page);
  const policy = index.headers.get('content-security-policy') ?? '';
  expect(await index.text()).toBe('<!doctype html>');
  const shown = fileSchema.parse(await (await fetch(`${page}network.json`)).json());
  expect(shown.parameters).toEqual(file.parameters);
  expect(shown.bootstrap).toEqual((await readNetworkFile(networkFile)).webSockets);
  expect(shown.bootstrap).toHaveLength(9);
  for (const address of shown.bootstrap) {
    const port = /^\/ip4\/127\.0\.0\.1\/tcp\/(\d+)\/ws\/p2p\/12D3KooW\w+$/u.exec(address)?.[1];
    expect(policy).toContain(` ws://127.0.0.1:${port ?? ''}`);
  }
  const picture = pictureSchema.parse(await (await fetch(`${page}picture.json`)).json());
  expect(picture.directory).toEqual({ step: 1, nodes: 9, agreeing: 9 });
  for (const { up, figures } of picture.nodes) {
    expect(up).toBe(true);
    expect(figures.packets.loopsReturned).toBeGreaterThan(0);
  }

  // A child that dies is reported; the rest goes on.
  process.kill(pids[2] ?? 0, 'SIGKILL');
  await until(() =>
    expect(events(command).at(-1)).toMatchObject({ event: 'death', node: 'node-03' }),
  );
  const status = sotto(['status', '--json', '--data', nodes[3]?.data ?? '']);
  expect(await status.exit).toBe(EXIT_CODES.ok);

  command.child.kill('SIGKILL');
  await command.exit;
  await until(() => expect(pids.filter(isAlive)).toEqual([]));
  // They ended in order: each has taken its status file away.
  expect(existsSync(join(nodes[0]?.data ?? '', 'status.json'))).toBe(false);

  // And it goes on from its folder: the same network, the same nodes.
  const refused = sotto(['network', '--data', data, '--nodes', '9']);
  expect(await refused.exit).toBe(EXIT_CODES.usage);
  expect(refused.stderr()).toContain('--nodes');
  const again = sotto(['network', '--data', data, '--single-process', '--no-page', '--json']);
  const resumed = await ready(again);
  expect(resumed.bootstrap.map(peerOf)).toEqual(bootstrap.map(peerOf));
  const later = await readParametersFile(resumed.networkFile);
  expect(later.parameters).toEqual(file.parameters);
});

test('in one process: Ctrl-C stops it and takes the temporary folder along', async () => {
  const command = sotto(['network', '--single-process', '--no-page', ...QUICK]);
  const { nodes, folder } = await ready(command);
  expect(nodes.map(({ pid }) => pid)).toEqual(Array.from({ length: 9 }));
  expect(readFileSync(join(folder, 'network.json'), 'utf8')).toContain('"bootstrap"');
  command.child.kill('SIGINT');
  expect(await command.exit).toBe(EXIT_CODES.ok);
  const names = events(command).map(({ event: name }) => name);
  expect(names.filter((name) => name !== 'up')).toEqual(['starting', 'ready', 'stopping']);
  expect(existsSync(folder)).toBe(false);
});

test.each([
  [['--nodes', '5'], '--nodes'],
  [['--nodes', 'many'], '--nodes'],
  [['--mean-delay-ms', '0'], '--mean-delay-ms'],
  [['--page-port', '65536'], '--page-port'],
  [['--page', '/nowhere'], '/nowhere'],
  [['--announce', 'http://example.org/'], '--announce'],
])('refuses %j', async (flags, culprit) => {
  const command = sotto(['network', ...flags]);
  expect(await command.exit).toBe(EXIT_CODES.usage);
  expect(command.stderr()).toContain(culprit);
});
