import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { DEFAULT_AGGREGATION_LIMITS } from '@sotto/mailbox';
import { CommandFailure, localParameters, parsePeerAddress, peerAddress } from '@sotto/node';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAnnounce, parseListen } from '../src/listen-address.ts';
import { networkOf, readNodeSettings } from '../src/node-config.ts';
import { freshFolder } from './command-line.ts';

const key = Uint8Array.from({ length: 32 }, (_, i) => i);
const peer = peerAddress(key, '/ip4/192.0.2.1/tcp/9001');

test('a peer address is read back as it was written, for any key', () => {
  // The id of RFC 8032's first test key, as libp2p writes it, would be 12D3KooW…: 52 letters.
  expect(peer).toMatch(/\/p2p\/12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/u);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (identityKey) => {
      const read = parsePeerAddress(
        peerAddress(identityKey, '/dns4/mix.example.org/tcp/443/tls/ws'),
      );
      expect(read).toEqual({
        ok: true,
        value: { identityKey, addresses: ['/dns4/mix.example.org/tcp/443/tls/ws'] },
      });
    }),
  );
});

test('any text is a peer address or refused, and one changed letter of the id is noticed or is another key', () => {
  fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void parsePeerAddress(text)));
  for (const wrong of ['0', 'O', 'I', 'l', '']) {
    expect(parsePeerAddress(peer.slice(0, -1) + wrong).ok).toBe(false);
  }
});

test.each([
  ['9001', 'tcp', '/ip4/0.0.0.0/tcp/9001'],
  ['127.0.0.1:0', 'ws', '/ip4/127.0.0.1/tcp/0/ws'],
  ['[::1]:9001', 'tcp', '/ip6/::1/tcp/9001'],
  ['/ip4/10.0.0.1/tcp/1/ws', 'ws', '/ip4/10.0.0.1/tcp/1/ws'],
  ['none', 'tcp', undefined],
] as const)('listening at %s (%s) is %s', (text, kind, expected) => {
  expect(parseListen(text, kind)).toEqual({ ok: true, value: expected });
});

test.each(['', 'abc', '99999', 'example.org:1', '/ip4/1.2.3.4/udp/1', '1.2.3.4:70000', '::1'])(
  'nobody can listen at "%s"',
  (text) => expect(parseListen(text, 'tcp').ok).toBe(false),
);

test.each([
  ['203.0.113.7:9001', '/ip4/203.0.113.7/tcp/9001'],
  ['mix.example.org:9001', '/dns/mix.example.org/tcp/9001'],
  ['ws://mix.example.org:80', '/dns/mix.example.org/tcp/80/ws'],
  ['wss://mix.example.org:443', '/dns/mix.example.org/tcp/443/tls/ws'],
  ['[2001:db8::1]:9', '/ip6/2001:db8::1/tcp/9'],
])('announcing %s is %s', (text, expected) => {
  expect(parseAnnounce(text)).toEqual({ ok: true, value: expected });
});

test.each(['', 'mix.example.org', 'mix.example.org:0', 'http://a:1', 'a b:1:2'])(
  'nobody can be reached at "%s"',
  (text) => expect(parseAnnounce(text).ok).toBe(false),
);

test('flags win over the environment, the environment over the file, the file over the default', async () => {
  const file = join(freshFolder(), 'node.json');
  writeFileSync(file, JSON.stringify({ data: 'file', network: 'local', logLevel: 'warn' }));
  const settings = await readNodeSettings(
    { data: 'flag' },
    { SOTTO_DATA: 'environment', SOTTO_NETWORK: 'public', SOTTO_BOOTSTRAP: `${peer},${peer}` },
    file,
  );
  expect(settings).toMatchObject({
    data: 'flag',
    network: 'public',
    logLevel: 'warn',
    statusPort: 0,
    listen: ['/ip4/0.0.0.0/tcp/9001', '/ip4/0.0.0.0/tcp/9002/ws'],
    capabilities: { mix: true, guard: true, mailbox: true, contact: true },
  });
  expect(settings.bootstrap).toHaveLength(2);
});

test('bounds of the mailbox and the notice come from any source; their defaults are those of the specification', async () => {
  const file = join(freshFolder(), 'node.json');
  writeFileSync(file, JSON.stringify({ mailMegabytes: 0.5 + 1, mailReplyBlocks: 12 }));
  const settings = await readNodeSettings({ notice: '1.5' }, { SOTTO_MAIL_ALIASES: '7' }, file);
  expect(settings).toMatchObject({
    noticeMillis: 1500,
    mailboxLimits: { maxAliases: 7, maxMailBytes: 1.5 * 2 ** 20, maxWaitingSurbs: 12 },
  });
  expect(await readNodeSettings({}, {})).toMatchObject({
    noticeMillis: 10_000,
    mailboxLimits: DEFAULT_AGGREGATION_LIMITS,
  });
  expect(await readNodeSettings({ network: 'local' }, {})).toMatchObject({ noticeMillis: 0 });
});

const refusals: readonly (readonly [
  flags: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string>>,
  file: unknown,
  message: string,
])[] = [
  [{ listenTcp: 'abc' }, {}, {}, '--listen-tcp: expected a port'],
  [
    { bootstrap: [peer, 'x'] },
    {},
    {},
    '--bootstrap: expected an address like /ip4/192.0.2.1/tcp/9001/p2p/12D3KooW…, got "x"',
  ],
  [
    {},
    { SOTTO_STATUS_PORT: '70000' },
    {},
    'environment variable SOTTO_STATUS_PORT: expected a port from 0 to 65535, or "none", got "70000"',
  ],
  [
    {},
    { SOTTO_CAPABILITIES: 'mix,fly' },
    {},
    'environment variable SOTTO_CAPABILITIES: expected "mix" or "guard" or "mailbox" or "contact", got "fly"',
  ],
  [{ notice: '' }, {}, {}, '--notice: expected seconds from 0 to 3600, got ""'],
  [{}, { SOTTO_NOTICE: '3601' }, {}, 'SOTTO_NOTICE: expected seconds from 0 to 3600, got "3601"'],
  [{ mailAliases: '1.5' }, {}, {}, '--mail-aliases: expected a number of aliases from 1 to'],
  [{}, {}, { mailMegabytes: -1 }, 'expected megabytes from 1 to 1000000, got -1'],
  [{}, {}, { mailReplyBlocks: true }, '"mailReplyBlocks" in '],
  [{}, {}, { logLevel: 'loud' }, '"logLevel" in '],
  [{}, {}, { listenUdp: '1' }, '"listenUdp" in '],
  [{}, {}, { announce: 7 }, 'expected a list, got 7'],
  [{}, {}, [], 'is not an object'],
  [{ data: '' }, {}, {}, '--data: expected a folder, got ""'],
  [
    {},
    { SOTTO_DATABASE: 'mysql://u:hush@h/d' },
    {},
    'environment variable SOTTO_DATABASE: expected postgres://user:password@host:port/database, got something else',
  ],
  [{}, {}, { database: 'hush' }, 'database, got something else'],
  [{ network: 'mars' }, {}, {}, '--network: expected "local" or "public", got "mars"'],
  [{ listenTcp: 'none', listenWs: 'none' }, {}, {}, 'one of them must not be "none"'],
];

test.each(refusals)('refuses %o %o %o', async (flags, environment, content, message) => {
  const file = join(freshFolder(), 'node.json');
  writeFileSync(file, JSON.stringify(content));
  const read = readNodeSettings(flags, environment, file);
  await expect(read).rejects.toThrow(CommandFailure);
  await expect(read).rejects.toThrow(message);
  await expect(read).rejects.toMatchObject({ exitCode: 2 });
});

test('the address of a database is kept from whoever prints the settings', async () => {
  const file = join(freshFolder(), 'node.json');
  const url = 'postgres://u:hush@h/d';
  writeFileSync(file, JSON.stringify({ database: url }));
  for (const settings of [
    await readNodeSettings({}, {}, file),
    await readNodeSettings({}, { SOTTO_DATABASE: url }),
  ]) {
    expect(settings.database?.reveal()).toBe(url);
    expect(JSON.stringify(settings) + inspect(settings, { depth: 9 })).not.toContain('hush');
  }
  expect((await readNodeSettings({}, {})).database).toBeUndefined();
});

test('parameters come from a preset, a bare file or a network file, and are checked', async () => {
  const folder = freshFolder();
  const file = join(folder, 'parameters.json');
  const put = (value: unknown): void => writeFileSync(file, JSON.stringify(value));
  const settings = (flags: Readonly<Record<string, unknown>>) => readNodeSettings(flags, {});
  expect(await networkOf(await settings({ network: 'local' }))).toEqual({
    parameters: localParameters(),
    bootstrap: [],
  });
  const parameters = localParameters({ meanDelayMs: 40, slowMeanDelayMs: 80 });
  put(parameters);
  const bare = await networkOf(await settings({ parameters: file }));
  expect(bare).toEqual({ parameters, bootstrap: [] });
  put({ parameters, bootstrap: [peer] });
  const whole = await networkOf(await settings({ parameters: file }));
  expect(whole.bootstrap).toEqual([{ identityKey: key, addresses: ['/ip4/192.0.2.1/tcp/9001'] }]);

  const { epochMicros, ...lacking } = DEFAULT_PARAMETERS;
  put(lacking);
  await expect(networkOf(await settings({ parameters: file }))).rejects.toThrow(
    '"epochMicros" missing',
  );
  put({ ...DEFAULT_PARAMETERS, fastMeanMicros: 0.5 * epochMicros + 0.5 });
  await expect(networkOf(await settings({ parameters: file }))).rejects.toThrow('"fastMeanMicros"');
  put({ parameters, bootstrap: ['nowhere'] });
  await expect(networkOf(await settings({ parameters: file }))).rejects.toThrow(
    '"bootstrap[0]" in ',
  );
  writeFileSync(file, '{');
  await expect(networkOf(await settings({ parameters: file }))).rejects.toThrow('is not JSON');
});
