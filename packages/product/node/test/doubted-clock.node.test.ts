import { join } from 'node:path';
import { DEFAULT_PARAMETERS, type NetworkParameters } from '@sotto/directory';
import { type Log, openLog, runNode, type RunningNode } from '@sotto/node';
import { MICROS_PER_SECOND } from '@sotto/wire';
import { expect, onTestFinished, test } from 'vitest';
import { freshFolder, until } from './command-line.ts';
import { startNeighbour } from './neighbour.ts';

const DAY = 86_400 * MICROS_PER_SECOND;

/** A node with neighbours whose clocks show these times, and what it warns of. */
async function startBeside(
  parameters: NetworkParameters,
  times: readonly number[],
): Promise<{ readonly node: RunningNode; readonly warnings: readonly unknown[] }> {
  const bootstrap = await Promise.all(times.map((time) => startNeighbour(parameters, time)));
  const warnings: unknown[] = [];
  const log: Log = Object.assign(Object.create(openLog('silent')) as Log, {
    warn: (...said: unknown[]) => void warnings.push(said.at(-1)),
  });
  const node = await runNode({
    data: join(freshFolder(), 'node'),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap,
    capabilities: { mix: true, guard: true, mailbox: true, contact: true },
    parameters,
    localNetwork: true,
    log,
  });
  onTestFinished(() => node.stop());
  return { node, warnings };
}

test.each([
  ['ten days behind', -10 * DAY, 'have run out'],
  ['ten days ahead', 10 * DAY, 'are of a time to come'],
])(
  'a node whose neighbours’ clocks are %s says once that its own may be wrong',
  async (_, ahead, words) => {
    const now = Date.now() * 1000;
    const parameters = { ...DEFAULT_PARAMETERS, originMicros: now - 20 * DAY };
    const { node, warnings } = await startBeside(parameters, [now + ahead, now + ahead]);
    const count = (): number =>
      (node.status().shell['directory-expired'] ?? 0) +
      (node.status().shell['directory-future'] ?? 0);
    await until(() => expect(count()).toBeGreaterThan(1));
    expect(warnings.filter((text) => String(text).includes('clock'))).toEqual([
      `by this machine's clock other nodes' descriptors ${words}, and none confirms it: is it right?`,
    ]);
    expect(node.status().relay.clockConfirmed).toBe(false);
  },
);

test('of a node with the right clock nothing is said', async () => {
  const now = Date.now() * 1000;
  const parameters = { ...DEFAULT_PARAMETERS, originMicros: now - 20 * DAY };
  const { node, warnings } = await startBeside(parameters, [now, now - 1000 * MICROS_PER_SECOND]);
  await until(() => {
    expect(node.status().relay).toMatchObject({ clockConfirmed: true, nodes: 3 });
  });
  expect(warnings).toEqual([]);
});

test.each([
  ['two minutes', 120],
  ['three hours, so that the directory refuses them', 3 * 3600],
])('a node that is behind three others by %s says so', async (_, seconds) => {
  const now = Date.now() * 1000;
  const parameters = { ...DEFAULT_PARAMETERS, originMicros: now - 20 * DAY };
  const time = now + (seconds + 2) * MICROS_PER_SECOND;
  const { node, warnings } = await startBeside(parameters, [time, time, time]);
  await until(() => expect(node.status().clock.finding).toBe('behind'));
  expect(warnings.filter((text) => String(text).includes('behind those of other'))).toHaveLength(1);
});
