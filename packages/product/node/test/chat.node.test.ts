import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { type LocalNetwork, startLocalNetwork } from '../src/local-network.ts';
import { CliProcess, type JsonEvent } from './chat-process.ts';

let network: LocalNetwork;
let folder: string;
const running: CliProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-chat-'));
  network = await startLocalNetwork({
    nodes: 9,
    singleProcess: true,
    meanDelayMs: 20,
    slowMeanDelayMs: 100,
    // Half of a client's packets in the slow class, and little cover: an invite takes seconds.
    parameters: { slowShare: 32_768, poolTarget: 0, minLoopsPerMixPerSecond: 1 },
    data: join(folder, 'net'),
  });
});

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  await network.stop();
  await rm(folder, { recursive: true, force: true });
});

function sotto(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): CliProcess {
  const child = new CliProcess(args, environment);
  running.push(child);
  // Where it stood: a wait that never ends tells nothing else.
  onTestFailed(() => {
    process.stderr.write(`${args.join(' ')}\n${JSON.stringify(child.events)}\n${child.stderr}\n`);
  });
  return child;
}

const chat = (account: string, ...more: readonly string[]): CliProcess =>
  sotto([
    'chat',
    '--json',
    '--plan=shield',
    `--network=${network.networkFile}`,
    `--account=${join(folder, account)}`,
    ...more,
  ]);

const is =
  (event: string, fields: Readonly<Record<string, unknown>> = {}) =>
  (found: JsonEvent): boolean =>
    found.event === event && Object.entries(fields).every(([name, value]) => found[name] === value);

test('two processes meet by an invite, talk, and one leaves and comes back', async () => {
  const alice = chat('alice');
  await alice.until(is('online'));
  expect((await stat(join(folder, 'alice'))).mode & 0o777).toBe(0o700);

  alice.say({ ref: 'i', invite: {} });
  const { link } = await alice.until(is('invited', { ref: 'i' }));
  let bob = chat('bob', String(link), '--name', 'Alice');
  await bob.until(is('contact-added', { name: 'Alice' }));
  const { contact } = await alice.until(is('contact-added'));
  alice.say({ rename: { contact, name: 'Bob' } });

  for (const n of [1, 2, 3]) {
    alice.say({ send: { contact: 'Bob', text: `to Bob ${n}` } });
    bob.say({ send: { contact: 'Alice', text: `to Alice ${n}` } });
  }
  for (const n of [1, 2, 3]) {
    await bob.until(is('message-received', { name: 'Alice', text: `to Bob ${n}` }));
    await alice.until(is('message-received', { name: 'Bob', text: `to Alice ${n}` }));
  }
  // A friend who leaves at once would not have acknowledged.
  const delivered = alice.events.filter(is('message-state', { state: 'delivered' })).length;
  expect(delivered).toBeLessThanOrEqual(3);

  // What they read to each other is the same on both sides, and the mark is kept.
  alice.say({ 'safety-number': { contact: 'Bob' } });
  bob.say({ 'safety-number': { contact: 'Alice' } });
  const { number } = await alice.until(is('safety-number'));
  expect(number).toMatch(/^(?:\d{5} ){11}\d{5}$/u);
  await bob.until(is('safety-number', { number }));
  bob.say({ ref: 'no', verify: { contact: 'Alice', number: '12345' } });
  await bob.until(is('error', { ref: 'no', code: 'safety-number-changed' }));
  bob.say({ verify: { contact: 'Alice', number: String(number) } });
  await bob.until(is('verified', { verified: true }));

  // How long messages live is told to the other; in a script, what was taken is read when it says so.
  bob.say({ ref: 'l', lifetime: { contact: 'Alice', seconds: 60 } });
  await bob.until(is('error', { ref: 'l', code: 'unknown-lifetime' }));
  bob.say({ lifetime: { contact: 'Alice', seconds: 3600 } });
  await bob.until(is('lifetime', { seconds: 3600 }));
  bob.say({ ref: 'e', send: { contact: 'Alice', text: 'this goes' } });
  await alice.until(is('message-received', { text: 'this goes' }));
  alice.say({ ref: 'r', read: { contact: 'Bob' } });
  await alice.until(is('read', { ref: 'r' }));
  alice.say({ ref: 'h', messages: { contact: 'Bob' } });
  const { messages } = await alice.until(is('messages', { ref: 'h' }));
  const all = messages as { direction: string; text: string; erasedAt?: string }[];
  const goes = all.filter((m) => m.direction === 'in' && m.erasedAt !== undefined);
  expect(goes.map(({ text }) => text)).toEqual(['this goes']);

  // Not told any more, bob hears that it left and that this is all he will hear.
  alice.say({ ref: 'a', acknowledge: { contact: 'Bob', on: false } });
  await alice.until(is('acknowledges', { ref: 'a', on: false }));
  alice.say({ ref: 'c', contacts: {} });
  const decided = await alice.until(is('contacts', { ref: 'c' }));
  expect(decided['contacts']).toMatchObject([
    { acknowledges: false, peerAcknowledges: true, lifetimeSeconds: 3600 },
  ]);
  bob.say({ ref: 'm', send: { contact: 'Alice', text: 'are you there?' } });
  const { id } = await bob.until(is('accepted', { ref: 'm' }));
  await alice.until(is('message-received', { text: 'are you there?' }));
  await bob.until(is('message-state', { id, state: 'sent', unconfirmed: true }));

  bob.say({ quit: {} });
  expect(await bob.ended).toBe(0);
  expect(bob.events.at(-1)?.event).toBe('closed');
  for (const n of [1, 2]) alice.say({ ref: n, send: { contact: 'Bob', text: `while away ${n}` } });
  await alice.until(is('accepted', { ref: 2 }));

  bob = chat('bob');
  const { contacts } = await bob.until(is('open'));
  expect(contacts).toMatchObject([{ name: 'Alice', verified: true, outOfStep: false }]);
  for (const n of [1, 2]) {
    await bob.until(is('message-received', { name: 'Alice', text: `while away ${n}` }));
  }
  bob.say({ status: {} });
  const { status } = await bob.until(is('status'));
  expect(status).toMatchObject({ plan: 'shield', online: true, nodes: 9 });

  // One account, one process.
  const second = chat('bob');
  expect(await second.ended).toBe(6);
  expect(second.stderr).toContain('is open already');

  // A used invite is met with silence; malformed ones are refused at once.
  const carol = chat('carol', String(link));
  carol.say({ ref: 'cut', accept: { link: String(link).slice(0, -2) } });
  carol.say({ ref: 'words', accept: { link: 'let me in' } });
  expect(await carol.until(is('error', { ref: 'cut' }))).toMatchObject({
    code: 'invite-wrong-length',
    message: 'the invite is cut off, or has run on',
  });
  expect(await carol.until(is('error', { ref: 'words' }))).toMatchObject({
    code: 'invite-bad-prefix',
  });
  carol.end();
  expect(await carol.ended).toBe(0);

  alice.kill('SIGTERM');
  expect(await alice.ended).toBe(0);
}, 600_000);

test('a passphrase, a network file and flags that are wrong: one clear line, exit code 2', async () => {
  const account = join(folder, 'dora');
  const base = ['chat', '--json', '--account', account, '--network', network.networkFile];
  const right = { SOTTO_PASSPHRASE: 'open sesame' };
  const first = sotto([...base, '--passphrase'], right);
  await first.until(is('open'));
  first.end();
  expect(await first.ended).toBe(0);

  const badFile = join(folder, 'bad.json');
  await writeFile(badFile, JSON.stringify({ parameters: {}, bootstrap: ['/ip4/1.2.3.4', 'x'] }));
  const noFile = join(folder, 'none.json');
  const dora = base.slice(0, 4);
  const refusals: readonly (readonly [
    readonly string[],
    Readonly<Record<string, string>>,
    string,
  ])[] = [
    [base, {}, 'is under a passphrase: give --passphrase'],
    [[...base, '--passphrase'], { SOTTO_PASSPHRASE: 'shut' }, 'wrong passphrase'],
    [[...base, '--passphrase'], {}, 'SOTTO_PASSPHRASE'],
    [[...dora, '--network', badFile], {}, '"bootstrap.0": expected an address like'],
    [[...dora, '--network', noFile], {}, 'cannot be read'],
    [dora, {}, '--network: expected the file of a network'],
    [[...base, '--plan', 'loud'], {}, '--plan: expected one of saver, mobile, home, shield'],
  ];
  // One after the other: they are about one account.
  for (const [args, environment, message] of refusals) {
    const child = sotto(args, environment);
    expect(await child.ended, message).toBe(2);
    expect(child.stderr).toContain(message);
    expect(child.stderr.trim().split('\n')).toHaveLength(1);
  }
}, 600_000);
