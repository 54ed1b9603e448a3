import {
  CONTENT_BYTES,
  geometryHash,
  openBody,
  sealBody,
  STREAM_TABLE,
  storedMail,
  unwindLayers,
} from '@sotto/sphinx';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import { toHex } from '@sotto/wire';
import { expect } from 'vitest';
import { HopKeys } from '../../src/key-schedule.ts';
import { WideBlock } from '../../src/body.ts';
import body from '../../../../../spec/vectors/body.json' with { type: 'json' };
import contact from '../../../../../spec/vectors/contact.json' with { type: 'json' };
import crossover from '../../../../../spec/vectors/crossover.json' with { type: 'json' };
import forward from '../../../../../spec/vectors/forward.json' with { type: 'json' };
import keySchedule from '../../../../../spec/vectors/key-schedule.json' with { type: 'json' };
import mailbox from '../../../../../spec/vectors/mailbox.json' with { type: 'json' };
import malformed from '../../../../../spec/vectors/malformed.json' with { type: 'json' };
import replay from '../../../../../spec/vectors/replay.json' with { type: 'json' };
import { bytes, deliveredOf, recordOf, shapeOf, VectorNetwork } from './journey.ts';
import type {
  AttemptShape,
  BodyCase,
  ContactCase,
  CrossoverCase,
  DeliveredShape,
  ForwardCase,
  KeyCase,
  KeyFile,
  MailboxCase,
  MalformedCase,
  ReplayCase,
  ReplyShape,
  RunShape,
  VectorFile,
} from './shapes.ts';

/** One file's cases, each as a check that throws when the implementation differs. */
export interface VectorSet {
  readonly name: string;
  readonly cases: readonly ((suite: CryptoSuite) => void)[];
}

const keys: KeyFile = keySchedule;
const bodies: VectorFile<BodyCase> = body;
const forwards: VectorFile<ForwardCase> = forward;
const crossovers: VectorFile<CrossoverCase> = crossover;
const mailboxes: VectorFile<MailboxCase> = mailbox;
const contacts: VectorFile<ContactCase> = contact;
const replays: VectorFile<ReplayCase> = replay;
const refusals: VectorFile<MalformedCase> = malformed;

/** Every file that this package reads. */
export const vectorFiles: readonly VectorFile<unknown>[] = [
  keys,
  bodies,
  forwards,
  crossovers,
  mailboxes,
  contacts,
  replays,
  refusals,
];

function set<Case>(
  name: string,
  file: VectorFile<Case>,
  check: (suite: CryptoSuite, each: Case, file: VectorFile<Case>) => void,
): VectorSet {
  return { name, cases: file.cases.map((each) => (suite) => check(suite, each, file)) };
}

/** All checks. */
export const vectorSets: readonly VectorSet[] = [
  set('key-schedule', keys, checkKeys),
  set('body', bodies, checkBody),
  set('forward', forwards, (suite, each, file) => {
    expect(new VectorNetwork(suite, file).send(each, each.body)).toEqual(each);
  }),
  set('crossover', crossovers, checkCrossover),
  set('mailbox', mailboxes, checkMailbox),
  set('contact', contacts, checkContact),
  set('replay', replays, (suite, each, file) => {
    const net = new VectorNetwork(suite, file);
    for (const step of each.steps) expect(net.attempt(step)).toBe(step.code);
  }),
  set('malformed', refusals, checkMalformed),
];

function checkKeys(suite: CryptoSuite, each: KeyCase): void {
  const made = new Uint8Array(32);
  suite.x25519Base(made, bytes(each.secret));
  expect(toHex(made)).toBe(each.public);
  expect(suite.x25519(made, bytes(each.secret), bytes(each.ct))).toBe(true);
  expect(toHex(made)).toBe(each.shared);
  const hop = new HopKeys(suite);
  hop.derive(made, bytes(each.ct), bytes(each.public), each.epoch, bytes(each.nodeName));
  expect(toHex(hop.key)).toBe(each.key);
  const { name, replay: tag, macHeader, macBody, receipt, lioness, log, routing } = hop;
  const slices = { name, replay: tag, macHeader, macBody, receipt, lioness, log, routing };
  expect(
    Object.fromEntries(Object.entries(slices).map(([slice, value]) => [slice, toHex(value)])),
  ).toEqual(each.slices);
  expect(keys.table).toEqual(STREAM_TABLE);
  expect(keys.geometryHash).toBe(toHex(geometryHash(suite)));
}

function checkBody(suite: CryptoSuite, each: BodyCase): void {
  const seed = bytes(each.bodySeed);
  expect(toHex(sealBody(suite, seed, bytes(each.content)))).toBe(each.body);
  const opened = openBody(suite, seed, bytes(each.body)) ?? new Uint8Array(0);
  expect(toHex(opened)).toBe(each.content.padEnd(2 * CONTENT_BYTES, '0'));
  const key = new Uint8Array(32);
  suite.blake2b(key, seed, LABELS.bodyKeys);
  const four = new Uint8Array(128);
  suite.chacha20Stream(four, key, new Uint8Array(12));
  expect(toHex(four)).toBe(each.keys);
  const plain = bytes(each.body);
  new WideBlock(suite).decrypt(four, plain);
  expect(toHex(plain)).toBe(('00'.repeat(32) + each.content).padEnd(2 * plain.length, '0'));
}

function checkCrossover(
  suite: CryptoSuite,
  each: CrossoverCase,
  file: VectorFile<CrossoverCase>,
): void {
  const net = new VectorNetwork(suite, file);
  expect(net.reply(each.reply)).toEqual(each.reply);
  const seed = bytes(each.reply.record.bodySeed);
  expect(toHex(sealBody(suite, seed, bytes(each.content)))).toBe(each.forward.body);
  expect(each.forward.terminal.surb).toBe(each.reply.surb);
  expect(net.send(each.forward, each.forward.body)).toEqual(each.forward);
  if (each.forward.end.kind !== 'deliver') return;
  const unwound = unwindLayers(suite, recordOf(each.reply), deliveredOf(each.forward.end));
  expect(shapeOf(unwound)).toEqual(each.unwound);
  expectContent(suite, seed, each.unwound, each.content);
}

function checkMailbox(suite: CryptoSuite, each: MailboxCase, file: VectorFile<MailboxCase>): void {
  const net = new VectorNetwork(suite, file);
  const replies: readonly (ReplyShape | undefined)[] = [
    each.mail,
    ...each.fetches.map(({ reply }) => reply),
  ];
  const runs: readonly (RunShape | undefined)[] = [each.put, ...each.fetches.map(({ run }) => run)];
  replies.forEach((reply, i) => {
    const run = runs[i];
    if (reply === undefined || run === undefined) return;
    expect(net.reply(reply)).toEqual(reply);
    expect(net.run(run.node, run.embedded, run.log, run.body)).toEqual(run);
  });
  const last = each.fetches.at(-1);
  if (last === undefined) throw new Error('a case without a fetch');
  let held = deliveredOf(last.run.end);
  const levels = replies.flatMap((reply) => (reply === undefined ? [] : [reply])).toReversed();
  levels.forEach((reply, i) => {
    expect(toHex(held.name)).toBe(reply.record.name);
    const unwound = unwindLayers(suite, recordOf(reply), held);
    held = i === levels.length - 1 ? unwound : storedMail(unwound);
    expect(shapeOf(held)).toEqual(each.unwound[i]);
  });
  expectContent(suite, bytes(each.bodySeed), shapeOf(held), each.content);
}

function checkContact(suite: CryptoSuite, each: ContactCase, file: VectorFile<ContactCase>): void {
  const net = new VectorNetwork(suite, file);
  expect(net.reply(each.stash)).toEqual(each.stash);
  expect(net.send(each.forward, each.forward.body)).toEqual(each.forward);
  expect(each.run.log).toBe(each.hint + '00'.repeat(32));
  expect(each.run.body).toBe(each.forward.end.body);
  const { node, embedded, log, body: carried } = each.run;
  expect(net.run(node, embedded, log, carried)).toEqual(each.run);
  const unwound = unwindLayers(suite, recordOf(each.stash), deliveredOf(each.run.end));
  expect(shapeOf(unwound)).toEqual(each.unwound);
  expect(each.unwound.log.slice(0, 32)).toBe(each.hint);
  expectContent(suite, bytes(each.bodySeed), each.unwound, each.content);
}

function expectContent(
  suite: CryptoSuite,
  seed: Uint8Array,
  unwound: DeliveredShape,
  content: string,
): void {
  const opened = openBody(suite, seed, bytes(unwound.body));
  if (opened === undefined) throw new Error('the body does not open');
  expect(toHex(opened)).toBe(content.padEnd(2 * opened.length, '0'));
}

function checkMalformed(
  suite: CryptoSuite,
  each: MalformedCase,
  file: VectorFile<MalformedCase>,
): void {
  expect(new VectorNetwork(suite, file).attempt(each.malformed)).toBe(each.code);
  expect(new VectorNetwork(suite, file).attempt(each.valid)).toBe('ok');
  // Put back, the named bytes alone make it what passes: nothing else is wrong with it.
  const valid = bytes(subject(each.valid));
  const back = new Uint8Array(valid.length);
  back.set(bytes(subject(each.malformed)).subarray(0, valid.length));
  for (const { offset, length } of each.differs) {
    back.set(valid.subarray(offset, offset + length), offset);
  }
  expect(toHex(back)).toBe(subject(each.valid));
  expect(subject(each.malformed)).not.toBe(subject(each.valid));
}

function subject(attempt: AttemptShape): string {
  const text = attempt.packet ?? attempt.embedded;
  if (text === undefined) throw new Error('an attempt of nothing');
  return text;
}
