import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { EXIT_CODES, peerAddress } from '@sotto/node';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { freshFolder, sotto, until } from './command-line.ts';

const keys = [1, 2].map((n) => new Uint8Array(32).fill(n));
const bootstrap = keys.map((key) => peerAddress(key, '/ip4/192.0.2.1/tcp/9001'));
const webSockets = keys.map((key) => peerAddress(key, '/ip4/192.0.2.1/tcp/9002/ws'));

function place(file: object): string[] {
  const folder = freshFolder();
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'network.json'), JSON.stringify(file));
  return ['--page', folder, '--page-port', '0', '--network', join(folder, 'network.json')];
}

test('serves the page for a network of another machine, until Ctrl-C', async () => {
  const file = place({ parameters: DEFAULT_PARAMETERS, bootstrap, webSockets });
  const command = sotto(['page', ...file, '--host', 'chat.example.org', '--json']);
  const { page } = await until(() =>
    z
      .object({ event: z.literal('ready'), page: z.string() })
      .parse(JSON.parse(command.stdout() || '{}')),
  );
  const index = await fetch(page);
  expect(index.headers.get('content-security-policy')).toContain("connect-src 'self' ws: wss:;");
  expect(await (await fetch(`${page}network.json`)).json()).toEqual({
    parameters: DEFAULT_PARAMETERS,
    bootstrap: webSockets,
  });
  // A picture is of a local network only.
  expect((await fetch(`${page}picture.json`)).status).toBe(404);
  command.child.kill('SIGINT');
  expect(await command.exit).toBe(EXIT_CODES.ok);
});

test('a network file without WebSocket addresses is refused: no browser could reach anybody', async () => {
  const command = sotto(['page', ...place({ parameters: DEFAULT_PARAMETERS, bootstrap })]);
  expect(await command.exit).toBe(EXIT_CODES.usage);
  expect(command.stderr()).toContain('"webSockets"');
});
