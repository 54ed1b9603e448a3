import type { Session } from '@sotto/ratchet';
import type { CryptoSuite } from '@sotto/suite';
import { SeededRng } from '@sotto/suite/testing';
import { ByteReader, ByteWriter } from '@sotto/wire';
import { pair } from '../../packages/protocol/ratchet/test/pair.ts';
import type { Outcome, Side, Talk } from './schedules.ts';

const words = (index: number): Uint8Array => new ByteWriter(4).u32(index).bytes;

/** Our ratchet, after the handshake and a message each way. */
export class OurTalk implements Talk {
  readonly #sides: Record<Side, Session>;
  readonly #rng: SeededRng;
  readonly #sealed: Uint8Array[] = [];

  /** @param wrap - for planted faults. */
  constructor(suite: CryptoSuite, wrap: (session: Session) => Session = (session) => session) {
    const { initiated, responded } = pair(suite, 7);
    this.#rng = new SeededRng(suite, 'our talk');
    this.#sides = { a: wrap(initiated.session), b: wrap(responded.session) };
    for (const side of ['b', 'a'] as const) {
      this.say(side);
      const heard = this.hear(side === 'a' ? 'b' : 'a', 0);
      if (heard !== 'opened') throw new Error(`the first message was ${heard}`);
      this.#sealed.pop();
    }
  }

  say(side: Side): void {
    const sealed = this.#sides[side].seal(this.#rng, words(this.#sealed.length), 100);
    if (!sealed.ok) throw new Error(sealed.error.code);
    this.#sealed.push(sealed.value);
  }

  hear(side: Side, index: number): Outcome {
    const sealed = this.#sealed[index];
    if (sealed === undefined) throw new RangeError(`"index" expected a message, got ${index}`);
    const opened = this.#sides[side].open(sealed);
    if (!opened.ok) return opened.error.code === 'duplicate' ? 'duplicate' : 'refused';
    return new ByteReader(opened.value).u32() === index ? 'opened' : 'refused';
  }
}
