import { boxOf, credentialHash, encodeRequest, type StoredEntry } from '@sotto/mailbox';
import { encodeEmbeddedSurb } from '@sotto/sphinx';
import { MICROS_PER_SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import { builder, epoch, Mailbox, suite } from './held-disk.ts';

const SECRET = new Uint8Array(32).fill(5);
const CREDENTIAL = new Uint8Array(16).fill(6);
/** By then every delay is over. */
const LONG = 3000 * MICROS_PER_SECOND;

/** Puts two reply blocks and a credential of one use into a contact box. */
function stash(node: Mailbox): void {
  const hops = [
    node.hop(),
    { name: new Uint8Array(16).fill(1), routingKey: node.hop().routingKey },
  ];
  const surbs = [1, 2].map(() => {
    const terminal = { kind: 'deliver', box: new Uint8Array(16) } as const;
    const { surb } = builder.surb({ hops, epoch, delayClass: 'slow', terminal });
    return encodeEmbeddedSurb(surb);
  });
  const { service, body } = encodeRequest({
    kind: 'stash',
    secret: SECRET,
    credentials: [{ hash: credentialHash(suite, CREDENTIAL), hint: new Uint8Array(16), uses: 1 }],
    surbs,
  });
  node.give('link', node.packet({ kind: 'arrive', service }, body));
  node.finishAll();
  // The tag of the request is in its log by now, too.
  node.pass(MICROS_PER_SECOND);
  node.finishAll();
}

const contact = (node: Mailbox): Uint8Array =>
  node.packet({ kind: 'contact', box: boxOf(suite, SECRET), credential: CREDENTIAL });

const drops = (node: Mailbox): Record<string, number> =>
  Object.fromEntries(
    Object.entries(node.relay.metrics(node.now).drops).filter(([, count]) => count > 0),
  );

const entriesOf = (node: Mailbox): StoredEntry[] =>
  [...node.entries].map(([key, value]) => ({ key, value }));

const blocks = (node: Mailbox): number =>
  [...node.entries.keys()].filter((key) => key.startsWith('stash/')).length;

test('a use, its reply block and both tags are spent in one write: a crash undoes all of it or nothing', () => {
  const node = new Mailbox();
  stash(node);
  const before = entriesOf(node);
  const packet = contact(node);
  node.give('link', packet);
  expect(drops(node)).toEqual({});
  node.finish('persist');
  const after = entriesOf(node);
  expect(blocks(node)).toBe(1);

  // Killed before the write: the packet comes again, opens the same block, and counts once.
  const undone = new Mailbox(false, before, node.secret);
  undone.give('again', packet);
  undone.finishAll();
  expect(drops(undone)).toEqual({});
  expect(undone.relay.metrics(undone.now).held).toBe(1);
  expect(blocks(undone)).toBe(1);

  // Killed after it: the packet is known, the use is spent, one block is left for others.
  const done = new Mailbox(false, after, node.secret);
  done.give('again', packet, contact(done));
  done.finishAll();
  expect(drops(done)).toEqual({ replay: 1, 'spent-credential': 1 });
  expect(blocks(done)).toBe(1);

  // Planted: tags that were not written with the rest let the packet in a second time.
  const torn = after.filter(({ key }) => !key.startsWith('seen/'));
  const forgetful = new Mailbox(false, torn, node.secret);
  forgetful.give('again', packet);
  expect(drops(forgetful)).toEqual({ 'spent-credential': 1 });
});

test('what a contact point sends on leaves when the spending is on the disk, and not before', () => {
  const node = new Mailbox();
  stash(node);
  node.give('link', contact(node));
  const held = (): number => node.relay.metrics(node.now).held;
  expect(held()).toBe(1);
  node.pass(LONG);
  expect(held()).toBe(1);
  expect(node.writes.map(({ kind }) => kind)).toContain('persist');
  node.finish('persist');
  node.pass(MICROS_PER_SECOND);
  expect(held()).toBe(0);
});
