import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { NodeStatus } from '../src/node-status.ts';
import { askStatus } from '../src/status-client.ts';
import { readStatusPlace, serveStatus } from '../src/status-server.ts';
import { freshFolder } from './command-line.ts';
import { statusOf } from './sample-status.ts';

/** Serves what `shown` holds. */
async function serve(shown: { status: NodeStatus }): Promise<{
  readonly data: string;
  readonly ask: (path: string, headers?: Record<string, string>) => Promise<Response>;
}> {
  const data = freshFolder();
  const server = await serveStatus(data, 0, () => shown.status, 120_000);
  onTestFinished(() => server.close());
  return {
    data,
    ask: (path, headers = {}) => fetch(`http://127.0.0.1:${server.port}${path}`, { headers }),
  };
}

test('health over HTTP: 200 of a node that serves, 503 and why of one that does not', async () => {
  const shown = { status: statusOf('a'.repeat(32), 3) };
  const { ask } = await serve(shown);
  const healthy = await ask('/health');
  expect([healthy.status, await healthy.json()]).toEqual([200, { ok: true }]);
  shown.status = { ...shown.status, state: 'stopping' };
  const stopping = await ask('/health');
  expect([stopping.status, await stopping.json()]).toEqual([503, { ok: false, why: ['stopping'] }]);
});

test('figures as of now are shown to who can read the folder, and to nobody else', async () => {
  const shown = { status: statusOf('a'.repeat(32), 3) };
  const { data, ask } = await serve(shown);
  const file = join(data, 'status.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const place = await readStatusPlace(data);
  expect(await askStatus(place)).toEqual(shown.status);
  shown.status = { ...shown.status, uptimeSeconds: 13 };
  expect(await askStatus(place)).toEqual(shown.status);
  const wrong = `Bearer ${'0'.repeat(32)}`;
  for (const headers of [{}, { authorization: '' }, { authorization: wrong }]) {
    const refused = await ask('/status', headers);
    expect([refused.status, await refused.text()]).toEqual([
      401,
      'show the token of status.json: Authorization: Bearer …\n',
    ]);
  }
  // The token is in no answer.
  const { token } = JSON.parse(readFileSync(file, 'utf8'));
  for (const path of ['/health', '/metrics', '/status', '/']) {
    expect(await (await ask(path)).text()).not.toContain(token);
  }
});

test('the Prometheus page over HTTP stays as it was while packets go through', async () => {
  const shown = { status: statusOf('a'.repeat(32), 3) };
  const { ask } = await serve(shown);
  const first = await (await ask('/metrics')).text();
  const loops = { sent: 9999, returned: 9999, lost: 0, garbled: 0 };
  shown.status = { ...shown.status, relay: { ...shown.status.relay, loops } };
  expect(await (await ask('/metrics')).text()).toBe(first);
});
