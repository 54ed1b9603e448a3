import { type DelayClass, GEOMETRY, OFFSET, sealBody, type Terminal } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { randomBytes, toUtf8, xorInto } from '@sotto/wire';
import { HopKeys } from '../../src/key-schedule.ts';
import { EPOCH, TestNetwork } from '../network.ts';

/** What a client's slot may carry (Spec 08 §3.3): the first three are cover. */
export const KINDS = ['loop', 'drop', 'crossing-drop', 'message', 'request', 'contact'] as const;
export type Kind = (typeof KINDS)[number];

const BOX = new Uint8Array(16).fill(7);
const SENDER = [0, 1, 2, 3];
const REPLY = [3, 4, 5, 6];

/** One packet as it stood on a link. */
export interface Sighting {
  readonly kind: Kind;
  readonly delayClass: DelayClass;
  /** 0 before the guard … 3 before the crossover, 4 behind it … 6 before the last node. */
  readonly link: number;
  /** All but version and epoch byte, which are the same in every packet of an epoch. */
  readonly bytes: Uint8Array;
}

/** `count` packets of all kinds and classes in turn, seen on each link of their way. */
export function traffic(suite: CryptoSuite, count: number): Sighting[] {
  const net = new TestNetwork(suite, 'traffic');
  const seen: Sighting[] = [];
  for (let i = 0; i < count; i++) {
    const kind = KINDS[i % KINDS.length] ?? 'drop';
    const delayClass = Math.floor(i / KINDS.length) % 2 === 0 ? 'fast' : 'slow';
    const packet = packetOf(net, kind, delayClass);
    let link = 0;
    net.carry(0, packet, (_, before) => {
      seen.push({ kind, delayClass, link: link++, bytes: before.slice(OFFSET.ct) });
    });
    for (const { tags } of net.nodes) tags.clear();
  }
  return seen;
}

function packetOf(net: TestNetwork, kind: Kind, delayClass: DelayClass): Uint8Array {
  const common = { epoch: EPOCH, delayClass };
  const deliver: Terminal = { kind: 'deliver', box: BOX };
  const { surb } = net.builder.surb({
    ...common,
    hops: net.hops(...REPLY),
    terminal: kind === 'crossing-drop' ? { kind: 'drop' } : deliver,
  });
  const cross: Terminal = { kind: 'cross', surb };
  const seal = (content: Uint8Array): Uint8Array => sealBody(net.suite, surb.bodySeed, content);
  const random = (): Uint8Array => seal(randomBytes(net.rng, 32));
  // A service reads the body as it is: a short request, and zeros.
  const open = new Uint8Array(GEOMETRY.bodyBytes);
  open.set(toUtf8('a request of a few words'));
  const ends: Readonly<Record<Kind, () => { terminal: Terminal; body: Uint8Array }>> = {
    loop: () => ({ terminal: cross, body: random() }),
    drop: () => ({ terminal: { kind: 'drop' }, body: random() }),
    'crossing-drop': () => ({ terminal: cross, body: random() }),
    message: () => ({ terminal: cross, body: seal(toUtf8('good evening')) }),
    request: () => ({ terminal: { kind: 'arrive', service: 1 }, body: open }),
    contact: () => ({
      terminal: { kind: 'contact', box: BOX, credential: BOX },
      body: open,
    }),
  };
  return net.builder.forward({ ...common, hops: net.hops(...SENDER), ...ends[kind]() });
}

/** What the last hop of a path of `length` reads behind its command: 478 bytes less the command. */
export function behindCommand(
  suite: CryptoSuite,
  half: 'sender' | 'recipient',
  length: number,
  count: number,
): Uint8Array[] {
  const net = new TestNetwork(suite, `behind ${half} ${length}`);
  const common = { epoch: EPOCH, delayClass: 'fast' } as const;
  const terminal = { kind: 'deliver', box: BOX } as const;
  return Array.from({ length: count }, () => {
    const path = Array.from({ length }, (_, i) => i);
    const body = randomBytes(net.rng, GEOMETRY.bodyBytes);
    let packet: Uint8Array;
    if (half === 'sender') {
      packet = net.builder.forward({ ...common, hops: net.hops(...path), terminal, body });
    } else {
      // A crossover of its own in front, which the block's last hop knows nothing of.
      const { surb } = net.builder.surb({ ...common, hops: net.hops(...path), terminal });
      packet = net.builder.forward({
        ...common,
        hops: net.hops(0),
        terminal: { kind: 'cross', surb },
        body,
      });
    }
    let last = packet;
    net.carry(0, packet, (_, link) => (last = link.slice()));
    for (const { tags } of net.nodes) tags.clear();
    return decrypted(net, length - 1, last).subarray(17);
  });
}

/** β as the node's own key opens it. */
function decrypted(net: TestNetwork, at: number, packet: Uint8Array): Uint8Array {
  const { key } = net.node(at).accepted;
  const ct = packet.slice(OFFSET.ct, OFFSET.mac);
  const shared = new Uint8Array(32);
  net.suite.x25519(shared, key.secret, ct);
  const keys = new HopKeys(net.suite);
  keys.derive(shared, ct, key.public, key.epoch, key.nodeName);
  const routing = packet.slice(OFFSET.routing, OFFSET.log);
  xorInto(routing, keys.routing);
  return routing;
}

/**
 * Changes that one bit of a body makes to what a hop of the recipient's half hands on: the
 * exclusive or of the body with and without the mark.
 */
export function avalanche(suite: CryptoSuite, count: number): Uint8Array[] {
  const net = new TestNetwork(suite, 'avalanche');
  return Array.from({ length: count }, (_, i) => {
    const links: Uint8Array[] = [];
    net.carry(0, packetOf(net, 'message', 'fast'), (__, link) => links.push(link.slice()));
    for (const { tags } of net.nodes) tags.clear();
    const before = links[4] ?? new Uint8Array(0);
    const marked = before.slice();
    const bit = (i * 1009) % (8 * GEOMETRY.bodyBytes);
    const at = OFFSET.body + (bit >>> 3);
    marked[at] = (marked[at] ?? 0) ^ (1 << (bit & 7));
    const peeled = net.node(4).peel(marked);
    for (const { tags } of net.nodes) tags.clear();
    if (!peeled.ok || peeled.value.kind !== 'transmit') throw new Error('not transmitted');
    const change = peeled.value.packet.slice(OFFSET.body);
    xorInto(change, (links[5] ?? before).subarray(OFFSET.body));
    return change;
  });
}
