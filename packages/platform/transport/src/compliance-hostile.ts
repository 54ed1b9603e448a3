import { concat } from '@sotto/wire';
import {
  accepting,
  check,
  COMPLIANCE_SIZES,
  dialOnly,
  frame,
  hear,
  type Heard,
  isFrame,
  preface,
  target,
  type TransportBench,
  type TransportCase,
  until,
} from './compliance-bench.ts';
import type { ByteStream } from './byte-stream.ts';
import type { TransportLimits } from './limits.ts';
import { LINK_PROTOCOLS, type PeerTarget, SNAPSHOT_PROTOCOL, type Transport } from './transport.ts';

interface Victim {
  readonly listener: Transport;
  readonly heard: Heard[];
}

async function victim(bench: TransportBench, limits: Partial<TransportLimits>): Promise<Victim> {
  const listener = await bench.make({ limits });
  const heard: Heard[] = [];
  await listener.start(accepting((link) => void heard.push(hear(link))));
  return { listener, heard };
}

/** A bare stream from a stranger with a fresh identity. */
async function rawStream(
  bench: TransportBench,
  protocol: string,
  peer: PeerTarget,
): Promise<ByteStream> {
  const open = await bench.stranger();
  return open(protocol, peer);
}

/** Listens to a raw stream; tells how often it has ended. */
function ends(stream: ByteStream): () => number {
  let count = 0;
  stream.listen({ data: () => undefined, end: () => undefined, closed: () => void count++ });
  return () => count;
}

/** After whatever a stranger did, an honest peer gets a link and a frame through. */
async function stillServes(bench: TransportBench, { listener, heard }: Victim): Promise<void> {
  const honest = await bench.make();
  await honest.start(dialOnly);
  const before = heard.length;
  const link = await honest.openLink({ kind: 'mix', peer: target(listener), preface: preface() });
  link.send(frame(42));
  await until(() => heard.length > before && heard.at(-1)?.frames.length === 1, 'honest service');
  isFrame(heard.at(-1)?.frames[0], 42);
}

/** Strangers who keep no rule. */
export const hostileCases: readonly TransportCase[] = [
  {
    name: 'frames are the same however the bytes are cut',
    async run(bench) {
      const prey = await victim(bench, {});
      const stream = await rawStream(bench, LINK_PROTOCOLS.mix, target(prey.listener));
      const bytes = concat(preface(), ...Array.from({ length: 12 }, (_, i) => frame(i)));
      const cuts = [1, 1, 61, 2, 1599, 3, 1, 4000, 1601, 7];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = cuts[i % cuts.length] ?? 1;
        stream.send(bytes.subarray(at, at + size));
        at += size;
        // Each chunk in a turn of its own, so that no layer joins them again.
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      await until(() => prey.heard[0]?.frames.length === 12, 'the frames');
      for (let i = 0; i < 12; i++) isFrame(prey.heard[0]?.frames[i], i);
    },
  },
  {
    name: 'a link that ends inside a frame is counted, and its whole frames are kept',
    async run(bench) {
      const prey = await victim(bench, {});
      const stream = await rawStream(bench, LINK_PROTOCOLS.mix, target(prey.listener));
      ends(stream);
      stream.send(concat(preface(), frame(5), frame(6).subarray(0, 100)));
      stream.close();
      await until(() => (prey.heard[0]?.reasons.length ?? 0) > 0, 'the end');
      check(prey.heard[0]?.reasons.join() === 'truncated-frame', 'the reason is wrong');
      isFrame(prey.heard[0]?.frames[0], 5);
      check(prey.heard[0]?.frames.length === 1, 'half a frame was delivered');
      check(prey.listener.counters()['truncated-frame'] === 1, 'it was not counted');
      await stillServes(bench, prey);
    },
  },
  {
    name: 'a reset is heard exactly once',
    async run(bench) {
      const prey = await victim(bench, {});
      const stream = await rawStream(bench, LINK_PROTOCOLS.client, target(prey.listener));
      ends(stream);
      stream.send(concat(preface(), frame(5)));
      await until(() => prey.heard[0]?.frames.length === 1, 'the frame');
      stream.abort();
      await until(() => (prey.heard[0]?.reasons.length ?? 0) > 0, 'the end');
      await stillServes(bench, prey);
      check(prey.heard[0]?.reasons.join() === 'reset', 'the reason is wrong');
    },
  },
  {
    name: 'a preface that does not come is dropped at its deadline',
    async run(bench) {
      const prey = await victim(bench, { prefaceMillis: 100 });
      const stream = await rawStream(bench, LINK_PROTOCOLS.mix, target(prey.listener));
      const ended = ends(stream);
      stream.send(preface().subarray(0, 63));
      await until(() => ended() === 1, 'the refusal');
      check(prey.listener.counters()['preface-timeout'] === 1, 'it was not counted');
      check(prey.heard.length === 0, 'a link without a preface was taken');
    },
  },
  {
    name: 'a preface that is cut off is dropped',
    async run(bench) {
      const prey = await victim(bench, {});
      const stream = await rawStream(bench, LINK_PROTOCOLS.mix, target(prey.listener));
      const ended = ends(stream);
      stream.send(preface().subarray(0, 10));
      stream.close();
      await until(() => ended() === 1, 'the refusal');
      check(prey.listener.counters()['preface-truncated'] === 1, 'it was not counted');
      await stillServes(bench, prey);
    },
  },
  {
    name: 'half-open handshakes are limited, and end',
    async run(bench) {
      const prey = await victim(bench, {
        maxHandshakes: 2,
        maxInboundLinksPerPeer: 1,
        prefaceMillis: 1000,
      });
      const streams: (() => number)[] = [];
      for (let i = 0; i < 3; i++) {
        const stream = await rawStream(bench, LINK_PROTOCOLS.mix, target(prey.listener));
        streams.push(ends(stream));
        stream.send(preface().subarray(0, 1));
      }
      await until(() => streams.every((ended) => ended() === 1), 'their ends');
      const counters = prey.listener.counters();
      const limited = counters['handshake-limit'] ?? 0;
      const late = counters['preface-timeout'] ?? 0;
      check(limited >= 1 && limited + late === 3, `${limited} limited, ${late} late`);
      await stillServes(bench, prey);
    },
  },
  {
    name: 'a megabyte of garbage becomes frames of garbage and nothing else',
    async run(bench) {
      const prey = await victim(bench, {});
      const stream = await rawStream(bench, LINK_PROTOCOLS.mix, target(prey.listener));
      ends(stream);
      const garbage = new Uint8Array(2 ** 20);
      for (let i = 0; i < garbage.length; i++) garbage[i] = (i * 167 + (i >>> 8)) & 255;
      stream.send(garbage);
      stream.close();
      await until(() => (prey.heard[0]?.reasons.length ?? 0) > 0, 'the end');
      const whole = Math.floor(
        (garbage.length - COMPLIANCE_SIZES.prefaceBytes) / COMPLIANCE_SIZES.frameBytes,
      );
      check(prey.heard[0]?.frames.length === whole, 'the number of frames is wrong');
      await stillServes(bench, prey);
    },
  },
  {
    name: 'a malformed snapshot request is refused',
    async run(bench) {
      const prey = await victim(bench, { snapshotRequestBytes: 8, snapshotBurst: 10 });
      const requests = [
        [],
        [9, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [2, 1],
        [1, 1, 1],
        Array.from({ length: 9999 }, () => 0),
      ];
      for (const [i, request] of requests.entries()) {
        const stream = await rawStream(bench, SNAPSHOT_PROTOCOL, target(prey.listener));
        const ended = ends(stream);
        stream.send(Uint8Array.from(request));
        stream.close();
        await until(() => ended() === 1, 'the refusal');
        await until(
          () => prey.listener.counters()['snapshot-request-malformed'] === i + 1,
          `the count of request ${i}`,
        );
      }
      await stillServes(bench, prey);
    },
  },
  {
    name: 'a peer has two snapshots at a time, and a request that does not come is dropped',
    async run(bench) {
      const prey = await victim(bench, { snapshotRequestMillis: 3000, snapshotBurst: 10 });
      const streams: (() => number)[] = [];
      // One identity with three streams, on which it does not say what it wants.
      const open = await bench.stranger();
      for (let i = 0; i < 3; i++) {
        const stream = await open(SNAPSHOT_PROTOCOL, target(prey.listener));
        streams.push(ends(stream));
        stream.send(Uint8Array.of(1));
      }
      await until(() => streams.every((ended) => ended() === 1), 'their ends');
      const counters = prey.listener.counters();
      check(counters['snapshot-limit'] === 1, 'the third was not refused');
      check(counters['snapshot-request-timeout'] === 2, 'the others were not dropped');
      await stillServes(bench, prey);
    },
  },
  {
    name: 'a snapshot that nobody takes is dropped at its deadline',
    async run(bench) {
      const listener = await bench.make({
        limits: { snapshotMillis: 1000, maxSnapshotsServed: 1, snapshotBurst: 10 },
      });
      const items = Array.from({ length: 400 }, () => new Uint8Array(8192).fill(1));
      await listener.start({ ...dialOnly, snapshot: () => items });
      const stream = await rawStream(bench, SNAPSHOT_PROTOCOL, target(listener));
      let ended = 0;
      stream.listen({ data: () => undefined, end: () => undefined, closed: () => void ended++ });
      stream.send(Uint8Array.of(1, 0));
      stream.close();
      stream.pause();
      await until(() => listener.counters()['snapshot-unread'] === 1, 'the deadline');
      stream.resume();
      await until(() => ended === 1, 'the end');
      const asker = await bench.make();
      await asker.start(dialOnly);
      const got = await asker.requestSnapshot({
        peer: target(listener),
        request: new Uint8Array(1),
      });
      check(got.length === 400, 'the place was not freed');
    },
  },
];
