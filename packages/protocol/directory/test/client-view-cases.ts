import {
  type ClientView,
  decodeDescriptor,
  encodeProof,
  equivocationProof,
} from '@sotto/directory';
import { instant } from '@sotto/wire';
import { expect } from 'vitest';
import {
  at,
  descriptor,
  flipped,
  HOUR,
  identity,
  NOW,
  parameters,
  routingKey,
  signBody,
} from './sample-network.ts';

/** What the cases use of a view, so that broken ones can stand in for it. */
export type ViewLike = Pick<
  ClientView,
  'offer' | 'addProof' | 'nodes' | 'state' | 'restore' | 'sources' | 'dropSource' | 'counts'
>;

/** One thing that a client's view owes; `run` throws when it is not so. */
export interface ViewCase {
  readonly name: string;
  readonly run: (make: () => ViewLike) => void;
}

const base = [1, 2, 3, 4, 5].map((n) => descriptor(n));
const without = (...numbers: number[]) => base.filter((_, i) => !numbers.includes(i + 1));
/** A later version of a node's descriptor. */
const renewed = (n: number, sequence = 2) =>
  descriptor(n, { sequence, issuedAt: at((sequence - 1) * 0.5 * HOUR) });
const LATER = at(HOUR);
const FIRST = identity(1).publicKey;

const code = (result: ReturnType<ViewLike['offer']>) => (result.ok ? 'ok' : result.error.code);
const shown = (view: ViewLike, now = NOW) =>
  view
    .nodes(now)
    .map((entry) => `${entry.identityKey[0]}:${entry.sequence}`)
    .sort();
const idOf = (bytes: Uint8Array) => {
  const read = decodeDescriptor(bytes);
  if (!read.ok) throw new Error(read.error.code);
  return `${read.value.identityKey[0]}:${read.value.sequence}`;
};
const listed = (descriptors: readonly Uint8Array[]) => descriptors.map(idOf).sort();
const proofOf = (a: Uint8Array, b: Uint8Array) => {
  const one = decodeDescriptor(a);
  const two = decodeDescriptor(b);
  if (!one.ok || !two.ok) throw new Error('not descriptors');
  return encodeProof(equivocationProof(one.value, two.value));
};

/** A view that two sources have agreed on all five nodes for. */
function settled(make: () => ViewLike): ViewLike {
  const view = make();
  expect(code(view.offer(NOW, 'a', base))).toBe('ok');
  expect(code(view.offer(NOW, 'b', base))).toBe('ok');
  expect(shown(view)).toEqual(listed(base));
  return view;
}

export const viewCases: readonly ViewCase[] = [
  {
    name: 'one source is no source',
    run(make) {
      const view = make();
      expect(code(view.offer(NOW, 'a', base))).toBe('ok');
      expect(shown(view)).toEqual([]);
      expect(code(view.offer(NOW, 'a', base))).toBe('ok');
      expect(shown(view)).toEqual([]);
      expect(code(view.offer(NOW, 'b', base))).toBe('ok');
      expect(shown(view)).toEqual(listed(base));
      expect(view.sources()).toEqual(['a', 'b']);
    },
  },
  {
    name: 'a node that one lying peer shows to one client is not used',
    run(make) {
      const view = make();
      view.offer(NOW, 'a', base);
      view.offer(NOW, 'liar', [...base, descriptor(6)]);
      view.offer(NOW, 'b', base);
      expect(shown(view)).toEqual(listed(base));
    },
  },
  {
    name: 'a newer version that one lying peer shows to one client is not used',
    run(make) {
      const view = settled(make);
      expect(code(view.offer(LATER, 'liar', [...without(1), renewed(1)]))).toBe('ok');
      expect(shown(view, LATER)).toEqual(listed(base));
    },
  },
  {
    name: 'an older version that one lying peer shows to one client is not used',
    run(make) {
      const view = make();
      const current = [...without(1), renewed(1)];
      view.offer(LATER, 'a', current);
      view.offer(LATER, 'liar', base);
      // Node 1 is known to both, each time as a version that the other did not give.
      expect(shown(view, LATER)).toEqual(listed(without(1)));
      view.offer(LATER, 'b', current);
      expect(shown(view, LATER)).toEqual(listed(current));
    },
  },
  {
    name: 'a node that one of three sources withholds is used',
    run(make) {
      const view = make();
      view.offer(NOW, 'a', base);
      view.offer(NOW, 'liar', without(3));
      expect(shown(view)).toEqual(listed(without(3)));
      view.offer(NOW, 'b', base);
      expect(shown(view)).toEqual(listed(base));
    },
  },
  {
    name: 'during a renewal the older version counts, then the newer, and never the older again',
    run(make) {
      const view = make();
      const next = [...without(1), renewed(1)];
      view.offer(NOW, 'a', base);
      view.offer(LATER, 'a', next);
      // `a` has gone on; its earlier word and the word of `b` are two.
      view.offer(LATER, 'b', base);
      expect(shown(view, LATER)).toEqual(listed(base));
      view.offer(LATER, 'b', next);
      expect(shown(view, LATER)).toEqual(listed(next));
      view.offer(LATER, 'c', base);
      view.offer(LATER, 'd', base);
      expect(shown(view, LATER)).toEqual(listed(next));
    },
  },
  {
    name: 'a node that says it leaves is drawn for nothing once two sources say so, and keeps its place in the list',
    run(make) {
      const view = settled(make);
      const farewell = descriptor(1, {
        sequence: 2,
        issuedAt: at(0.5 * HOUR),
        routingKeys: [routingKey(1, 1)],
      });
      const told = [...without(1), farewell];
      const ofFirst = () => {
        const entry = view.nodes(LATER).find(({ identityKey }) => identityKey[0] === FIRST[0]);
        return [entry?.leaving, entry?.routingKey(100) !== undefined];
      };
      view.offer(LATER, 'a', told);
      expect(ofFirst()).toEqual([false, true]);
      view.offer(LATER, 'b', told);
      expect(ofFirst()).toEqual([true, false]);
      expect(listed(view.state(LATER))).toEqual(listed(told));
      const back = [...without(1), renewed(1, 3)];
      view.offer(LATER, 'a', back);
      view.offer(LATER, 'b', back);
      expect(ofFirst()).toEqual([false, true]);
    },
  },
  {
    name: 'a new peer that does not know what is agreed is refused, and routing goes on',
    run(make) {
      const view = settled(make);
      const contrary = [1, 6, 7, 8].map((n) => descriptor(n));
      expect(code(view.offer(NOW, 'c', contrary))).toBe('differs');
      expect(code(view.offer(NOW, 'd', contrary))).toBe('differs');
      expect(shown(view)).toEqual(listed(base));
      expect(view.sources()).toEqual(['a', 'b']);
      expect(view.counts()).toMatchObject({ differs: 2, taken: 2 });
      // Four of five is enough: a node may have left the list of one that is full.
      expect(code(view.offer(NOW, 'e', without(5)))).toBe('ok');
    },
  },
  {
    name: 'the last good set stays for its life, whatever its sources say later',
    run(make) {
      const view = settled(make);
      view.offer(NOW, 'a', without(1, 2));
      view.offer(NOW, 'b', without(1, 2));
      expect(shown(view)).toEqual(listed(base));
      view.dropSource('a');
      view.dropSource('b');
      expect(shown(view, at(12 * HOUR - 1))).toEqual(listed(base));
      expect(shown(view, at(12 * HOUR))).toEqual([]);
      // With nothing left to agree with, anybody may begin again.
      const fresh = [6, 7].map((n) => descriptor(n, { issuedAt: at(12 * HOUR) }));
      expect(code(view.offer(at(12 * HOUR), 'c', fresh))).toBe('ok');
    },
  },
  {
    name: 'the last good set is restored from storage, checked, and without what has expired',
    run(make) {
      const state = settled(make).state(NOW);
      expect(listed(state)).toEqual(listed(base));
      const view = make();
      expect(view.restore(NOW, state)).toEqual({ ok: true, value: 5 });
      expect(shown(view)).toEqual(listed(base));
      const late = make();
      expect(late.restore(at(12 * HOUR), state).ok).toBe(false);
      expect(shown(late)).toEqual([]);
      const spoilt = state.map((bytes, i) => (i === 2 ? flipped(bytes, bytes.length - 1) : bytes));
      expect(make().restore(NOW, spoilt)).toMatchObject({ ok: false, error: { code: 'forged' } });
    },
  },
  {
    name: 'a snapshot with one thing that no honest peer lists is refused whole',
    run(make) {
      const forged = signBody(2, descriptor(1).subarray(0, -64));
      const refused: readonly (readonly [string, readonly Uint8Array[]])[] = [
        ['forged', [...without(1), forged]],
        ['descriptor', [...base, new Uint8Array(100)]],
        ['descriptor', [...base, flipped(descriptor(6), 5)]],
        ['duplicate', [...base, renewed(1)]],
        ['duplicate', [...base, descriptor(1)]],
        ['empty', []],
        ['too-many', Array.from({ length: 9 }, (_, n) => descriptor(n + 1))],
      ];
      for (const [expected, list] of refused) {
        const view = make();
        expect(code(view.offer(LATER, 'a', list))).toBe(expected);
        expect(view.counts()).toEqual({ [expected]: 1 });
        expect(view.sources()).toEqual([]);
      }
    },
  },
  {
    name: 'clocks may differ: what is early or just over is left out, not held against the peer',
    run(make) {
      const view = make();
      const early = descriptor(6, { issuedAt: at(HOUR) });
      const over = descriptor(7, { issuedAt: at(-HOUR), expiresAt: NOW });
      const result = view.offer(NOW, 'a', [...base, early, over]);
      expect(result).toMatchObject({ ok: true, value: { taken: 5, skipped: 2, agreed: 0 } });
    },
  },
  {
    name: 'versions that convict their signer put it out, whichever sources brought them',
    run(make) {
      const view = make();
      const other = descriptor(1, { addresses: [] });
      view.offer(NOW, 'a', base);
      const result = view.offer(NOW, 'b', [...without(1), other]);
      expect(result).toMatchObject({
        ok: true,
        value: { agreed: 4, proofs: [proofOf(base[0] ?? other, other)] },
      });
      view.offer(NOW, 'c', base);
      expect(shown(view)).toEqual(listed(without(1)));
    },
  },
  {
    name: 'a proof puts a node in use out until nothing it signed then could be live',
    run(make) {
      const view = settled(make);
      const proof = proofOf(descriptor(1), descriptor(1, { addresses: [] }));
      expect(view.addProof(NOW, flipped(proof, proof.length - 1))).toMatchObject({
        error: { code: 'proof-forged' },
      });
      expect(view.addProof(NOW, proof.subarray(1))).toMatchObject({ ok: false });
      expect(shown(view)).toEqual(listed(base));
      expect(view.addProof(NOW, proof).ok).toBe(true);
      expect(view.addProof(NOW, proof)).toMatchObject({ error: { code: 'banned' } });
      expect(shown(view)).toEqual(listed(without(1)));
      view.offer(LATER, 'a', [...without(1), renewed(1)]);
      view.offer(LATER, 'b', [...without(1), renewed(1)]);
      expect(shown(view, LATER)).toEqual(listed(without(1)));
      const end = at(parameters.descriptorLifeMicros);
      const fresh = [descriptor(1, { sequence: 9, issuedAt: instant(end) })];
      view.offer(end, 'a', fresh);
      view.offer(end, 'b', fresh);
      expect(shown(view, end)).toEqual(listed(fresh));
    },
  },
  {
    name: 'three snapshots are held, and a fourth takes the place of the longest unheard',
    run(make) {
      const view = settled(make);
      view.offer(NOW, 'c', base);
      view.offer(NOW, 'a', base);
      view.offer(NOW, 'd', [...base, descriptor(6)]);
      expect(view.sources()).toEqual(['c', 'a', 'd']);
      // `d` and `e` both know node 6: two voices.
      view.offer(NOW, 'e', [...base, descriptor(6)]);
      expect(shown(view)).toEqual(listed([...base, descriptor(6)]));
    },
  },
];
