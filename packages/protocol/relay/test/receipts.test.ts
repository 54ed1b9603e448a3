import { DEFAULT_PARAMETERS, epochAt, identityOf, nodeName } from '@sotto/directory';
import {
  decodeReceipt,
  encodeReceipt,
  RECEIPT_INTERVAL_MICROS,
  RECEIPT_PACKETS,
} from '@sotto/link';
import { boxOf, encodeRequest, type StoredEntry } from '@sotto/mailbox';
import { open } from '@sotto/noble';
import { Relay, type RelayOutput } from '@sotto/relay';
import { Builder, GEOMETRY, type Terminal } from '@sotto/sphinx';
import { SeededRng } from '@sotto/suite/testing';
import { after, type Instant, instant, MICROS_PER_SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';

const suite = await open();
const START = instant(1_800_000_000 * MICROS_PER_SECOND);
const { publicKey, secretKey } = identityOf(suite, new Uint8Array(32).fill(7));
const epoch = epochAt(DEFAULT_PARAMETERS, START);
const builder = new Builder(suite, new SeededRng(suite, 'receipts'));
const SECRET = new Uint8Array(32).fill(3);
const ALIAS = boxOf(suite, SECRET);
const announce = encodeRequest({
  kind: 'fetch',
  secret: SECRET,
  answerKey: new Uint8Array(32),
  deletes: [],
  surbs: [],
});

type Write = Extract<RelayOutput, { readonly kind: 'write-tags' | 'persist' }>;

/** A mailbox whose disk finishes a write when the test says so. */
class Mailbox {
  readonly relay: Relay;
  readonly writes: Write[] = [];
  readonly receipts: { readonly at: Instant; readonly link: string; readonly count: number }[] = [];
  now: Instant = START;
  readonly entries = new Map<string, Uint8Array>();
  /** Mail whose batch is on the disk, at the time of each receipt. */
  readonly durableMail: number[] = [];
  readonly #routingKey = new Uint8Array(32);
  /** The fault: it says “stored” before it is. */
  readonly #hasty: boolean;

  constructor(hasty = false, stored: readonly StoredEntry[] = [], secret?: Uint8Array) {
    this.#hasty = hasty;
    this.relay = new Relay({
      suite,
      rng: new SeededRng(suite, secret === undefined ? 'node' : 'node again'),
      parameters: DEFAULT_PARAMETERS,
      now: START,
      identityKey: publicKey,
      identitySecret: secretKey,
      capabilities: { mix: true, guard: true, mailbox: true, contact: true },
      addresses: [],
      stored,
      ...(secret === undefined ? {} : { epochs: [{ epoch, secret, placeBytes: 0 }] }),
    });
    if (secret !== undefined) suite.x25519Base(this.#routingKey, secret);
    this.drain();
  }

  secret: Uint8Array = new Uint8Array(32);

  drain(): void {
    const { relay } = this;
    for (let out = relay.poll(this.now); out !== undefined; out = relay.poll(this.now)) {
      if (out.kind === 'write-key') {
        if (out.epoch === epoch) {
          this.secret = out.secret.slice();
          suite.x25519Base(this.#routingKey, out.secret);
        }
        relay.handle(this.now, { kind: 'key-stored', epoch: out.epoch });
      } else if (out.kind === 'write-tags' || out.kind === 'persist') {
        this.writes.push(out);
        if (this.#hasty) this.#say(out);
      } else if (out.kind === 'receipt') {
        const count = decodeReceipt(out.frame);
        if (!count.ok) throw new Error('not a receipt');
        this.receipts.push({ at: this.now, link: out.link, count: count.value });
        this.durableMail.push([...this.entries.keys()].filter((k) => k.startsWith('mail/')).length);
      }
    }
  }

  /** The oldest write of a kind is on the disk. */
  finish(kind: Write['kind']): void {
    const at = this.writes.findIndex((write) => write.kind === kind);
    const [write] = at < 0 ? [] : this.writes.splice(at, 1);
    if (write === undefined) return;
    if (write.kind === 'persist') {
      for (const { key, value } of write.entries) {
        if (value === undefined) this.entries.delete(key);
        else this.entries.set(key, value);
      }
    }
    if (!this.#hasty) this.#say(write);
    this.drain();
  }

  finishAll(): void {
    for (const kind of ['write-tags', 'persist'] as const) {
      while (this.writes.some((write) => write.kind === kind)) this.finish(kind);
    }
  }

  #say(write: Write): void {
    const { relay, now } = this;
    if (write.kind === 'write-tags')
      relay.handle(now, { kind: 'tags-stored', sequence: write.sequence });
    else relay.handle(now, { kind: 'persisted', batch: write.batch });
  }

  give(link: string, ...packets: readonly Uint8Array[]): void {
    this.relay.handle(this.now, { kind: 'packets', packets: packets.map((p) => p.slice()), link });
    this.drain();
  }

  pass(micros: number): void {
    const end = after(this.now, micros);
    for (;;) {
      const at = this.relay.nextAt();
      if (at === undefined || at > end) break;
      this.now = at > this.now ? at : this.now;
      this.relay.wake(this.now);
      this.drain();
    }
    this.now = end;
  }

  packet(
    terminal: Terminal,
    body: Uint8Array = new Uint8Array(GEOMETRY.bodyBytes),
    to = 0,
  ): Uint8Array {
    const own = { name: nodeName(suite, publicKey), routingKey: this.#routingKey };
    const next = { name: new Uint8Array(16).fill(to), routingKey: this.#routingKey };
    const hops = to === 0 ? [own] : [own, next];
    return builder.forward({ hops, epoch, delayClass: 'slow', terminal, body });
  }

  mail(): Uint8Array {
    return this.packet({ kind: 'deliver', box: ALIAS });
  }

  /** Announces the alias, durably and with its receipt. */
  announce(): void {
    this.give('link', this.packet({ kind: 'arrive', service: announce.service }, announce.body));
    this.finishAll();
    this.pass(2 * RECEIPT_INTERVAL_MICROS);
    this.finishAll();
    this.receipts.length = 0;
    this.durableMail.length = 0;
  }
}

/** Mail comes, then its writes end one by one. @returns how many mails were on the disk when the receipt left. */
function mailAtReceipt(hasty: boolean): number | undefined {
  const node = new Mailbox(hasty);
  node.announce();
  node.give('link', node.mail());
  for (const kind of [undefined, 'write-tags', 'persist'] as const) {
    if (kind !== undefined) node.finish(kind);
    node.pass(3 * RECEIPT_INTERVAL_MICROS);
  }
  return node.durableMail[0];
}

test('a receipt leaves after the sync that has mail and tag on the disk', () => {
  expect(mailAtReceipt(false)).toBe(1);
});

test('planted: with the sync taken out it leaves before', () => {
  expect(mailAtReceipt(true)).toBe(0);
});

test('mail and its tag are in one batch of the store, and no log has the tag before', () => {
  const node = new Mailbox();
  node.announce();
  node.give('link', node.mail());
  node.pass(RECEIPT_INTERVAL_MICROS);
  expect(node.writes.map(({ kind }) => kind)).toEqual(['persist']);
  const [batch] = node.writes;
  const keys = batch?.kind === 'persist' ? batch.entries.map(({ key }) => key.split('/')[0]) : [];
  expect(keys.slice(0, 2)).toEqual(['mail', 'seen']);
  // Then the log takes the tag over, and the store's copy goes with a later batch.
  node.finish('persist');
  node.pass(RECEIPT_INTERVAL_MICROS);
  expect(node.writes.map(({ kind }) => kind)).toEqual(['write-tags']);
  expect([...node.entries.keys()].filter((key) => key.startsWith('seen/'))).toHaveLength(1);
  node.finishAll();
  node.give('link', node.mail());
  node.finish('persist');
  expect([...node.entries.keys()].filter((key) => key.startsWith('seen/'))).toHaveLength(1);
});

test('the time and the bytes of a receipt are the same whatever became of the packet', () => {
  const seen = (packet: (node: Mailbox) => Uint8Array): unknown => {
    const node = new Mailbox();
    node.announce();
    node.give('link', packet(node));
    node.finishAll();
    node.pass(3 * RECEIPT_INTERVAL_MICROS);
    return node.receipts;
  };
  const mail = seen((node) => node.mail());
  expect(mail).toEqual([{ at: expect.any(Number), link: 'link', count: 2 }]);
  expect(seen((node) => node.packet({ kind: 'deliver', box: new Uint8Array(16) }))).toEqual(mail);
  expect(seen((node) => node.packet({ kind: 'drop' }))).toEqual(mail);
  expect(seen((node) => node.packet({ kind: 'drop' }, undefined, 1))).toEqual(mail);
  expect(seen(() => new Uint8Array(GEOMETRY.packetBytes))).toEqual(mail);
});

test('a known tag gets its receipt, on another link and after a restart, and is stored once', () => {
  const node = new Mailbox();
  node.announce();
  const mail = node.mail();
  node.give('link', mail);
  node.relay.handle(node.now, { kind: 'link-ended', link: 'link' });
  node.give('second', mail);
  // What the first writes is not on the disk: the second waits for it as well.
  node.pass(2 * RECEIPT_INTERVAL_MICROS);
  expect(node.receipts).toEqual([]);
  node.finish('persist');
  node.pass(2 * RECEIPT_INTERVAL_MICROS);
  expect(node.receipts).toEqual([{ at: expect.any(Number), link: 'second', count: 1 }]);
  expect(node.relay.metrics(node.now).drops['replay']).toBe(1);

  // Killed before the log had the tag: the store has it.
  const stored = [...node.entries].map(([key, value]) => ({ key, value }));
  const again = new Mailbox(false, stored, node.secret);
  again.give('third', mail);
  again.pass(2 * RECEIPT_INTERVAL_MICROS);
  expect(again.receipts).toEqual([{ at: expect.any(Number), link: 'third', count: 1 }]);
  expect(again.relay.metrics(again.now).drops['replay']).toBe(1);
  // Planted: without that entry it would be stored a second time.
  const forgetful = new Mailbox(
    false,
    stored.filter(({ key }) => !key.startsWith('seen/')),
    node.secret,
  );
  forgetful.give('third', mail);
  expect(forgetful.relay.metrics(forgetful.now).drops['replay']).toBe(0);
});

test('many packets get their receipt before the second is over, links apart', () => {
  const node = new Mailbox();
  const garbage = Array.from({ length: RECEIPT_PACKETS }, () => new Uint8Array(1600));
  node.give('one', ...garbage.slice(1));
  node.give('two', new Uint8Array(1600));
  expect(node.receipts).toEqual([]);
  node.give('one', new Uint8Array(1600));
  expect(node.receipts).toEqual([{ at: node.now, link: 'one', count: RECEIPT_PACKETS }]);
  node.pass(2 * RECEIPT_INTERVAL_MICROS);
  expect(node.receipts.slice(1)).toEqual([{ at: expect.any(Number), link: 'two', count: 1 }]);
});

test('a node that is about to end gives no receipt for what it refuses', () => {
  const node = new Mailbox();
  node.give('link', new Uint8Array(1600));
  node.relay.retire(node.now);
  node.give('link', new Uint8Array(1600));
  node.pass(3 * RECEIPT_INTERVAL_MICROS);
  expect(node.receipts).toEqual([{ at: expect.any(Number), link: 'link', count: 1 }]);
  expect(encodeReceipt(1).length).toBe(1600);
});
