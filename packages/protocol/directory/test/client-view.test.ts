import { ClientView } from '@sotto/directory';
import type { Instant } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { viewCases, type ViewLike } from './client-view-cases.ts';
import { credulous, descriptor, flipped, NOW, parameters, suite } from './sample-network.ts';

const sound = () => new ClientView({ suite, parameters });

test.each(viewCases)('$name', ({ run }) => run(sound), 60_000);

/** A view that tells sources apart by nothing: each offer counts twice, so one peer is enough. */
class Union extends ClientView {
  override offer(now: Instant, source: string, descriptors: readonly Uint8Array[]) {
    super.offer(now, source, descriptors);
    return super.offer(now, `${source} again`, descriptors);
  }
}

/** A view that follows whoever it met last, and drops what it had. */
class Follower extends ClientView {
  #inner = new ClientView({ suite, parameters });
  override offer(now: Instant, source: string, descriptors: readonly Uint8Array[]) {
    const result = this.#inner.offer(now, source, descriptors);
    if (result.ok || result.error.code !== 'differs') return result;
    this.#inner = new ClientView({ suite, parameters });
    return this.#inner.offer(now, source, descriptors);
  }
  override nodes(now: Instant) {
    return this.#inner.nodes(now);
  }
}

/** A view that lets a snapshot in whatever it holds, in small pieces. */
class Patient extends ClientView {
  override offer(now: Instant, source: string, descriptors: readonly Uint8Array[]) {
    const result = super.offer(now, source, descriptors);
    if (result.ok || result.error.index === undefined) return result;
    return super.offer(now, source, descriptors.toSpliced(result.error.index, 1));
  }
}

const broken: readonly (readonly [string, () => ViewLike, RegExp])[] = [
  ['takes one peer’s word', () => new Union({ suite, parameters }), /^a node that one lying peer/u],
  ['takes one peer’s newer version', () => new Union({ suite, parameters }), /^a newer version/u],
  ['takes one peer’s older version', () => new Union({ suite, parameters }), /^an older version/u],
  ['checks no signature', () => new ClientView({ suite: credulous, parameters }), /refused whole/u],
  [
    'leaves its set for a contrary one',
    () => new Follower({ suite, parameters }),
    /routing goes on/u,
  ],
  ['forgives a lying peer', () => new Patient({ suite, parameters }), /refused whole/u],
];

test.each(broken)(
  'a view that %s is found out',
  (_fault, make, finder) => {
    const failed = viewCases.filter(({ run }) => {
      try {
        run(make);
        return false;
      } catch {
        return true;
      }
    });
    expect(failed.map(({ name }) => name).some((name) => finder.test(name))).toBe(true);
    expect(failed.length).toBeLessThan(viewCases.length);
  },
  60_000,
);

test('any list of any bytes is answered and changes nothing', () => {
  const view = sound();
  view.offer(NOW, 'a', [descriptor(1), descriptor(2)]);
  view.offer(NOW, 'b', [descriptor(1), descriptor(2)]);
  const before = view.nodes(NOW);
  const valid = descriptor(3);
  const anyEntry = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc
      // All but the times: a descriptor of another time is left out, for clocks may differ.
      .tuple(
        fc.nat(valid.length - 1).filter((i) => i < 58 || i >= 74),
        fc.integer({ min: 1, max: 255 }),
      )
      .map(([i, mask]) => flipped(valid, i, mask)),
  );
  fc.assert(
    fc.property(
      fc.array(anyEntry, { maxLength: 12 }),
      fc.uint8Array({ maxLength: 600 }),
      (list, proof) => {
        const good = [descriptor(1), descriptor(2)];
        expect(view.offer(NOW, 'c', [...good, ...list]).ok).toBe(list.length === 0);
        view.dropSource('c');
        expect(view.addProof(NOW, proof).ok).toBe(false);
      },
    ),
  );
  expect(view.nodes(NOW)).toEqual(before);
});

test('a source without a name is the caller’s bug', () => {
  expect(() => sound().offer(NOW, '', [])).toThrow('"source"');
  expect(() => sound().offer(NOW, 'x'.repeat(257), [])).toThrow('"source"');
});
