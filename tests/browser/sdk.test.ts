import type { BrowserContext, Frame, Page } from 'playwright';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { SdkStage } from './sdk-network.ts';

/** One generous bound for whatever is waited for: the mixes, the clocks and the machine take their time. */
const timeout = 280_000;

vi.setConfig({ testTimeout: 600_000 });

let stage: SdkStage;
/** Two people who have met, each with a tab. */
let alice: BrowserContext;
let bob: BrowserContext;
let a: Page;
let b: Page;
/** Who each is to the other. */
let atAlice: string;
let atBob: string;

const open = (page: Page, options: object = {}): Promise<void> =>
  page.evaluate(([network, more]) => window.sdk.open(network, more), [
    stage.network,
    options,
  ] as const);

const send = (page: Page, contact: string, text: string): Promise<number> =>
  page.evaluate(async ([to, words]) => (await window.client.send(to, words)).id, [
    contact,
    text,
  ] as const);

/** Texts of one direction, as the account has them. */
const texts = (page: Page, contact: string, direction: 'in' | 'out'): Promise<string[]> =>
  page.evaluate(
    async ([id, way]) =>
      (await window.client.messages(id))
        .filter((message) => message.direction === way)
        .map(({ text }) => text),
    [contact, direction] as const,
  );

const received = (page: Page, text: string): Promise<unknown> =>
  page.waitForFunction(
    (wanted) =>
      window.events.some((event) => event.kind === 'message-received' && event.text === wanted),
    text,
    { timeout },
  );

/** Waits until the account says that a text is delivered. */
const delivered = (page: Page, contact: string, text: string): Promise<void> =>
  page.evaluate(([id, words]) => window.sdk.delivered(id, words), [contact, text] as const);

/** Packets that clients have handed to all nodes. */
async function packetsOfClients(): Promise<number> {
  const all = await Promise.all(stage.nodes.nodes.map((_, i) => stage.nodes.status(i)));
  return all.reduce((sum, status) => sum + (status?.relay.received.client ?? 0), 0);
}

beforeAll(async () => {
  stage = await SdkStage.start();
  [alice, bob] = await Promise.all([stage.person(), stage.person()]);
  [a, b] = await Promise.all([stage.tab(alice), stage.tab(bob)]);
});

afterAll(async () => {
  await stage.stop();
  expect(stage.errors).toEqual([]);
});

test('two people meet and chat both ways through real nodes', async () => {
  expect(await a.evaluate(() => window.sdk.accountLock())).toBe('none');
  await Promise.all([open(a, { name: 'Alice' }), open(b, { name: 'Bob' })]);
  expect(await a.evaluate(() => window.sdk.accountLock())).toBe('device');
  const before = await packetsOfClients();

  const link = await a.evaluate(async () => (await window.client.invite({ name: 'Bob' })).link);
  atBob = await b.evaluate(
    async (text) => (await window.client.accept(text, { name: 'Alice' })).id,
    link,
  );
  const [known] = await a.evaluate(() => window.client.contacts());
  expect(known).toMatchObject({ name: 'Bob', stage: 'active' });
  atAlice = known?.id ?? '';

  await Promise.all([send(a, atAlice, 'to Bob'), send(b, atBob, 'to Alice')]);
  await Promise.all([received(b, 'to Bob'), received(a, 'to Alice')]);
  await Promise.all([delivered(a, atAlice, 'to Bob'), delivered(b, atBob, 'to Alice')]);
  const [first] = await a.evaluate((id) => window.client.messages(id), atAlice);
  expect(first?.at).toBeInstanceOf(Date);
  expect(await a.evaluate(() => window.client.profile())).toEqual({ name: 'Alice' });

  // Each packet that a page says it has sent, a node has counted.
  const slots = await Promise.all(
    [a, b].map((page) => page.evaluate(async () => (await window.client.status()).slots)),
  );
  const said = slots.reduce((sum, { real, loop, drop }) => sum + real + loop + drop, 0);
  expect(said).toBeGreaterThan(20);
  expect((await packetsOfClients()) - before).toBeGreaterThanOrEqual(said - 20);
  expect(Math.min(...slots.map(({ drop }) => drop))).toBeGreaterThan(0);
});

test('channels pass from page to page through both workers, and end with the page that has them', async () => {
  await b.evaluate(() => {
    void window.client.onRequest('sum', ({ body }) =>
      Uint8Array.of(body.reduce((sum, each) => sum + each, 0)),
    );
  });
  const answer = await a.evaluate(
    async (id) => [...(await window.client.request(id, 'sum', Uint8Array.of(1, 2, 3)))],
    atAlice,
  );
  expect(answer).toEqual([6]);

  const echoing = b.evaluate(async () => {
    for await (const channel of window.client.channels('echo')) {
      for await (const bytes of channel) await channel.write(bytes);
      await channel.end();
      return channel.contact;
    }
    return '';
  });
  const echoed = await a.evaluate(async (id) => {
    const channel = await window.client.openChannel(id, 'echo');
    await channel.write(Uint8Array.of(4, 5));
    await channel.write(Uint8Array.of(6));
    await channel.end();
    const got: number[] = [];
    for await (const bytes of channel) got.push(...bytes);
    return got;
  }, atAlice);
  expect(echoed).toEqual([4, 5, 6]);
  expect(await echoing).toBe(atBob);

  // A page that is loaded anew has lost its end: the other is told.
  const cut = b.evaluate(() =>
    window.sdk.refusal(async () => {
      for await (const channel of window.client.channels('cut')) {
        for await (const bytes of channel) await channel.write(bytes);
        return;
      }
    }),
  );
  await a.evaluate(async (id) => {
    const channel = await window.client.openChannel(id, 'cut');
    await channel.write(Uint8Array.of(7));
    await channel.read();
  }, atAlice);
  await a.reload();
  await open(a);
  expect(await cut).toBe('channel-reset');
});

test('a photo goes from page to page, and is there what it was here', async () => {
  const bytes = Array.from({ length: 5000 }, (_, i) => [0xff, 0xd8, 0xff][i] ?? i & 255);
  const sent = await b.evaluate(
    async ([id, list]) => {
      const picture = Uint8Array.from(list);
      return (await window.client.sendPhoto(id, picture, { words: 'a quay' })).id;
    },
    [atBob, bytes] as const,
  );
  await received(a, 'a quay');
  const which = { contact: atAlice, direction: 'in', id: sent } as const;
  const [got, told] = await a.evaluate(async (message) => {
    const photo = await window.client.photo(message);
    const all = await window.client.messages(message.contact);
    const found = all.find(({ direction, id }) => direction === 'in' && id === message.id);
    return [{ type: photo.type, bytes: [...photo.bytes] }, found?.photo] as const;
  }, which);
  expect(got).toEqual({ type: 'image/jpeg', bytes });
  expect(told).toEqual({ parts: 2, done: 2, kept: true });
  await delivered(b, atBob, 'a quay');
  const refused = (list: readonly number[]): Promise<string | undefined> =>
    b.evaluate(
      ([id, all]) => window.sdk.refusal(() => window.client.sendPhoto(id, Uint8Array.from(all))),
      [atBob, list] as const,
    );
  expect(await refused([1, 2, 3])).toBe('photo-type');
  expect(await refused(Array.from({ length: 60_001 }, () => 0xff))).toBe('photo-too-long');
});

test('a page that is loaded anew in the middle of sending loses nothing, and sends nothing twice', async () => {
  await send(a, atAlice, 'before the reload');
  await a.reload();
  await open(a);
  await delivered(a, atAlice, 'before the reload');
  const got = await texts(b, atBob, 'in');
  expect(got.filter((text) => text === 'before the reload')).toHaveLength(1);
  expect(await texts(a, atAlice, 'out')).toContain('before the reload');
});

test('a worker that dies is started anew, and what was asked of it is done once', async () => {
  await a.evaluate(() => window.sdk.stocked(5));
  const [worker] = a.workers();
  if (worker === undefined) throw new Error('the tab has no worker');
  // Asked in the breath in which it dies: taken or not, the page cannot know.
  const sending = a.evaluate(async (id) => {
    const words = Array.from({ length: 3 }, (_, i) => `while it dies ${i}`);
    await Promise.all(words.map((text) => window.client.send(id, text)));
  }, atAlice);
  await worker.evaluate(() => self.close());
  await a.waitForFunction(() => window.events.some(({ kind }) => kind === 'restarted'), undefined, {
    timeout,
  });
  await sending;
  const out = (await texts(a, atAlice, 'out')).filter((text) => text.startsWith('while it dies'));
  expect(out.toSorted()).toEqual(Array.from({ length: 3 }, (_, i) => `while it dies ${i}`));
  await delivered(a, atAlice, 'while it dies 2');
});

test('tabs of one account share one client, and the next takes over when the first is closed', async () => {
  const second = await stage.tab(alice);
  await open(second);
  expect(second.workers()).toHaveLength(0);
  expect(await texts(second, atAlice, 'in')).toContain('to Alice');
  await send(second, atAlice, 'from the second tab');
  await a.waitForFunction(
    () =>
      window.events.some(
        (event) => event.kind === 'message-changed' && event.message.text === 'from the second tab',
      ),
    undefined,
    { timeout },
  );
  await a.close();
  await second.waitForFunction(
    () => window.events.some(({ kind }) => kind === 'restarted'),
    undefined,
    { timeout },
  );
  expect(second.workers()).toHaveLength(1);
  await delivered(second, atAlice, 'from the second tab');
  await send(b, atBob, 'to the second tab');
  await received(second, 'to the second tab');
  a = second;
});

test('the example of the client’s page lists contacts and shows what comes', async () => {
  const tab = await stage.tab(alice);
  await tab.evaluate(() => window.sdk.example());
  const told = (line: string): Promise<unknown> =>
    tab.waitForFunction((wanted) => window.shown.includes(wanted), line, { timeout });
  await told(`${atAlice} Bob`);
  await send(b, atBob, 'to the example');
  await told(`${atAlice} to the example`);
  await tab.close();
});

test('an account goes to another browser as a file, under its passphrase alone, and is wiped', async () => {
  await a.evaluate(() => window.sdk.stocked(4));
  const file = await a.evaluate(async () => [...(await window.client.exportAccount('long words'))]);
  const carol = await stage.person();
  const c = await stage.tab(carol);
  const bring = (filePassphrase: string, bytes = file): Promise<string | undefined> =>
    c.evaluate(
      ([network, list, words]) =>
        window.sdk.refusal(() =>
          window.sdk.importAccount({
            network,
            file: Uint8Array.from(list),
            filePassphrase: words,
            passphrase: 'other words',
          }),
        ),
      [stage.network, bytes, filePassphrase] as const,
    );
  expect(await bring('wrong')).toBe('file-wrong-passphrase');
  expect(await bring('long words', file.slice(1))).toBe('file-not-account');
  expect(await c.evaluate(() => window.sdk.accountExists())).toBe(false);

  // The first one has stopped with the export, and opens no more; then it is wiped.
  const stopped = await a.evaluate(() => window.sdk.refusal(() => window.client.contacts()));
  expect(stopped).toBe('account-moved');
  await a.reload();
  const opened = a.evaluate(
    (network) => window.sdk.refusal(() => window.sdk.open(network)),
    stage.network,
  );
  expect(await opened).toBe('account-moved');
  await a.evaluate(() => window.sdk.wipeAccount());
  expect(await a.evaluate(() => window.sdk.accountExists())).toBe(false);

  expect(await bring('long words')).toBeUndefined();
  expect(await bring('long words')).toBe('account-exists');
  expect(await c.evaluate(() => window.sdk.accountLock())).toBe('passphrase');
  const refused = (options: object): Promise<string | undefined> =>
    c.evaluate(([network, more]) => window.sdk.refusal(() => window.sdk.open(network, more)), [
      stage.network,
      options,
    ] as const);
  expect(await refused({})).toBe('passphrase-needed');
  expect(await refused({ passphrase: 'wrong' })).toBe('wrong-key');
  await open(c, { passphrase: 'other words' });
  expect(await texts(c, atAlice, 'in')).toContain('to the second tab');
  await send(c, atAlice, 'from the other browser');
  await received(b, 'from the other browser');
  await send(b, atBob, 'to the other browser');
  await received(c, 'to the other browser');

  // The page that exported may wipe as well, without opening the account once more.
  await c.evaluate(async () => {
    await window.client.exportAccount('long words');
    await window.client.wipe();
  });
  expect(await c.evaluate(() => window.sdk.accountExists())).toBe(false);
});

test('a browser that lets the page store nothing says so, and so does one without the means', async () => {
  const page = await stage.tab(await stage.person());
  const refused = (frame: Frame): Promise<string | undefined> =>
    frame.evaluate((network) => window.sdk.refusal(() => window.sdk.open(network)), stage.network);
  // A frame without an origin of its own may store nothing: the browser denies it every storage there is.
  const loaded = page.waitForEvent('frameattached');
  await page.evaluate(() => {
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.src = location.href;
    document.body.append(frame);
  });
  const denied = await loaded;
  await denied.waitForFunction(() => window.sdk !== undefined, undefined, { timeout });
  expect(await refused(denied)).toBe('storage-denied');

  await page.addInitScript(() => Object.defineProperty(window, 'indexedDB', { value: undefined }));
  await page.reload();
  expect(await refused(page.mainFrame())).toBe('storage-denied');
});
