import { equalBytes } from '@sotto/wire';
import {
  check,
  dialOnly,
  fails,
  target,
  type TransportBench,
  type TransportCase,
  until,
} from './compliance-bench.ts';
import type { TransportLimits } from './limits.ts';
import type { GossipVerdict, Transport } from './transport.ts';

const TOPIC = '/sotto/test/1';

async function exchange(
  bench: TransportBench,
  serve: (request: Uint8Array) => readonly Uint8Array[] | undefined,
  serverLimits: Partial<TransportLimits>,
  askerLimits: Partial<TransportLimits>,
): Promise<{ server: Transport; asker: Transport; ask: () => Promise<readonly Uint8Array[]> }> {
  const server = await bench.make({ limits: serverLimits });
  const asker = await bench.make({ limits: askerLimits });
  await server.start({
    ...dialOnly,
    snapshot: (peer, request) => (equalBytes(peer, asker.identityKey) ? serve(request) : undefined),
  });
  await asker.start(dialOnly);
  const request = Uint8Array.of(1, 2, 3);
  return {
    server,
    asker,
    ask: () => asker.requestSnapshot({ peer: target(server), request }),
  };
}

interface Member {
  readonly transport: Transport;
  readonly got: string[];
}

/** A chain of members, each connected to the next, all in one topic. */
async function chain(
  bench: TransportBench,
  verdicts: readonly ((text: string) => GossipVerdict)[],
): Promise<Member[]> {
  const members: Member[] = [];
  for (const verdict of verdicts) {
    const transport = await bench.make();
    const got: string[] = [];
    await transport.start(dialOnly);
    transport.subscribe(TOPIC, async (bytes) => {
      // Asynchronous, as the check of a signature may be.
      await Promise.resolve();
      const text = String.fromCharCode(...bytes);
      got.push(text);
      return verdict(text);
    });
    const last = members.at(-1);
    if (last !== undefined) await transport.connect({ peer: target(last.transport) });
    members.push({ transport, got });
  }
  await until(
    () =>
      members.every(
        ({ transport }, i) =>
          transport.neighbours(TOPIC) >= (i === 0 || i === members.length - 1 ? 1 : 2),
      ),
    'the neighbours',
  );
  return members;
}

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const accept = (): GossipVerdict => 'accept';
const judge = (text: string): GossipVerdict =>
  text === 'bad' ? 'reject' : text === 'old' ? 'ignore' : 'accept';

/** Snapshots and gossip. */
export const exchangeCases: readonly TransportCase[] = [
  {
    name: 'a snapshot comes whole and in order',
    async run(bench) {
      const items = Array.from({ length: 1000 }, (_, i) =>
        new Uint8Array(1 + ((i * 37) % 900)).fill(i & 255),
      );
      let asked: Uint8Array | undefined;
      const { ask } = await exchange(
        bench,
        (request) => {
          asked = request;
          return items;
        },
        {},
        {},
      );
      const got = await ask();
      check(asked !== undefined && equalBytes(asked, Uint8Array.of(1, 2, 3)), 'request differs');
      check(got.length === items.length, `got ${got.length} items`);
      check(
        items.every((item, i) => equalBytes(item, got[i] ?? new Uint8Array(0))),
        'an item differs',
      );
    },
  },
  {
    name: 'an empty snapshot is not a refused one',
    async run(bench) {
      let items: Uint8Array[] | undefined = [];
      const { ask, server } = await exchange(bench, () => items, {}, {});
      check((await ask()).length === 0, 'items out of nothing');
      items = undefined;
      await fails(ask(), 'snapshot-truncated');
      check(server.counters()['snapshot-refused'] === 1, 'the refusal was not counted');
    },
  },
  {
    name: 'a snapshot with too many items, too long ones, or too many bytes is refused by the asker',
    async run(bench) {
      const shapes: [number, number][] = [
        [101, 1],
        [1, 1001],
        [60, 900],
      ];
      const limits = {
        maxSnapshotItems: 100,
        maxSnapshotItemBytes: 1000,
        maxSnapshotBytes: 50_000,
      };
      for (const [count, length] of shapes) {
        const items = Array.from({ length: count }, () => new Uint8Array(length).fill(1));
        const { ask, asker } = await exchange(bench, () => items, {}, limits);
        await fails(ask(), 'snapshot-oversized');
        check(asker.counters()['snapshot-oversized'] === 1, 'it was not counted');
      }
    },
  },
  {
    name: 'a server does not send a snapshot beyond its own limits',
    async run(bench) {
      const { ask, server } = await exchange(
        bench,
        () => [new Uint8Array(101)],
        { maxSnapshotItemBytes: 100 },
        {},
      );
      await fails(ask(), 'snapshot-truncated');
      check(server.counters()['snapshot-unservable'] === 1, 'it was not counted');
    },
  },
  {
    name: 'a peer that asks too often is refused',
    async run(bench) {
      const limits = { snapshotBurst: 2, snapshotRefillMillis: 3_600_000 };
      const { ask, server } = await exchange(bench, () => [], limits, {});
      await ask();
      await ask();
      await fails(ask(), 'snapshot-truncated');
      check(server.counters()['snapshot-rate'] === 1, 'the refusal was not counted');
    },
  },
  {
    name: 'gossip reaches all members once, over others',
    async run(bench) {
      const members = await chain(bench, [accept, accept, accept]);
      const count = await members[0]?.transport.publish(TOPIC, bytesOf('hello'));
      check(count === 1, `published to ${count} neighbours`);
      await until(() => members[2]?.got.length === 1, 'the last member');
      await members[2]?.transport.publish(TOPIC, bytesOf('back'));
      await until(() => members[0]?.got.length === 1, 'the first member');
      check(members.map(({ got }) => got.join()).join('|') === 'back|hello,back|hello', 'wrong');
    },
  },
  {
    name: 'a message that is rejected or ignored goes no further, and is counted',
    async run(bench) {
      const members = await chain(bench, [accept, judge, accept]);
      for (const text of ['bad', 'old', 'good']) {
        await members[0]?.transport.publish(TOPIC, bytesOf(text));
        await until(() => members[1]?.got.at(-1) === text, `${text} in the middle`);
      }
      // Order on a connection is kept: had the others been relayed, they would be here first.
      await until(() => members[2]?.got.includes('good') === true, 'the good one');
      check(members[2]?.got.join() === 'good', `the last got ${members[2]?.got.join()}`);
      const counters = members[1]?.transport.counters() ?? {};
      check(counters['gossip-rejected'] === 1, 'the rejection was not counted');
      check(counters['gossip-ignored'] === 1, 'the ignored one was not counted');
    },
  },
  {
    name: 'an oversized message is the publisher’s bug, and is not taken from others',
    async run(bench) {
      const small = await bench.make({ limits: { maxGossipBytes: 100 } });
      const large = await bench.make();
      const got: number[] = [];
      for (const transport of [small, large]) {
        await transport.start(dialOnly);
        transport.subscribe(TOPIC, (bytes) => {
          got.push(bytes.length);
          return 'accept';
        });
      }
      await large.connect({ peer: target(small) });
      await until(() => large.neighbours(TOPIC) === 1, 'the neighbour');
      const outcome = await small.publish(TOPIC, new Uint8Array(101)).then(
        () => undefined,
        (error: unknown) => error,
      );
      check(outcome instanceof RangeError, 'an oversized message was published');
      await large.publish(TOPIC, new Uint8Array(101).fill(1));
      await large.publish(TOPIC, new Uint8Array(100).fill(2));
      await until(() => got.length > 0, 'the short message');
      check(got.join() === '100', `messages of ${got.join()} bytes were taken`);
      check(small.counters()['gossip-oversized'] === 1, 'it was not counted');
    },
  },
];
