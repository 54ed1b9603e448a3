import { DEFAULT_PARAMETERS, epochAt, identityOf, networkId, nodeName } from '@sotto/directory';
import { encodePreface, encodeReceipt } from '@sotto/link';
import { type DropReason, LINK_REASONS, PACKET_REASONS } from '@sotto/mixing';
import { open } from '@sotto/noble';
import { Relay, type RelayOptions } from '@sotto/relay';
import { Builder, GEOMETRY, OFFSET } from '@sotto/sphinx';
import { SeededRng } from '@sotto/suite/testing';
import { after, instant, MICROS_PER_SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';

const suite = await open();
const NOW = instant(1_800_000_000 * MICROS_PER_SECOND);
/** By then the delay of a packet is over. */
const later = after(NOW, 60 * MICROS_PER_SECOND);
const parameters = DEFAULT_PARAMETERS;
const { publicKey, secretKey } = identityOf(suite, new Uint8Array(32).fill(7));
const rng = new SeededRng(suite, 'reasons');
const builder = new Builder(suite, rng);
const epoch = epochAt(parameters, NOW);

/** A node, and packets for it. */
class Bench {
  readonly relay: Relay;
  readonly #routingKey = new Uint8Array(32);

  constructor(options: Partial<RelayOptions> = {}) {
    this.relay = new Relay({
      suite,
      rng: new SeededRng(suite, 'node'),
      parameters,
      now: NOW,
      identityKey: publicKey,
      identitySecret: secretKey,
      capabilities: { mix: true, guard: true, mailbox: true, contact: true },
      addresses: [],
      ...options,
    });
    for (let out = this.relay.poll(NOW); out !== undefined; out = this.relay.poll(NOW)) {
      if (out.kind !== 'write-key') continue;
      if (out.epoch === epoch) suite.x25519Base(this.#routingKey, out.secret);
      this.relay.handle(NOW, { kind: 'key-stored', epoch: out.epoch });
    }
  }

  packet(change?: (packet: Uint8Array) => void): Uint8Array {
    const own = { name: nodeName(suite, publicKey), routingKey: this.#routingKey };
    const packet = builder.forward({
      hops: [own, { name: new Uint8Array(16).fill(1), routingKey: this.#routingKey }],
      epoch,
      delayClass: 'fast',
      terminal: { kind: 'drop' },
      body: new Uint8Array(GEOMETRY.bodyBytes),
    });
    change?.(packet);
    return packet;
  }

  /** Lets a packet leave, and hands it to `next` with the name of the node it is for. */
  send(next: (bench: Bench, to: string, packet: Uint8Array) => void): void {
    this.give(this.packet());
    for (let out = this.relay.poll(later); out !== undefined; out = this.relay.poll(later)) {
      if (out.kind === 'write-tags')
        this.relay.handle(later, { kind: 'tags-stored', sequence: out.sequence });
      if (out.kind === 'open-link') this.relay.handle(later, { kind: 'link-up', to: out.to });
      if (out.kind !== 'transmit') continue;
      next(this, out.to, out.packet);
      return;
    }
    throw new Error('nothing has left');
  }

  give(...packets: readonly Uint8Array[]): void {
    for (const packet of packets) this.relay.handle(NOW, { kind: 'packet', packet });
  }
}

const flip =
  (at: number) =>
  (packet: Uint8Array): void =>
    void (packet[at] = (packet[at] ?? 0) ^ 1);

/** What raises each reason that a packet or a link ends with at a node, once. */
const CASES: Partial<
  Record<DropReason, (make: (options?: Partial<RelayOptions>) => Bench) => void>
> = {
  'frame-length': (make) => make().give(new Uint8Array(1599)),
  'packet-version': (make) => {
    const bench = make();
    bench.give(bench.packet(flip(OFFSET.version)));
  },
  epoch: (make) => {
    const bench = make();
    bench.give(bench.packet(flip(OFFSET.epoch)));
  },
  'point-not-canonical': (make) => {
    const bench = make();
    bench.give(bench.packet((p) => void (p[OFFSET.ct + 31] = 0x80)));
  },
  'point-low-order': (make) => {
    const bench = make();
    bench.give(bench.packet((p) => void p.fill(0, OFFSET.ct, OFFSET.mac)));
  },
  mac: (make) => {
    const bench = make();
    bench.give(bench.packet(flip(OFFSET.body)));
  },
  replay: (make) => {
    const bench = make();
    const packet = bench.packet();
    bench.give(packet.slice(), packet);
  },
  'replay-filter-full': (make) => {
    const bench = make({ maxTags: 1 });
    bench.give(bench.packet(), bench.packet());
  },
  'pool-full': (make) => {
    const bench = make({ maxPackets: 1 });
    bench.give(bench.packet(), bench.packet());
  },
  'client-rate': (make) => {
    const bench = make();
    const packet = bench.packet();
    bench.relay.handle(NOW, { kind: 'client-packet', client: 'nobody', packet });
  },
  stopping: (make) => {
    const bench = make();
    bench.relay.retire(NOW);
    bench.give(bench.packet());
  },
  'link-down': (make) => {
    make().send(({ relay }, to) => relay.handle(later, { kind: 'link-down', to, unknown: true }));
  },
  'link-buffer-full': (make) => {
    make().send(({ relay }, to, packet) => relay.handle(later, { kind: 'link-full', to, packet }));
  },
  'receipt-missing': (make) => {
    make().send(({ relay }) => relay.wake(after(later, 31 * MICROS_PER_SECOND)));
  },
  'receipt-invalid': (make) => {
    make().send(({ relay }, to) =>
      relay.handle(later, { kind: 'link-frame', to, frame: encodeReceipt(2) }),
    );
  },
  preface: (make) => void make().relay.acceptLink('mix', publicKey, new Uint8Array(64)),
  'link-network': (make) =>
    void make().relay.acceptLink(
      'mix',
      publicKey,
      encodePreface({ kind: 'mix', networkId: new Uint8Array(16) }),
    ),
  'link-kind': (make) =>
    void make().relay.acceptLink(
      'client',
      publicKey,
      encodePreface({ kind: 'mix', networkId: networkId(suite, parameters) }),
    ),
  'link-stranger': (make) =>
    void make().relay.acceptLink(
      'mix',
      new Uint8Array(32).fill(9),
      encodePreface({ kind: 'mix', networkId: networkId(suite, parameters) }),
    ),
};

test.each(Object.entries(CASES))(
  '%s is raised once by its cause, and nothing else is',
  (reason, raise) => {
    const benches: Bench[] = [];
    raise((options) => {
      const bench = new Bench(options);
      benches.push(bench);
      return bench;
    });
    const drops: Readonly<Record<string, number>> = benches[0]?.relay.metrics(NOW).drops ?? {};
    expect(Object.entries(drops).filter(([, count]) => count > 0)).toEqual([[reason, 1]]);
  },
);

test('every way in which a packet ends at a node or a link has its case, here or where the packet is made', () => {
  // Spec 03 §5: sphinx/test/refusal.test.ts; `packet-length` is behind `frame-length` here.
  const elsewhere: readonly DropReason[] = [
    'packet-length',
    'command-unknown',
    'command-wrong-mac',
    'surb-length',
    'inner-body-mac',
    // Suite 2: sphinx/test.
    'sub-hop-key',
    'sub-hop-mac',
    'sub-hop-twice',
  ];
  expect([...Object.keys(CASES), ...elsewhere].sort()).toEqual(
    expect.arrayContaining([...PACKET_REASONS, ...LINK_REASONS].sort()),
  );
});
