import { VirtualNetwork } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { expect, test } from 'vitest';
import { dropsOf } from './crafted.ts';
import { SECOND, thinCover } from './plans.ts';

const suite = await open();

test('every recorded packet is refused as a replay at its node, before and after a restart', () => {
  const recorded: { readonly to: string; readonly frame: Uint8Array }[] = [];
  const network = new VirtualNetwork<never>({
    suite,
    seed: 'replay',
    parameters: thinCover(),
    nodes: 12,
    onArrive: (_from, to, frame) => recorded.push({ to, frame: frame.slice() }),
  });
  network.run(60 * SECOND);
  const old = recorded.slice(0, -100);
  expect(old.length).toBeGreaterThan(500);
  const replayAll = (): void => {
    for (const { to, frame } of old) network.inject(network.keys.indexOf(to), frame);
  };
  expect(dropsOf(network)).toEqual({});
  replayAll();
  expect(dropsOf(network)).toEqual({ replay: old.length });

  network.run(SECOND);
  for (const i of network.keys.keys()) network.kill(i);
  for (const i of network.keys.keys()) network.restart(i);
  network.run(SECOND);
  const before = network.drops('replay');
  replayAll();
  expect(network.drops('replay') - before).toBe(old.length);
  // A frame that is new, though one bit of its header differs from an old one, is no replay.
  const [first] = old;
  if (first === undefined) throw new Error('nothing recorded');
  const changed = first.frame.slice();
  changed[60] = (changed[60] ?? 0) ^ 1;
  network.inject(network.keys.indexOf(first.to), changed);
  expect(network.drops('replay') - before).toBe(old.length);
  expect(network.drops('mac')).toBe(1);
});
