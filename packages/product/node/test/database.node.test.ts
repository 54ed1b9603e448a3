import { type ChildProcess, fork } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { RECEIPT_PACKETS } from '@sotto/link';
import { boxOf, encodeRequest } from '@sotto/mailbox';
import { GEOMETRY, type Hop } from '@sotto/sphinx';
import type { DataFolder, KeyValueStore } from '@sotto/storage';
import { openDataFolder } from '@sotto/storage-level';
import { openPostgresStore } from '@sotto/storage-postgres';
import { toHex } from '@sotto/wire';
import { expect, onTestFinished, test } from 'vitest';
import { builder, epoch, MailboxNode, suite } from '../../../../bench/mailbox-node.ts';
import { goBetween } from '../../../../tools/go-between.ts';
import { serve } from '../../../platform/storage-postgres/test/server.ts';
import { askStatus } from '../src/status-client.ts';
import { readStatusPlace } from '../src/status-server.ts';
import { refuseElsewhere, withDatabase } from '../src/records.ts';
import type { MailboxTold } from './mailbox-process.ts';
import { freshFolder, sotto, until } from './command-line.ts';

const { server, url, reason, overtake } = serve();
const ALIASES = 8;
const secretOf = (alias: number): Uint8Array => new Uint8Array(32).fill(alias + 1);

const announce = (hop: Hop, at: number, alias: number, deletes: Uint8Array[] = []): Uint8Array => {
  const { service, body } = encodeRequest({
    kind: 'fetch',
    secret: secretOf(alias),
    answerKey: new Uint8Array(32),
    deletes,
    surbs: [],
  });
  const path = { hops: [hop], epoch: at, delayClass: 'fast' } as const;
  return builder.forward({ ...path, terminal: { kind: 'arrive', service }, body });
};

/** Mail that carries its number. */
const mail = (hop: Hop, at: number, number: number): Uint8Array => {
  const body = new Uint8Array(GEOMETRY.bodyBytes);
  new DataView(body.buffer).setUint32(0, number);
  const box = boxOf(suite, secretOf(number % ALIASES));
  const path = { hops: [hop], epoch: at, delayClass: 'fast' } as const;
  return builder.forward({ ...path, terminal: { kind: 'deliver', box }, body });
};

const numberOf = (value: Uint8Array): number =>
  new DataView(value.buffer, value.byteOffset + value.length - GEOMETRY.bodyBytes).getUint32(0);

/** Mails in a place: number to the name under which it is deleted. */
async function mailsIn(store: KeyValueStore): Promise<Map<number, Uint8Array>> {
  const found = new Map<number, Uint8Array>();
  for await (const [key, value] of store.entries('mail/mail/')) {
    found.set(numberOf(value), Uint8Array.from(Buffer.from(key.split('/')[3] ?? '', 'hex')));
  }
  return found;
}

/** Fills a receipt with puts. @returns how many packets had theirs when the server's answer to the commit was on its way. */
async function acknowledgedBeforeAnswer(hasty: boolean): Promise<number> {
  const between = await goBetween(server().socket);
  onTestFinished(() => between.stop());
  const node = await MailboxNode.start(freshFolder(), async (folder, name) => {
    const whole = await withDatabase(folder, url(between.folder), toHex(name));
    const { store } = whole;
    // The fault: a commit counts as done when it has been asked for.
    const asked: KeyValueStore = {
      get: (key) => store.get(key),
      entries: (prefix) => store.entries(prefix),
      close: () => store.close(),
      batch: (operations) => void store.batch(operations) as unknown as Promise<void>,
    };
    return hasty ? { ...whole, store: asked, logs: folder.logs } : whole;
  });
  await node.restored;
  const hop = node.hop();
  node.give([announce(hop, epoch(), 0)]);
  await node.until(() => node.acknowledged === 1);
  between.hold();
  const puts = Array.from({ length: RECEIPT_PACKETS }, () => mail(hop, epoch(), ALIASES));
  node.give(puts);
  await between.held();
  const before = node.acknowledged - 1;
  between.release();
  await node.until(() => node.acknowledged === 1 + puts.length);
  await node.stop();
  return before;
}

test('a receipt leaves after the database has answered the commit', async ({ skip }) => {
  skip(reason() !== undefined, reason());
  expect(await acknowledgedBeforeAnswer(false)).toBe(0);
});

test('planted: a commit that is not waited for is acknowledged before', async ({ skip }) => {
  skip(reason() !== undefined, reason());
  expect(await acknowledgedBeforeAnswer(true)).toBe(RECEIPT_PACKETS);
});

/** A mailbox of its own process. */
class MailboxProcess {
  readonly #child: ChildProcess;
  #news = Promise.withResolvers<void>();
  up: (Hop & { readonly epoch: number }) | undefined;
  acknowledged = 0;
  #gone = false;

  constructor(data: string) {
    this.#child = fork(join(import.meta.dirname, 'mailbox-process.ts'), [data], {
      env: { ...process.env, SOTTO_DATABASE: url().reveal() },
    });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
    this.#child.on('message', (told: MailboxTold) => {
      if (told.kind === 'acknowledged') this.acknowledged = told.packets;
      else {
        const name = Uint8Array.from(told.name);
        this.up = { name, routingKey: Uint8Array.from(told.routingKey), epoch: told.epoch };
      }
      this.#tell();
    });
    this.#child.on('disconnect', () => {
      this.#gone = true;
      this.#tell();
    });
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#gone) throw new Error('the mailbox has ended');
      await this.#news.promise;
    }
  }

  async started(): Promise<Hop & { readonly epoch: number }> {
    await this.until(() => this.up !== undefined);
    if (this.up === undefined) throw new Error('not up');
    return this.up;
  }

  give(packets: readonly Uint8Array[]): void {
    this.#child.send(packets.map((packet) => Buffer.from(packet).toString('base64')));
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    while (!this.#gone) await this.#news.promise;
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers<void>();
  }
}

test('a mailbox that is killed has lost nothing acknowledged, and another machine with its identity goes on', async ({
  skip,
}) => {
  skip(reason() !== undefined, reason());
  const [here, there] = [freshFolder(), freshFolder()];
  const first = new MailboxProcess(here);
  const hop = await first.started();
  first.give(Array.from({ length: ALIASES }, (_, alias) => announce(hop, hop.epoch, alias)));
  await first.until(() => first.acknowledged === ALIASES);
  const numbers = Array.from({ length: 4 * RECEIPT_PACKETS }, (_, n) => n);
  for (let at = 0; at < numbers.length; at += 16) {
    first.give(numbers.slice(at, at + 16).map((n) => mail(hop, hop.epoch, n)));
  }
  await first.until(() => first.acknowledged > ALIASES);
  await first.kill();
  const acknowledged = numbers.slice(0, first.acknowledged - ALIASES);

  // Nothing but the identity has been kept of the first machine.
  await (await openDataFolder(there)).close();
  cpSync(join(here, 'secrets', 'identity'), join(there, 'secrets', 'identity'));
  const second = new MailboxProcess(there);
  const other = await second.started();
  expect(other.name).toEqual(hop.name);
  expect(other.routingKey).not.toEqual(hop.routingKey);
  const place = toHex(hop.name);
  await expect(openPostgresStore({ url: url(), place })).rejects.toMatchObject({ code: 'locked' });
  second.give([announce(other, other.epoch, 0), mail(other, other.epoch, 5000)]);
  await second.until(() => second.acknowledged === 2);
  await second.kill();

  const store = await openPostgresStore({ url: url(), place, waitMillis: 20_000 });
  const found = await mailsIn(store);
  await store.close();
  expect(acknowledged.length).toBeGreaterThan(0);
  expect(acknowledged.filter((n) => !found.has(n))).toEqual([]);
  expect(found.has(5000)).toBe(true);
});

test('what a folder holds is moved into the database, also when that was cut off; without it the folder is refused', async ({
  skip,
}) => {
  skip(reason() !== undefined, reason());
  const path = freshFolder();
  const open = (): Promise<DataFolder> => openDataFolder(path);
  const value = Uint8Array.of(7);
  const folder = await open();
  await refuseElsewhere(folder);
  const keys = Array.from({ length: 1200 }, (_, n) => `mail/mail/${String(n).padStart(4, '0')}`);
  await folder.store.batch(keys.map((key) => ({ key, value })));
  // A move that was cut off after its first piece was written, and before it was taken away.
  const records = await openPostgresStore({ url: url(), place: 'moved' });
  await records.batch(keys.slice(0, 500).map((key) => ({ key, value })));
  await records.close();
  const whole = await withDatabase(folder, url(), 'moved');
  const listed: string[] = [];
  for await (const [key] of whole.store.entries('')) listed.push(key);
  expect(listed).toEqual(keys);
  await whole.close();

  const later = await open();
  await expect(refuseElsewhere(later)).rejects.toMatchObject({
    code: 'unwritable',
    message: '"records of moved" cannot be used: they are in a database; name it',
  });
  const again = await withDatabase(later, url(), 'moved');
  expect(await again.store.get(keys[0] ?? '')).toEqual(value);
  await again.close();
});

test('a node that was overtaken gets no write of tags acknowledged, and so sends nothing', async ({
  skip,
}) => {
  skip(reason() !== undefined, reason());
  const folder = await openDataFolder(freshFolder());
  const whole = await withDatabase(folder, url(), 'overtaken');
  const log = await whole.logs.open('seen-1', 8);
  await log.append(new Uint8Array(8));
  // Planted beside it: the folder's own log, which asks nobody.
  const alone = await folder.logs.open('seen-2', 8);
  await overtake('overtaken');
  await expect(log.append(new Uint8Array(8))).rejects.toMatchObject({ code: 'locked' });
  await expect(alone.append(new Uint8Array(8))).resolves.toBeUndefined();
  await whole.close();
});

test('sotto node keeps its records in the database that the environment names, and shows its password to nobody', async ({
  skip,
}) => {
  skip(reason() !== undefined, reason());
  const secret = server().password;
  const flags = (data: string): string[] => ['node', '--network', 'local', '--data', data];
  const refused = sotto(flags(freshFolder()), {
    SOTTO_DATABASE: url().reveal().replace(secret, 'wrong-4711'),
  });
  const data = freshFolder();
  const node = sotto([...flags(data), '--log-level', 'debug'], {
    SOTTO_DATABASE: url().reveal(),
  });
  const status = await until(async () => {
    if (node.child.exitCode !== null) throw new Error(`it ended: ${node.stderr()}`);
    const found = await askStatus(await readStatusPlace(data));
    // It has signed its own descriptor.
    if (found === undefined || found.relay.nodes < 1) throw new Error('not up');
    return found;
  });
  await until(() => expect(node.stderr() + node.stdout()).toContain('records are in the database'));
  node.child.kill('SIGTERM');
  expect(await node.exit).toBe(0);
  expect(node.stderr() + node.stdout() + JSON.stringify(status)).not.toContain(secret);
  const store = await openPostgresStore({ url: url(), place: status.name });
  expect(await store.get('announced')).toHaveLength(8);
  await store.close();

  expect(await refused.exit).toBe(4);
  expect(refused.stderr()).toContain('password authentication failed');
  expect(refused.stderr()).not.toContain('wrong-4711');
});
