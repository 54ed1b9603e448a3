import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { HOME } from '@sotto/endpoint';
import { after, MICROS_PER_SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import { type Alias, ALIAS_LIMITS, Aliases, TWIN_OWNER } from '../src/aliases.ts';
import { Network, NOW, suite } from './network.ts';

const SLOT = HOME.phase.uplinkMeanMicros;
/** Ten slots of half a second for each of 30 seconds. */
const PAUSE = 150 * MICROS_PER_SECOND;

/** A quiet alias of a contact, asked for once a second for an hour from its first fetch on; mail of it is opened at these seconds. */
function fetches(pauseSlots: number, mailAt: readonly number[] = [], owner = 'contact'): number[] {
  const network = new Network('quiet');
  const limits = { ...ALIAS_LIMITS, pauseSlots };
  const aliases = new Aliases(suite, { ...DEFAULT_PARAMETERS, originMicros: 0 }, limits, () => {});
  const [node] = network.entries;
  if (node === undefined) throw new Error('no node');
  const { box } = aliases.create(NOW, node, network.rng);
  aliases.fetched(NOW, box, 0, network.rng);
  aliases.answered(box, NOW, true);
  const owned: Alias | undefined = aliases.assign(owner, Math.floor(NOW / 86_400e6), () => true);
  expect(owned?.box).toBe(box);
  aliases.minted(box);
  const asked: number[] = [];
  for (let second = 1; second <= 3600; second++) {
    const now = after(NOW, second * MICROS_PER_SECOND);
    if (mailAt.includes(second)) aliases.finished(box, new Uint8Array(16));
    if (aliases.nextFetch(now, SLOT)?.box !== box) continue;
    aliases.fetched(now, box, 0, network.rng);
    asked.push(second);
  }
  return asked;
}

test('an alias that brought nothing rests; one that brought mail is asked again at once', () => {
  const rest = PAUSE / MICROS_PER_SECOND;
  const quiet = fetches(ALIAS_LIMITS.pauseSlots);
  expect(quiet).toEqual(Array.from({ length: 24 }, (_, i) => rest * (i + 1)));
  expect(fetches(ALIAS_LIMITS.pauseSlots, [200]).slice(0, 4)).toEqual([150, 200, 350, 500]);
  // Planted: without the pause every turn is taken.
  expect(fetches(0)).toHaveLength(3600);
});

test('others want an alias as long as one of them found none', () => {
  const network = new Network('wanted');
  const aliases = new Aliases(suite, DEFAULT_PARAMETERS, ALIAS_LIMITS, () => {});
  const others = (): boolean[] =>
    ['contact 1', 'stash 1'].map((owner) => aliases.othersWant(owner));
  expect(others()).toEqual([false, false]);
  aliases.want('contact 1', 7);
  expect(others()).toEqual([false, true]);
  const [node] = network.entries;
  if (node === undefined) throw new Error('no node');
  const { box } = aliases.create(NOW, node, network.rng);
  aliases.fetched(NOW, box, 0, network.rng);
  aliases.answered(box, NOW, true);
  expect(aliases.assign('contact 1', 7, () => true)?.box).toBe(box);
  expect(others()).toEqual([false, false]);
});

test('an alias of twins rests from once to three times as long, each time anew', () => {
  const rest = PAUSE / MICROS_PER_SECOND;
  const asked = [0, ...fetches(ALIAS_LIMITS.pauseSlots, [], `${TWIN_OWNER}1 contact`)];
  const gaps = asked.slice(1).map((at, i) => at - (asked[i] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(rest);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(3 * rest + 1);
  // Half as many fetches in the mean: 12 in the hour, within what a dozen draws may be off.
  expect(gaps.length).toBeGreaterThan(8);
  expect(gaps.length).toBeLessThan(17);
  expect(new Set(gaps).size).toBeGreaterThan(gaps.length / 2);
});
