import { openBody, pushName, sealBody, storedMail, unwindLayers } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { toHex } from '@sotto/wire';
import {
  bytes,
  deliveredOf,
  recordOf,
  shapeOf,
} from '../../packages/protocol/sphinx/test/vectors/journey.ts';
import type {
  ContactCase,
  CrossoverCase,
  DeliveredShape,
  ForwardCase,
  MailboxCase,
  ReplyShape,
  RunShape,
  VectorFile,
} from '../../packages/protocol/sphinx/test/vectors/shapes.ts';
import { World } from './world.ts';

/** Paths of one to six hops, each end. */
export function forwards(suite: CryptoSuite): VectorFile<ForwardCase> {
  const world = new World(suite, 'forward');
  const cases = Array.from({ length: 12 }, (_, i) => {
    const terminals = [
      { kind: 'deliver', box: world.hex(16) },
      { kind: 'drop' },
      { kind: 'arrive', service: i },
      { kind: 'contact', box: world.hex(16), credential: world.hex(16) },
    ];
    const path = world.path(
      (i % 6) + 1,
      terminals[(i + Math.floor(i / 6)) % 4] ?? { kind: 'drop' },
    );
    return world.network().send(path, world.hex(1024));
  });
  const what = 'a packet at each hop, the tag it leaves there, and what the last one gets';
  return world.file('03 §5, §7', what, cases);
}

/** A sender's half, a cross-over, a recipient's half, and the unwinding. */
export function crossovers(suite: CryptoSuite): VectorFile<CrossoverCase> {
  const world = new World(suite, 'crossover');
  const shapes = [
    [4, 4],
    [4, 4],
    [3, 4],
    [1, 4],
    [4, 1],
    [2, 3],
  ] as const;
  const cases = shapes.map(([senders, recipients], i) => {
    const net = world.network();
    const end = i === 5 ? { kind: 'drop' } : { kind: 'deliver', box: world.hex(16) };
    const reply = net.reply(world.path(recipients, end));
    const content = world.hex(i === 1 ? 992 : 100);
    const crossover = reply.path[0] ?? 0;
    const others = [0, 1, 2, 3, 4, 5, 6, 7].filter((node) => node !== crossover);
    const path = world.path([...others.slice(0, senders - 1), crossover], {
      kind: 'cross',
      surb: reply.surb,
    });
    const body = toHex(sealBody(suite, bytes(reply.record.bodySeed), bytes(content)));
    const forward = net.send(path, body);
    const unwound =
      forward.end.kind === 'deliver'
        ? shapeOf(unwindLayers(suite, recordOf(reply), deliveredOf(forward.end)))
        : { name: reply.record.name, log: '00'.repeat(48), body };
    return { reply, content, forward, unwound };
  });
  const what = 'a reply block, a packet that crosses over into it, and the unwinding';
  return world.file('04 §3 to §5', what, cases);
}

/** Mail kept, fetched through one to three reply blocks, and an answer that says "empty". */
export function mailboxes(suite: CryptoSuite): VectorFile<MailboxCase> {
  const world = new World(suite, 'mailbox');
  const cases: MailboxCase[] = [1, 1, 1, 2, 3].map((levels, i) => {
    const net = world.network();
    const mail = net.reply(world.path(4, { kind: 'deliver', box: world.hex(16) }));
    const content = world.hex(i === 1 ? 992 : 80);
    const body = toHex(sealBody(suite, bytes(mail.record.bodySeed), bytes(content)));
    const put = net.run(mail.path[0] ?? 0, mail.embedded, '00'.repeat(48), body);
    const fetches: { readonly reply: ReplyShape; readonly run: RunShape }[] = [];
    let held = deliveredOf(put.end);
    for (let level = 0; level < levels; level++) {
      const reply = net.reply(world.path(i === 2 ? 2 : 4, { kind: 'deliver', box: world.hex(16) }));
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
    if (openBody(suite, bytes(mail.record.bodySeed), held.body) === undefined) {
      throw new Error('the mail does not open');
    }
    const what = `mail kept, then fetched ${levels} times`;
    return { what, bodySeed: mail.record.bodySeed, content, mail, put, fetches, unwound };
  });
  const net = world.network();
  const bodySeed = world.hex(32);
  const content = '00';
  const reply = net.reply(world.path(4, { kind: 'deliver', box: world.hex(16) }));
  const body = toHex(sealBody(suite, bytes(bodySeed), bytes(content)));
  const run = net.run(reply.path[0] ?? 0, reply.embedded, '00'.repeat(48), body);
  const unwound = [shapeOf(unwindLayers(suite, recordOf(reply), deliveredOf(run.end)))];
  const what = 'an answer that says "empty", under the key of the request';
  cases.push({ what, bodySeed, content, fetches: [{ reply, run }], unwound });
  return world.file('04 §4, §5', 'mail kept by a node, sent on under reply blocks, unwound', cases);
}

/** A contact point that runs a block of its stash, with a hint in the log. */
export function contacts(suite: CryptoSuite): VectorFile<ContactCase> {
  const world = new World(suite, 'contact');
  const cases = [4, 4, 2, 1].map((length) => {
    const net = world.network();
    const point = world.path(4, { kind: 'deliver', box: world.hex(16) });
    const stash = net.reply(point);
    const at = stash.path[0] ?? 0;
    const others = [0, 1, 2, 3, 4, 5, 6, 7].filter((node) => node !== at);
    const bodySeed = world.hex(32);
    const content = world.hex(64);
    const path = world.path([...others.slice(0, length - 1), at], {
      kind: 'contact',
      box: world.hex(16),
      credential: world.hex(16),
    });
    const forward = net.send(path, toHex(sealBody(suite, bytes(bodySeed), bytes(content))));
    const hint = world.hex(16);
    const run = net.run(at, stash.embedded, hint + '00'.repeat(32), forward.end.body ?? '');
    const unwound = shapeOf(unwindLayers(suite, recordOf(stash), deliveredOf(run.end)));
    return { stash, bodySeed, content, forward, hint, run, unwound };
  });
  const what =
    'a packet to a contact point, which runs a block of its stash with a hint in the log';
  return world.file('04 §3 to §5', what, cases);
}
