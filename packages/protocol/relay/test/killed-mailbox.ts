import { DEFAULT_PARAMETERS, identityOf, nodeName, type NetworkParameters } from '@sotto/directory';
import { decodeReceipt } from '@sotto/link';
import { boxOf, encodeRequest, type StoredEntry } from '@sotto/mailbox';
import { Relay } from '@sotto/relay';
import { Builder, GEOMETRY, type Hop } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { SeededRng } from '@sotto/suite/testing';
import { after, below, type Instant, instant, MICROS_PER_MS, MICROS_PER_SECOND } from '@sotto/wire';
import { CrashDisk, type Found } from './crash-disk.ts';

const START = instant(1_800_000_000 * MICROS_PER_SECOND);
const ALIASES = 12;
const parameters: NetworkParameters = {
  ...DEFAULT_PARAMETERS,
  fastMeanMicros: 20 * MICROS_PER_MS,
  aliasQuota: 255,
};

/** What is wrong with the disk. */
export type Fault =
  | 'none'
  /** It says “stored” at once: no sync. */
  | 'no-sync'
  /** Tags and mail are not one batch: power may leave the tag alone. */
  | 'torn-batch';

/** What came of it. */
export interface Outcome {
  /** Mails put, and those whose receipt came. */
  readonly puts: number;
  readonly acknowledged: number;
  /** Deletions whose receipt came. */
  readonly deletions: number;
  /** Times that an acknowledged mail was missing, and that a deleted one was back. */
  readonly lost: number;
  readonly back: number;
  /** Packets that went out a second time. */
  readonly again: number;
  /** Puts and deletions that were refused as replays when they came for the first time: false positives of the filter, which get a receipt. */
  readonly misjudged: number;
}

interface Sent {
  readonly kind: 'put' | 'delete';
  /** Numbers of the mails. */
  readonly mails: readonly number[];
  acknowledged: boolean;
  /** Whether the mailbox took it, in one of its lives. */
  taken: boolean;
  /** Deaths since it was acknowledged. */
  deaths: number;
}

/** Entries from which on more is deleted, so that no alias comes to its quota: what is refused is acknowledged as well. */
const MANY_ENTRIES = 1000;

/** How many deaths a deletion is held against the disk. */
const WATCHED_DEATHS = 20;

const newSent = (kind: Sent['kind'], mails: readonly number[]): Sent => ({
  kind,
  mails,
  acknowledged: false,
  taken: false,
  deaths: 0,
});

/** A node on its disk. */
class Node {
  readonly disk = new CrashDisk();
  readonly name: Uint8Array;
  readonly #suite: CryptoSuite;
  readonly #seed: Uint8Array;
  relay: Relay;

  constructor(suite: CryptoSuite, seed: Uint8Array) {
    this.#suite = suite;
    this.#seed = seed;
    this.name = nodeName(suite, identityOf(suite, seed).publicKey);
    this.relay = this.boot(START, 'first');
  }

  boot(now: Instant, life: string): Relay {
    const { publicKey, secretKey } = identityOf(this.#suite, this.#seed);
    const stored: StoredEntry[] = [...this.disk.entries].map(([key, value]) => ({ key, value }));
    this.relay = new Relay({
      suite: this.#suite,
      rng: new SeededRng(this.#suite, life),
      parameters,
      now,
      identityKey: publicKey,
      identitySecret: secretKey,
      capabilities: { mix: true, guard: false, mailbox: true, contact: false },
      addresses: [],
      epochs: this.disk.epochs(this.disk.places),
      stored,
    });
    for (const [epoch, places] of this.disk.places) this.relay.restorePlaces(epoch, places);
    return this.relay;
  }

  hop(): Hop {
    const routingKey = new Uint8Array(32);
    const secret = this.disk.keys.get(Math.min(...this.disk.keys.keys()));
    if (secret !== undefined) this.#suite.x25519Base(routingKey, secret);
    return { name: this.name, routingKey };
  }
}

/** Number of the mail in a stored value: in front of its body. */
const numberOf = (value: Uint8Array): number =>
  new DataView(value.buffer, value.byteOffset + value.length - GEOMETRY.bodyBytes).getUint32(0);

const mailsOf = ({ entries }: Pick<Found, 'entries'>): Map<number, string> =>
  new Map(
    [...entries].flatMap(([key, value]) =>
      key.startsWith('mail/') ? [[numberOf(value), key] as const] : [],
    ),
  );

/**
 * A mix that hands mail, and requests to delete some, to a mailbox whose power goes `kills` times
 * at random moments, in the middle of any write. After each death what the disk has is held against
 * what had its receipt.
 */
export function killMailbox(
  suite: CryptoSuite,
  options: { readonly kills: number; readonly steps: number; readonly fault: Fault },
): Outcome {
  const { kills, steps, fault } = options;
  const rng = new SeededRng(suite, 'killed mailbox');
  const builder = new Builder(suite, rng);
  const mix = new Node(suite, new Uint8Array(32).fill(1));
  const mailbox = new Node(suite, new Uint8Array(32).fill(2));
  let now: Instant = START;
  /** The mailbox is down until then. */
  let downUntil: Instant | undefined;
  let link = 0;
  /** What is on the line, both ways: nothing overtakes. */
  let line: { readonly at: Instant; readonly arrive: () => void }[] = [];
  /** By the buffer of the packet; and what each link has carried, in order. */
  const packets = new WeakMap<Uint8Array, Sent>();
  let carried: Sent[] = [];
  /** Those that are still to be held against the disk: puts by the number of their mail. */
  const puts = new Map<number, Sent>();
  const deletions = new Set<Sent>();
  const acknowledged = { put: 0, delete: 0 };
  let put = 0;
  let lost = 0;
  let back = 0;
  let misjudged = 0;

  const replays = (): number => mailbox.relay.metrics(now).drops['replay'] ?? 0;
  const judge = (sent: Sent, refused: boolean): void => {
    if (!refused) sent.taken = true;
    if (!refused || sent.taken) return;
    const known = sent.kind === 'put' ? puts.delete(sent.mails[0] ?? 0) : deletions.delete(sent);
    if (known) misjudged++;
  };
  const onLine = (arrive: () => void): void => {
    const at = after(now, MICROS_PER_MS + below(rng, MICROS_PER_MS));
    line.push({ at: instant(Math.max(at, line.at(-1)?.at ?? 0)), arrive });
  };
  const drainMix = (): void => {
    const core = mix.relay;
    for (let out = core.poll(now); out !== undefined; out = core.poll(now)) {
      if (out.kind === 'write-key') {
        mix.disk.keys.set(out.epoch, out.secret.slice());
        core.handle(now, { kind: 'key-stored', epoch: out.epoch });
      } else if (out.kind === 'write-tags') {
        core.handle(now, { kind: 'tags-stored', sequence: out.sequence });
      } else if (out.kind === 'open-link') {
        if (downUntil !== undefined) continue;
        carried = [];
        core.handle(now, { kind: 'link-up', to: out.to });
      } else if (out.kind === 'transmit') {
        const sent = packets.get(out.packet);
        if (sent !== undefined) carried.push(sent);
        const [frame, name] = [out.packet.slice(), `link ${link}`];
        onLine(() => {
          const before = replays();
          mailbox.relay.handle(now, { kind: 'packet', packet: frame, link: name });
          if (sent !== undefined) judge(sent, replays() > before);
          drainMailbox();
        });
      }
    }
  };
  const drainMailbox = (): void => {
    const { relay, disk } = mailbox;
    for (let out = relay.poll(now); out !== undefined; out = relay.poll(now)) {
      if (out.kind === 'write-key') {
        disk.keys.set(out.epoch, out.secret.slice());
        relay.handle(now, { kind: 'key-stored', epoch: out.epoch });
      } else if (out.kind === 'write-tags') {
        disk.writeTags(out);
        if (fault === 'no-sync') relay.handle(now, { kind: 'tags-stored', sequence: out.sequence });
      } else if (out.kind === 'persist') {
        disk.writeBatch(out);
        if (fault === 'no-sync') relay.handle(now, { kind: 'persisted', batch: out.batch });
      } else if (out.kind === 'receipt') {
        const { frame } = out;
        onLine(() => {
          const count = decodeReceipt(frame);
          mix.relay.handle(now, { kind: 'link-frame', to: mailbox.relay.key, frame });
          for (const sent of count.ok ? carried.slice(0, count.value) : []) {
            if (!sent.acknowledged) acknowledged[sent.kind]++;
            sent.acknowledged = true;
          }
        });
      }
    }
  };
  const finishWrites = (chance: number): void => {
    const { relay, disk } = mailbox;
    const sequence = below(rng, chance) === 0 ? disk.finishTags() : undefined;
    const batch = below(rng, chance) === 0 ? disk.finishBatches() : undefined;
    if (downUntil !== undefined || fault === 'no-sync') return;
    if (sequence !== undefined) relay.handle(now, { kind: 'tags-stored', sequence });
    if (batch !== undefined) relay.handle(now, { kind: 'persisted', batch });
    drainMailbox();
  };
  const give = (hops: readonly Hop[], sent: Sent): void => {
    const request = sent.kind === 'delete' ? requestFor(sent) : undefined;
    const body = request?.body ?? new Uint8Array(GEOMETRY.bodyBytes);
    if (request === undefined) new DataView(body.buffer).setUint32(0, sent.mails[0] ?? 0);
    const packet = builder.forward({
      hops,
      epoch: Math.min(...mix.disk.keys.keys()),
      delayClass: 'fast',
      terminal:
        request === undefined
          ? { kind: 'deliver', box: boxOf(suite, secretOf(sent.mails[0] ?? 0)) }
          : { kind: 'arrive', service: request.service },
      body,
    });
    packets.set(packet, sent);
    if (sent.kind === 'put') puts.set(sent.mails[0] ?? 0, sent);
    else deletions.add(sent);
    mix.relay.handle(now, { kind: 'packet', packet });
  };
  const secretOf = (mail: number): Uint8Array => new Uint8Array(32).fill(mail % ALIASES);
  const requestFor = ({ mails }: Sent): ReturnType<typeof encodeRequest> => {
    const held = mailsOf(mailbox.disk);
    const names = mails.flatMap((mail) => {
      const hex = held.get(mail)?.split('/')[2] ?? '';
      return hex === '' ? [] : [Uint8Array.from(hex.match(/../gu) ?? [], (x) => parseInt(x, 16))];
    });
    return encodeRequest({
      kind: 'fetch',
      secret: secretOf(mails[0] ?? 0),
      answerKey: new Uint8Array(32),
      deletes: names,
      surbs: [],
    });
  };
  /** What the disk has against what was acknowledged. */
  const check = (): void => {
    const held = mailsOf(mailbox.disk);
    const [gone, maybeGone] = [new Set<number>(), new Set<number>()];
    for (const sent of deletions) {
      for (const mail of sent.mails) (sent.acknowledged ? gone : maybeGone).add(mail);
    }
    for (const [mail, sent] of puts) {
      if (sent.acknowledged && !gone.has(mail) && !maybeGone.has(mail) && !held.has(mail)) lost++;
    }
    for (const mail of gone) if (held.has(mail)) back++;
    for (const sent of deletions) {
      if (!sent.acknowledged || ++sent.deaths < WATCHED_DEATHS) continue;
      deletions.delete(sent);
      for (const mail of sent.mails) puts.delete(mail);
    }
  };
  const kill = (life: string): void => {
    const { logBytes, batches } = mailbox.disk.inFlight;
    const cut = { logBytes: below(rng, logBytes + 1), batches: below(rng, batches + 1) };
    const entries = fault === 'torn-batch' ? 1 : 0;
    mailbox.disk.crash(mailbox.disk.after({ ...cut, entries }));
    check();
    downUntil = after(now, below(rng, 500 * MICROS_PER_MS));
    line = [];
    mailbox.boot(now, life);
    mix.relay.handle(now, { kind: 'link-down', to: mailbox.relay.key, unknown: false });
  };

  drainMix();
  drainMailbox();
  const hops = [mix.hop(), mailbox.hop()];
  for (let alias = 0; alias < ALIASES; alias++) {
    give(hops, newSent('delete', [alias]));
  }
  const step = (): void => {
    now = after(now, below(rng, 50 * MICROS_PER_MS));
    if (downUntil !== undefined && downUntil <= now) {
      downUntil = undefined;
      link++;
      drainMailbox();
    }
    for (let next = line[0]; next !== undefined && next.at <= now; next = line[0]) {
      line.shift();
      next.arrive();
    }
    mix.relay.wake(now);
    drainMix();
    if (downUntil !== undefined) return;
    mailbox.relay.wake(now);
    drainMailbox();
    finishWrites(3);
  };
  // The aliases are announced, durably, before anything is put into them.
  for (let i = 0; i < 100; i++) step();
  for (let death = 0; death < Math.max(1, kills); death++) {
    for (let i = 0; i < steps; i++) {
      if (below(rng, 2) === 0) {
        put++;
        give(hops, newSent('put', [ALIASES + put]));
      }
      if (below(rng, mailbox.disk.entries.size > MANY_ENTRIES ? 2 : 8) === 0) {
        const held = [...mailsOf(mailbox.disk).keys()];
        const mails = held.filter((mail) => (mail - (held[0] ?? 0)) % ALIASES === 0).slice(0, 8);
        if (mails.length > 0) give(hops, newSent('delete', mails));
      }
      step();
    }
    if (kills > 0) kill(`life ${death}`);
  }
  // Everybody comes to rest: what has no receipt yet gets it.
  for (let i = 0; i < 200; i++) step();
  finishWrites(1);
  check();
  return {
    puts: put,
    acknowledged: acknowledged.put,
    deletions: acknowledged.delete - ALIASES,
    lost,
    back,
    again: mix.relay.metrics(now).links.again,
    misjudged,
  };
}
