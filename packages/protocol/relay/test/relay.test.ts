import {
  DEFAULT_PARAMETERS,
  identityOf,
  networkId,
  type NetworkParameters,
} from '@sotto/directory';
import { encodePreface, HOME } from '@sotto/link';
import { open } from '@sotto/noble';
import { Relay, type RelayOptions, type RelayOutput, type StoredEpoch } from '@sotto/relay';
import { SeededRng } from '@sotto/suite/testing';
import { after, type Instant, instant, MICROS_PER_SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';

const suite = await open();
const START = instant(1_800_000_000 * MICROS_PER_SECOND);
const parameters: NetworkParameters = {
  ...DEFAULT_PARAMETERS,
  epochMicros: 600 * MICROS_PER_SECOND,
  slowMeanMicros: 2 * MICROS_PER_SECOND,
  graceMicros: 60 * MICROS_PER_SECOND,
  skewMicros: 10 * MICROS_PER_SECOND,
  descriptorLifeMicros: 300 * MICROS_PER_SECOND,
};

/** Secret files that keep what the relay tells them to. */
class Disk {
  readonly keys = new Map<number, Uint8Array>();
  readonly tags = new Map<number, number[]>();

  get epochs(): StoredEpoch[] {
    return [...this.keys].map(([epoch, secret]) => ({
      epoch,
      secret,
      placeBytes: this.tags.get(epoch)?.length ?? 0,
    }));
  }
}

function relay(seed: string, changes: Partial<RelayOptions> = {}): Relay {
  const rng = new SeededRng(suite, seed);
  const { publicKey, secretKey } = identityOf(suite, new Uint8Array(32).fill(7));
  return new Relay({
    suite,
    rng,
    parameters,
    now: START,
    identityKey: publicKey,
    identitySecret: secretKey,
    capabilities: { mix: true, guard: true, mailbox: true, contact: true },
    addresses: ['/ip4/127.0.0.1/tcp/4001'],
    ...changes,
  });
}

/** Drains a relay, carrying out its writes on `disk`; gives back the rest. */
function drain(core: Relay, now: Instant, disk: Disk): RelayOutput[] {
  const rest: RelayOutput[] = [];
  for (let out = core.poll(now); out !== undefined; out = core.poll(now)) {
    if (out.kind === 'write-key') {
      disk.keys.set(out.epoch, out.secret);
      core.handle(now, { kind: 'key-stored', epoch: out.epoch });
    } else if (out.kind === 'erase-key') {
      disk.keys.delete(out.epoch);
      disk.tags.delete(out.epoch);
    } else if (out.kind === 'write-tags') {
      for (const { epoch, bytes } of out.batches) {
        disk.tags.set(epoch, [...(disk.tags.get(epoch) ?? []), ...bytes]);
      }
      core.handle(now, { kind: 'tags-stored', sequence: out.sequence });
    } else rest.push(out);
  }
  return rest;
}

const gossip = (outputs: readonly RelayOutput[]): number =>
  outputs.filter(({ kind }) => kind === 'gossip').length;

test('nothing is announced before every key up to the horizon is stored', () => {
  const core = relay('announce');
  const writes: number[] = [];
  for (let out = core.poll(START); out !== undefined; out = core.poll(START)) {
    expect(out.kind).toBe('write-key');
    if (out.kind === 'write-key') writes.push(out.epoch);
  }
  expect(writes.length).toBe(parameters.horizonEpochs + 1);
  expect(core.nodes()).toEqual([]);
  for (const epoch of writes.slice(1)) core.handle(START, { kind: 'key-stored', epoch });
  expect(core.poll(START)).toBeUndefined();
  core.handle(START, { kind: 'key-stored', epoch: writes[0] ?? 0 });
  expect(core.poll(START)?.kind).toBe('gossip');
  expect(core.nodes().map(({ key }) => key)).toEqual([core.key]);
});

test('epochs: a new key is drawn, the old one is erased after its grace, and the descriptor follows', () => {
  const disk = new Disk();
  const core = relay('epochs');
  drain(core, START, disk);
  const first = Math.min(...disk.keys.keys());
  let now = START;
  let announced = 0;
  while (now < after(START, 700 * MICROS_PER_SECOND)) {
    const at = core.nextAt();
    if (at === undefined) throw new Error('the relay sleeps for ever');
    now = at > now ? at : after(now, 1);
    core.wake(now);
    announced += gossip(drain(core, now, disk));
  }
  expect(disk.keys.has(first)).toBe(false);
  expect(Math.max(...disk.keys.keys())).toBeGreaterThan(first + parameters.horizonEpochs);
  // At its half-life and at the change of the epoch, not at every turn.
  expect(announced).toBeGreaterThanOrEqual(4);
  expect(announced).toBeLessThan(12);
});

test('a restart from the disk keeps the keys, so packets under way still open', () => {
  const disk = new Disk();
  const core = relay('restart');
  drain(core, START, disk);
  const before = core.snapshot(START)[0];
  const again = relay('restart again', { epochs: disk.epochs, now: after(START, 40_000_000) });
  again.wake(after(START, 40_000_000));
  drain(again, after(START, 40_000_000), disk);
  const routingKeys = (of: Relay): unknown[] =>
    [...disk.keys.keys()].map((epoch) => of.nodes()[0]?.routingKey(epoch));
  expect(routingKeys(core)).not.toContain(undefined);
  expect(routingKeys(again)).toEqual(routingKeys(core));
  expect(before).not.toEqual(again.snapshot(after(START, 40_000_000))[0]);
});

test('links: each refusal has its code and is counted', () => {
  const disk = new Disk();
  const core = relay('links');
  drain(core, START, disk);
  const id = networkId(suite, parameters);
  const stranger = new Uint8Array(32).fill(3);
  const own = core.nodes()[0]?.identityKey ?? stranger;
  const mix = encodePreface({ kind: 'mix', networkId: id });
  const client = encodePreface({ kind: 'client', networkId: id, plan: 1, boxSecret: stranger });
  const unknownPlan = encodePreface({
    kind: 'client',
    networkId: id,
    plan: 77,
    boxSecret: stranger,
  });
  const code = (kind: 'mix' | 'client', key: Uint8Array, preface: Uint8Array): string => {
    const answer = core.acceptLink(kind, key, preface);
    return answer.ok ? 'ok' : answer.code;
  };
  expect(code('mix', own, mix)).toBe('ok');
  expect(code('client', stranger, client)).toBe('ok');
  expect(code('client', stranger, unknownPlan)).toBe('link-plan');
  expect(code('mix', stranger, mix)).toBe('link-stranger');
  expect(code('client', stranger, mix)).toBe('link-kind');
  expect(code('mix', own, new Uint8Array(64))).toBe('preface');
  const elsewhere = encodePreface({ kind: 'mix', networkId: new Uint8Array(16) });
  expect(code('mix', own, elsewhere)).toBe('link-network');
  const { drops } = core.metrics(START);
  expect(drops['preface']).toBe(1);
  for (const reason of ['link-stranger', 'link-kind', 'link-network'])
    expect(drops[reason]).toBe(1);
  const light = relay('light', {
    capabilities: { mix: true, guard: false, mailbox: false, contact: false },
  });
  expect(light.acceptLink('client', stranger, client)).toEqual({ ok: false, code: 'not-capable' });
});

test('a node that goes says so as soon as it may, once an epoch, and nothing else any more', () => {
  const disk = new Disk();
  const core = relay('goes');
  expect(core.leave(START)).toBeUndefined();
  expect(gossip(drain(core, START, disk))).toBe(0);

  const other = relay('goes as well');
  drain(other, START, disk);
  const now = after(START, MICROS_PER_SECOND);
  const mayAt = after(START, parameters.reissueMicros);
  expect(other.leave(now)).toBe(mayAt);
  expect(gossip(drain(other, now, disk))).toBe(0);
  expect(other.nodes()[0]?.leaving).toBe(false);
  other.wake(mayAt);
  expect(gossip(drain(other, mayAt, disk))).toBe(1);
  expect(other.nodes()[0]?.leaving).toBe(true);
  expect(other.metrics(mayAt).nodes).toBe(0);
  other.setAddresses(mayAt, ['/ip4/127.0.0.1/tcp/4002']);
  const later = after(mayAt, parameters.reissueMicros);
  other.wake(later);
  drain(other, later, disk);
  expect(other.nodes()[0]?.leaving).toBe(true);
});

test('a client gets a frame each interval, mail or filler, and may not flood', () => {
  const disk = new Disk();
  const core = relay('client');
  drain(core, START, disk);
  core.handle(START, {
    kind: 'client-attached',
    client: 'c',
    boxSecret: new Uint8Array(32),
    plan: 3,
  });
  const times: number[] = [];
  let now = START;
  while (times.length < 8) {
    now = after(now, 10_000);
    core.wake(now);
    for (const out of drain(core, now, disk)) if (out.kind === 'client-frame') times.push(now);
  }
  const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
  expect(new Set(gaps)).toEqual(new Set([HOME.phase.downlinkIntervalMicros]));
  for (let i = 0; i < 100; i++) {
    core.handle(now, { kind: 'client-packet', client: 'c', packet: new Uint8Array(1600) });
  }
  core.handle(now, { kind: 'client-packet', client: 'nobody', packet: new Uint8Array(1600) });
  const { drops } = core.metrics(now);
  expect(drops['client-rate']).toBe(41);
  expect(drops['packet-version']).toBe(60);
});

test('a second link with the same secret takes the box over', () => {
  const core = relay('takeover');
  drain(core, START, new Disk());
  const boxSecret = new Uint8Array(32).fill(5);
  core.handle(START, { kind: 'client-attached', client: 'old', boxSecret, plan: 3 });
  core.handle(START, { kind: 'client-attached', client: 'new', boxSecret, plan: 3 });
  const closed = drain(core, START, new Disk()).filter(({ kind }) => kind !== 'persist');
  expect(closed).toEqual([{ kind: 'client-replaced', client: 'old' }]);
  expect(core.metrics(START).clients).toBe(1);
});

test('whoever asks gets the same list until the view is made anew, a second after a change at most', () => {
  const core = relay('served');
  const disk = new Disk();
  drain(core, START, disk);
  const before = core.snapshot(START);
  expect(before.length).toBe(1);
  const other = relay('another', {
    identityKey: identityOf(suite, new Uint8Array(32).fill(8)).publicKey,
    identitySecret: identityOf(suite, new Uint8Array(32).fill(8)).secretKey,
  });
  drain(other, START, new Disk());
  for (const bytes of other.snapshot(START)) core.receiveGossip(after(START, 1), bytes);
  // The very same array, however many strangers ask: nothing is collected or sorted for them.
  expect(core.snapshot(after(START, 2))).toBe(before);
  const second = after(START, MICROS_PER_SECOND);
  core.wake(second);
  drain(core, second, disk);
  expect(core.snapshot(second).length).toBe(2);
  expect(core.snapshot(after(second, 1))).toBe(core.snapshot(second));
  // Who is reading the old one still has it whole.
  expect(before.length).toBe(1);
});

test('one’s own descriptor, played back by a peer, stands in the way of nothing', () => {
  const core = relay('played back');
  drain(core, START, new Disk());
  const own = core.snapshot(START)[0] ?? new Uint8Array(0);
  const behind = relay('behind', { now: instant(START - 60 * MICROS_PER_SECOND) });
  const now = instant(START - 60 * MICROS_PER_SECOND);
  // A clock that was set back: a peer still has what was signed a minute ahead.
  expect(behind.receiveGossip(now, own)).toEqual({ verdict: 'ignore', code: 'known' });
  expect(gossip(drain(behind, now, new Disk()))).toBe(1);
  expect(behind.nodes()[0]?.sequence).toBe(START + 1);
});

test('a list that is full of others stops no node: it tries again', () => {
  const full = { ...parameters, maxNodes: 1 };
  const other = relay('other', {
    parameters: full,
    identityKey: identityOf(suite, new Uint8Array(32).fill(8)).publicKey,
    identitySecret: identityOf(suite, new Uint8Array(32).fill(8)).secretKey,
  });
  drain(other, START, new Disk());
  const core = relay('newcomer', { parameters: full });
  for (const bytes of other.snapshot(START)) core.receiveGossip(START, bytes);
  expect(gossip(drain(core, START, new Disk()))).toBe(0);
  expect(core.metrics(START).drops['announce-refused']).toBe(1);
  const later = after(START, full.descriptorLifeMicros + full.reissueMicros);
  core.wake(later);
  expect(gossip(drain(core, later, new Disk()))).toBe(1);
});

test('a key whose time has ended opens nothing, however late the call comes', () => {
  const disk = new Disk();
  const core = relay('late');
  drain(core, START, disk);
  const epochByte = Math.min(...disk.keys.keys()) % 256;
  const packet = new Uint8Array(1600);
  packet[0] = 0x11;
  packet[1] = epochByte;
  core.handle(START, { kind: 'packet', packet: packet.slice() });
  expect(core.metrics(START).drops['epoch']).toBe(0);
  const later = after(START, 2 * parameters.epochMicros);
  core.handle(later, { kind: 'packet', packet });
  expect(core.metrics(later).drops['epoch']).toBe(1);
});
