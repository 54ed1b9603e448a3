import { epochAt } from '@sotto/directory';
import { boxOf, credentialHash } from '@sotto/mailbox';
import { sealBody, type Surb } from '@sotto/sphinx';
import { SeededRng } from '@sotto/suite/testing';
import { instant, randomBytes, toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import { decodeAlias } from '../src/alias-codec.ts';
import { type Client, Network, PARAMETERS, SECOND, suite } from './network.ts';

const bytes = (length: number, fill: number): Uint8Array => new Uint8Array(length).fill(fill);

function mint(network: Network, owner: Client, kind: 'direct' | 'mailbox', ahead = 0): Surb {
  const counts = { direct: 0, mailbox: 0, [kind]: 1 };
  const epoch = epochAt(PARAMETERS, network.now) + ahead;
  const minted = owner.endpoint.mintSurbs(network.now, 'bob', { ...counts, epoch });
  if (!minted.ok) throw new Error(minted.error.code);
  network.drain(owner);
  const [surb] = minted.value;
  if (surb === undefined) throw new Error('no reply block');
  return surb;
}

function send(network: Network, from: Client, surb: Surb, fill: number): number {
  const order = { contact: 'alice', surb, content: bytes(992, fill), lane: 'message' } as const;
  const sent = from.endpoint.send(network.now, { ...order, delayClass: 'fast' });
  if (!sent.ok) throw new Error(sent.error.code);
  return sent.value;
}

test('a message arrives by a direct reply block, and loops come home', () => {
  const network = new Network('direct');
  const alice = network.join('alice');
  const bob = network.join('bob');
  const id = send(network, bob, mint(network, alice, 'direct'), 7);
  network.run(20 * SECOND);
  expect(alice.of('mail')).toEqual([
    { kind: 'mail', contact: 'bob', content: bytes(992, 7), viaMailbox: false, epoch: 100 },
  ]);
  expect(bob.of('sent')).toEqual([{ kind: 'sent', id }]);
  const { returned, garbled, lost } = alice.endpoint.loops.total;
  expect(returned).toBeGreaterThan(20);
  expect({ garbled, lost }).toEqual({ garbled: 0, lost: 0 });
  expect(network.passages.every(({ end }) => end !== 'dropped')).toBe(true);
  for (const { bytes: frame } of alice.frames) expect(frame.length).toBe(1600);
});

test('a message arrives through a mailbox alias, is deleted there, and the alias retires when spent', () => {
  const network = new Network('mailbox');
  const alice = network.join('alice');
  const bob = network.join('bob');
  expect(network.until(120 * SECOND, () => alice.of('alias-ready').length > 0)).toBe(true);
  for (let i = 0; i < 8; i++) send(network, bob, mint(network, alice, 'mailbox'), i);
  expect(network.until(300 * SECOND, () => alice.of('mail').length === 8)).toBe(true);
  expect(new Set(alice.of('mail').map(({ content }) => content[0]))).toEqual(
    new Set([0, 1, 2, 3, 4, 5, 6, 7]),
  );
  expect(alice.of('mail').every(({ viaMailbox }) => viaMailbox)).toBe(true);
  const { box } =
    network.passages.find(
      (passage) => passage.client === 'bob' && passage.end === 'deliver' && passage.box !== bob.box,
    ) ?? {};
  const held = (): boolean => alice.store.has(`endpoint/alias/${box}`);
  expect(held()).toBe(true);
  expect(network.until(300 * SECOND, () => !held())).toBe(true);
  const stored = [...network.nodes.values()].map(({ aggregation }) => aggregation.size.mail);
  expect(stored.every((mail) => mail === 0)).toBe(true);
});

test('no alias holds the reply blocks of two owners, of two epochs, or of more than eight', () => {
  const network = new Network('owners');
  const alice = network.join('alice');
  const owners = new Map<string, Set<string>>();
  for (let i = 0; i < 16; i++) {
    network.until(30 * SECOND, () => alice.endpoint.status.aliases.ready > 1);
    const owner = `contact ${i % 3}`;
    const epoch = epochAt(PARAMETERS, network.now) + (i % 2);
    const minted = alice.endpoint.mintSurbs(network.now, owner, { direct: 0, mailbox: 1, epoch });
    network.drain(alice);
    if (!minted.ok) expect(minted.error.code).toBe('no-alias');
    network.run(3 * SECOND);
  }
  for (const [key, value] of alice.store) {
    if (!key.startsWith('endpoint/record/')) continue;
    const text = String.fromCharCode(...value);
    const owner = /contact \d/.exec(text)?.[0] ?? '';
    const epoch = new DataView(value.buffer, value.byteOffset).getUint32(3);
    const alias = text.slice(-32);
    owners.set(alias, (owners.get(alias) ?? new Set()).add(`${owner} ${epoch}`));
  }
  expect(owners.size).toBeGreaterThan(3);
  for (const held of owners.values()) expect(held.size).toBe(1);
});

test('a stranger reaches an invite by its contact point, whatever the hint says', () => {
  const network = new Network('contact');
  const alice = network.join('alice');
  const eve = network.join('eve');
  const rng = new SeededRng(suite, 'invite');
  const node = alice.endpoint.chooseContactPoint(network.now);
  if (node === undefined) throw new Error('no contact point');
  expect(node).not.toBe(alice.guard);
  const secret = randomBytes(rng, 32);
  const credential = randomBytes(rng, 16);
  const bodySeed = randomBytes(rng, 32);
  // The hint of another invite: a hop of the way could have put it there.
  const other = { invite: 'other', hint: bytes(16, 9), bodySeed: randomBytes(rng, 32) };
  alice.endpoint.setInvite(other);
  alice.endpoint.setInvite({ invite: 'first', hint: bytes(16, 1), bodySeed });
  const credentials = [{ hash: credentialHash(suite, credential), hint: other.hint, uses: 2 }];
  const epoch = epochAt(PARAMETERS, network.now);
  const order = { node, secret, credentials, surbs: 2, epoch, delayClass: 'slow' } as const;
  expect(network.until(300 * SECOND, () => alice.endpoint.stash(network.now, order).ok)).toBe(true);
  network.drain(alice);
  expect(network.until(60 * SECOND, () => network.node(node).contact.size.surbs === 2)).toBe(true);
  const box = boxOf(suite, secret);
  const body = sealBody(suite, bodySeed, bytes(992, 5));
  eve.endpoint.sendToContactPoint({ node, box, credential, body, delayClass: 'fast' });
  expect(network.until(120 * SECOND, () => alice.of('contact-mail').length === 1)).toBe(true);
  const [mail] = alice.of('contact-mail');
  expect(mail?.invite).toBe('first');
  expect(mail?.content).toEqual(bytes(992, 5));
});

test('a contact box that is given up is fetched no more, once its mailbox was told what to delete', () => {
  const network = new Network('given up');
  const alice = network.join('alice');
  const eve = network.join('eve');
  const rng = new SeededRng(suite, 'given up');
  const node = alice.endpoint.chooseContactPoint(network.now);
  if (node === undefined) throw new Error('no contact point');
  const [secret, bodySeed] = [randomBytes(rng, 32), randomBytes(rng, 32)];
  const credential = randomBytes(rng, 16);
  alice.endpoint.setInvite({ invite: 'first', hint: bytes(16, 1), bodySeed });
  const hash = credentialHash(suite, credential);
  const epoch = epochAt(PARAMETERS, network.now);
  for (const ahead of [0, 1]) {
    const order = {
      node,
      secret,
      credentials: [{ hash, hint: bytes(16, 1), uses: 4 }],
      surbs: 2,
      epoch: epoch + ahead,
      delayClass: 'slow',
    } as const;
    const stash = (): boolean => alice.endpoint.stash(network.now, order).ok;
    expect(network.until(300 * SECOND, stash)).toBe(true);
    network.drain(alice);
  }
  const { contact } = network.node(node);
  expect(network.until(60 * SECOND, () => contact.size.surbs === 4)).toBe(true);
  const box = boxOf(suite, secret);
  const write = (fill: number): void => {
    const body = sealBody(suite, bodySeed, bytes(992, fill));
    eve.endpoint.sendToContactPoint({ node, box, credential, body, delayClass: 'fast' });
  };
  write(5);
  expect(network.until(120 * SECOND, () => alice.of('contact-mail').length === 1)).toBe(true);
  const owners = (): (string | undefined)[] =>
    [...alice.store]
      .filter(([key]) => key.startsWith('endpoint/alias/'))
      .map(([key, value]) => decodeAlias(key, value)?.owner?.key);
  const owned = (): number => owners().filter((owner) => owner === `stash ${toHex(box)}`).length;
  const mail = (): number =>
    [...network.nodes.values()].reduce((sum, { aggregation }) => sum + aggregation.size.mail, 0);
  expect([owned(), mail()]).toEqual([2, 1]);
  const records = alice.endpoint.status.records;

  alice.endpoint.forgetStash(toHex(box));
  network.drain(alice);
  // That of the next epoch goes at once, with its two records.
  expect(owned()).toBe(1);
  expect(records - alice.endpoint.status.records).toBe(2);
  expect(network.until(60 * SECOND, () => owned() === 0)).toBe(true);
  network.run(60 * SECOND);
  expect(mail()).toBe(0);
  // What the contact point still sends on lies where nobody asks for it.
  write(6);
  network.run(60 * SECOND);
  expect([alice.of('contact-mail').length, mail()]).toEqual([1, 1]);
});

test('a prekey bundle is put, asked for, and comes back chunk by chunk', () => {
  const network = new Network('bundle');
  const alice = network.join('alice');
  const eve = network.join('eve');
  const rng = new SeededRng(suite, 'bundle');
  const node = alice.endpoint.chooseContactPoint(network.now) ?? '';
  const secret = randomBytes(rng, 32);
  const credential = randomBytes(rng, 16);
  const credentials = [{ hash: credentialHash(suite, credential), hint: bytes(16, 1), uses: 1 }];
  const epoch = epochAt(PARAMETERS, network.now);
  // A bundle is served while there is a reply block to answer it by.
  const stash = { node, secret, credentials, surbs: 1, epoch, delayClass: 'fast' } as const;
  const stashed = (): boolean => alice.endpoint.stash(network.now, stash).ok;
  expect(network.until(60 * SECOND, stashed)).toBe(true);
  for (const index of [0, 1]) {
    alice.endpoint.putBundle(network.now, {
      node,
      secret,
      index,
      count: 2,
      chunk: bytes(900, 10 + index),
      delayClass: 'fast',
    });
  }
  network.drain(alice);
  network.run(10 * SECOND);
  const box = boxOf(suite, secret);
  const order = { node, box, credential, first: 0, surbs: 2, delayClass: 'fast' } as const;
  const request = eve.endpoint.getBundle(network.now, order);
  if (!request.ok) throw new Error(request.error.code);
  expect(network.until(60 * SECOND, () => eve.of('answer').length === 2)).toBe(true);
  const answers = eve.of('answer');
  expect(answers.every((event) => event.request === request.value)).toBe(true);
  const chunks = answers.map(({ answer }) => (answer.kind === 'chunk' ? answer.chunk[0] : -1));
  expect(new Set(chunks)).toEqual(new Set([10, 11]));
});

test('nothing leaves before what it depends on is durable', () => {
  const network = new Network('gate');
  const alice = network.join('alice');
  const bob = network.join('bob');
  const surb = mint(network, alice, 'direct');
  bob.stores = false;
  bob.endpoint.persist([{ key: 'session', value: bytes(4, 1) }]);
  send(network, bob, surb, 3);
  network.run(10 * SECOND);
  expect(bob.frames.length).toBeGreaterThan(50);
  expect(alice.of('mail')).toEqual([]);
  expect(bob.of('sent')).toEqual([]);
  bob.endpoint.handle(network.now, { kind: 'stored', sequence: bob.batches.at(-1) ?? 0 });
  bob.stores = true;
  expect(network.until(30 * SECOND, () => alice.of('mail').length === 1)).toBe(true);
});

test('a restart keeps guard, sticky sets, aliases and the records of reply blocks', () => {
  const network = new Network('restart');
  const alice = network.join('alice');
  const bob = network.join('bob');
  network.until(120 * SECOND, () => alice.endpoint.status.aliases.ready > 0);
  const byMailbox = mint(network, alice, 'mailbox');
  const direct = mint(network, alice, 'direct');
  alice.endpoint.handle(network.now, { kind: 'link', up: false });
  network.clients.splice(network.clients.indexOf(alice), 1);
  const state = [...alice.store].map(([key, value]) => ({ key, value }));
  const spoiled = { key: 'endpoint/record/00', value: bytes(9, 1) };
  const again = network.join('alice again', { state: [...state, spoiled] });
  expect(again.guard).toBe(alice.guard);
  expect(again.box).toBe(alice.box);
  expect(again.of('state-refused')).toEqual([{ kind: 'state-refused', key: 'endpoint/record/00' }]);
  expect(again.store.get('endpoint/sticky')).toBeUndefined();
  send(network, bob, byMailbox, 1);
  send(network, bob, direct, 2);
  expect(network.until(300 * SECOND, () => again.of('mail').length === 2)).toBe(true);
});

test('each refusal of an order has its code', () => {
  const network = new Network('refusals');
  const alice = network.join('alice', {
    limits: { queue: { perFlow: 2, total: 4 }, directPerContact: 2, records: 20 },
  });
  const epoch = epochAt(PARAMETERS, network.now);
  const minted = (direct: number, mailbox: number, of = epoch): string => {
    const counts = { direct, mailbox, epoch: of };
    const result = alice.endpoint.mintSurbs(network.now, 'bob', counts);
    return result.ok ? 'ok' : result.error.code;
  };
  expect(minted(0, 1)).toBe('no-alias');
  expect(minted(1, 0, epoch - 1)).toBe('epoch-out-of-range');
  expect(minted(1, 0, epoch + 9)).toBe('epoch-out-of-range');
  expect(minted(1, 0, epoch + 7)).toBe('no-path');
  expect(minted(3, 0)).toBe('too-many-direct');
  expect(minted(30, 0)).toBe('records-full');
  expect(minted(2, 0)).toBe('ok');
  expect(minted(1, 0)).toBe('too-many-direct');
  const surb = mint(network, network.join('carol'), 'direct');
  const order = { contact: 'c', surb, content: bytes(1, 1), lane: 'message' } as const;
  const sent = (contact: string, epochByte = surb.epoch): string => {
    const given = { ...order, contact, surb: { ...surb, epoch: epochByte } };
    const result = alice.endpoint.send(network.now, { ...given, delayClass: 'fast' });
    return result.ok ? 'ok' : result.error.code;
  };
  expect(sent('a', (epoch + 1) % 256)).toBe('surb-epoch');
  expect([sent('a'), sent('a'), sent('a')]).toEqual(['ok', 'ok', 'flow-full']);
  // One fetch waits as well.
  expect([sent('b'), sent('b')]).toEqual(['ok', 'queue-full']);
  const node = alice.guard ?? '';
  const stash = {
    node,
    secret: bytes(32, 1),
    credentials: [],
    surbs: 0,
    epoch,
    delayClass: 'slow',
  } as const;
  expect(alice.endpoint.stash(network.now, stash)).toEqual({
    ok: false,
    error: { code: 'own-guard' },
  });
  expect(() => alice.endpoint.handle(network.now, { kind: 'stored', sequence: 1e9 })).toThrow(
    '"sequence" expected at most',
  );
});

test('a lack of nodes is said once, and a guard out of reach makes way for the spare', () => {
  const network = new Network('guards');
  const alice = network.join('alice');
  const first = alice.guard;
  alice.endpoint.handle(network.now, { kind: 'link', up: false });
  const sent = alice.frames.length;
  const refresh = (): void => {
    alice.endpoint.handle(network.now, { kind: 'directory', nodes: network.entries });
    network.drain(alice);
  };
  // One's own outage: nothing else answers either, and no other guard learns of this client.
  network.run(600 * SECOND);
  expect(alice.frames.length).toBe(sent);
  expect(alice.guard).toBe(first);
  refresh();
  network.run(60 * SECOND);
  refresh();
  expect(alice.guard).toBe(first);
  network.run(120 * SECOND);
  expect(alice.guard).not.toBe(first);
  alice.endpoint.handle(network.now, { kind: 'link', up: true });
  network.run(SECOND);
  // Whenever a link is asked for anew, the first guard is asked first.
  const spare = alice.guard;
  alice.endpoint.handle(network.now, { kind: 'link', up: false });
  network.drain(alice);
  expect(alice.guard).toBe(first);
  refresh();
  network.run(121 * SECOND);
  expect(alice.guard).toBe(spare);
  alice.endpoint.handle(network.now, { kind: 'link', up: true });
  alice.endpoint.handle(network.now, {
    kind: 'directory',
    nodes: network.entries.filter(({ layer, key }) => layer !== 3 || key === alice.guard),
  });
  const guard = network.entries.find(({ key }) => key === alice.guard);
  network.run(5 * SECOND);
  expect(alice.of('directory-needed').length).toBe(guard?.layer === 3 ? 0 : 1);
});

test('over the end of an epoch: old blocks are refused, stored mail still comes, its alias retires', () => {
  const network = new Network('epoch');
  const epoch = epochAt(PARAMETERS, network.now);
  network.now = instant((epoch + 1) * PARAMETERS.epochMicros - 60 * SECOND);
  const alice = network.join('alice');
  const bob = network.join('bob');
  expect(network.until(50 * SECOND, () => alice.endpoint.status.aliases.ready > 1)).toBe(true);
  const [used, late] = [mint(network, alice, 'mailbox'), mint(network, alice, 'mailbox')];
  const next = mint(network, alice, 'mailbox', 1);
  send(network, bob, used, 1);
  const order = { contact: 'alice', surb: next, content: bytes(1, 1), lane: 'message' } as const;
  const early = bob.endpoint.send(network.now, { ...order, delayClass: 'fast' });
  expect(early).toEqual({ ok: false, error: { code: 'surb-epoch' } });
  // Bob's disk is slow: the message is still waiting when its epoch ends.
  bob.stores = false;
  bob.endpoint.persist([{ key: 'session', value: bytes(1, 1) }]);
  network.run(1 * SECOND);
  const id = send(network, bob, late, 2);
  network.run((epoch + 1) * PARAMETERS.epochMicros + SECOND - network.now);
  bob.endpoint.handle(network.now, { kind: 'stored', sequence: bob.batches.at(-1) ?? 0 });
  bob.stores = true;
  send(network, bob, next, 3);
  expect(network.until(60 * SECOND, () => alice.of('mail').length === 2)).toBe(true);
  expect(new Set(alice.of('mail').map(({ content }) => content[0]))).toEqual(new Set([1, 3]));
  expect(bob.of('unsent')).toEqual([{ kind: 'unsent', id, code: 'surb-epoch' }]);
  const owned = (): number =>
    [...alice.store].filter(
      ([key, value]) =>
        key.startsWith('endpoint/alias/') &&
        ((value[1] ?? 0) & 1) === 1 &&
        new DataView(value.buffer, value.byteOffset).getUint32(66) === epoch,
    ).length;
  expect(owned()).toBe(1);
  expect(network.until(200 * SECOND, () => owned() === 0)).toBe(true);
});

test('a contact that was forgotten reaches nobody any more', () => {
  const network = new Network('forget');
  const alice = network.join('alice');
  const bob = network.join('bob');
  expect(network.until(60 * SECOND, () => alice.endpoint.status.aliases.ready > 0)).toBe(true);
  send(network, bob, mint(network, alice, 'direct'), 1);
  send(network, bob, mint(network, alice, 'mailbox'), 2);
  alice.endpoint.forget('bob');
  network.drain(alice);
  network.run(30 * SECOND);
  expect(bob.of('sent').length).toBe(2);
  expect(alice.of('mail')).toEqual([]);
  expect(alice.endpoint.counters['name-unknown']).toBe(1);
  expect([...alice.store.keys()].some((key) => key.startsWith('endpoint/record/'))).toBe(false);
});
