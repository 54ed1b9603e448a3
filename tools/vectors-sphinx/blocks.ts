import { openBody, pushName, sealBody, storedMail, unwindLayers } from '@sotto/sphinx';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import { toHex } from '@sotto/wire';
import {
  bytes,
  deliveredOf,
  recordOf,
  shapeOf,
  type VectorNetwork,
} from '../../packages/protocol/sphinx/test/vectors/journey.ts';
import type {
  ContactCase,
  DeliveredShape,
  GreetingCase,
  MailboxCase,
  ReplyShape,
  RunShape,
  SurbCase,
  TerminalShape,
  VectorFile,
} from '../../packages/protocol/sphinx/test/vectors/shapes.ts';
import { hashOf } from './schedule.ts';
import { World } from './world.ts';

const noLog = '00'.repeat(48);

/** What a node may start a block with (Spec 04 §4), by who runs it; and how the block ends. */
const starts: readonly (readonly [string, (world: World) => string, 'drop'?])[] = [
  ['an answer of a service', () => noLog],
  ['a contact point, with its hint', (world) => world.hex(16) + '00'.repeat(32)],
  ['an aggregation point, with two names', (world) => world.hex(32) + '00'.repeat(16)],
  ['an aggregation point, with three names', (world) => world.hex(48)],
  ['a block that ends in a DROP', () => noLog, 'drop'],
];

/** Reply blocks of each length, run by their first node. */
export function surbs(suite: CryptoSuite): VectorFile<SurbCase> {
  const world = new World(suite, 'surb');
  const use = (what: string, length: number, log: string, end: TerminalShape): SurbCase => {
    const net = world.network();
    const reply = net.reply(world.path(length, end));
    const bodySeed = log === noLog ? world.hex(32) : reply.record.bodySeed;
    const content = world.hex(120);
    const body = toHex(sealBody(suite, bytes(bodySeed), bytes(content)));
    const run = net.run(reply.path[0] ?? 0, reply.embedded, log, body);
    const made = { what, reply, bodySeed, content, run };
    if (run.end.kind !== 'deliver') return made;
    const unwound = unwindLayers(suite, recordOf(reply), deliveredOf(run.end));
    return { ...made, unwound: shapeOf(unwound) };
  };
  const cases = [1, 2, 3, 4].flatMap((length) =>
    starts.map(([what, log, end]) => {
      const terminal = end === undefined ? { kind: 'deliver', box: world.hex(16) } : { kind: end };
      return use(what, length, log(world), terminal);
    }),
  );
  return world.file(
    '04 §2 to §5',
    'a reply block that its first node runs, and the unwinding',
    cases,
  );
}

/** One piece of mail through `levels` fetches. */
function mailCase(world: World, levels: number, hops: number, contentBytes: number): MailboxCase {
  const { suite } = world;
  const net = world.network();
  const deliver = (): TerminalShape => ({ kind: 'deliver', box: world.hex(16) });
  const mail = net.reply(world.path(hops, deliver()));
  const content = world.hex(contentBytes);
  const { bodySeed } = mail.record;
  const body = toHex(sealBody(suite, bytes(bodySeed), bytes(content)));
  const put = net.run(mail.path[0] ?? 0, mail.embedded, noLog, body);
  const fetches: { readonly reply: ReplyShape; readonly run: RunShape }[] = [];
  let held = deliveredOf(put.end);
  for (let level = 0; level < levels; level++) {
    const reply = net.reply(world.path(level === 0 ? hops : 2, deliver()));
    const at = reply.path[0] ?? 0;
    const run = net.run(at, reply.embedded, toHex(pushName(held)), toHex(held.body));
    fetches.push({ reply, run });
    held = deliveredOf(run.end);
  }
  const unwound: DeliveredShape[] = [];
  for (const { reply } of fetches.toReversed()) {
    held = storedMail(unwindLayers(suite, recordOf(reply), held));
    unwound.push(shapeOf(held));
  }
  held = unwindLayers(suite, recordOf(mail), held);
  unwound.push(shapeOf(held));
  if (openBody(suite, bytes(bodySeed), held.body) === undefined) {
    throw new Error('the mail does not open');
  }
  const what = `mail kept, then fetched ${levels} times`;
  return { what, bodySeed, content, mail, put, fetches, unwound };
}

/** An answer that is no mail, under the key of the request. */
function answerCase(world: World, net: VectorNetwork, what: string, content: string): MailboxCase {
  const { suite } = world;
  const bodySeed = world.hex(32);
  const reply = net.reply(world.path(4, { kind: 'deliver', box: world.hex(16) }));
  const body = toHex(sealBody(suite, bytes(bodySeed), bytes(content)));
  const run = net.run(reply.path[0] ?? 0, reply.embedded, noLog, body);
  const unwound = [shapeOf(unwindLayers(suite, recordOf(reply), deliveredOf(run.end)))];
  return { what, bodySeed, content, fetches: [{ reply, run }], unwound };
}

/** Mail kept, fetched through one to three reply blocks, and answers that are no mail. */
export function mailboxes(suite: CryptoSuite): VectorFile<MailboxCase> {
  const world = new World(suite, 'mailbox');
  const cases = [1, 2, 3, 4].flatMap((hops) =>
    [1, 1, 2, 3].map((levels, i) =>
      mailCase(world, levels, hops, hops === 4 && i === 1 ? 992 : 80),
    ),
  );
  const chunk = '0101020003abcdef';
  const answers = [
    ['an answer that says "empty"', '00'],
    ['an answer with a chunk of a bundle, 1 of 2', chunk],
    ['an answer with a whole chunk', `01000103db${world.hex(987)}`],
    ['an answer that says "no bundle"', '02'],
  ] as const;
  for (const [what, content] of answers) {
    cases.push(answerCase(world, world.network(), what, content));
  }
  return world.file('04 §4, §5', 'mail kept by a node, sent on under reply blocks, unwound', cases);
}

function contactCase(
  world: World,
  length: number,
  bodySeed: string,
  terminal: TerminalShape,
): ContactCase {
  const { suite } = world;
  const net = world.network();
  const stash = net.reply(world.path(1 + (length % 4), { kind: 'deliver', box: world.hex(16) }));
  const at = stash.path[0] ?? 0;
  const content = world.hex(64);
  const path = world.pathTo(at, length, terminal);
  const forward = net.send(path, toHex(sealBody(suite, bytes(bodySeed), bytes(content))));
  const hint = world.hex(16);
  const run = net.run(at, stash.embedded, hint + '00'.repeat(32), forward.end.body ?? '');
  const unwound = shapeOf(unwindLayers(suite, recordOf(stash), deliveredOf(run.end)));
  return { stash, bodySeed, content, forward, hint, run, unwound };
}

/** A contact point that runs a block of its stash, with a hint in the log. */
export function contacts(suite: CryptoSuite): VectorFile<ContactCase> {
  const world = new World(suite, 'contact');
  const cases = [1, 2, 3, 4, 4, 4, 4, 5, 6, 7].map((length) => {
    const credential = { kind: 'contact', box: world.hex(16), credential: world.hex(16) };
    return contactCase(world, length, world.hex(32), credential);
  });
  const what =
    'a packet to a contact point, which runs a block of its stash with a hint in the log';
  return world.file('06 §5', what, cases);
}

/** The same for strangers who have an address. */
export function greetings(suite: CryptoSuite): VectorFile<GreetingCase> {
  const world = new World(suite, 'greeting');
  const cases = [1, 2, 3, 4, 4, 4, 4, 5, 6, 7].map((length) => {
    const addressKey = world.hex(32);
    const key = bytes(addressKey);
    const token = hashOf(suite, LABELS.greetingToken, 16, key);
    const tokenHash = toHex(hashOf(suite, LABELS.credential, 16, token));
    const terminal = {
      kind: 'greet',
      box: world.hex(16),
      token: toHex(token),
      proof: '00'.repeat(32),
    };
    const bodySeed = toHex(hashOf(suite, LABELS.greetingBody, 32, key));
    const made = contactCase(world, length, bodySeed, terminal);
    return Object.assign({ addressKey, token: terminal.token, tokenHash }, made);
  });
  const what = 'a packet to a greeting point, from the key of an address';
  return world.file('06 §5.6', what, cases);
}
