import { DEFAULT_PARAMETERS, epochAt, identityOf, networkId, nodeName } from '@sotto/directory';
import { encodePreface, encodeReceipt } from '@sotto/link';
import { encodeRequest } from '@sotto/mailbox';
import type { DropReason } from '@sotto/mixing';
import { open } from '@sotto/noble';
import { Relay, type RelayOptions } from '@sotto/relay';
import {
  Builder,
  GEOMETRY,
  type Hop,
  OFFSET,
  type Surb,
  type SurbTerminal,
  type Terminal,
} from '@sotto/sphinx';
import { SeededRng } from '@sotto/suite/testing';
import { after, concat, instant, MICROS_PER_SECOND } from '@sotto/wire';
import { HopKeys } from '../../sphinx/src/key-schedule.ts';

const suite = await open();
export const NOW = instant(1_800_000_000 * MICROS_PER_SECOND);
/** By then the delay of a packet is over. */
const later = after(NOW, 60 * MICROS_PER_SECOND);
const parameters = DEFAULT_PARAMETERS;
const { publicKey, secretKey } = identityOf(suite, new Uint8Array(32).fill(7));
const builder = new Builder(suite, new SeededRng(suite, 'reasons'));
const epoch = epochAt(parameters, NOW);

/** A node, and packets for it. */
export class Bench {
  readonly relay: Relay;
  readonly #routingKey = new Uint8Array(32);
  #routingSecret: Uint8Array = new Uint8Array(32);
  /** Where the node's loops come back to: the first 16 bytes that it draws. */
  readonly #drawn: Uint8Array[] = [];

  constructor(options: Partial<RelayOptions> = {}) {
    const rng = new SeededRng(suite, 'node');
    const fill = (out: Uint8Array): void => {
      rng.fill(out);
      if (out.length === 16) this.#drawn.push(out.slice());
    };
    this.relay = new Relay({
      suite,
      rng: { fill },
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
      if (out.epoch === epoch) {
        this.#routingSecret = out.secret.slice();
        suite.x25519Base(this.#routingKey, out.secret);
      }
      this.relay.handle(NOW, { kind: 'key-stored', epoch: out.epoch });
    }
  }

  get loopBox(): Uint8Array {
    return this.#drawn[0] ?? new Uint8Array(16);
  }

  get own(): Hop {
    return { name: nodeName(suite, publicKey), routingKey: this.#routingKey };
  }

  packet(change?: (packet: Uint8Array) => void): Uint8Array {
    const packet = builder.forward({
      hops: [this.own, { name: new Uint8Array(16).fill(1), routingKey: this.#routingKey }],
      epoch,
      delayClass: 'fast',
      terminal: { kind: 'drop' },
      body: new Uint8Array(GEOMETRY.bodyBytes),
    });
    change?.(packet);
    return packet;
  }

  /** A packet that ends here. */
  last(terminal: Terminal, body: Uint8Array = new Uint8Array(GEOMETRY.bodyBytes)): Uint8Array {
    return builder.forward({ hops: [this.own], epoch, delayClass: 'fast', terminal, body });
  }

  /** A packet that ends here and has one byte of its command changed by who built it: the MAC holds. */
  altered(terminal: Terminal, at: number, mask: number): Uint8Array {
    const packet = this.last(terminal);
    flip(OFFSET.routing + at, mask)(packet);
    const keys = this.#keysOf(packet.subarray(OFFSET.ct, OFFSET.mac));
    const covered = concat(
      packet.subarray(0, OFFSET.mac),
      packet.subarray(OFFSET.routing, OFFSET.log),
      packet.subarray(OFFSET.body),
    );
    suite.poly1305(packet.subarray(OFFSET.mac, OFFSET.routing), covered, keys.macBody);
    return packet;
  }

  /** A reply block that starts and ends here. */
  surb(terminal: SurbTerminal): Surb {
    return builder.surb({ hops: [this.own], epoch, delayClass: 'fast', terminal }).surb;
  }

  /** The same block with its first MAC over the body as well, as of a sender's half. */
  underBody(surb: Surb, body: Uint8Array): Surb {
    const beta = new Uint8Array(GEOMETRY.routingBytes);
    beta.set(surb.routing);
    const mac = new Uint8Array(16);
    const head = Uint8Array.of(0x11, epoch % 256);
    suite.poly1305(mac, concat(head, surb.ct, beta, body), this.#keysOf(surb.ct).macBody);
    return { ...surb, mac };
  }

  #keysOf(ct: Uint8Array): HopKeys {
    const shared = new Uint8Array(32);
    suite.x25519(shared, this.#routingSecret, ct);
    const keys = new HopKeys(suite);
    keys.derive(shared, ct, this.#routingKey, epoch, this.own.name);
    return keys;
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
  (at: number, mask = 1) =>
  (packet: Uint8Array): void =>
    void (packet[at] = (packet[at] ?? 0) ^ mask);

/** A request for a service, with one byte of its body changed. */
function request(at: number, mask: number): readonly [Terminal, Uint8Array] {
  const { service, body } = encodeRequest({
    kind: 'fetch',
    secret: new Uint8Array(32),
    answerKey: new Uint8Array(32),
    deletes: [],
    surbs: [],
  });
  flip(at, mask)(body);
  return [{ kind: 'arrive', service }, body];
}

const box = new Uint8Array(16).fill(7);

/** What raises a reason at a node, once. */
export const CASES: Partial<
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
    const bench = make();
    bench.give(bench.packet());
    const { relay } = bench;
    for (let out = relay.poll(later); out !== undefined; out = relay.poll(later)) {
      if (out.kind === 'write-tags')
        relay.handle(later, { kind: 'tags-stored', sequence: out.sequence });
      // Nobody has heard of the node that it is for: it never goes out.
      if (out.kind === 'open-link')
        relay.handle(later, { kind: 'link-down', to: out.to, unknown: true });
    }
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
  'link-plan': (make) =>
    void make().relay.acceptLink(
      'client',
      publicKey,
      encodePreface({
        kind: 'client',
        networkId: networkId(suite, parameters),
        plan: 77,
        boxSecret: new Uint8Array(32),
      }),
    ),
  'not-capable': (make) => {
    const bench = make({
      capabilities: { mix: true, guard: true, mailbox: false, contact: true },
    });
    bench.give(bench.last(...request(0, 0)));
  },
  'command-unknown': (make) => {
    const bench = make();
    bench.give(bench.altered({ kind: 'drop' }, 0, 0xff));
  },
  'command-wrong-mac': (make) => {
    const bench = make();
    const terminal: SurbTerminal = { kind: 'drop' };
    // A block must not ask a service: its maker would do so under the sender's body.
    Object.assign(terminal, { kind: 'arrive', service: 1 });
    bench.give(bench.last({ kind: 'cross', surb: bench.surb(terminal) }));
  },
  'surb-length': (make) => {
    const bench = make();
    bench.give(bench.altered({ kind: 'cross', surb: bench.surb({ kind: 'drop' }) }, 3, 1));
  },
  'inner-body-mac': (make) => {
    const bench = make();
    const body = new Uint8Array(GEOMETRY.bodyBytes).fill(3);
    const surb = bench.underBody(bench.surb({ kind: 'drop' }), body);
    bench.give(bench.last({ kind: 'cross', surb }, body));
  },
  'unknown-loop': (make) => {
    const bench = make();
    bench.give(bench.last({ kind: 'deliver', box: bench.loopBox }));
  },
  'service-unknown': (make) => {
    const bench = make();
    bench.give(bench.last({ kind: 'arrive', service: 9 }));
  },
  'request-count': (make) => {
    const bench = make();
    bench.give(bench.last(...request(64, 9)));
  },
  'request-padding': (make) => {
    const bench = make();
    bench.give(bench.last(...request(1023, 1)));
  },
  'box-unknown': (make) => {
    const bench = make();
    bench.give(bench.last({ kind: 'deliver', box }));
  },
  'contact-box-unknown': (make) => {
    const bench = make();
    bench.give(bench.last({ kind: 'contact', box, credential: box }));
  },
};
