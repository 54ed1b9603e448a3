import { once } from 'node:events';
import { expect, test } from 'vitest';
import { sotto } from './command-line.ts';

test('a command whose reader has gone ends without a word', async () => {
  const command = sotto(['--help']);
  command.child.stdout?.destroy();
  const [[code, signal]] = await Promise.all([once(command.child, 'exit'), command.exit]);
  expect([code, signal, command.stderr()]).toEqual([null, 'SIGTERM', '']);
});
