import { DROP_REASONS } from '@sotto/mixing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { METRICS_MILLIS, MetricsPage, prometheusText } from '../src/metrics.ts';
import type { NodeStatus } from '../src/node-status.ts';
import { statusOf } from './sample-status.ts';

const base = statusOf('a'.repeat(32), 3);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A node with this many packets more than at the start, in every count that packets move. */
function after(packets: number): NodeStatus {
  const { relay } = base;
  const more = <T extends Readonly<Record<string, number>>>(counts: T): T =>
    Object.assign({}, ...Object.entries(counts).map(([k, n]) => ({ [k]: n + packets })));
  return {
    ...base,
    uptimeSeconds: base.uptimeSeconds + packets,
    relay: {
      ...relay,
      received: more(relay.received),
      sent: more(relay.sent),
      terminals: more(relay.terminals),
      drops: more(relay.drops),
      loops: more(relay.loops),
      replayTags: relay.replayTags + packets,
    },
  };
}

test('two scrapes within a step of the grid are identical although packets went through; the next step shows them', async () => {
  let packets = 0;
  const page = new MetricsPage(() => after(packets));
  const first = await page.text();
  packets = 1000;
  vi.advanceTimersByTime(METRICS_MILLIS - 1);
  expect(await page.text()).toBe(first);
  vi.advanceTimersByTime(1);
  const second = await page.text();
  expect(second).not.toBe(first);
  expect(second).toContain('sotto_loops_total{outcome="sent"} 1040');
  page.stop();
});

test('nobody’s asking moves the moment of the figures: two scrapes about a step differ by a whole step', async () => {
  let packets = 0;
  const page = new MetricsPage(() => after(packets));
  // The first reader of all comes just before the step, and what he sees is of the start.
  packets = 500;
  vi.advanceTimersByTime(METRICS_MILLIS - 1);
  expect(await page.text()).toContain('sotto_loops_total{outcome="sent"} 40');
  vi.advanceTimersByTime(2);
  expect(await page.text()).toContain('sotto_loops_total{outcome="sent"} 540');
  page.stop();
});

test('planted: figures that are taken for each reader differ within a step', async () => {
  let packets = 0;
  const live = (): Promise<string> => prometheusText(after(packets));
  const first = await live();
  packets = 1;
  expect(await live()).not.toBe(first);
});

const withRelay = (relay: Partial<NodeStatus['relay']>): NodeStatus => ({
  ...base,
  relay: { ...base.relay, ...relay },
});

test('mail in place of filler changes nothing on the page', async () => {
  const { link, mail, filler } = base.relay.sent;
  expect(
    await prometheusText(withRelay({ sent: { link, mail: mail + 1, filler: filler - 1 } })),
  ).toBe(await prometheusText(base));
  expect(await prometheusText(base)).toContain('sotto_packets_sent_total{to="client"} 18800');
});

test.each(['deliver', 'arrive', 'contact', 'greet', 'drop'] as const)(
  'one terminal “%s” in place of another changes nothing on the page',
  async (kind) => {
    const { terminals } = base.relay;
    const other = kind === 'drop' ? 'deliver' : 'drop';
    const changed = { ...terminals, [kind]: terminals[kind] + 1, [other]: terminals[other] - 1 };
    expect(await prometheusText(withRelay({ terminals: changed }))).toBe(
      await prometheusText(base),
    );
  },
);

test('a single packet, answer, refused request or replay tag changes nothing on the page', async () => {
  const { received, replayTags, drops, links, terminals } = base.relay;
  const shown = await prometheusText(base);
  const one: Partial<NodeStatus['relay']>[] = [
    { received: { ...received, run: received.run + 1 } },
    { received: { ...received, link: received.link + 1 } },
    { terminals: { ...terminals, greet: terminals.greet + 1 } },
    { replayTags: replayTags + 1 },
    { links: { ...links, packets: links.packets + 1 } },
    ...['mac', 'inner-body-mac', 'guard-box-full', 'alias-quota', 'stash-full'].map((reason) => ({
      drops: { ...drops, [reason]: (drops[reason] ?? 0) + 1 },
    })),
  ];
  // A reason that was never counted is a line more, as it is in the core from the start.
  const all = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0]));
  for (const relay of one) {
    const whole =
      relay.drops === undefined ? shown : await prometheusText(withRelay({ drops: all }));
    const changed =
      relay.drops === undefined ? relay : { drops: { ...all, ...relay.drops, mac: 1, replay: 0 } };
    expect(await prometheusText(withRelay(changed))).toBe(whole);
  }
});

test('what an operator acts on stays exact: links, pool and filter that are full', async () => {
  const page = await prometheusText(
    withRelay({ drops: { 'pool-full': 3, 'replay-filter-full': 1, 'link-down': 2, mac: 250 } }),
  );
  for (const line of [
    'reason="pool-full"} 3',
    'reason="replay-filter-full"} 1',
    'reason="link-down"} 2',
    'reason="mac"} 200',
    'reason="service"} 0',
  ]) {
    expect(page).toContain(line);
  }
});

test('one packet held more does not show, ten do; means are in tenths and whole milliseconds', async () => {
  const page = async (held: number): Promise<string> => {
    const { fast, slow } = base.relay.pool.strata;
    const sender = { ...fast.sender, held, meanHeld: 2.5499, meanHeldMicros: 250_499.6 };
    const strata = { fast: { ...fast, sender }, slow };
    return prometheusText(withRelay({ pool: { ...base.relay.pool, strata } }));
  };
  expect(await page(13)).toBe(await page(12));
  expect(await page(23)).not.toBe(await page(12));
  expect(await page(12)).toContain('sotto_pool_packets_mean{class="fast",half="sender"} 2.5\n');
  expect(await page(12)).toContain(
    'sotto_pool_delay_mean_micros{class="fast",half="sender"} 250000\n',
  );
});
