import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SdkStage } from './sdk-network.ts';

let stage: SdkStage;
beforeAll(async () => {
  stage = await SdkStage.start();
});
afterAll(async () => {
  await stage.stop();
});

const open = (page: Page, options: object = {}): Promise<void> =>
  page.evaluate(([network, more]) => window.sdk.open(network, more), [
    stage.network,
    options,
  ] as const);

/** Waits for a text to arrive in a tab. */
const received = (page: Page, text: string): Promise<unknown> =>
  page.waitForFunction(
    (wanted) =>
      window.events.some((event) => event.kind === 'message-received' && event.text === wanted),
    text,
    { timeout: 120_000 },
  );

const delivered = (page: Page, text: string): Promise<unknown> =>
  page.waitForFunction(
    (wanted) =>
      window.events.some(
        (event) =>
          event.kind === 'message-changed' &&
          event.message.text === wanted &&
          event.message.state === 'delivered',
      ),
    text,
    { timeout: 120_000 },
  );

test('two people chat both ways through real nodes', async () => {
  const [alice, bob] = await Promise.all([stage.person(), stage.person()]);
  const [a, b] = await Promise.all([stage.tab(alice), stage.tab(bob)]);
  await Promise.all([open(a, { name: 'Alice' }), open(b, { name: 'Bob' })]);
  const link = await a.evaluate(async () => (await window.client.invite({ name: 'Bob' })).link);
  const atBob = await b.evaluate(
    async (text) => (await window.client.accept(text, { name: 'Alice' })).id,
    link,
  );
  const atAlice = await a.evaluate(async () => (await window.client.contacts())[0]?.id ?? '');
  await a.evaluate((id) => window.client.send(id, 'to Bob').then(() => undefined), atAlice);
  await b.evaluate((id) => window.client.send(id, 'to Alice').then(() => undefined), atBob);
  await Promise.all([received(b, 'to Bob'), received(a, 'to Alice')]);
  await Promise.all([delivered(a, 'to Bob'), delivered(b, 'to Alice')]);
  expect(await a.evaluate(async () => (await window.client.contacts())[0]?.name)).toBe('Bob');
});
