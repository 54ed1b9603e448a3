/**
 * The slot clock of a page that nobody looks at: packets as its worker hands them to the network, in
 * front and in the background, past the five minutes after which Chromium wakes a hidden page's own
 * timers once a minute. Needs a browser that hides tabs, which headless shells do not.
 */
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { HOME } from '@sotto/link';
import { type PageServer, serveLocalPage, startLocalNetwork } from '@sotto/node';
import { BUILT_PAGE, buildPage, pageIsStale } from '../tools/build-page.ts';
import { chromiumPath } from '../tools/chromium.ts';
import { RawChromium } from './raw-chromium.ts';
import { round, type Row } from './row.ts';

const NODES = 9;
const FULL_CHROMIUM = '/usr/bin/chromium';
/** What is watched, in this order; hidden pages change after five minutes. */
const STRETCHES = [
  { state: 'front', seconds: 120, hidden: false },
  { state: 'background', seconds: 290, hidden: true },
  { state: 'background after 5 minutes', seconds: 240, hidden: true },
  { state: 'front again', seconds: 120, hidden: false },
] as const;
/** What stands on the line for a packet is no shorter. */
const FRAME_BYTES = 1600;
const MEAN_MILLIS = HOME.phase.uplinkMeanMicros / 1000;

/** In the worker: when packets were handed to the network, by the worker's own clock. */
const RECORD = `(() => {
  globalThis.sent = [];
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (data) {
    const packets = Math.floor((data.byteLength ?? data.size ?? 0) / ${FRAME_BYTES});
    for (let i = 0; i < packets; i++) globalThis.sent.push(performance.now());
    return send.call(this, data);
  };
})()`;
const TAKE = 'globalThis.sent.splice(0)';
/** In the page: when a timer of its own fired that should each tenth of a second. */
const TICK = `(() => {
  globalThis.ticks = [performance.now()];
  setInterval(() => globalThis.ticks.push(performance.now()), 100);
})()`;
const TICKS = 'globalThis.ticks.splice(0)';
const BEGIN = `(async () => {
  const until = async (find) => {
    for (;;) {
      const found = find();
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const button = (text) => () =>
    [...document.querySelectorAll('button')].find((each) => each.textContent.includes(text));
  const name = await until(() => document.querySelector('input'));
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(name, 'Bench');
  name.dispatchEvent(new Event('input', { bubbles: true }));
  (await until(button('Start'))).click();
  await until(button('I was invited'));
  await until(() => !document.body.textContent.includes('Connecting to the network'));
  const link = await until(() => document.querySelector('button[aria-label="Network"], button[title="Network"]') ?? button('Network')());
  link.click();
  await until(() => document.querySelector('.net-own-figures'));
})()`;
/** What the network view says of the beat. */
const SHOWN = `[...document.querySelectorAll('.net-note')].map((each) => each.textContent)`;

/** Rows of each stretch, in front and in the background. */
export async function* backgroundBench(): AsyncIterable<Row> {
  const path = await browserPath();
  if (pageIsStale()) await buildPage();
  let server: PageServer | undefined;
  const network = await startLocalNetwork({
    nodes: NODES,
    logLevel: 'error',
    // What nodes send each other is not looked at, and would make the machine busy.
    singleProcess: true,
    parameters: { poolTarget: 0, minLoopsPerMixPerSecond: 1 },
    onDrawn: async (drawn) => {
      server = await serveLocalPage(drawn, { folder: BUILT_PAGE, port: 0 });
    },
  });
  const browser = await RawChromium.start(path);
  try {
    yield* watch(browser, server?.url ?? '');
  } finally {
    await browser.close();
    await server?.close();
    await network.stop();
  }
}

/** A full browser rather than the packaged one, which is a headless shell. */
async function browserPath(): Promise<string> {
  const given = process.env['CHROMIUM_PATH'];
  if (given !== undefined && given !== '') return given;
  return existsSync(FULL_CHROMIUM) ? FULL_CHROMIUM : chromiumPath();
}

async function* watch(browser: RawChromium, url: string): AsyncIterable<Row> {
  const tab = await browser.open(url);
  if (!(await hides(browser, tab))) {
    process.stderr.write(
      'background: this browser says "visible" of a page behind another one, as headless shells do,' +
        ' so it has no background to measure. Name a full one by CHROMIUM_PATH (Debian: chromium).\n',
    );
    return;
  }
  await browser.inTab(tab, BEGIN);
  const common = { browser: await browser.version(), plan: HOME.name };
  await browser.inWorker(tab, RECORD);
  await browser.inTab(tab, TICK);
  let other: string | undefined;
  for (const { state, seconds, hidden } of STRETCHES) {
    if (hidden) other ??= await browser.open('about:blank');
    else if (other !== undefined) {
      await browser.closeTab(other);
      other = undefined;
      await browser.front(tab);
    }
    await browser.inWorker(tab, TAKE);
    await browser.inTab(tab, TICKS);
    await wait(seconds * 1000);
    // Asked for only now: a page with somebody at its debugger might be treated better.
    const sent = numbers(await browser.inWorker(tab, TAKE));
    const ticks = numbers(await browser.inTab(tab, TICKS));
    const said = await browser.inTab(tab, 'document.visibilityState');
    const more = { ...common, state, said: String(said), seconds };
    yield* figures(sent, seconds, more);
    const row = { bench: 'background', ...more };
    yield { ...row, metric: 'page-timer-longest', value: round(longest(ticks), 0), unit: 'ms' };
    if (hidden) continue;
    // The view asks its client every two seconds.
    await wait(3000);
    for (const [metric, value] of shown(await browser.inTab(tab, SHOWN))) {
      yield { ...row, metric: `shown-${metric}`, value, unit: metric.endsWith('ms') ? 'ms' : '1' };
    }
  }
}

/** Whether a tab behind another is told so. */
async function hides(browser: RawChromium, tab: string): Promise<boolean> {
  const other = await browser.open('about:blank');
  await wait(1000);
  const said = await browser.inTab(tab, 'document.visibilityState');
  await browser.closeTab(other);
  await browser.front(tab);
  return said === 'hidden';
}

const numbers = (value: unknown): number[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'number') : [];

const gapsOf = (times: readonly number[]): number[] =>
  times.slice(1).map((at, i) => at - (times[i] ?? at));

const longest = (times: readonly number[]): number => Math.max(0, ...gapsOf(times));

/** The rate and how far its gaps are from the plan's exponential ones. */
function* figures(sent: readonly number[], seconds: number, more: Partial<Row>): Iterable<Row> {
  const gaps = gapsOf(sent).toSorted((a, b) => a - b);
  const n = gaps.length;
  const row = (metric: string, value: number, unit: string, rest: Partial<Row> = {}): Row => {
    return { bench: 'background', metric, value: round(value, 4), unit, ...more, ...rest };
  };
  const expected = (seconds * 1000) / MEAN_MILLIS;
  yield row('slots', sent.length / seconds, '1/s', {
    expected: 1000 / MEAN_MILLIS,
    packets: sent.length,
  });
  // A Poisson count has the standard deviation of its root.
  yield row('slots-deviation', (sent.length - expected) / Math.sqrt(expected), 'sigma');
  const distance = gaps.reduce((most, gap, i) => {
    const share = 1 - Math.exp(-gap / MEAN_MILLIS);
    return Math.max(most, share - i / n, (i + 1) / n - share);
  }, 0);
  // Beyond this distance one sample in a hundred of the exponential distribution lies.
  yield row('gaps-kolmogorov', distance, '1', { critical: round(1.63 / Math.sqrt(n), 4), gaps: n });
  yield row('gaps-longest', gaps.at(-1) ?? 0, 'ms', {
    expected: round(MEAN_MILLIS * (Math.log(n) + 0.577), 0),
  });
  yield row('gaps-shortest-hundredth', gaps[Math.floor(n / 100)] ?? 0, 'ms', {
    expected: round(-MEAN_MILLIS * Math.log(0.99), 1),
  });
}

/** The figures in what the network view says of its client's beat. */
function* shown(notes: unknown): Iterable<readonly [string, number]> {
  const late = /(none|[\d,]+) more than a tenth of a second late, (none|[\d,]+) left out/u;
  for (const note of Array.isArray(notes) ? notes.map(String) : []) {
    const found = late.exec(note);
    if (found === null) continue;
    const where = note.startsWith('In the background') ? 'background' : 'run';
    yield [`${where}-late`, count(found[1])];
    yield [`${where}-left-out`, count(found[2])];
    const [, mean, most] =
      /on average ([\d,.]+) ms after their time and ([\d,.]+) ms/u.exec(note) ?? [];
    if (mean !== undefined && most !== undefined) {
      yield [`${where}-mean-ms`, count(mean)];
      yield [`${where}-most-ms`, count(most)];
    }
  }
}

const count = (word: string | undefined): number =>
  word === undefined || word === 'none' ? 0 : Number(word.replaceAll(',', ''));
