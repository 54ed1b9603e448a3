// `npm run soak`: a local network of processes under disturbance for a stated time, two people who
// talk all the while. Prints counts and memory by the minute; the exit code says whether what must
// hold after it (judge.ts) held.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type LocalNetwork, startLocalNetwork } from '@sotto/node';
import { ChatProcess } from '../demo/chat-process.ts';
import { broken, memorySlopes, type Sample } from './judge.ts';

const USAGE = `npm run soak -- [--minutes N] [--nodes N] [--disturb-seconds N] [--json]
  --minutes N          how long, set-up left out; SOTTO_SOAK_MINUTES (default 15, at least 3)
  --nodes N            nodes, a process each (default 9)
  --disturb-seconds N  a node is killed or stopped, and started again, this often (default 60; 0: never)
  --json               one JSON line a minute, and one with the result
`;
const SAMPLE_SECONDS = 10;
const MESSAGE_SECONDS = 5;
/** At the end nothing is disturbed; the first third of it is for loops that are given up. */
const QUIET_SECONDS = 90;
const GIVEN_UP_SECONDS = 30;
/** Nodes in front that are never disturbed: their memory is followed from the start. */
const UNDISTURBED = 4;
/** Set-up and end together take at most this. */
const PATIENCE_MS = 600_000;

const began = performance.now();
const say = (text: string): void => {
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(7);
  process.stderr.write(`${seconds} s  ${text}\n`);
};

function settings() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: process.env['SOTTO_SOAK_MINUTES'] ?? '15' },
      nodes: { type: 'string', default: '9' },
      'disturb-seconds': { type: 'string', default: '60' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const number = (flag: string, text: string, least: number, most: number): number => {
    const value = Number(text);
    if (text !== '' && value >= least && value <= most) return value;
    throw new Error(`${flag}: expected a number from ${least} to ${most}, got "${text}"`);
  };
  return {
    help: values.help,
    json: values.json,
    minutes: number('--minutes', values.minutes, 3, 7 * 24 * 60),
    nodes: number('--nodes', values.nodes, 9, 60),
    disturbSeconds: number('--disturb-seconds', values['disturb-seconds'], 0, 86_400),
  };
}

interface Acquainted {
  readonly chat: ChatProcess;
  readonly contact: unknown;
}

/** Two people who have met: each writes to the other in turn. */
class Talk {
  readonly #people: readonly Acquainted[];
  readonly #texts: { readonly to: ChatProcess; readonly text: string }[] = [];

  private constructor(people: readonly Acquainted[]) {
    this.#people = people;
  }

  static async begin(alice: ChatProcess, bob: ChatProcess): Promise<Talk> {
    alice.tell({ invite: {} });
    const ready = await alice.event(({ event }) => event === 'invite-ready', PATIENCE_MS);
    bob.tell({ accept: { link: ready?.['link'] } });
    const people: Acquainted[] = [];
    for (const chat of [alice, bob]) {
      const added = await chat.event(({ event }) => event === 'contact-added', PATIENCE_MS);
      if (added === undefined) throw new Error(`${chat.name} has met nobody`);
      people.push({ chat, contact: added['contact'] });
    }
    return new Talk(people);
  }

  get sent(): number {
    return this.#texts.length;
  }

  say(): void {
    const n = this.#texts.length;
    const from = this.#people[n % 2];
    const to = this.#people[(n + 1) % 2];
    if (from === undefined || to === undefined) return;
    const text = `message ${n}`;
    this.#texts.push({ to: to.chat, text });
    from.chat.tell({ send: { contact: from.contact, text } });
  }

  /** Messages that have arrived when all have or `millis` are over. */
  async received(millis: number): Promise<number> {
    const end = performance.now() + millis;
    let count = 0;
    for (const { to, text } of this.#texts) {
      const match = (event: { event: string }): boolean =>
        event.event === 'message-received' && 'text' in event && event.text === text;
      const left = Math.max(0, end - performance.now());
      if ((await to.event(match, left)) !== undefined) count++;
    }
    return count;
  }
}

/** Ends a node, by a signal that it may answer or not, and starts it again. */
async function disturb(network: LocalNetwork, turn: number): Promise<string> {
  const i = UNDISTURBED + (turn % (network.nodes.length - UNDISTURBED));
  const { label, pid } = network.nodes[i] ?? { label: '', pid: undefined };
  const graceful = turn % 2 === 1;
  if (graceful && pid !== undefined) {
    process.kill(pid, 'SIGTERM');
    while (network.nodes[i]?.pid === pid) await wait(100);
  } else await network.kill(i);
  await network.restart(i);
  return `${label} was ${graceful ? 'stopped' : 'killed'} and is back`;
}

const chosen = settings();
if (chosen.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const print = (line: object): void => {
  process.stdout.write(
    `${chosen.json ? JSON.stringify(line) : JSON.stringify(line, undefined, 1)}\n`,
  );
};
const totalSeconds = chosen.minutes * 60;
// The nodes end with this process.
const watchdog = setTimeout(
  () => {
    say('it did not end in time');
    process.exit(1);
  },
  totalSeconds * 1000 + 2 * PATIENCE_MS,
);
const preload = pathToFileURL(join(import.meta.dirname, 'collect.ts')).href;
process.env['NODE_OPTIONS'] = `${process.env['NODE_OPTIONS'] ?? ''} --import=${preload}`;
const folder = await mkdtemp(join(tmpdir(), 'sotto-soak-'));
const network = await startLocalNetwork({
  nodes: chosen.nodes,
  meanDelayMs: 250,
  slowMeanDelayMs: 500,
  onDeath: (label, how) => say(`${label} ${how}`),
});
const people = ['alice', 'bob'].map(
  (name) => new ChatProcess(name, join(folder, name), network.networkFile),
);
try {
  const [alice, bob] = people;
  if (alice === undefined || bob === undefined) throw new Error('two people expected');
  const talk = await Talk.begin(alice, bob);
  say(`${chosen.nodes} nodes, and two people who know each other: ${chosen.minutes} minutes`);
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  const samples: Sample[] = [];
  const sample = async (): Promise<void> => {
    const at = seconds();
    const nodes = await Promise.all(network.nodes.map((_, i) => network.status(i)));
    samples.push({ seconds: at, nodes });
  };
  const report = (): void => {
    const up = samples.at(-1)?.nodes.filter((status) => status !== undefined) ?? [];
    const sum = (figure: (node: (typeof up)[number]) => number): number =>
      up.reduce((total, node) => total + figure(node), 0);
    print({
      soak: 'minute',
      minute: Math.round(seconds() / 60),
      nodes: up.length,
      packets: sum(({ relay }) => relay.sent.link),
      held: sum(({ relay }) => relay.held),
      loopsReturned: sum(({ relay }) => relay.loops.returned),
      loopsLost: sum(({ relay }) => relay.loops.lost + relay.loops.garbled),
      alarms: sum(({ relay }) => relay.alarms),
      messagesSent: talk.sent,
      largestNodeMegabytes: Math.round(
        Math.max(...up.map(({ process: { rssBytes } }) => rssBytes)) / 2 ** 20,
      ),
    });
  };
  const disturbUntil = totalSeconds - QUIET_SECONDS;
  let disturbances = 0;
  let [nextSample, nextMessage, nextReport] = [0, 0, 60];
  let nextDisturbance = chosen.disturbSeconds > 0 ? chosen.disturbSeconds : Infinity;
  while (seconds() < totalSeconds) {
    if (seconds() >= nextSample) {
      nextSample += SAMPLE_SECONDS;
      await sample();
    }
    if (seconds() >= nextMessage && seconds() < disturbUntil) {
      nextMessage += MESSAGE_SECONDS;
      talk.say();
    }
    if (seconds() >= nextReport) {
      nextReport += 60;
      report();
    }
    if (seconds() >= nextDisturbance && seconds() < disturbUntil) {
      nextDisturbance += chosen.disturbSeconds;
      say(await disturb(network, disturbances++));
    }
    await wait(200);
  }
  const messagesReceived = await talk.received(PATIENCE_MS / 2);
  await sample();
  const course = {
    samples,
    quietFromSeconds: disturbUntil + GIVEN_UP_SECONDS,
    messagesSent: talk.sent,
    messagesReceived,
  };
  const faults = broken(course);
  const slopes = memorySlopes(samples);
  print({
    soak: 'result',
    ok: faults.length === 0,
    broken: faults,
    minutes: chosen.minutes,
    disturbances,
    messagesSent: talk.sent,
    messagesReceived,
    megabytesPerMinute: slopes.map((node) => Number(node.slope.toFixed(2))),
    memoryJudged: slopes.filter(({ judged }) => judged).length,
  });
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  await Promise.all(people.map((chat) => chat.quit(20_000)));
  await network.stop();
  await rm(folder, { recursive: true, force: true });
  clearTimeout(watchdog);
}
