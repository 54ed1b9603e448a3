import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT_CODES } from '@sotto/node';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readParametersFile } from '../src/parameters-file.ts';
import { type Command, freshFolder, sotto, until } from './command-line.ts';

const event = z.looseObject({ event: z.string() });
const readyEvent = z.object({
  event: z.literal('ready'),
  networkFile: z.string(),
  folder: z.string(),
  bootstrap: z.array(z.string()),
  nodes: z.array(z.object({ label: z.string(), data: z.string(), pid: z.int().optional() })),
});

function events(command: Command): z.infer<typeof event>[] {
  const lines = command.stdout().split('\n').slice(0, -1);
  return lines.map((line) => event.parse(JSON.parse(line)));
}

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

const QUICK = ['--nodes', '9', '--mean-delay-ms', '150', '--slow-mean-delay-ms', '300', '--json'];

test('a network of processes: ready, a network file, and no child survives its parent', async () => {
  const data = join(freshFolder(), 'net');
  const command = sotto(['network', '--data', data, ...QUICK]);
  const { nodes, networkFile, bootstrap } = await ready(command);
  const pids = nodes.map(({ pid }) => pid ?? 0);
  expect(new Set(pids).size).toBe(9);
  expect(pids.every(isAlive)).toBe(true);
  const file = await readParametersFile(networkFile);
  expect(file.bootstrap).toEqual(bootstrap);
  expect(file.parameters).toMatchObject({ fastMeanMicros: 150_000, slowMeanMicros: 300_000 });

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
});

test('in one process: Ctrl-C stops it and takes the temporary folder along', async () => {
  const command = sotto(['network', '--single-process', ...QUICK]);
  const { nodes, folder } = await ready(command);
  expect(nodes.map(({ pid }) => pid)).toEqual(Array.from({ length: 9 }));
  expect(readFileSync(join(folder, 'network.json'), 'utf8')).toContain('"bootstrap"');
  command.child.kill('SIGINT');
  expect(await command.exit).toBe(EXIT_CODES.ok);
  expect(events(command).map(({ event: name }) => name)).toEqual(['starting', 'ready', 'stopping']);
  expect(existsSync(folder)).toBe(false);
});

test.each([
  [['--nodes', '5'], '--nodes'],
  [['--nodes', 'many'], '--nodes'],
  [['--mean-delay-ms', '0'], '--mean-delay-ms'],
])('refuses %j', async (flags, culprit) => {
  const command = sotto(['network', ...flags]);
  expect(await command.exit).toBe(EXIT_CODES.usage);
  expect(command.stderr()).toContain(culprit);
});
