import type { PersonEvent } from '@sotto/messaging';
import { addPerson, VirtualNetwork } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { SeededRng } from '@sotto/suite/testing';
import { below, randomBytes } from '@sotto/wire';
import { expect, test } from 'vitest';
import { Accounts, isNode } from './accounts.ts';
import { LISTENER, SECOND, TEST_PLAN, thinCover } from './plans.ts';

const suite = await open();
const NODES = 9;
const LONG = process.env['SOTTO_LONG'] !== undefined;

/**
 * Nine nodes and two people under faults drawn from a seed: bits that flip, frames of any length,
 * old frames again, clients that flood, nodes that die and return.
 *
 * @param hidden - a frame that a link swallows every so often behind the test's back.
 * @returns what does not add up.
 */
function audit(seed: string, seconds: number, hidden: boolean): string[] {
  const rng = new SeededRng(suite, `${seed}/faults`);
  const accounts = new Accounts();
  const recorded: Uint8Array[] = [];
  const network: VirtualNetwork<PersonEvent> = new VirtualNetwork<PersonEvent>({
    suite,
    seed,
    parameters: thinCover({ minLoopsPerMixPerSecond: 3 }),
    plans: [TEST_PLAN, LISTENER],
    nodes: NODES,
    tamper: (_from, to, frame) => {
      if (isNode(to) && below(rng, 20) === 0) {
        const at = below(rng, frame.length);
        frame[at] = (frame[at] ?? 0) ^ (1 << below(rng, 8));
      }
    },
    onFrame: (line, frame) => {
      accounts.hooks.onFrame?.(line, frame);
      if (isNode(line.to) && recorded.length < 500) recorded.push(frame.slice());
    },
    onArrive: (from, to, frame) => {
      accounts.hooks.onArrive?.(from, to, frame);
      if (hidden && below(rng, 50) === 0) accounts.of(to).in++;
    },
  });
  addPerson(network, 'alice', TEST_PLAN);
  addPerson(network, 'bob', TEST_PLAN);
  const wrong = new Set<string>();
  for (let step = 0; step < seconds * 4; step++) {
    network.run(SECOND / 4);
    const i = below(rng, NODES);
    const key = network.keys[i] ?? '';
    const up = network.relay(i) !== undefined;
    switch (below(rng, 6)) {
      case 0:
        if (up) network.inject(i, randomBytes(rng, below(rng, 3000)));
        break;
      case 1: {
        const old = recorded[below(rng, Math.max(1, recorded.length))];
        if (up && old !== undefined) network.inject(i, old);
        break;
      }
      case 2:
        if (up && step % 3 === 0) {
          network.kill(i);
          accounts.forget(key);
        }
        break;
      case 3:
        if (!up) {
          accounts.forget(key);
          network.restart(i);
        }
        break;
      default:
    }
    for (const each of accounts.wrong(network)) wrong.add(each);
  }
  return [...wrong];
}

test('every packet is accounted for under faults: what came in is out, held, ended, or dropped for one reason', () => {
  for (let run = 0; run < (LONG ? 20 : 2); run++) {
    expect(audit(`accounting ${run}`, 15, false)).toEqual([]);
  }
}, 1_800_000);

test('planted: one frame in fifty that vanishes between link and node does not add up', () => {
  expect(audit('accounting 0', 5, true)).toEqual(['arrivals', 'sum']);
});
