import { open } from '@sotto/noble';
import { importSession, MAX_GAP, type Session } from '@sotto/ratchet';
import { err, ok, toHex } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { pair } from './pair.ts';

const suite = await open();
const first = pair(suite, 20);
const start = { a: first.initiated.session.export(), b: first.responded.session.export() };

/** One step: a side seals (false) or opens the message that is `back` before its peer's newest. */
interface Step {
  readonly from: 'a' | 'b';
  readonly deliver: boolean;
  readonly back: number;
  readonly restart: boolean;
}
const schedules: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    from: fc.constantFrom('a' as const, 'b' as const),
    deliver: fc.boolean(),
    back: fc.oneof(fc.nat(3), fc.nat(40)),
    restart: fc.boolean(),
  }),
  // Shorter than the gap: the bounds have their own tests, the model has none.
  { minLength: 20, maxLength: MAX_GAP >>> 1 },
);

/** What a receiver must answer. */
class Model {
  readonly opened = new Set<number>();
  expected(counter: number): string {
    return this.opened.has(counter) ? 'duplicate' : `+${counter}`;
  }
}

const load = (state: Uint8Array): Session => {
  const session = importSession(suite, state);
  if (!session.ok) throw new Error(session.error.code);
  return session.value;
};

/** Runs a schedule of loss, reordering, repeats and restarts; the first answer that the model does not give. */
function violation(steps: readonly Step[], wrap: (s: Session) => Session): string | undefined {
  const sides = { a: wrap(load(start.a)), b: wrap(load(start.b)) };
  const sent: Record<'a' | 'b', Uint8Array[]> = { a: [], b: [] };
  const models = { a: new Model(), b: new Model() };
  for (const { from, deliver, back, restart } of steps) {
    const to = from === 'a' ? 'b' : 'a';
    if (!deliver) {
      const text = new Uint8Array(4);
      new DataView(text.buffer).setUint32(0, sent[from].length);
      const sealed = sides[from].seal(text, 8);
      if (!sealed.ok) return sealed.error.code;
      sent[from].push(sealed.value);
      continue;
    }
    const counter = sent[from].length - 1 - back;
    const sealed = sent[from][counter];
    if (sealed === undefined) continue;
    const result = sides[to].open(sealed);
    const got = result.ok
      ? `+${new DataView(result.value.buffer, result.value.byteOffset).getUint32(0)}`
      : result.error.code;
    const wanted = models[to].expected(counter);
    if (got !== wanted) return `message ${counter}: wanted ${wanted}, got ${got}`;
    models[to].opened.add(counter);
    if (restart) sides[to] = wrap(load(sides[to].export()));
  }
  return undefined;
}

test('whatever is lost, late or repeated, each message opens once and says what was sealed', () => {
  fc.assert(
    fc.property(schedules, (steps) => {
      expect(violation(steps, (s) => s)).toBeUndefined();
    }),
    { numRuns: 40 },
  );
});

/** Passes everything on but what `open` changes. */
const withOpen = (inner: Session, open_: Session['open']): Session => ({
  version: inner.version,
  id: inner.id,
  seal: (plaintext, length) => inner.seal(plaintext, length),
  open: open_,
  export: () => inner.export(),
  skip: (count) => inner.skip(count),
  wipe: () => inner.wipe(),
});

test('a session that takes a repeat, and one that forgets what is late, are found', () => {
  const takesRepeats = (inner: Session): Session => {
    const texts = new Map<string, Uint8Array>();
    return withOpen(inner, (sealed) => {
      const result = inner.open(sealed);
      if (result.ok) texts.set(toHex(sealed), result.value);
      const before = texts.get(toHex(sealed));
      return before === undefined ? result : ok(before);
    });
  };
  const forgetsLate = (inner: Session): Session => {
    let newest = -1;
    return withOpen(inner, (sealed) => {
      const counter = new DataView(sealed.buffer, sealed.byteOffset).getUint32(1);
      if (counter < newest) return err({ code: 'duplicate' });
      newest = counter;
      return inner.open(sealed);
    });
  };
  for (const planted of [takesRepeats, forgetsLate]) {
    const run = fc.check(
      fc.property(schedules, (steps) => violation(steps, planted) === undefined),
      { numRuns: 60 },
    );
    expect(run.failed).toBe(true);
  }
});
