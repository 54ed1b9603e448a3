// Our ratchet beside what libsignal did with the same schedules of loss, reordering and repetition.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Session } from '@sotto/ratchet';
import { open } from '@sotto/sodium/native';
import { err } from '@sotto/wire';
import { expect, test } from 'vitest';
import { differences, OUTCOMES_FILE, outcomesOf, type Recorded } from './outcomes.ts';
import { OurTalk } from './our-talk.ts';

const suite = await open();
const { outcomes } = JSON.parse(readFileSync(OUTCOMES_FILE, 'utf8')) as Recorded;

/** Where the two differ on purpose (decision 0053): ours holds fewer keys, and libsignal forgets old chains. */
const ON_PURPOSE: readonly string[] = [
  'gap 258, heard 0: o, ours r',
  'gap 2001, heard 0: o, ours r',
  'late 5, heard 10: r, ours o',
  'late 6, heard 12: r, ours o',
  'late 30, heard 60: r, ours o',
];

test('the same messages open as in libsignal, but where the bounds differ on purpose', async () => {
  const ours = await outcomesOf(suite, async () => new OurTalk(suite));
  expect(differences(outcomes, ours)).toEqual(ON_PURPOSE);
  const random = Object.entries(outcomes).filter(([name]) => name.startsWith('random'));
  const letters = random.map(([, heard]) => heard).join('');
  expect(random.length).toBe(60);
  for (const [letter, least] of [
    ['o', 2000],
    ['d', 100],
  ] as const) {
    expect(letters.split(letter).length - 1).toBeGreaterThan(least);
  }
});

test('planted: a ratchet that forgets what is late is found', async () => {
  const forgetful = (inner: Session): Session => {
    let newest = -1;
    const hears: Session['open'] = (sealed) => {
      const result = inner.open(sealed);
      if (!result.ok) return result;
      const index = new DataView(result.value.buffer, result.value.byteOffset).getUint32(0);
      if (index < newest) return err({ code: 'duplicate' });
      newest = index;
      return result;
    };
    return Object.create(inner, {
      open: { value: hears },
      seal: { value: inner.seal.bind(inner) },
    }) as Session;
  };
  const ours = await outcomesOf(suite, async () => new OurTalk(suite, forgetful));
  expect(differences(outcomes, ours).length).toBeGreaterThan(ON_PURPOSE.length + 50);
});

test('nothing that is shipped names libsignal', () => {
  const root = join(import.meta.dirname, '../..');
  const shipped = [
    'package.json',
    'pnpm-lock.yaml',
    '{packages/*/*,apps/*}/package.json',
    '{packages/*/*,apps/*}/src/**/*',
  ];
  const files = globSync(shipped, { cwd: root, withFileTypes: true }).filter((each) =>
    each.isFile(),
  );
  expect(files.length).toBeGreaterThan(200);
  const naming = files.filter((each) =>
    readFileSync(join(each.parentPath, each.name), 'utf8').includes('@signalapp'),
  );
  expect(naming.map(({ name }) => name)).toEqual([]);
});
