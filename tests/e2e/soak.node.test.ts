/**
 * People who write to each other while lines lose a tenth of all frames, lines and processes come and go,
 * and nodes crash: every text is there once, and a reader who wants order has it. The long form is a
 * hundred people; what is real and what is modelled stands in packages/protocol/reliable/README.md.
 */
import { writeSync } from 'node:fs';
import { cpuUsage } from 'node:process';
import { open } from '@sotto/sodium/native';
import { expect, inject, test } from 'vitest';
import { soak, SOAK_OF_HUNDRED, type Talk, wrongs } from './soak-life.ts';

const suite = await open();
const long = inject('long');
const size = long ? SOAK_OF_HUNDRED : { seed: 'soak', people: 4, texts: 4 };

test('with loss and churn every message is there exactly once and in order', () => {
  const { texts, channels, ...counts } = soak(suite, size, (progress) => {
    const cpuSeconds = Math.round(cpuUsage().user / 1_000_000);
    // Past the console of the test runner, which has no turn before the people are through.
    if (long) writeSync(2, `${JSON.stringify({ ...progress, cpuSeconds })}\n`);
  });
  const overtaken = texts.reduce((sum, talk) => sum + talk.overtaken, 0);
  const said = [...texts, ...channels].reduce((sum, { written }) => sum + written.length, 0);
  const told = JSON.stringify({ ...counts, said, overtaken });
  // oxlint-disable-next-line no-console -- the figures of the long run
  if (long) console.log(told);
  expect(wrongs(texts), told).toEqual([]);
  expect(wrongs(channels), told).toEqual([]);
  // There was trouble, and as many talks as people have.
  const { framesLost, crashes, cuts, restarts } = counts;
  expect(Math.min(framesLost, crashes, cuts, restarts), told).toBeGreaterThan(0);
  if (long) expect(overtaken).toBeGreaterThan(0);
  const pairs = size.people === 4 ? 2 : size.people;
  expect([texts.length, channels.length]).toEqual([2 * pairs, pairs / 2]);
  expect(said).toBe(size.texts * (2 * pairs + pairs / 2));
});

test('planted: what is missing, there twice, from nowhere or out of order is found', () => {
  const fine: Talk = {
    from: 'a',
    to: 'b',
    written: ['0', '1'],
    there: ['1', '0'],
    read: ['0', '1'],
    overtaken: 1,
  };
  expect(wrongs([fine])).toEqual([]);
  expect(wrongs([{ ...fine, there: ['0'] }])).toEqual(['missing: 1']);
  expect(wrongs([{ ...fine, there: ['0', '1', '0'] }])).toEqual(['twice: 0']);
  expect(wrongs([{ ...fine, there: ['0', '1', '2'] }])).toEqual(['strange: 2']);
  expect(wrongs([{ ...fine, read: ['1', '0'] }])).toEqual(['out of order: a to b']);
  expect(wrongs([{ ...fine, read: ['0'] }])).toEqual(['out of order: a to b']);
});
