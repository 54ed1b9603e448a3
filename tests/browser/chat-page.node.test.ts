import { afterAll, beforeAll, expect, test } from 'vitest';
import { BOUND, type ChatPerson } from './chat-person.ts';
import { ChatStage } from './chat-stage.ts';

const SCRIPT = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>';
const TURNED = 'pay \u202Eeurt\u202C me\u200B now';
const FLOOD = 'long'.repeat(500);

// One network, one browser, two people; each test goes on where the last one ended.
let stage: ChatStage;
let alice: ChatPerson;
let bob: ChatPerson;

beforeAll(async () => {
  stage = await ChatStage.start();
  [alice, bob] = await Promise.all([stage.person('Alice'), stage.person('Bob')]);
});
afterAll(() => stage.stop());

test('two people meet by a pasted invite, without a camera, and chat both ways; nodes carry it', async () => {
  await Promise.all([alice.begin(), bob.begin()]);
  const link = await alice.invite('Bob');
  expect(new URL(link).search).toBe('');
  const before = await stage.counts();
  await bob.accept(link, 'Alice');
  await alice.talkTo('Bob');
  await Promise.all([alice.write('to Bob'), bob.write('to Alice')]);
  // On their way while these are waited for; the next test looks at them.
  for (const text of [SCRIPT, TURNED, FLOOD]) await alice.write(text);
  await Promise.all([alice.reads('to Alice'), bob.reads('to Bob')]);
  await Promise.all([alice.sees('to Bob', 'delivered'), bob.sees('to Alice', 'delivered')]);
  const after = await stage.counts();
  expect(after.fromClients).toBeGreaterThan(before.fromClients + 4);
  expect(after.fromNodes).toBeGreaterThan(before.fromNodes + 4);
  expect(after.loops).toBeGreaterThan(before.loops);
});

test('hostile words are words: no element, no turned order, nothing invisible, no flood', async () => {
  const words = bob.tab.locator('li.line-in .words bdi');
  await words.filter({ hasText: 'window.broken' }).waitFor();
  await words.filter({ hasText: 'pay' }).waitFor();
  await words.filter({ hasText: 'longlong' }).waitFor();
  expect(await words.filter({ hasText: 'window.broken' }).textContent()).toBe(SCRIPT);
  expect(await words.filter({ hasText: 'pay' }).textContent()).not.toMatch(/[\u202E\u200B]/u);
  expect((await words.filter({ hasText: 'longlong' }).textContent())?.length).toBeLessThan(1300);
  expect(await bob.tab.evaluate(() => 'broken' in window)).toBe(false);
  expect(await bob.tab.locator('.words img, .words script').count()).toBe(0);
  const overflow = await bob.tab.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBeLessThanOrEqual(0);
});

test('two tabs of one account are one person, and the second goes on when the first is closed', async () => {
  const first = alice.tab;
  const second = await alice.open();
  await alice.talkTo('Bob');
  await alice.line('out', 'to Bob').waitFor();
  await alice.write('from the second tab');
  await bob.reads('from the second tab');
  alice.use(first);
  await alice.line('out', 'from the second tab').waitFor();
  await first.close();
  alice.use(second);
  await alice.write('the first is closed');
  await bob.reads('the first is closed');
});

test('a reload in the middle of sending loses nothing and repeats nothing', async () => {
  await bob.write('sent and reloaded');
  await bob.tab.reload();
  await bob.talkTo('Alice');
  await alice.reads('sent and reloaded');
  expect(await alice.line('in', 'sent and reloaded').count()).toBe(1);
});

test('a worker that dies is started anew and goes on', async () => {
  const [worker] = bob.tab.workers();
  if (worker === undefined) throw new Error('the page has no worker');
  const gone = new Promise<void>((resolve) => {
    worker.once('close', () => resolve());
  });
  // As a crash would: nothing is said before.
  await worker.evaluate(() => self.close()).catch(() => undefined);
  await gone;
  await bob.write('after the crash');
  await alice.reads('after the crash');
});

test('one closes, mail waits, and is read on return', async () => {
  await bob.tab.close();
  await alice.write('while you were away');
  await alice.sees('while you were away', /in the mix|stored|waiting for them/u);
  await bob.open();
  await bob.talkTo('Alice');
  await bob.reads('while you were away');
  await alice.sees('while you were away', 'delivered');
});

test('a cut for one alone: each side queues or stores, and all of it arrives when the cut is over', async () => {
  const banner = bob.tab.getByText('Not connected.');
  await bob.context.setOffline(true);
  await banner.waitFor();
  await bob.write('from behind the cut');
  await bob.sees('from behind the cut', 'waiting for the network');
  await alice.write('to behind the cut');
  await bob.context.setOffline(false);
  await banner.waitFor({ state: 'hidden' });
  await Promise.all([alice.reads('from behind the cut'), bob.reads('to behind the cut')]);
  expect(await alice.line('in', 'from behind the cut').count()).toBe(1);
});

test('all nodes stopped, a cut for both: what is written is queued, and goes when they are back', async () => {
  const banner = alice.tab.getByText('Not connected.');
  const guards = await stage.stopNodes();
  expect(guards.length).toBeGreaterThan(0);
  await Promise.all([banner.waitFor(), bob.tab.getByText('Not connected.').waitFor()]);
  await alice.write('written into the silence');
  await alice.sees('written into the silence', 'waiting for the network');
  await stage.startNodes(guards);
  await banner.waitFor({ state: 'hidden' });
  await bob.reads('written into the silence');
});

test('the network view shows the nodes, and no count of a person', async () => {
  await alice.tab.getByRole('button', { name: 'Network', exact: true }).click();
  const nodes = alice.tab.getByRole('group', { name: 'Nodes by layer' }).getByRole('button');
  await nodes.first().waitFor();
  expect(await nodes.count()).toBe(stage.network.nodes.length);
  await alice.tab.getByRole('switch').check();
  await alice.tab.getByText('your guard', { exact: true }).waitFor();
  await alice.tab.getByText(/^The emptiest mix holds/u).waitFor({ timeout: BOUND });
});

test('both read the same safety number, and a mark of one’s own is kept', async () => {
  const numbers: string[] = [];
  for (const [person, friend] of [
    [alice, 'Bob'],
    [bob, 'Alice'],
  ] as const) {
    await person.talkTo(friend);
    await person.tab.getByRole('button', { name: 'About this contact' }).click();
    const groups = person.tab.locator('.groups > li > [aria-hidden]');
    await groups.nth(11).waitFor();
    numbers.push((await groups.allTextContents()).join(' '));
  }
  expect(numbers[0]).toMatch(/^(?:\d{5} ){11}\d{5}$/u);
  expect(numbers[1]).toBe(numbers[0]);
  await bob.tab.getByRole('switch', { name: 'Verified' }).click();
  await bob.tab.getByRole('switch', { name: 'Verified', checked: true }).waitFor();
  await bob.tab.reload();
  await bob.talkTo('Alice');
  await bob.tab.getByText('Sealed from end to end, verified').waitFor();
});

test('an account that is exported has stopped, and goes on when its person gives the file up', async () => {
  const { tab } = bob;
  await tab.getByRole('button', { name: 'Settings' }).click();
  await tab.getByRole('button', { name: 'Account' }).click();
  await tab.getByLabel('Passphrase for the file').fill('long words');
  await tab.getByLabel('Once more').fill('long words');
  const saved = tab.waitForEvent('download');
  await tab.getByRole('button', { name: 'Stop here and export' }).click();
  await saved;
  await tab.getByRole('button', { name: 'Save the file again' }).waitFor();
  await tab.reload();
  await tab.getByText('It has stopped on this device').waitFor();
  await tab.getByRole('button', { name: 'Go on here instead' }).click();
  await tab.getByRole('button', { name: 'Go on here', exact: true }).click();
  await bob.talkTo('Alice');
  await bob.write('after all');
  await alice.talkTo('Bob');
  await alice.reads('after all');
});

test('storage that is refused is said, with what to do', async () => {
  const carol = await stage.person('Carol');
  await carol.context.addInitScript(() => {
    Object.defineProperty(window, 'indexedDB', {
      get: () => {
        throw new DOMException('denied', 'SecurityError');
      },
    });
  });
  await carol.open();
  await carol.tab.getByText('Sotto cannot start here').waitFor();
});

test('no breach of the policy, no request to anybody else, no secret in a query', async () => {
  expect([...alice.trouble, ...bob.trouble]).toEqual([]);
  // The watchers see: somebody whose page asks a third party, and is refused by the policy.
  const mallory = await stage.person('Mallory');
  await mallory.open();
  await mallory.tab.evaluate(async () => {
    await fetch('http://192.0.2.1/?secret').catch(() => undefined);
  });
  await expect.poll(() => mallory.trouble.join('\n'), { timeout: BOUND }).toContain('192.0.2.1');
  const asked = await stage.closeBrowser();
  const port = String(stage.page.port);
  const nodes = new Set(
    stage.network.webSockets.map((address) => /\/tcp\/(\d+)\//u.exec(address)?.[1] ?? ''),
  );
  const addresses = asked
    .filter((text) => /^(?:https?|wss?):/u.test(text))
    .map((text) => new URL(text));
  // The log is one: the page and sockets of workers are in it.
  expect(addresses.some(({ pathname }) => pathname === '/network.json')).toBe(true);
  expect(addresses.some(({ protocol }) => protocol === 'ws:')).toBe(true);
  for (const { protocol, hostname, port: at, search } of addresses) {
    expect(hostname).toBe('127.0.0.1');
    expect(protocol === 'ws:' ? nodes.has(at) : protocol === 'http:' && at === port).toBe(true);
    expect(search).toBe('');
  }
});
