import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PortCalls } from '../src/channel-calls.ts';
import { joined } from './joined-channels.ts';

const GUIDE = new URL('../../../../docs/guide/channels.md', import.meta.url);

/** The examples of the guide as they are written: one side, then the other, and so on. */
const examples = [...readFileSync(GUIDE, 'utf8').matchAll(/```ts\n([^`]*)```/gu)].map(
  ([, code]) => code ?? '',
);

/** Runs an example for one of two friends. @returns what it printed. */
async function run(code: string | undefined, client: PortCalls): Promise<string[]> {
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const body = `return (async () => {${code ?? 'throw new Error("no example")'}})();`;
  // oxlint-disable-next-line no-implied-eval, typescript/no-implied-eval, typescript/no-unsafe-call -- the examples of this repository
  await new Function('client', 'contact', 'console', body)(client, 'friend', { log });
  return lines;
}

test('the guide’s question is answered', async () => {
  const { alice, bob } = joined();
  await run(examples[0], new PortCalls(bob.running));
  expect(await run(examples[1], new PortCalls(alice.running))).toEqual(['3']);
});

test('the guide’s feed is read', async () => {
  const { alice, bob } = joined();
  const [read] = await Promise.all([
    run(examples[2], new PortCalls(bob.running)),
    run(examples[3], new PortCalls(alice.running)),
  ]);
  expect(read).toEqual(['block 19,000,001']);
  expect(examples).toHaveLength(4);
});
