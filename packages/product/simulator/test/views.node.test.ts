import type { NodeEntry } from '@sotto/directory';
import { PATH_RULES, type PathRules } from '@sotto/endpoint';
import type { NodeView } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { GEOMETRY } from '@sotto/sphinx';
import { SeededRng } from '@sotto/suite/testing';
import { choose, randomBytes } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { blocks, correspondents, mail, marksOf, MOST_MAILS } from './correspondents.ts';
import { SECOND } from './plans.ts';
import { aliasOf, betrayals, type RecordedView, sharedStrings, ViewRecorder } from './views.ts';

const suite = await open();
const PERSONS = ['alice', 'bob'];

/** Records all views while mails go from bob through alice's mailboxes to alice. */
function recordMails(
  seed: string,
  mails: number,
  plant: {
    readonly rulesOfAlice?: PathRules;
    readonly rulesOfBob?: PathRules;
    readonly corrupt?: (view: NodeView) => void;
  } = {},
): { readonly recorder: ViewRecorder; readonly layer2: readonly string[] } {
  const recorder = new ViewRecorder();
  const { corrupt, ...rules } = plant;
  const both = correspondents({
    suite,
    seed,
    aliases: Math.ceil(mails / 8),
    ...rules,
    onView: (view) => {
      if (recorder.recording) corrupt?.(view);
      recorder.add(view);
    },
  });
  const { network } = both;
  recorder.recording = true;
  blocks(both, 'mailbox', mails).forEach((surb, i) => {
    mail(both, surb, i);
  });
  const all = (): boolean => new Set(marksOf(network)).size === mails;
  const arrived = network.until(100 * SECOND, all);
  if (corrupt === undefined) expect(arrived).toBe(true);
  const nodes = network.relay(0)?.nodes() ?? [];
  return { recorder, layer2: nodes.filter(({ layer }) => layer === 2).map(({ key }) => key) };
}

test('sixteen common bytes are found at any offset, fifteen are none', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 40, maxLength: 200 }),
      fc.nat({ max: 23 }),
      fc.nat({ max: 1583 }),
      fc.constantFrom(15, 16),
      (source, from, to, length) => {
        const bytes = randomBytes(new SeededRng(suite, 'other'), 1600);
        bytes.set(source.subarray(from, from + length), to);
        const found = sharedStrings([
          { place: 'first', bytes: source },
          { place: 'second', bytes },
        ]);
        expect(found.length > 0).toBe(length === 16);
      },
    ),
    { seed: 1 },
  );
});

const storedMails = (views: readonly RecordedView[]): RecordedView[] =>
  views.filter(({ stored }) => stored.some(({ key }) => key.startsWith('mail/')));

test('no two links, and no link and stored mail, share 16 bytes; no node sees sender and alias', () => {
  const { recorder } = recordMails('views', 16);
  const sightings = recorder.sightings();
  expect(sightings.length).toBeGreaterThan(1000);
  expect(storedMails(recorder.views).length).toBe(16);
  expect(sharedStrings(sightings)).toEqual([]);
  expect(betrayals(recorder.views, PERSONS)).toEqual([]);
  // It is able to see both: some node holds the sender's link, and some the alias.
  expect(recorder.views.some(({ previous }) => previous === 'bob')).toBe(true);
  expect(
    recorder.views.some(({ stored }) => stored.some(({ key }) => aliasOf(key) !== undefined)),
  ).toBe(true);
});

test('a body that one node passes on unchanged is found', () => {
  let planted = 0;
  const corrupt = ({ kind, packetIn, packetOut }: NodeView): void => {
    if (kind !== 'forward' || packetIn === undefined || planted++ > 0) return;
    const { packetBytes, bodyBytes } = GEOMETRY;
    packetOut?.set(packetIn.subarray(packetBytes - bodyBytes), packetBytes - bodyBytes);
  };
  const { recorder } = recordMails('views', 1, { corrupt });
  const found = sharedStrings(recorder.sightings());
  expect(found.length).toBeGreaterThanOrEqual(GEOMETRY.bodyBytes - 15);
  expect(new Set(found.map(({ first, second }) => `${first} ${second}`)).size).toBe(1);
});

test('a path whose hops are all one node is found', () => {
  let only: NodeEntry | undefined;
  const rulesOfBob: PathRules = {
    ...PATH_RULES,
    sender({ guard }) {
      only = guard;
      return [guard, guard, guard];
    },
  };
  const toOnly: PathRules = {
    ...PATH_RULES,
    crossover: (view, rng) => only ?? PATH_RULES.crossover(view, rng),
    recipient: (view, rng, end, first) =>
      only !== undefined && end.key === only.key
        ? [only, only]
        : PATH_RULES.recipient(view, rng, end, first),
    mailbox: (view, rng) => only ?? PATH_RULES.mailbox(view, rng),
  };
  const { recorder } = recordMails(ONE_NODE_SEED, 1, { rulesOfAlice: toOnly, rulesOfBob });
  expect(betrayals(recorder.views, PERSONS)).toContainEqual(
    expect.objectContaining({ node: only?.key, person: 'bob' }),
  );
});

/** A seed whose bob has a guard in layer 3, none of alice's: the one mix that may be guard, crossover and mailbox. */
const ONE_NODE_SEED = 'one node 6';

/** Mixes of layer 2 that never stood before a mailbox when mail came to it. */
function neverBefore(views: readonly RecordedView[], layer2: readonly string[]): string[] {
  const before = new Set(storedMails(views).map(({ previous }) => previous));
  return layer2.filter((key) => !before.has(key));
}

test('mail comes to the mailboxes from every mix of layer 2, and a sticky last mix is found', () => {
  const honest = recordMails('last mix', MOST_MAILS);
  expect(neverBefore(honest.recorder.views, honest.layer2)).toEqual([]);
  const sticky: PathRules = {
    ...PATH_RULES,
    recipient(view, rng, end, first) {
      const path = PATH_RULES.recipient(view, rng, end, first);
      const last = choose(
        rng,
        view.lastMixes.filter(({ key }) => key !== end.key),
      );
      return path === undefined || last === undefined ? undefined : [path[0], last];
    },
  };
  const planted = recordMails('last mix', MOST_MAILS, { rulesOfAlice: sticky });
  expect(neverBefore(planted.recorder.views, planted.layer2)).not.toEqual([]);
});
