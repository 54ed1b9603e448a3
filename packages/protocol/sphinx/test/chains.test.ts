import { open } from '@sotto/noble';
import { encodeEmbeddedSurb, GEOMETRY, OFFSET } from '@sotto/sphinx';
import { concat, randomBytes, xorInto } from '@sotto/wire';
import { expect, test } from 'vitest';
import { WideBlock } from '../src/body.ts';
import { OP } from '../src/command.ts';
import { COMMAND_BYTES } from '../src/geometry.ts';
import { HopKeys } from '../src/key-schedule.ts';
import { EPOCH, TestNetwork } from './network.ts';

const suite = await open();

/** Keys of the hop at node `at` for the ephemeral `ct`, which the block's maker knows as well. */
function keysOf(net: TestNetwork, at: number, ct: Uint8Array): HopKeys {
  const { key } = net.node(at).accepted;
  const shared = new Uint8Array(32);
  suite.x25519(shared, key.secret, ct);
  const keys = new HopKeys(suite);
  keys.derive(shared, ct, key.public, key.epoch, key.nodeName);
  return keys;
}

// Spec 03 §9 states it as not stopped; were it stopped one day, the text would have to say so.
test('who made a block and knows the body lets it arrive behind X, at another node, with that body alone', () => {
  const net = new TestNetwork(suite, 'chains');
  const hops = net.hops(3, 4);
  const { surb } = net.builder.surb({
    hops,
    epoch: EPOCH,
    delayClass: 'fast',
    terminal: { kind: 'drop' },
  });
  const body = randomBytes(net.rng, GEOMETRY.bodyBytes);
  const prefix = Uint8Array.of(0x11, EPOCH % 256);
  const { transmit } = COMMAND_BYTES;

  // What X would do: the second hop's header and body.
  const first = keysOf(net, 3, surb.ct);
  const routing = new Uint8Array(GEOMETRY.routingBytes);
  routing.set(surb.routing);
  const plain = new Uint8Array(GEOMETRY.routingBytes + GEOMETRY.maxCommandBytes);
  plain.set(routing);
  xorInto(plain, first.routing);
  const ct = plain.slice(33, transmit);
  const next = plain.slice(transmit, transmit + GEOMETRY.routingBytes);
  const nextBody = body.slice();
  new WideBlock(suite, nextBody).decrypt(first.lioness);

  // Its DROP becomes an ARRIVE, under the body MAC; X's layer is made to fit.
  next[0] = (next[0] ?? 0) ^ OP.drop ^ OP.arrive;
  const change = plain.slice(17, 33);
  const mac = new Uint8Array(16);
  suite.poly1305(mac, concat(prefix, ct, next, nextBody), keysOf(net, 4, ct).macBody);
  xorInto(change, mac);
  xorInto(routing.subarray(17, 33), change);
  routing[transmit] = (routing[transmit] ?? 0) ^ OP.drop ^ OP.arrive;
  suite.poly1305(mac, concat(prefix, surb.ct, routing), first.macHeader);
  const embedded = encodeEmbeddedSurb({
    ...surb,
    mac,
    routing: routing.slice(0, GEOMETRY.surbRoutingBytes),
  });

  const ends = [body, randomBytes(net.rng, GEOMETRY.bodyBytes)].map((carried) => {
    net.node(3).tags.clear();
    const run = net.node(3).runSurb(embedded, new Uint8Array(GEOMETRY.logBytes), carried);
    if (!run.ok || run.value.kind !== 'transmit') throw new Error('not transmitted');
    expect(run.value.packet.slice(OFFSET.ct, OFFSET.mac)).toEqual(ct);
    const end = net.node(4).peel(run.value.packet);
    return end.ok ? end.value.kind : end.error.code;
  });
  expect(ends).toEqual(['arrive', 'mac']);
});
