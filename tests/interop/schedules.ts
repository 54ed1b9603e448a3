import type { CryptoSuite } from '@sotto/suite';
import { SeededRng } from '@sotto/suite/testing';
import { below } from '@sotto/wire';

/** One of two people. */
export type Side = 'a' | 'b';

/** `say` seals the next message; `hear` opens message `index` of the other side, at first or once more. */
export type Step =
  | { readonly act: 'say'; readonly side: Side }
  | { readonly act: 'hear'; readonly side: Side; readonly index: number };

/** What came of a message: it opened with the right words, it had been opened before, or it was refused otherwise. */
export type Outcome = 'opened' | 'duplicate' | 'refused';

/** Two people with a ratchet between them, who have said one message each. */
export interface Talk {
  /** Seals a message whose words are its number; numbers count from 0 over both sides. */
  say(side: Side): void | Promise<void>;
  hear(side: Side, index: number): Outcome | Promise<Outcome>;
}

/** How a schedule treats messages, each of 256. */
interface Weather {
  readonly loss: number;
  readonly repeat: number;
  /** How many of the waiting may be overtaken. */
  readonly reorder: number;
}

const WEATHERS: readonly Weather[] = [
  { loss: 0, repeat: 0, reorder: 1 },
  { loss: 25, repeat: 25, reorder: 3 },
  { loss: 90, repeat: 60, reorder: 6 },
];

/** Schedule number `n`: both speak at any time; messages get lost, come twice, late and in any order. */
function schedule(suite: CryptoSuite, n: number, turns = 150): Step[] {
  const rng = new SeededRng(suite, `ratchet schedule ${n}`);
  const { loss, repeat, reorder } = WEATHERS[n % WEATHERS.length] ?? {
    loss: 0,
    repeat: 0,
    reorder: 1,
  };
  const steps: Step[] = [];
  const waiting: Record<Side, number[]> = { a: [], b: [] };
  const past: Record<Side, number[]> = { a: [], b: [] };
  let said = 0;
  for (let turn = 0; turn < turns; turn++) {
    const side = below(rng, 2) === 0 ? 'a' : 'b';
    const other = side === 'a' ? 'b' : 'a';
    if (below(rng, 256) < 120) {
      steps.push({ act: 'say', side });
      if (below(rng, 256) >= loss) waiting[other].push(said);
      past[other].push(said++);
      continue;
    }
    const again = below(rng, 256) < repeat;
    const list = again ? past[side].slice(-6) : waiting[side];
    if (list.length === 0) continue;
    const at = below(rng, Math.min(reorder, list.length));
    const index = list[at];
    if (index === undefined) continue;
    if (!again) list.splice(at, 1);
    steps.push({ act: 'hear', side, index });
  }
  return steps;
}

/** A says `count` messages, of which B hears the last, then the first. */
const gap = (count: number): Step[] => [
  ...Array.from({ length: count }, (): Step => ({ act: 'say', side: 'a' })),
  { act: 'hear', side: 'b', index: count - 1 },
  { act: 'hear', side: 'b', index: 0 },
];

/** A's first message is late by so many turns of the talk: B hears it behind all others. */
const late = (turns: number): Step[] => [
  { act: 'say', side: 'a' },
  ...Array.from({ length: turns }, (_, i): Step[] => [
    { act: 'say', side: 'b' },
    { act: 'hear', side: 'a', index: 1 + 2 * i },
    { act: 'say', side: 'a' },
    { act: 'hear', side: 'b', index: 2 + 2 * i },
  ]).flat(),
  { act: 'hear', side: 'b', index: 0 },
];

/** Plays a schedule. @returns an outcome for each `hear`. */
export async function play(talk: Talk, steps: readonly Step[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const step of steps) {
    if (step.act === 'say') await talk.say(step.side);
    else outcomes.push(await talk.hear(step.side, step.index));
  }
  return outcomes;
}

/** Every schedule that is compared, by its name. */
export function schedules(suite: CryptoSuite): Map<string, Step[]> {
  const all = new Map<string, Step[]>();
  for (let n = 0; n < 60; n++) all.set(`random ${n}`, schedule(suite, n));
  for (const count of [256, 257, 258, 2001, 25_002]) all.set(`gap ${count}`, gap(count));
  for (const turns of [1, 4, 5, 6, 30]) all.set(`late ${turns}`, late(turns));
  return all;
}
