/**
 * What a mailbox carries: the node's core with its filter, its store and its logs on a real disk,
 * without the network (that is the benchmark `node`). A put counts when its receipt is there, which
 * is after the sync (Spec 10 §3.5); a fetch when its three reply blocks have been run, two of them
 * with mail. A node has started when it takes packets; it answers when it has read its mail.
 *
 * `SOTTO_BENCH_PUTS` sets the number of puts, 30,000 unless set; `SOTTO_BENCH_FETCHES` of fetches,
 * 3,000; `SOTTO_BENCH_MAILS` of messages that a node finds at its start, a million.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RECEIPT_PACKETS } from '@sotto/link';
import { boxOf, encodeRequest } from '@sotto/mailbox';
import { encodeEmbeddedSurb, GEOMETRY, type Hop } from '@sotto/sphinx';
import { openDataFolder } from '@sotto/storage-level';
import { ByteWriter, randomBytes, toHex } from '@sotto/wire';
import {
  BATCH,
  builder,
  epoch,
  folderBytes,
  inFolder,
  MailboxNode,
  rng,
  suite,
  syncMicros,
} from './mailbox-node.ts';
import { checkedValue } from '../packages/product/node/src/checked-value.ts';
import { round, type Row } from './row.ts';
import { cpuMicros, runtime } from './runtime.ts';
import { x25519Micros } from './x25519.ts';

/** Fewer than some receipts' worth would measure the wait for the last one. */
const LEAST = 4 * RECEIPT_PACKETS;
const amount = (name: string, usual: number, least: number): number => {
  const given = Number(process.env[`SOTTO_BENCH_${name}`] ?? usual);
  if (Number.isSafeInteger(given) && given >= least) return given;
  throw new RangeError(`"SOTTO_BENCH_${name}" expected an integer from ${least} on, got ${given}`);
};
const PUTS = amount('PUTS', 30_000, LEAST);
const FETCHES = amount('FETCHES', 3000, LEAST);
const MAILS = amount('MAILS', 1_000_000, 1);
/** Puts without a receipt at most: a tenth of a second of the rate that is aimed at. */
const WINDOW = 1024;
const MAILS_OF_ALIAS = 8;
const SURBS = 3;
const same = { bench: 'mailbox', runtime };

interface Took {
  /** Packets with a receipt within the time. */
  readonly packets: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/**
 * Gives packets in runs, with a bounded number under way, and waits for the last receipt. What is
 * measured ends with the last receipt that comes by number: the one after it waits for its second.
 */
async function carry(node: MailboxNode, packets: readonly Uint8Array[]): Promise<Took> {
  const [started, cpu] = [performance.now(), cpuMicros()];
  const before = node.acknowledged;
  for (let at = 0; at < packets.length; at += BATCH) {
    node.give(packets.slice(at, at + BATCH));
    const open = (): number => before + at - node.acknowledged;
    if (open() > WINDOW) await node.until(() => open() <= WINDOW);
    else if (at % (4 * BATCH) === 0) await new Promise<void>((next) => void setImmediate(next));
  }
  await node.until(() => node.acknowledged > before + packets.length - RECEIPT_PACKETS);
  const took = {
    packets: node.acknowledged - before,
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: (cpuMicros() - cpu) / 1e6,
  };
  await node.until(() => node.acknowledged >= before + packets.length);
  return took;
}

const arrive = (hop: Hop, request: Parameters<typeof encodeRequest>[0]): Uint8Array => {
  const { service, body } = encodeRequest(request);
  const path = { hops: [hop], epoch: epoch(), delayClass: 'fast' } as const;
  return builder.forward({ ...path, terminal: { kind: 'arrive', service }, body });
};

const fetchFor = (
  hop: Hop,
  secret: Uint8Array,
  surbs: readonly Uint8Array[] = [],
  deletes: readonly Uint8Array[] = [],
): Uint8Array =>
  arrive(hop, { kind: 'fetch', secret, answerKey: randomBytes(rng, 32), deletes, surbs });

/** A reply block whose first hop is the mailbox, as an answer uses it. */
function embeddedSurb(hop: Hop): Uint8Array {
  const next = { ...hop, name: randomBytes(rng, 16) };
  const { surb } = builder.surb({
    hops: [hop, next],
    epoch: epoch(),
    delayClass: 'fast',
    terminal: { kind: 'deliver', box: randomBytes(rng, 16) },
  });
  return encodeEmbeddedSurb(surb);
}

function expectNone(node: MailboxNode): void {
  const { drops } = node.metrics();
  const odd = Object.entries(drops).filter(([, count]) => count > 0);
  if (odd.length > 0) throw new Error(`the mailbox refused something: ${JSON.stringify(odd)}`);
}

async function* carried(folder: string): AsyncGenerator<Row> {
  const path = join(folder, 'node');
  const sync = await syncMicros(folder);
  const node = await MailboxNode.start(path);
  try {
    await node.restored;
    yield* putsAndFetches(node, path, sync);
  } finally {
    // Before its folder is removed, or what went wrong is hidden by files that come meanwhile.
    await node.stop();
  }
}

async function* putsAndFetches(node: MailboxNode, path: string, sync: number): AsyncGenerator<Row> {
  const hop = node.hop();
  const secrets = Array.from({ length: Math.ceil(PUTS / MAILS_OF_ALIAS) }, () =>
    randomBytes(rng, 32),
  );
  await carry(
    node,
    secrets.map((secret) => fetchFor(hop, secret)),
  );
  const puts = Array.from({ length: PUTS }, (_, i) =>
    builder.forward({
      hops: [hop],
      epoch: epoch(),
      delayClass: 'fast',
      terminal: {
        kind: 'deliver',
        box: boxOf(suite, secrets[i % secrets.length] ?? new Uint8Array(32)),
      },
      body: randomBytes(rng, GEOMETRY.bodyBytes),
    }),
  );
  const bytes = await folderBytes(path);
  const put = await carry(node, puts);
  expectNone(node);
  const exchange = x25519Micros();
  const cpuMicrosPerPut = round((put.cpuSeconds * 1e6) / put.packets, 1);
  yield {
    ...same,
    metric: 'putsPerSecond',
    value: round(put.packets / put.seconds, 0),
    unit: '1/s',
    perCpuSecond: round(put.packets / put.cpuSeconds, 0),
    puts: PUTS,
    // On this machine, in this run: what a put costs beside the one key exchange that it needs.
    cpuMicrosPerPut,
    x25519Micros: exchange,
    x25519PerPut: round(cpuMicrosPerPut / exchange, 2),
    syncMicros: sync,
  };
  const onDisk = (await folderBytes(path)) - bytes;
  yield { ...same, metric: 'bytesPerMessage', value: round(onDisk / PUTS, 0), unit: 'bytes' };

  const fetches = Array.from({ length: FETCHES }, (_, i) =>
    fetchFor(
      hop,
      secrets[i % secrets.length] ?? new Uint8Array(32),
      Array.from({ length: SURBS }, () => embeddedSurb(hop)),
    ),
  );
  const ran = node.metrics().received.run;
  const got = await carry(node, fetches);
  await node.until(() => node.metrics().received.run - ran === FETCHES * SURBS);
  expectNone(node);
  yield {
    ...same,
    metric: 'fetchesPerSecond',
    value: round(got.packets / got.seconds, 0),
    unit: '1/s',
    perCpuSecond: round(got.packets / got.cpuSeconds, 0),
    answers: SURBS,
    fetches: FETCHES,
  };
}

/** Writes messages as an earlier life of the node would have left them. */
async function fill(path: string, mails: number): Promise<void> {
  await mkdir(path, { recursive: true });
  const folder = await openDataFolder(path);
  const expiry = Date.now() * 1000 + 10 * 86_400_000_000;
  const body = randomBytes(rng, GEOMETRY.bodyBytes);
  for (let at = 0; at < mails; at += 500 * MAILS_OF_ALIAS) {
    const operations: { key: string; value: Uint8Array }[] = [];
    const put = (key: string, value: Uint8Array): void => {
      operations.push({ key: `mail/${key}`, value: checkedValue(key, value) });
    };
    for (let i = 0; i < 500; i++) {
      const box = toHex(randomBytes(rng, 16));
      const alias = new ByteWriter(9).u8(1).u53(expiry).bytes;
      put(`alias/${box}`, alias);
      for (let k = 0; k < MAILS_OF_ALIAS; k++) {
        const name = randomBytes(rng, 16);
        const value = new ByteWriter(1 + 8 + 16 + GEOMETRY.logBytes + GEOMETRY.bodyBytes)
          .u8(1)
          .u53(expiry + k)
          .put(name)
          .put(randomBytes(rng, GEOMETRY.logBytes))
          .put(body).bytes;
        put(`mail/${box}/${toHex(name)}`, value);
      }
    }
    await folder.store.batch(operations);
  }
  await folder.close();
}

async function* start(folder: string): AsyncGenerator<Row> {
  const path = join(folder, 'node');
  await fill(path, MAILS);
  const [started, cpu] = [performance.now(), cpuMicros()];
  const before = process.memoryUsage().rss;
  const node = await MailboxNode.start(path);
  try {
    const seconds = (performance.now() - started) / 1000;
    const cpuSeconds = (cpuMicros() - cpu) / 1e6;
    await node.restored;
    const answers = (performance.now() - started) / 1000;
    expectNone(node);
    yield {
      ...same,
      metric: 'startSeconds',
      value: round(seconds, 2),
      unit: 's',
      cpuSeconds: round(cpuSeconds, 2),
      messages: MAILS,
      answersAfterSeconds: round(answers, 2),
      residentMegabytes: round((process.memoryUsage().rss - before) / 1e6, 0),
    };
  } finally {
    await node.stop();
  }
}

/** Rows of puts, fetches and the start. */
export async function* mailboxBench(): AsyncGenerator<Row> {
  for (const part of [carried, start]) {
    const rows = await inFolder(async (folder) => {
      const found: Row[] = [];
      for await (const row of part(folder)) found.push(row);
      return found;
    });
    yield* rows;
  }
}
