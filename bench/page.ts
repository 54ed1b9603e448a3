/**
 * The chat page as a person meets it: how soon it can be used with the processor slowed down four times,
 * and how long its longest task is while cover runs. A local network of processes with its real
 * parameters carries it. What becomes of the slot clock when nobody looks is in `background.ts`.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { type LocalNetwork, type PageServer, serveLocalPage, startLocalNetwork } from '@sotto/node';
import { HOME } from '@sotto/link';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright';
import { BUILT_PAGE, buildPage, pageIsStale } from '../tools/build-page.ts';
import { chromiumArgs, chromiumPath } from '../tools/chromium.ts';
import { median, round, type Row } from './row.ts';

const NODES = 9;
/** Slowdown of the processor in the browser. */
const SLOWED = 4;
const LOADS = 5;
/** How long cover is watched, seconds. */
const WATCHED = 60;

const row = (metric: string, value: number, unit: string, more: Partial<Row> = {}): Row => ({
  bench: 'page',
  metric,
  value: round(value),
  unit,
  ...more,
});

/** The rows of the page. */
export async function* pageBench(): AsyncIterable<Row> {
  if (pageIsStale()) await buildPage();
  let server: PageServer | undefined;
  const network = await startLocalNetwork({
    nodes: NODES,
    logLevel: 'error',
    onDrawn: async (drawn) => {
      server = await serveLocalPage(drawn, { folder: BUILT_PAGE, port: 0 });
    },
  });
  const browser = await chromium.launch({
    executablePath: await chromiumPath(),
    args: [...chromiumArgs],
  });
  try {
    const url = server?.url ?? '';
    yield* loads(browser, url);
    yield* cover(browser, url, network);
  } finally {
    await browser.close();
    await server?.close();
    await network.stop();
  }
}

async function slow(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWED });
}

/** Milliseconds from asking for the page until something on it can be used. */
async function usable(context: BrowserContext, url: string, label: string): Promise<number> {
  const page = await context.newPage();
  await slow(page);
  await page.goto(url, { waitUntil: 'commit' });
  await page.getByLabel(label).first().waitFor();
  // By the page's own clock, which does not count how soon the news of it come here.
  const millis = await page.evaluate(() => performance.now());
  await page.close();
  return millis;
}

async function* loads(browser: Browser, url: string): AsyncIterable<Row> {
  const first: number[] = [];
  for (let i = 0; i < LOADS; i++) {
    const context = await browser.newContext({ locale: 'en-GB' });
    first.push(await usable(context, url, 'Your name'));
    await context.close();
  }
  const more = { slowed: SLOWED, loads: LOADS };
  yield row('first-usable', median(first), 'ms', more);
  yield row('first-usable-slowest', Math.max(...first), 'ms', more);
}

/** In the page: the longest task of its main thread from now on, ms; the platform tells of those over 50. */
const watchTasks = (): void => {
  Object.assign(window, { longest: 0 });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      const known: unknown = Reflect.get(window, 'longest');
      Object.assign(window, { longest: Math.max(typeof known === 'number' ? known : 0, duration) });
    }
  }).observe({ type: 'longtask' });
};

/** In the worker: the longest time for which a timer of 10 ms was held up by other tasks. */
const watchTurns = (): void => {
  let last = performance.now();
  Object.assign(globalThis, { longest: 0 });
  setInterval(() => {
    const now = performance.now();
    const known: unknown = Reflect.get(globalThis, 'longest');
    const held = now - last - 10;
    Object.assign(globalThis, { longest: Math.max(typeof known === 'number' ? known : 0, held) });
    last = now;
  }, 10);
};

/** In page or worker: what was watched. */
const longest = (): unknown => Reflect.get(globalThis, 'longest');

/** Packets from clients that all nodes have taken so far. */
async function fromClients(network: LocalNetwork): Promise<number> {
  const all = await Promise.all(network.nodes.map((_, i) => network.status(i)));
  return all.reduce((sum, status) => sum + (status?.relay.received.client ?? 0), 0);
}

/** Slots a second as the guard counts them. */
async function slotRate(network: LocalNetwork): Promise<number> {
  const before = await fromClients(network);
  const began = performance.now();
  await wait(WATCHED * 1000);
  return ((await fromClients(network)) - before) / ((performance.now() - began) / 1000);
}

async function* cover(browser: Browser, url: string, network: LocalNetwork): AsyncIterable<Row> {
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByLabel('Your name').fill('Bench');
  await page.getByRole('button', { name: 'Start' }).click();
  await page.getByRole('button', { name: 'I was invited' }).waitFor();
  await page.getByText('Connecting to the network…').waitFor({ state: 'hidden' });
  const [worker] = page.workers();
  await page.evaluate(watchTasks);
  await worker?.evaluate(watchTurns);
  const plan = 1e6 / HOME.phase.uplinkMeanMicros;
  // A Poisson count has the standard deviation of its root.
  const noise = Math.sqrt(plan / WATCHED);
  const seen = await slotRate(network);
  yield row('longest-task-page', Number(await page.evaluate(longest)), 'ms', { seconds: WATCHED });
  yield row('longest-turn-worker', Number(await worker?.evaluate(longest)), 'ms', {
    seconds: WATCHED,
  });
  const more = { plan, noise: round(noise), seconds: WATCHED };
  yield row('slots-seen', seen, '1/s', more);
  await context.close();
}
