// `npm run -s demo -- --json`: a local network of processes, two people, messages to one who is
// there and to one who comes back. Every figure is read off the processes; the last line is the result.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type LocalNetwork, startLocalNetwork } from '@sotto/node';
import { FRAME_BYTES } from '@sotto/link';
import { ChatProcess } from './chat-process.ts';
import { lowestMeanPool, meanHopDelayMs, nodeLoops, quantile, type Reading } from './figures.ts';

const ONLINE_MESSAGES = 20;
const OFFLINE_MESSAGES = 5;
const EVERY_MS = 3000;

interface Settings {
  readonly json: boolean;
  readonly nodes: number;
  readonly meanDelayMs: number;
  readonly slowMeanDelayMs: number;
  readonly stopLayer: number | undefined;
  readonly killOne: boolean;
}

function settings(): Settings {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      nodes: { type: 'string', default: '12' },
      'mean-delay-ms': { type: 'string', default: '250' },
      'slow-mean-delay-ms': { type: 'string', default: '2000' },
      'stop-layer': { type: 'string' },
      'kill-one': { type: 'boolean', default: false },
    },
  });
  const number = (flag: string, text: string, least: number): number => {
    const value = Number(text);
    if (!(value >= least))
      throw new Error(`${flag}: expected a number from ${least} on, got "${text}"`);
    return value;
  };
  const layer = values['stop-layer'];
  return {
    json: values.json,
    nodes: number('--nodes', values.nodes, 9),
    meanDelayMs: number('--mean-delay-ms', values['mean-delay-ms'], 1),
    slowMeanDelayMs: number('--slow-mean-delay-ms', values['slow-mean-delay-ms'], 1),
    stopLayer: layer === undefined ? undefined : number('--stop-layer', layer, 1),
    killOne: values['kill-one'],
  };
}

const began = performance.now();
function say(text: string): void {
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(6);
  process.stderr.write(`${seconds} s  ${text}\n`);
}

async function read(network: LocalNetwork): Promise<Reading> {
  const reading = new Map();
  await Promise.all(
    network.nodes.map(async (_, i) => {
      const status = await network.status(i);
      if (status !== undefined) reading.set(i, status);
    }),
  );
  return reading;
}

interface Outcome {
  readonly sent: number;
  readonly received: number;
  readonly times: readonly number[];
}

/** Sends one message every three seconds; `received` waits for them at whoever is there then. */
class Series {
  readonly #label: string;
  readonly #from: ChatProcess;
  readonly #contact: string;
  readonly #handedAt: number[] = [];

  constructor(label: string, from: ChatProcess, contact: string) {
    this.#label = label;
    this.#from = from;
    this.#contact = contact;
  }

  async send(count: number, during?: (i: number) => Promise<void>): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.#handedAt.push(performance.now());
      this.#from.tell({ send: { contact: this.#contact, text: `${this.#label} ${i}` } });
      await during?.(i);
      await wait(EVERY_MS);
    }
  }

  async received(at: ChatProcess, millis: number): Promise<Outcome> {
    const deadline = performance.now() + millis;
    const times: number[] = [];
    for (const [i, handed] of this.#handedAt.entries()) {
      const text = `${this.#label} ${i}`;
      const match = (event: { event: string }): boolean =>
        event.event === 'message-received' && 'text' in event && event.text === text;
      const event = await at.event(match, Math.max(0, deadline - performance.now()));
      const heard = at.heard.find((one) => one.event === event);
      if (heard !== undefined) times.push(heard.at - handed);
    }
    return { sent: this.#handedAt.length, received: times.length, times };
  }
}

interface Slots {
  real: number;
  loop: number;
  drop: number;
}

/** Adds a client process's own counts: only it knows which of its packets were words. */
async function addSlots(total: Slots, chat: ChatProcess): Promise<void> {
  const told = await chat.status(10_000);
  const status: unknown = told?.['status'];
  const slots: unknown =
    typeof status === 'object' && status !== null ? Reflect.get(status, 'slots') : undefined;
  if (typeof slots !== 'object' || slots === null) throw new Error(`${chat.name} told no slots`);
  for (const kind of ['real', 'loop', 'drop'] as const) {
    const count: unknown = Reflect.get(slots, kind);
    if (typeof count !== 'number') throw new Error(`${chat.name} told no slots of kind ${kind}`);
    total[kind] += count;
  }
}

async function contactOf(chat: ChatProcess, millis: number): Promise<string> {
  const added = await chat.event(({ event }) => event === 'contact-added', millis);
  const contact = added?.['contact'];
  if (typeof contact !== 'string')
    throw new Error(`${chat.name} has no contact after ${millis} ms`);
  return contact;
}

async function demo(o: Settings, network: LocalNetwork, folder: string): Promise<boolean> {
  // Set-up takes some forty slow hops' time and slots on top; everything is bounded by this.
  const patience = 240_000 + 40 * o.slowMeanDelayMs + 40 * o.meanDelayMs;
  const start = (name: string): ChatProcess =>
    new ChatProcess(name, join(folder, name), network.networkFile);
  const alice = start('alice');
  let bob = start('bob');
  const slots: Slots = { real: 0, loop: 0, drop: 0 };
  try {
    alice.tell({ invite: {} });
    const ready = await alice.event(({ event }) => event === 'invite-ready', patience);
    const link = ready?.['link'];
    if (typeof link !== 'string') throw new Error(`no invite after ${patience} ms`);
    say('the invite is ready; bob accepts it');
    bob.tell({ accept: { link } });
    const contact = await contactOf(alice, patience);
    await contactOf(bob, patience);
    say('alice and bob know each other');
    await wait(4 * EVERY_MS);

    if (o.stopLayer !== undefined) await stopLayer(network, o.stopLayer);
    const before = await read(network);
    const talk = new Series('online', alice, contact);
    await talk.send(ONLINE_MESSAGES, async (i) => {
      if (o.killOne && i === ONLINE_MESSAGES / 2) await killOne(network);
    });
    const silence = o.stopLayer === undefined ? patience : 30_000;
    const online = await talk.received(bob, silence);
    const after = await read(network);
    say(`online: ${online.received} of ${online.sent} arrived`);

    await addSlots(slots, bob);
    await bob.quit(20_000);
    say('bob is away; alice writes to him');
    const later = new Series('offline', alice, contact);
    await later.send(OFFLINE_MESSAGES);
    bob = start('bob');
    say('bob is back');
    const offline = await later.received(bob, silence);
    say(`offline: ${offline.received} of ${offline.sent} arrived`);
    await addSlots(slots, alice);
    await addSlots(slots, bob);

    const last = await read(network);
    const whole = (outcome: Outcome): boolean => outcome.received === outcome.sent;
    const result = {
      ok: whole(online) && whole(offline),
      nodes: network.nodes.length,
      packetBytes: FRAME_BYTES,
      meanHopDelayMs: Number(meanHopDelayMs(before, after).toFixed(1)),
      online: {
        sent: online.sent,
        received: online.received,
        p50Ms: quantile(online.times, 0.5),
        p95Ms: quantile(online.times, 0.95),
      },
      offline: {
        sent: offline.sent,
        received: offline.received,
        p50Ms: quantile(offline.times, 0.5),
      },
      packets: { ...slots, nodeLoop: nodeLoops(last) },
      meanPool: Number(lowestMeanPool(before, after).toFixed(2)),
    };
    process.stdout.write(
      o.json ? `${JSON.stringify(result)}\n` : `${JSON.stringify(result, undefined, 2)}\n`,
    );
    return result.ok;
  } finally {
    await Promise.all([alice.quit(20_000), bob.quit(20_000)]);
  }
}

async function stopLayer(network: LocalNetwork, layer: number): Promise<void> {
  const reading = await read(network);
  for (const [i, { relay }] of reading) if (relay.layer === layer) await network.kill(i);
  say(`every node of layer ${layer} is stopped`);
}

async function killOne(network: LocalNetwork): Promise<void> {
  await network.kill(0);
  say(`${network.nodes[0]?.label} is killed in the middle; it comes back`);
  await network.restart(0);
}

const chosen = settings();
const folder = await mkdtemp(join(tmpdir(), 'sotto-demo-'));
say(
  `starting ${chosen.nodes} nodes, a process each: mean ${chosen.meanDelayMs} ms a hop, ${chosen.slowMeanDelayMs} ms in the slow class`,
);
const network = await startLocalNetwork({
  nodes: chosen.nodes,
  meanDelayMs: chosen.meanDelayMs,
  slowMeanDelayMs: chosen.slowMeanDelayMs,
  onDeath: (label, how) => say(`${label} ${how}`),
});
try {
  say('the network is ready');
  process.exitCode = (await demo(chosen, network, folder)) ? 0 : 1;
} finally {
  await network.stop();
  await rm(folder, { recursive: true, force: true });
}
