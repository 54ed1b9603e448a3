import { epochAt } from '@sotto/directory';
import {
  ALIAS_LIMITS,
  type AliasLimits,
  decodeStickySets,
  type EndpointOutput,
} from '@sotto/endpoint';
import type { Surb } from '@sotto/sphinx';
import { instant, toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import { Aliases } from '../src/aliases.ts';
import { type Client, FAST_PLAN, Network, NOW, PARAMETERS, SECOND, suite } from './network.ts';

/** Spares enough that only the bounds of a contact stop it. */
const MANY: AliasLimits = { ...ALIAS_LIMITS, spares: 14 };

const epochOf = (network: Network): number => epochAt(PARAMETERS, network.now);

type Take = (direct: number, mailbox: number, epoch: number) => string;

function taker(network: Network, owner: Client, contact: string): Take {
  return (direct: number, mailbox: number, epoch: number): string => {
    const counts = { direct, mailbox, epoch };
    const minted = owner.endpoint.mintSurbs(network.now, contact, counts);
    network.drain(owner);
    return minted.ok ? 'ok' : minted.error.code;
  };
}

test('a contact that always asks for more gets so many blocks of each epoch, and the next one its own', () => {
  const network = new Network('greedy');
  const alice = network.join('alice', { limits: { aliases: MANY } });
  expect(network.until(600 * SECOND, () => alice.endpoint.status.aliases.ready >= 14)).toBe(true);
  const epoch = epochOf(network);
  const eve = taker(network, alice, 'eve');
  let got = 0;
  let refused = '';
  while (refused === '' && got < 1000) {
    const answer = eve(0, 4, epoch);
    if (answer === 'ok') got += 4;
    else refused = answer;
  }
  expect({ got, refused }).toEqual({ got: 48, refused: 'too-many-outstanding' });
  for (const later of [1, 2, 3]) {
    expect(eve(0, 12, epoch + later)).toBe('ok');
    expect(eve(0, 1, epoch + later)).toBe('too-many-outstanding');
  }
  expect(taker(network, alice, 'bob')(0, 12, epoch)).toBe('ok');
  // Direct ones: 24 in ten minutes, and no more than 40 that are out, however long it waits.
  alice.endpoint.handle(network.now, { kind: 'link', up: false });
  const direct: string[] = [];
  for (const count of [24, 1, 16, 1]) {
    direct.push(eve(count, 0, epoch));
    if (count === 1) network.run(601 * SECOND);
  }
  expect(direct).toEqual(['ok', 'too-many-direct', 'ok', 'too-many-direct']);
  expect(eve(1, 0, epoch)).toBe('too-many-direct');
  // The next epoch has as many of its own, which are none of the current one's.
  expect(eve(24, 0, epoch + 1)).toBe('ok');
  expect(eve(1, 0, epoch + 1)).toBe('too-many-direct');
});

test('what is out outlives a restart', () => {
  const network = new Network('restart count');
  const alice = network.join('alice', { limits: { aliases: MANY } });
  expect(network.until(600 * SECOND, () => alice.endpoint.status.aliases.ready >= 14)).toBe(true);
  const epoch = epochOf(network);
  expect(taker(network, alice, 'eve')(0, 48, epoch)).toBe('ok');
  network.clients.splice(0);
  const state = [...alice.store].map(([key, value]) => ({ key, value }));
  const again = network.join('again', { state, limits: { aliases: MANY } });
  expect(taker(network, again, 'eve')(0, 1, epoch)).toBe('too-many-outstanding');
  expect(taker(network, again, 'bob')(0, 1, epoch)).toBe('ok');
});

/** Alice, who gives blocks to bob, and what bob does with them. */
function giving(label: string) {
  const network = new Network(label);
  const alice = network.join('alice', { limits: { aliases: MANY } });
  const bob = network.join('bob');
  expect(network.until(600 * SECOND, () => alice.endpoint.status.aliases.ready >= 14)).toBe(true);
  const epoch = epochOf(network);
  const give = (counts: { readonly direct: number; readonly mailbox: number }): readonly Surb[] => {
    const minted = alice.endpoint.mintSurbs(network.now, 'bob', { ...counts, epoch });
    network.drain(alice);
    if (!minted.ok) throw new Error(minted.error.code);
    return minted.value;
  };
  let came = 0;
  const use = (blocks: readonly (Surb | undefined)[]): void => {
    came += blocks.length;
    for (const surb of blocks) {
      if (surb === undefined) throw new Error('expected a block');
      const order = {
        contact: 'alice',
        surb,
        content: new Uint8Array(1),
        lane: 'message',
      } as const;
      bob.endpoint.send(network.now, { ...order, delayClass: 'fast' });
    }
    expect(network.until(1800 * SECOND, () => alice.of('mail').length === came)).toBe(true);
  };
  const take = taker(network, alice, 'bob');
  return { network, alice, epoch, give, use, take };
}

test('for each block by which something came back one more of its kind may be out', () => {
  const { network, epoch, give, use, take } = giving('came back');
  const mailbox = give({ direct: 0, mailbox: 48 });
  expect(take(0, 1, epoch)).toBe('too-many-outstanding');
  use([mailbox[0], mailbox[8], mailbox[16]]);
  expect(take(0, 7, epoch)).toBe('too-many-outstanding');
  expect(take(0, 6, epoch)).toBe('ok');
  // An alias all of whose blocks came back is let go; what it has earned is not.
  use(mailbox.slice(1, 8));
  network.run(120 * SECOND);
  expect(take(0, 14, epoch)).toBe('ok');
  expect(take(0, 1, epoch)).toBe('too-many-outstanding');
  const direct = give({ direct: 24, mailbox: 0 });
  use(direct.slice(0, 2));
  network.run(601 * SECOND);
  expect(take(20, 0, epoch)).toBe('ok');
  network.run(601 * SECOND);
  expect(take(1, 0, epoch)).toBe('too-many-direct');
  expect(take(0, 1, epoch)).toBe('too-many-outstanding');
});

test('after a restart direct blocks beyond the bound wait, and others do not', () => {
  const { network, alice, epoch, give, use, take } = giving('restart direct');
  use(give({ direct: 12, mailbox: 0 }));
  for (const count of [24, 24]) {
    expect(take(count, 0, epoch)).toBe('ok');
    network.run(601 * SECOND);
  }
  network.clients.splice(0);
  const state = [...alice.store].map(([key, value]) => ({ key, value }));
  const again = network.join('again', { state, limits: { aliases: MANY } });
  network.run(60 * SECOND);
  expect(taker(network, again, 'bob')(1, 0, epoch)).toBe('too-many-direct');
  expect(taker(network, again, 'bob')(0, 8, epoch)).toBe('ok');
});

test('contacts leave room for the records of loops and fetches', () => {
  const network = new Network('room');
  const alice = network.join('alice', { limits: { records: 160 } });
  const epoch = epochOf(network);
  for (let i = 0; i < 40; i++) taker(network, alice, `contact ${i}`)(8, 0, epoch);
  expect(taker(network, alice, 'one more')(8, 0, epoch)).toBe('records-full');
  expect(alice.endpoint.status.records).toBeLessThanOrEqual(150);
  expect(alice.endpoint.status.records).toBeGreaterThan(140);
});

test('an owner has so many aliases of an epoch, however its blocks are used up', () => {
  const network = new Network('alias share');
  const limits = { aliases: { ...MANY, perOwner: 2 } };
  const alice = network.join('alice', { limits });
  expect(network.until(600 * SECOND, () => alice.endpoint.status.aliases.ready >= 14)).toBe(true);
  const epoch = epochOf(network);
  expect(taker(network, alice, 'eve')(0, 16, epoch)).toBe('ok');
  expect(taker(network, alice, 'eve')(0, 1, epoch)).toBe('too-many-outstanding');
});

test('an owner may have one more alias for four blocks by which something came back', () => {
  const limits = { ...ALIAS_LIMITS, perOwner: 1, perOwnerAtMost: 2 };
  const network = new Network('alias earned');
  const aliases = new Aliases(suite, PARAMETERS, limits, () => {});
  const [node] = network.entries;
  if (node === undefined) throw new Error('no node');
  for (let i = 0; i < 2; i++) {
    const { box } = aliases.create(NOW, node, network.rng);
    aliases.fetched(NOW, box, 0, network.rng);
    aliases.answered(box, NOW, true);
  }
  const assign = (): string => aliases.assign('eve', 7, () => true)?.box ?? 'none';
  const box = assign();
  for (let i = 0; i < PARAMETERS.aliasSurbs; i++) aliases.minted(box);
  for (let i = 0; i < 3; i++) aliases.finished(box, new Uint8Array(16).fill(i));
  expect([aliases.returned('eve', 7), assign(), aliases.mayOwnMore('eve', 7)]).toEqual([
    3,
    'none',
    false,
  ]);
  aliases.finished(box, new Uint8Array(16).fill(4));
  expect(aliases.mayOwnMore('eve', 7)).toBe(true);
  expect(aliases.capacity('eve', 7, () => true)).toBe(PARAMETERS.aliasSurbs);
  const second = assign();
  expect(second).not.toBe('none');
  expect(aliases.mayOwnMore('eve', 7)).toBe(false);
  // However much comes back, one owner does not take them all; and another epoch is another matter.
  for (let i = 0; i < 4; i++) {
    aliases.minted(second);
    aliases.finished(second, new Uint8Array(16).fill(i));
  }
  expect([aliases.returned('eve', 7), aliases.mayOwnMore('eve', 7)]).toEqual([8, false]);
  expect([aliases.returned('eve', 8), aliases.mayOwnMore('eve', 8)]).toEqual([0, true]);
});

test('a frame is put out before any work that depends on what it carries', () => {
  const network = new Network('frame first');
  const alice = network.join('alice');
  const bob = network.join('bob');
  const minted = alice.endpoint.mintSurbs(network.now, 'bob', {
    direct: 1,
    mailbox: 0,
    epoch: epochOf(network),
  });
  network.drain(alice);
  const [surb] = minted.ok ? minted.value : [];
  if (surb === undefined) throw new Error('no reply block');
  const content = new Uint8Array(992);
  const order = { contact: 'alice', surb, content, lane: 'message', delayClass: 'fast' } as const;
  expect(bob.endpoint.send(network.now, order).ok).toBe(true);
  let sent = false;
  for (let slot = 0; slot < 400 && !sent; slot++) {
    network.now = instant(Math.max(network.now, bob.endpoint.nextAt() ?? 0));
    bob.endpoint.wake(network.now);
    // Changes of the layer above that come before the frame was taken do not hold it up either.
    const before = bob.endpoint.status.records;
    bob.endpoint.persist([{ key: 'other', value: content }]);
    const outputs: EndpointOutput[] = [];
    for (let out = bob.endpoint.poll(network.now); out !== undefined;) {
      if (out.kind === 'frame') expect(bob.endpoint.status.records).toBe(before);
      outputs.push(out);
      out = bob.endpoint.poll(network.now);
    }
    for (const out of outputs) {
      if (out.kind !== 'persist') continue;
      bob.endpoint.handle(network.now, { kind: 'stored', sequence: out.sequence });
    }
    const kinds = outputs.map(({ kind }) => kind);
    const frames = kinds.filter((kind) => kind === 'frame').length;
    expect(kinds.slice(0, frames).every((kind) => kind === 'frame')).toBe(true);
    sent = outputs.some((out) => out.kind === 'event' && out.event.kind === 'sent');
    if (sent) expect(kinds[0]).toBe('frame');
  }
  expect(sent).toBe(true);
});

test('the time of an answer starts when its request leaves, however long that took', () => {
  const network = new Network('slow plan');
  const rate = { uplinkMeanMicros: 100 * SECOND, downlinkIntervalMicros: SECOND };
  const alice = network.join('alice', { plan: { ...FAST_PLAN, phase: rate } });
  const fetches = (): number => network.passages.filter(({ service }) => service === 1).length;
  // Two graces are 120 s, and a slow slot that carries comes every 670 s on average.
  expect(network.until(3 * 3600 * SECOND, () => fetches() > 5)).toBe(true);
  network.run(100 * SECOND);
  expect(alice.endpoint.counters['answer-empty']).toBeGreaterThan(2);
});

test('an answer that waits for its frame under a slow plan is not given up before', () => {
  const network = new Network('slow frames');
  // A frame in 150 s, and two graces are 120 s.
  const rate = { uplinkMeanMicros: 100 * SECOND, downlinkIntervalMicros: 150 * SECOND };
  const alice = network.join('alice', { plan: { ...FAST_PLAN, phase: rate } });
  network.carries = false;
  network.run(2 * 3600 * SECOND);
  const { counters } = alice.endpoint;
  expect(counters['slot-payload']).toBeGreaterThan(3);
  expect(counters['record-expired']).toBeUndefined();
  network.run(3600 * SECOND);
  expect(alice.endpoint.counters['record-expired']).toBeGreaterThan(0);
});

test('a fetch that was ready when the link went down does not leave: its answers would go astray', () => {
  const network = new Network('link loss');
  const alice = network.join('alice');
  const queued = alice.endpoint.status;
  expect(queued.queued).toBe(1);
  expect(queued.records).toBeGreaterThan(0);
  alice.endpoint.handle(network.now, { kind: 'link', up: false });
  network.drain(alice);
  expect(alice.endpoint.status).toMatchObject({ queued: 0, records: 0 });
});

test('a request for a bundle whose answers end at a guard that was given up is not sent', () => {
  const network = new Network('guard change');
  const alice = network.join('alice');
  const node = alice.endpoint.chooseContactPoint(network.now) ?? '';
  alice.endpoint.handle(network.now, { kind: 'link', up: false });
  network.drain(alice);
  const order = { node, box: new Uint8Array(16), credential: new Uint8Array(16) };
  const request = alice.endpoint.getBundle(network.now, {
    ...order,
    first: 0,
    surbs: 1,
    delayClass: 'fast',
  });
  if (!request.ok) throw new Error(request.error.code);
  const first = alice.guard;
  alice.endpoint.handle(network.now, { kind: 'directory', nodes: network.entries });
  network.run(121 * SECOND);
  expect(alice.guard).not.toBe(first);
  alice.endpoint.handle(network.now, { kind: 'link', up: true });
  network.run(20 * SECOND);
  const id = request.value;
  expect(alice.of('unsent')).toEqual([{ kind: 'unsent', id, code: 'surb-epoch' }]);
  expect(network.passages.some(({ service }) => service === 4)).toBe(false);
});

test('a contact point is no sticky mix and no mailbox of its own blocks, and is forgotten in time', () => {
  for (let i = 0; i < 2; i++) {
    const network = new Network(`contact point ${i}`, 6);
    const alice = network.join('alice', { limits: { aliases: { ...ALIAS_LIMITS, spares: 1 } } });
    const sticky = stickyKeys(alice);
    for (let draw = 0; draw < 20; draw++) {
      expect(sticky).not.toContain(alice.endpoint.chooseContactPoint(network.now));
    }
    expect(network.until(120 * SECOND, () => alice.endpoint.status.aliases.ready > 0)).toBe(true);
    // The worst choice: the node that the spare alias is at.
    const node = aliasNodes(alice)[0] ?? '';
    const secret = new Uint8Array(32).fill(i);
    const order = {
      node,
      secret,
      credentials: [],
      surbs: 2,
      epoch: epochOf(network),
      delayClass: 'slow',
    } as const;
    expect(
      network.until(300 * SECOND, () => {
        const stashed = alice.endpoint.stash(network.now, order).ok;
        network.drain(alice);
        return stashed;
      }),
    ).toBe(true);
    expect(aliasNodes(alice, true)).not.toContain(node);
    expect(alice.store.has(`endpoint/contact-point/${node}`)).toBe(true);
    if (i > 0) continue;
    network.carries = false;
    alice.endpoint.handle(network.now, { kind: 'link', up: false });
    network.run(PARAMETERS.mailLifeMicros / 2);
    expect(alice.store.has(`endpoint/contact-point/${node}`)).toBe(true);
    network.now = instant(network.now + PARAMETERS.mailLifeMicros + PARAMETERS.epochMicros);
    alice.endpoint.handle(network.now, { kind: 'directory', nodes: network.entries });
    network.drain(alice);
    expect(alice.store.has(`endpoint/contact-point/${node}`)).toBe(false);
  }
});

function stickyKeys(client: Client): string[] {
  const sets = decodeStickySets(client.store.get('endpoint/sticky') ?? new Uint8Array(0));
  if (sets === undefined) throw new Error('no sticky sets');
  return [...sets.guards, ...sets.firstMixes, ...sets.lastMixes].map(({ key }) => key);
}

/** Nodes of the aliases in the store: all, or such as have an owner. */
function aliasNodes(client: Client, owned = false): string[] {
  return [...client.store]
    .filter(([key, value]) => key.startsWith('endpoint/alias/') && (!owned || (value[1] ?? 0) & 1))
    .map(([, value]) => toHex(value.subarray(34, 50)));
}
