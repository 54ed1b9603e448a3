/**
 * What sealing costs (Spec 09): handshakes and messages a second, both sides counted, by CPU time of
 * one core; and how many messages one turn of the KEM ratchet takes, in a talk of short texts.
 */
import { randomFillSync } from 'node:crypto';
import { FRAGMENT_BYTES } from '@sotto/endpoint';
import { open as openNoble } from '@sotto/noble';
import {
  createIdentity,
  createInviteSecret,
  createPrekey,
  initiate,
  respond,
  SEALED_OVERHEAD,
  type Session,
} from '@sotto/ratchet';
import { open as openNative } from '@sotto/sodium/native';
import { open as openWasm } from '@sotto/sodium/wasm';
import type { CryptoSuite } from '@sotto/suite';
import { randomBytes, type Rng } from '@sotto/wire';
import {
  acksCost,
  LEVEL_COST,
  surbsCost,
  textCost,
} from '../packages/protocol/messaging/src/items.ts';
import { decodeState } from '../packages/protocol/ratchet/src/ratchet-state.ts';

import { median, round, type Row } from './row.ts';
import { cpuMicros, runtime } from './runtime.ts';

const rng: Rng = { fill: (out) => void randomFillSync(out) };
const ROOM = FRAGMENT_BYTES - SEALED_OVERHEAD;

interface Plan {
  readonly open: () => Promise<CryptoSuite>;
  readonly handshakes: number;
  readonly messages: number;
}

const plans: readonly Plan[] = [
  { open: openNative, handshakes: 60, messages: 2000 },
  { open: openWasm, handshakes: 40, messages: 1000 },
  { open: openNoble, handshakes: 20, messages: 200 },
];
const ROUNDS = 5;

const cpuSeconds = (): number => cpuMicros() / 1e6;

interface Pair {
  readonly a: Session;
  readonly b: Session;
}

function must<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!result.ok) throw new Error('an honest message was refused');
  return result.value;
}

/** Makes sessions one after another; keys of invites are made before, as they are in life. */
function handshakes(
  suite: CryptoSuite,
  count: number,
): { readonly perSecond: number; readonly pair: Pair } {
  const [identity, inviter] = [createIdentity(suite, rng), createIdentity(suite, rng)];
  const prekeys = Array.from({ length: count }, () => createPrekey(suite, rng, inviter));
  const secret = createInviteSecret(rng);
  const payload = randomBytes(rng, 300);
  let pair: Pair | undefined;
  const start = cpuSeconds();
  for (const { bundle, secret: prekeySecret } of prekeys) {
    const options = { identity, bundle, secret, payload, paddedLength: 600 };
    const begun = must(initiate(suite, rng, options));
    const heard = must(respond(suite, { identity: inviter, prekeySecret, secret }, begun.message));
    pair = { a: begun.session, b: heard.session };
  }
  const perSecond = count / (cpuSeconds() - start);
  if (pair === undefined) throw new RangeError('"count" expected at least 1');
  return { perSecond, pair };
}

/** Messages a second, sealed, exported as before each leaves, and opened; a turn of the ratchet with each. */
function messages(pair: Pair, count: number): number {
  const plaintext = randomBytes(rng, ROOM - 200);
  const start = cpuSeconds();
  for (let i = 0; i < count; i++) {
    const [from, to] = i % 2 === 0 ? [pair.b, pair.a] : [pair.a, pair.b];
    const sealed = must(from.seal(rng, plaintext, ROOM));
    from.export();
    must(to.open(sealed));
    to.export();
  }
  return count / (cpuSeconds() - start);
}

/** A short text, two acknowledgements, a report and as many reply blocks as fit: what is free beside them. */
function freeBeside(textBytes: number): number {
  const fixed = textCost(new Uint8Array(textBytes)) + acksCost(2) + LEVEL_COST;
  let blocks = 0;
  while (fixed + surbsCost(blocks + 1) <= ROOM) blocks++;
  return ROOM - fixed - surbsCost(blocks);
}

/** Messages of both sides, in turns, for one KEM secret after another; a share of them is lost. */
function healing(suite: CryptoSuite, pair: Pair, free: number, loss: number): number {
  const plaintext = new Uint8Array(ROOM - free);
  const turns = 40;
  const kems = (): number => {
    const state = decodeState(suite, pair.a.export());
    if (!state.ok) throw new Error(state.error.code);
    return state.value.kems;
  };
  const first = kems();
  let sent = 0;
  while ((kems() - first + 256) % 256 < turns) {
    const [from, to] = sent % 2 === 0 ? [pair.b, pair.a] : [pair.a, pair.b];
    const sealed = must(from.seal(rng, plaintext, ROOM));
    sent++;
    if ((randomBytes(rng, 1)[0] ?? 0) >= loss * 256) must(to.open(sealed));
  }
  return sent / turns;
}

/** Rows of each backend: the median over rounds, after one that only warms up. */
export async function* ratchetBench(): AsyncGenerator<Row> {
  for (const plan of plans) {
    const suite = await plan.open();
    const common = { bench: 'ratchet', unit: 'perSecond', backend: suite.name, runtime } as const;
    let { pair } = handshakes(suite, 5);
    const made = Array.from({ length: ROUNDS }, () => {
      const run = handshakes(suite, plan.handshakes);
      ({ pair } = run);
      return run.perSecond;
    });
    yield { ...common, metric: 'handshakesPerSecond', value: round(median(made), 0) };
    messages(pair, 50);
    const said = Array.from({ length: ROUNDS }, () => messages(pair, plan.messages));
    yield { ...common, metric: 'messagesPerSecond', value: round(median(said), 0) };
  }
  const suite = await openNative();
  for (const textBytes of [20, 200, 400]) {
    for (const loss of [0, 0.1]) {
      const { pair } = handshakes(suite, 1);
      const free = freeBeside(textBytes);
      yield {
        bench: 'ratchet',
        metric: 'messagesPerKemTurn',
        value: round(healing(suite, pair, free, loss), 1),
        unit: 'messages',
        backend: suite.name,
        textBytes,
        freeBytes: free,
        loss,
        runtime,
      };
    }
  }
}
