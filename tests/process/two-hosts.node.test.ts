// Two hosts in network namespaces, nodes on both, a person on each: `sotto node --announce` (issue of
// what crosses a real network), and what becomes of it when the cable is cut and joined. Skipped, with the reason, where the kernel gives no namespaces.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { balancedIdentities } from '@sotto/directory';
import { systemRng } from '@sotto/driver';
import { PACKET_REASONS } from '@sotto/mixing';
import { localParameters, type NodeStatus, peerAddress } from '@sotto/node';
import { open } from '@sotto/sodium/native';
import { openDataFolder } from '@sotto/storage-level';
import { expect, test, vi } from 'vitest';
import { IDENTITY_FILE } from '../../packages/product/node/src/node-files.ts';
import { ChatProcess, CLI } from '../../tools/demo/chat-process.ts';

const NODES = 9;
const BOUND_MS = 170_000;

interface Host {
  readonly namespace: string;
  readonly address: string;
}

const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: 'pipe' });

/** Makes two namespaces joined by one cable; the reason when the machine refuses. */
function makeHosts(): readonly [Host, Host] | string {
  const tag = `sotto${process.pid}`;
  const hosts = [
    { namespace: `${tag}a`, address: '10.203.0.1' },
    { namespace: `${tag}b`, address: '10.203.0.2' },
  ] as const;
  try {
    for (const { namespace } of hosts) ip('netns', 'add', namespace);
    const [a, b] = hosts;
    ip(
      '-n',
      a.namespace,
      'link',
      'add',
      'cable',
      'type',
      'veth',
      'peer',
      'name',
      'cable',
      'netns',
      b.namespace,
    );
    for (const { namespace, address } of hosts) {
      ip('-n', namespace, 'addr', 'add', `${address}/24`, 'dev', 'cable');
      ip('-n', namespace, 'link', 'set', 'cable', 'up');
      ip('-n', namespace, 'link', 'set', 'lo', 'up');
    }
    return hosts;
  } catch (error) {
    removeHosts(hosts);
    return `network namespaces are refused: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
  }
}

function removeHosts(hosts: readonly Host[]): void {
  for (const { namespace } of hosts) {
    try {
      ip('netns', 'del', namespace);
    } catch {
      // It was never made.
    }
  }
}

/** Cuts the cable between the hosts, or joins it. */
const setCable = (host: Host, state: 'up' | 'down'): void =>
  ip('-n', host.namespace, 'link', 'set', 'cable', state);

const statusPort = (i: number): number => 9300 + i;

/** Figures of node `i`, which answers on its own host alone, and only who can read its folder. */
function statusOf(host: Host, folder: string, i: number): NodeStatus {
  const place = JSON.parse(readFileSync(join(folder, `node-${i}`, 'status.json'), 'utf8'));
  const show = `{ headers: { authorization: 'Bearer ${place.token}' } }`;
  const ask = `fetch('http://127.0.0.1:${statusPort(i)}/status', ${show}).then((answer) => answer.text()).then((text) => process.stdout.write(text))`;
  const words = ['netns', 'exec', host.namespace, process.execPath, '-e', ask];
  return JSON.parse(execFileSync('ip', words, { encoding: 'utf8', maxBuffer: 2 ** 24 }));
}

/** Packets that a node cannot account for (Spec 05 §7). */
function missing({ relay: { received, sent, held, terminals, drops } }: NodeStatus): number {
  const sum = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((total, count) => total + count, 0);
  const dropped = PACKET_REASONS.reduce((total, reason) => total + (drops[reason] ?? 0), 0);
  return sum(received) - sent.link - held - sum(terminals) - dropped;
}

const eventually = (check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout: BOUND_MS, interval: 1000 });

const inside = (host: Host): string[] => ['ip', 'netns', 'exec', host.namespace];

/** Resolves when a node's log says that it listens. */
function started(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (child.stderr === null) throw new Error('no stderr');
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.includes('node is up')) resolve();
  });
  child.once('exit', (code) => reject(new Error(`a node ended with ${code}`)));
  return promise;
}

test('two people on two hosts talk through nodes on both, and go on when the cable was cut', async (context) => {
  const hosts = makeHosts();
  if (typeof hosts === 'string') {
    context.skip(hosts);
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'sotto-hosts-'));
  const children: ChildProcess[] = [];
  const ended: Promise<unknown>[] = [];
  const chats: ChatProcess[] = [];
  try {
    const suite = await open();
    const parameters = {
      ...localParameters({ meanDelayMs: 50, slowMeanDelayMs: 100 }),
      // Half of a client's packets in the slow class, and little cover: an invite takes seconds.
      slowShare: 32_768,
      poolTarget: 0,
      minLoopsPerMixPerSecond: 1,
    };
    const identities = balancedIdentities(suite, systemRng(), NODES);
    const hostOf = (i: number): Host => (i % 2 === 0 ? hosts[0] : hosts[1]);
    const place = (i: number): string => `/ip4/${hostOf(i).address}/tcp/${9100 + i}`;
    const bootstrap = identities.map(({ publicKey }, i) => peerAddress(publicKey, place(i)));
    const networkFile = join(folder, 'network.json');
    await writeFile(networkFile, JSON.stringify({ parameters, bootstrap }));
    for (const [i, { seed }] of identities.entries()) {
      const data = join(folder, `node-${i}`);
      const opened = await openDataFolder(data);
      await opened.secrets.write(IDENTITY_FILE, seed);
      await opened.close();
      const { namespace, address } = hostOf(i);
      const child = spawn(
        'ip',
        `netns exec ${namespace} ${process.execPath} ${CLI} node --network local --status-port ${statusPort(i)}`
          .split(' ')
          .concat(['--data', data, '--parameters', networkFile, '--listen-ws', 'none'])
          .concat(['--listen-tcp', `0.0.0.0:${9100 + i}`, '--announce', `${address}:${9100 + i}`])
          .concat(bootstrap.slice(0, 3).flatMap((peer) => ['--bootstrap', peer])),
        { stdio: ['ignore', 'ignore', 'pipe'] },
      );
      children.push(child);
      ended.push(new Promise((resolve) => child.once('exit', resolve)));
      await started(child);
    }
    const person = (name: string, host: Host): ChatProcess => {
      const chat = new ChatProcess(name, join(folder, name), networkFile, {
        inside: inside(host),
        plan: 'shield',
      });
      chats.push(chat);
      return chat;
    };
    const alice = person('alice', hosts[0]);
    const bob = person('bob', hosts[1]);
    alice.tell({ invite: {} });
    const invite = await alice.event(({ event }) => event === 'invite-ready', BOUND_MS);
    bob.tell({ accept: { link: invite?.['link'] } });
    const pairs = [
      [alice, bob],
      [bob, alice],
    ] as const;
    const send = async (from: ChatProcess, text: string): Promise<void> => {
      const added = await from.event(({ event }) => event === 'contact-added', BOUND_MS);
      from.tell({ send: { contact: added?.['contact'], text } });
    };
    const arrives = async (to: ChatProcess, text: string): Promise<void> => {
      const match = (event: { event: string }): boolean =>
        event.event === 'message-received' && 'text' in event && event.text === text;
      expect(await to.event(match, BOUND_MS)).toMatchObject({ text });
    };
    for (const [from, to] of pairs) {
      for (const text of ['one', 'two', 'three'].map((word) => `${word} from ${from.name}`)) {
        await send(from, text);
        await arrives(to, text);
      }
    }

    // Nobody hears of it: what was said meanwhile waits in the connections and arrives.
    const sent = (): number => statusOf(hosts[0], folder, 0).relay.sent.link;
    const before = sent();
    setCable(hosts[0], 'down');
    for (const [from] of pairs) await send(from, `${from.name}, cut off`);
    await eventually(() => expect(sent()).toBeGreaterThan(before + 20));
    setCable(hosts[0], 'up');
    for (const [from, to] of pairs) await arrives(to, `${from.name}, cut off`);
    const joined = identities.map((_, i) => statusOf(hostOf(i), folder, i));
    await eventually(() => {
      for (const [i, { relay }] of joined.entries()) {
        const now = statusOf(hostOf(i), folder, i);
        expect(missing(now)).toBe(0);
        expect(now.relay.loops.returned).toBeGreaterThan(relay.loops.returned);
      }
    });
  } finally {
    await Promise.all(chats.map((chat) => chat.quit(10_000)));
    for (const child of children) child.kill('SIGTERM');
    await Promise.all(ended);
    removeHosts(hosts);
    await rm(folder, { recursive: true, force: true });
  }
}, 400_000);
