import {
  geometryHash,
  kemKeyHash,
  openBody,
  type PacketFormat,
  sealBody,
  storedMail,
  streamTable,
  SUITE_1,
  SUITE_2,
  unwindLayers,
} from '@sotto/sphinx';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import { toHex } from '@sotto/wire';
import { expect } from 'vitest';
import { HopKeys } from '../../src/key-schedule.ts';
import { WideBlock } from '../../src/body.ts';
import { bytes, deliveredOf, recordOf, shapeOf, VectorNetwork } from './journey.ts';
import * as files from './files.ts';
import type {
  AttemptShape,
  BodyCase,
  ChangeShape,
  ContactCase,
  CrossoverCase,
  DeliveredShape,
  ForwardCase,
  GreetingCase,
  KeyCase,
  KeyFile,
  MailboxCase,
  MalformedCase,
  ReplyShape,
  RunShape,
  SubHopKeyCase,
  SurbCase,
  VectorFile,
} from './shapes.ts';

/** One file's cases, each as a check that throws when the implementation differs. */
export interface VectorSet {
  readonly name: string;
  readonly cases: readonly ((suite: CryptoSuite) => void)[];
}

/** Every file that this package reads. */
export const vectorFiles: readonly VectorFile<unknown>[] = Object.values(files);

type Check<Case> = (suite: CryptoSuite, each: Case, file: VectorFile<Case>) => void;

function set<Case>(name: string, file: VectorFile<Case>, check: Check<Case>): VectorSet {
  return { name, cases: file.cases.map((each) => (suite) => check(suite, each, file)) };
}

/** All checks. */
export const vectorSets: readonly VectorSet[] = [
  set('key-schedule', files.keySchedule, checkKeys(files.keySchedule, SUITE_1)),
  set('body', files.body, checkBody),
  set('forward', files.forward, checkForward(SUITE_1)),
  set('surb', files.surb, checkSurb),
  set('crossover', files.crossover, checkCrossover(SUITE_1)),
  set('mailbox', files.mailbox, checkMailbox),
  set('contact', files.contact, checkContact),
  set('greeting', files.greeting, checkGreeting),
  set('replay', files.replay, (suite, each, file) => {
    const net = new VectorNetwork(suite, file);
    for (const step of each.steps) expect(net.attempt(step)).toBe(step.code);
  }),
  set('malformed', files.malformed, checkMalformed(SUITE_1)),
  set('suite2-key-schedule', files.suite2KeySchedule, checkSubHopKeys),
  set('suite2-forward', files.suite2Forward, checkForward(SUITE_2)),
  set('suite2-crossover', files.suite2Crossover, checkCrossover(SUITE_2)),
  set('suite2-malformed', files.suite2Malformed, checkMalformed(SUITE_2)),
];

const slicesOf = (hop: HopKeys): Readonly<Record<string, string>> => {
  const { name, replay, macHeader, macBody, receipt, lioness, log, routing } = hop;
  const slices = { name, replay, macHeader, macBody, receipt, lioness, log, routing };
  return Object.fromEntries(Object.entries(slices).map(([slice, value]) => [slice, toHex(value)]));
};

/** The schedule of a hop up to K; its stream in suite 1. */
function hopKeysOf(suite: CryptoSuite, each: KeyCase, format: PacketFormat): HopKeys {
  const made = new Uint8Array(32);
  suite.x25519Base(made, bytes(each.secret));
  expect(toHex(made)).toBe(each.public);
  expect(suite.x25519(made, bytes(each.secret), bytes(each.ct))).toBe(true);
  expect(toHex(made)).toBe(each.shared);
  const hop = new HopKeys(suite, format);
  hop.derive(made, bytes(each.ct), bytes(each.public), each.epoch, bytes(each.nodeName));
  expect(toHex(hop.key)).toBe(each.key);
  return hop;
}

function checkKeys(file: KeyFile, format: PacketFormat): Check<KeyCase> {
  return (suite, each) => {
    expect(slicesOf(hopKeysOf(suite, each, format))).toEqual(each.slices);
    expect(file.table).toEqual(streamTable(format));
    expect(file.geometryHash).toBe(toHex(geometryHash(suite, format)));
  };
}

function checkSubHopKeys(suite: CryptoSuite, each: SubHopKeyCase): void {
  const file = files.suite2KeySchedule;
  const hop = hopKeysOf(suite, each, SUITE_2);
  const kemPublic = new Uint8Array(1184);
  const kemSecret = new Uint8Array(2400);
  suite.kemKeypair(kemPublic, kemSecret, bytes(each.kemSeed));
  expect(toHex(kemPublic)).toBe(each.kemPublic);
  const ct = new Uint8Array(1088);
  const shared = new Uint8Array(32);
  expect(suite.kemEncapsulate(ct, shared, kemPublic, bytes(each.kemCoins))).toBe(true);
  expect([toHex(ct), toHex(shared)]).toEqual([each.kemCt, each.kemShared]);
  expect(suite.kemDecapsulate(shared, bytes(each.kemCt), kemSecret)).toBe(true);
  expect(toHex(shared)).toBe(each.kemShared);
  hop.deriveSubHop(hop.key, shared, ct, kemKeyHash(suite, kemPublic));
  expect(toHex(hop.key)).toBe(each.subKey);
  expect(slicesOf(hop)).toEqual(each.slices);
  expect(file.table).toEqual(streamTable(SUITE_2));
  expect(file.geometryHash).toBe(toHex(geometryHash(suite, SUITE_2)));
}

function checkBody(suite: CryptoSuite, each: BodyCase): void {
  const seed = bytes(each.bodySeed);
  expect(toHex(sealBody(suite, seed, bytes(each.content)))).toBe(each.body);
  expectContent(suite, seed, each, each.content);
  const key = new Uint8Array(32);
  suite.blake2b(key, seed, LABELS.bodyKeys);
  const four = new Uint8Array(128);
  suite.chacha20Stream(four, key, new Uint8Array(12));
  expect(toHex(four)).toBe(each.keys);
  const plain = bytes(each.body);
  new WideBlock(suite, plain).decrypt(four);
  expect(toHex(plain)).toBe(('00'.repeat(32) + each.content).padEnd(2 * plain.length, '0'));
  for (const { offset, bytes: written } of each.refused) {
    const marked = bytes(each.body);
    marked.set(bytes(written), offset);
    expect(openBody(suite, seed, marked)).toBeUndefined();
  }
}

function checkForward(format: PacketFormat): Check<ForwardCase> {
  return (suite, each, file) => {
    expect(new VectorNetwork(suite, file, format).send(each, each.body)).toEqual(each);
  };
}

function checkSurb(suite: CryptoSuite, each: SurbCase, file: VectorFile<SurbCase>): void {
  const net = new VectorNetwork(suite, file);
  expect(net.reply(each.reply)).toEqual(each.reply);
  const { node, embedded, log, body } = each.run;
  expect(toHex(sealBody(suite, bytes(each.bodySeed), bytes(each.content)))).toBe(body);
  expect(net.run(node, embedded, log, body)).toEqual(each.run);
  if (each.unwound === undefined) {
    expect(each.run.end.kind).toBe('drop');
    return;
  }
  const unwound = shapeOf(unwindLayers(suite, recordOf(each.reply), deliveredOf(each.run.end)));
  expect(unwound).toEqual(each.unwound);
  expect(unwound.log).toBe(log);
  expectContent(suite, bytes(each.bodySeed), unwound, each.content);
}

function checkCrossover(format: PacketFormat): Check<CrossoverCase> {
  return (suite, each, file) => {
    const net = new VectorNetwork(suite, file, format);
    expect(net.reply(each.reply)).toEqual(each.reply);
    const seed = bytes(each.reply.record.bodySeed);
    expect(toHex(sealBody(suite, seed, bytes(each.content), format))).toBe(each.forward.body);
    expect(each.forward.terminal.surb).toBe(each.reply.surb);
    expect(net.send(each.forward, each.forward.body)).toEqual(each.forward);
    if (each.forward.end.kind !== 'deliver') return;
    const delivered = deliveredOf(each.forward.end);
    const unwound = unwindLayers(suite, recordOf(each.reply), delivered, format);
    expect(shapeOf(unwound)).toEqual(each.unwound);
    expectContent(suite, seed, each.unwound, each.content, format);
  };
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

function checkGreeting(
  suite: CryptoSuite,
  each: GreetingCase,
  file: VectorFile<GreetingCase>,
): void {
  const hash = (label: Uint8Array, length: number, message: string): string => {
    const out = new Uint8Array(length);
    suite.blake2b(out, bytes(message), label);
    return toHex(out);
  };
  expect(hash(LABELS.greetingToken, 16, each.addressKey)).toBe(each.token);
  expect(hash(LABELS.credential, 16, each.token)).toBe(each.tokenHash);
  expect(hash(LABELS.greetingBody, 32, each.addressKey)).toBe(each.bodySeed);
  expect(each.forward.terminal.token).toBe(each.token);
  checkContact(suite, each, file);
}

function expectContent(
  suite: CryptoSuite,
  seed: Uint8Array,
  sealed: Pick<DeliveredShape, 'body'>,
  content: string,
  format: PacketFormat = SUITE_1,
): void {
  const opened = openBody(suite, seed, bytes(sealed.body), format);
  if (opened === undefined) throw new Error('the body does not open');
  expect(toHex(opened)).toBe(content.padEnd(2 * opened.length, '0'));
}

/** The attempt with its fault. */
function changed(valid: AttemptShape, change: ChangeShape): AttemptShape {
  const { field, writes = [], length, accepts, hasSubHopKey } = change;
  if (field === 'accepts') return { ...valid, ...(accepts === undefined ? {} : { accepts }) };
  if (field === 'hasSubHopKey') {
    return { ...valid, ...(hasSubHopKey === undefined ? {} : { hasSubHopKey }) };
  }
  const was = bytes(valid[field]);
  const is = new Uint8Array(length ?? was.length);
  is.set(was.subarray(0, is.length));
  for (const write of writes) is.set(bytes(write.bytes), write.offset);
  return { ...valid, [field]: toHex(is) };
}

function checkMalformed(format: PacketFormat): Check<MalformedCase> {
  return (suite, each, file) => {
    const refused = changed(each.valid, each.change);
    expect(refused).not.toEqual(each.valid);
    expect(new VectorNetwork(suite, file, format).attempt(refused), each.what).toBe(each.code);
    // Put back, the one field makes it what passes: nothing else is wrong with it.
    expect(new VectorNetwork(suite, file, format).attempt(each.valid), each.what).toBe('ok');
  };
}
