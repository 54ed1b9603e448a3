import { DEFAULT_PARAMETERS, epochAt, identityOf, nodeName } from '@sotto/directory';
import { decodeReceipt, RECEIPT_INTERVAL_MICROS } from '@sotto/link';
import { boxOf, encodeRequest, type StoredEntry } from '@sotto/mailbox';
import { open } from '@sotto/noble';
import { Relay, type RelayOutput } from '@sotto/relay';
import { Builder, GEOMETRY, type Hop, type Terminal } from '@sotto/sphinx';
import { SeededRng } from '@sotto/suite/testing';
import { after, type Instant, instant, MICROS_PER_SECOND } from '@sotto/wire';

export const suite = await open();
const START = instant(1_800_000_000 * MICROS_PER_SECOND);
const { publicKey, secretKey } = identityOf(suite, new Uint8Array(32).fill(7));
export const epoch = epochAt(DEFAULT_PARAMETERS, START);
export const builder = new Builder(suite, new SeededRng(suite, 'receipts'));
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
export class Mailbox {
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
    for (const { key, value } of stored) if (value !== undefined) this.entries.set(key, value);
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

  hop(): Hop {
    return { name: nodeName(suite, publicKey), routingKey: this.#routingKey };
  }

  packet(
    terminal: Terminal,
    body: Uint8Array = new Uint8Array(GEOMETRY.bodyBytes),
    to = 0,
  ): Uint8Array {
    const own = this.hop();
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
