import { importSession, type Session } from '@sotto/ratchet';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import { equalBytes, type Rng, toHex } from '@sotto/wire';
import * as fc from 'fast-check';
import { decodeState, type RatchetState } from '../src/ratchet-state.ts';
import { pair } from './pair.ts';
import { seededRng } from './seeded-rng.ts';
import { Thief } from './thief.ts';

export type Side = 'a' | 'b';

/** One step of a schedule. */
export interface Step {
  readonly side: Side;
  /** `repeat` hears again what was heard or lost; `lose` drops what waits; `restart` reads the stored state back. */
  readonly act: 'say' | 'hear' | 'repeat' | 'lose' | 'restart';
  /** Which of the waiting messages: reordering. */
  readonly pick: number;
  /** Free bytes beside the words: room for the KEM ratchet. */
  readonly room: number;
}

/** Loss, reordering, repetition, restarts; both sides speak in any order, also at once. */
export const schedules = (most: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      side: fc.constantFrom<Side>('a', 'b'),
      act: fc.oneof(
        { arbitrary: fc.constant('say' as const), weight: 8 },
        { arbitrary: fc.constant('hear' as const), weight: 9 },
        { arbitrary: fc.constantFrom('repeat' as const, 'lose' as const), weight: 2 },
        { arbitrary: fc.constant('restart' as const), weight: 1 },
      ),
      pick: fc.nat(4),
      room: fc.constantFrom(0, 40, 1300),
    }),
    // Shorter than the bounds on gaps and held keys: these have tests of their own, the model has none.
    { minLength: 20, maxLength: most, size: 'max' },
  );

const other = (side: Side): Side => (side === 'a' ? 'b' : 'a');
const words = (side: Side, index: number): Uint8Array =>
  Uint8Array.of(side.codePointAt(0) ?? 0, index >> 8, index & 255);

function load(suite: CryptoSuite, state: Uint8Array): Session {
  const session = importSession(suite, state);
  if (!session.ok) throw new Error(session.error.code);
  return session.value;
}

function stateOf(suite: CryptoSuite, session: Session): RatchetState {
  const state = decodeState(suite, session.export());
  if (!state.ok) throw new Error(state.error.code);
  return state.value;
}

interface Said {
  readonly side: Side;
  readonly index: number;
  readonly sealed: Uint8Array;
  heard: boolean;
}

/** Two sides and what is between them; every answer is compared with what it must be. */
class Talk {
  readonly sides: Record<Side, Session>;
  readonly said: Said[] = [];
  readonly #waiting: Record<Side, Said[]> = { a: [], b: [] };
  readonly #suite: CryptoSuite;
  readonly #rng: Rng;
  readonly #wrap: (session: Session) => Session;

  constructor(
    suite: CryptoSuite,
    start: Record<Side, Uint8Array>,
    seed: number,
    wrap: (session: Session) => Session = (session) => session,
  ) {
    this.#suite = suite;
    this.#rng = seededRng(suite, seed);
    this.#wrap = wrap;
    this.sides = { a: wrap(load(suite, start.a)), b: wrap(load(suite, start.b)) };
  }

  /** Does one step. @returns what went wrong; undefined when nothing did. */
  step({ side, act, pick, room }: Step): string | undefined {
    const waiting = this.#waiting[side];
    switch (act) {
      case 'say': {
        const index = this.said.length;
        const text = words(side, index);
        const sealed = this.sides[side].seal(this.#rng, text, text.length + room);
        if (!sealed.ok) return sealed.error.code;
        const said = { side, index, sealed: sealed.value, heard: false };
        this.said.push(said);
        this.#waiting[other(side)].push(said);
        return undefined;
      }
      case 'hear': {
        const [said] = waiting.splice(Math.min(pick, waiting.length - 1), 1);
        return said && this.#hear(side, said);
      }
      case 'lose':
        waiting.splice(Math.min(pick, waiting.length - 1), 1);
        return undefined;
      case 'repeat': {
        const past = this.said.filter((each) => each.side !== side);
        const said = past[past.length - 1 - pick];
        return said && this.#hear(side, said);
      }
      case 'restart':
        this.sides[side] = this.#wrap(load(this.#suite, this.sides[side].export()));
        return undefined;
    }
  }

  #hear(side: Side, said: Said): string | undefined {
    const result = this.sides[side].open(said.sealed);
    const known = said.heard;
    said.heard = true;
    if (!known) {
      const right = result.ok && equalBytes(result.value, words(said.side, said.index));
      return right
        ? undefined
        : `message ${said.index}: ${result.ok ? 'other words' : result.error.code}`;
    }
    // A chain that is complete is forgotten, its messages are then as foreign as any.
    const refused = !result.ok && ['duplicate', 'sealed'].includes(result.error.code);
    return refused ? undefined : `message ${said.index} opened twice`;
  }
}

/** A pair right after the first message, as stored. */
export function startOf(suite: CryptoSuite, seed: number): Record<Side, Uint8Array> {
  const { initiated, responded } = pair(suite, seed);
  return { a: initiated.session.export(), b: responded.session.export() };
}

/** The first thing that goes wrong in a talk without thieves. */
export function mistake(
  suite: CryptoSuite,
  start: Record<Side, Uint8Array>,
  steps: readonly Step[],
  wrap?: (session: Session) => Session,
): string | undefined {
  const talk = new Talk(suite, start, 1, wrap);
  for (const step of steps) {
    const wrong = talk.step(step);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** A theft: after which step, from whom, and what the thief has besides. */
export interface Theft {
  readonly after: number;
  readonly victim: Side;
  /** Computes the secret of any X25519 key. */
  readonly quantum: boolean;
  /** Planted fault: the victim has kept its states of before. */
  readonly kept?: boolean;
}

/** How many messages after thefts the thief read, and how many stayed closed: a check of neither shows nothing. */
export interface Tally {
  read: number;
  closed: number;
}

/**
 * Runs a schedule with one theft. The thief must read nothing that was heard or said before, must
 * read what the stolen keys reach, and nothing once both ratchets have turned.
 *
 * @returns the first message that it reads and must not, or the other way about.
 */
export function leak(
  suite: CryptoSuite,
  start: Record<Side, Uint8Array>,
  steps: readonly Step[],
  { after, victim, quantum, kept = false }: Theft,
  tally: Tally = { read: 0, closed: 0 },
): string | undefined {
  const secrets = new Map<string, Uint8Array>();
  const recording: CryptoSuite = {
    ...suite,
    x25519Base(out, scalar) {
      suite.x25519Base(out, scalar);
      secrets.set(toHex(out), scalar.slice());
    },
  };
  const secretOf = (key: Uint8Array): Uint8Array | undefined =>
    quantum ? secrets.get(toHex(key)) : undefined;
  const talk = new Talk(recording, start, 1);
  const states: Uint8Array[] = [start[victim]];
  for (const step of steps.slice(0, after)) {
    talk.step(step);
    if (kept) states.push(talk.sides[victim].export());
  }
  const stolen = talk.sides[victim].export();
  for (const state of kept ? states : [stolen]) {
    const wrong = readOfBefore(suite, state, talk.said, victim, secretOf);
    if (wrong !== undefined) return wrong;
  }
  const before = talk.said.length;
  const waits = talk.said.filter(({ side, heard }) => side !== victim && !heard);
  // What waits for the victim is open to the thief as it is to the victim, and moves it on: first what
  // is late, of earlier chains, whose keys the victim holds. It may complete an exchange of the KEM.
  const copy = load(suite, stolen);
  for (const { sealed } of waits) {
    if (new Thief(suite, stolen).read('peer', sealed) === undefined) copy.open(sealed);
  }
  const thief = new Thief(suite, copy.export(), secretOf);
  for (const { sealed } of waits) thief.read('peer', sealed);
  const watch = new Watch(suite, talk, victim, quantum);
  for (const step of steps.slice(after)) {
    const count = talk.said.length;
    talk.step(step);
    watch.look();
    const said = talk.said[count];
    if (said === undefined) continue;
    const read = thief.read(said.side === victim ? 'victim' : 'peer', said.sealed);
    const right = read !== undefined && equalBytes(read, words(said.side, said.index));
    tally[right ? 'read' : 'closed']++;
    if (right === watch.closed(said.side)) {
      return `message ${said.index} (stolen at ${before}) ${right ? 'read' : 'not read'}`;
    }
  }
  return undefined;
}

/** Nothing that was over at the time of the theft opens: as a session, or as a thief who follows both. */
function readOfBefore(
  suite: CryptoSuite,
  stolen: Uint8Array,
  all: readonly Said[],
  victim: Side,
  secretOf: (key: Uint8Array) => Uint8Array | undefined,
): string | undefined {
  const session = load(suite, stolen);
  const thief = new Thief(suite, stolen, secretOf);
  for (const said of all) {
    const own = said.side === victim;
    if (!own && !said.heard) continue;
    const opened = !own && session.open(said.sealed).ok;
    if (opened || thief.read(own ? 'victim' : 'peer', said.sealed) !== undefined) {
      return `message ${said.index} of before the theft read`;
    }
  }
  return undefined;
}

/** Says from the outside which chains a thief can follow. */
class Watch {
  readonly #suite: CryptoSuite;
  readonly #talk: Talk;
  readonly #victim: Side;
  readonly #quantum: boolean;
  /** Secrets in the root from which on one is inside that was drawn after the theft. */
  readonly #closedFrom: number;
  readonly #keys: Record<Side, string | undefined>;
  readonly #closed: Record<Side, boolean> = { a: false, b: false };
  /** Whether the peer has heard a ratchet key of the victim's that the thief does not know. */
  #peerHeardFresh = false;
  readonly #kems: Record<Side, number> = { a: 0, b: 0 };

  constructor(suite: CryptoSuite, talk: Talk, victim: Side, quantum: boolean) {
    this.#suite = suite;
    this.#talk = talk;
    this.#victim = victim;
    this.#quantum = quantum;
    this.#keys = { a: this.#keyOf('a'), b: this.#keyOf('b') };
    const state = stateOf(suite, talk.sides[victim]);
    const [stage] = state.kem.export();
    // Giver with a key pair, or with the secret, or taker with the secret: that one is stolen too.
    const stolen = stage === 1 || stage === 2 || stage === 4;
    this.#closedFrom = state.kems + (stolen ? 2 : 1);
  }

  /** After each step. */
  look(): void {
    for (const side of ['a', 'b'] as const) {
      const key = this.#keyOf(side);
      this.#kems[side] = stateOf(this.#suite, this.#talk.sides[side]).kems;
      if (key === undefined || key === this.#keys[side]) continue;
      this.#keys[side] = key;
      if (side === this.#victim) this.#closed[side] = true;
      else this.#closed[side] = this.#peerHeardFresh;
    }
    const { turn } = stateOf(this.#suite, this.#talk.sides[other(this.#victim)]);
    const fresh = this.#closed[this.#victim] && 'peerKey' in turn;
    if (fresh && toHex(turn.peerKey) === this.#keys[this.#victim]) this.#peerHeardFresh = true;
  }

  /** Whether what a side seals now must be closed to the thief. */
  closed(side: Side): boolean {
    // Against who computes X25519 only the KEM helps; against others either does.
    return this.#kems[side] >= this.#closedFrom || (!this.#quantum && this.#closed[side]);
  }

  #keyOf(side: Side): string | undefined {
    const { turn } = stateOf(this.#suite, this.#talk.sides[side]);
    return 'sending' in turn ? toHex(turn.sending.public) : undefined;
  }
}

/** Planted fault: the root takes no notice of one thing that goes into a step (32 bytes from `at`). */
export const forgetful = (suite: CryptoSuite, at: number): CryptoSuite => ({
  ...suite,
  blake2b(out, message, key) {
    if (key === LABELS.rootStep) suite.blake2b(out, message.slice().fill(0, at, at + 32), key);
    else suite.blake2b(out, message, key);
  },
});
