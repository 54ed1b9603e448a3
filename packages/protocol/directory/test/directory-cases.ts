import { type Directory, encodeProof, equivocationProof, decodeDescriptor } from '@sotto/directory';
import { concat, instant, toHex } from '@sotto/wire';
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
  SECOND,
  signBody,
} from './sample-network.ts';

/** What the cases use of a directory, so that broken ones can stand in for it. */
export type DirectoryLike = Pick<
  Directory,
  'receive' | 'add' | 'addProof' | 'entries' | 'byName' | 'snapshot' | 'proofs' | 'counts' | 'size'
>;

/** One thing that a directory owes; `run` throws when it is not so. */
export interface DirectoryCase {
  readonly name: string;
  readonly run: (make: () => DirectoryLike) => void;
}

const read = (bytes: Uint8Array) => {
  const result = decodeDescriptor(bytes);
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
};
/** An encoded proof of two descriptors. */
export const proofOf = (a: Uint8Array, b: Uint8Array): Uint8Array =>
  encodeProof(equivocationProof(read(a), read(b)));

const codes = (answers: readonly { readonly verdict: string; readonly code: string }[]) =>
  answers.map(({ verdict, code }) => `${verdict} ${code}`);
const sequences = (d: DirectoryLike, now = NOW) => d.entries(now).map((entry) => entry.sequence);

export const directoryCases: readonly DirectoryCase[] = [
  {
    name: 'a descriptor is listed with its name, layer, keys and addresses',
    run(make) {
      const d = make();
      const answer = d.add(NOW, descriptor(1));
      expect(codes([answer])).toEqual(['accept new']);
      const [entry] = d.entries(NOW);
      expect(entry).toBe(answer.entry);
      if (entry === undefined) throw new Error('nothing listed');
      expect(entry.identityKey).toEqual(identity(1).publicKey);
      expect(entry.key).toBe(toHex(entry.name));
      expect(d.byName(entry.key)).toBe(entry);
      expect(entry.routingKey(99)).toBeUndefined();
      expect(entry.routingKey(100)).toEqual(routingKey(1, 1));
      expect(entry.routingKey(101)).toEqual(routingKey(1, 2));
      expect(entry.routingKey(102)).toBeUndefined();
      expect(d.snapshot(NOW)).toEqual([descriptor(1)]);
    },
  },
  {
    name: 'every byte of a descriptor counts: each one changed is refused, and its sender with it',
    run(make) {
      const valid = descriptor(1);
      const d = make();
      for (let i = 0; i < valid.length; i++) {
        const answer = d.add(NOW, flipped(valid, i, 1 << (i % 8)));
        // A time that was changed may be one that clocks differ about; all else nobody may send.
        expect(answer.verdict).not.toBe('accept');
        if (i < 58 || i >= 74) expect(answer.verdict).toBe('reject');
      }
      expect(d.entries(NOW)).toEqual([]);
      expect(d.size).toBe(0);
    },
  },
  {
    name: 'a signature by another key is forged',
    run(make) {
      const d = make();
      const body = descriptor(1).subarray(0, -64);
      expect(codes([d.add(NOW, signBody(2, body))])).toEqual(['reject forged']);
      expect(d.entries(NOW)).toEqual([]);
    },
  },
  {
    name: 'only a higher sequence number replaces',
    run(make) {
      const d = make();
      const version = (sequence: number) =>
        descriptor(1, { sequence, issuedAt: at(sequence * 60 * SECOND - HOUR) });
      expect(codes([5, 5, 4, 6, 5, 1].map((sequence) => d.add(NOW, version(sequence))))).toEqual([
        'accept new',
        'ignore known',
        'ignore stale',
        'accept replaced',
        'ignore stale',
        'ignore stale',
      ]);
      expect(sequences(d)).toEqual([6]);
    },
  },
  {
    name: 'a node that issues too often is not passed on',
    run(make) {
      const d = make();
      const version = (sequence: number, issuedAt: number) =>
        descriptor(1, { sequence, issuedAt: instant(NOW + issuedAt) });
      expect(
        codes([
          d.add(NOW, version(1, 0)),
          d.add(NOW, version(2, parameters.reissueMicros - 1)),
          d.add(NOW, version(3, -1)),
          d.add(NOW, version(4, parameters.reissueMicros)),
        ]),
      ).toEqual(['accept new', 'ignore too-soon', 'ignore too-soon', 'accept replaced']);
    },
  },
  {
    name: 'who says that it leaves is listed as leaving, without keys, and is back at once; the next farewell waits',
    run(make) {
      const d = make();
      const { reissueMicros } = parameters;
      const full = (sequence: number, after: number) =>
        descriptor(1, { sequence, issuedAt: at(after) });
      const farewell = (sequence: number, after: number) =>
        descriptor(1, { sequence, issuedAt: at(after), routingKeys: [routingKey(1, 1)] });
      const shown = () =>
        d.entries(NOW).map(({ leaving, routingKey: keyOf }) => [leaving, keyOf(100) !== undefined]);
      expect(codes([d.add(NOW, full(1, 0)), d.add(NOW, farewell(2, 1))])).toEqual([
        'accept new',
        'ignore too-soon',
      ]);
      expect(shown()).toEqual([[false, true]]);
      expect(codes([d.add(NOW, farewell(3, reissueMicros))])).toEqual(['accept replaced']);
      expect(shown()).toEqual([[true, false]]);
      // Whoever asks is told of it as long as an older word of the node could be about.
      expect(d.snapshot(NOW)).toEqual([farewell(3, reissueMicros)]);
      expect(
        codes([
          d.add(NOW, full(1, 0)),
          d.add(NOW, farewell(4, reissueMicros + 1)),
          d.add(NOW, full(4, reissueMicros + 1)),
          d.add(NOW, farewell(5, reissueMicros + 2)),
        ]),
      ).toEqual(['ignore stale', 'ignore too-soon', 'accept replaced', 'ignore too-soon']);
      expect(shown()).toEqual([[false, true]]);
    },
  },
  {
    name: 'two versions issued a second apart do not split the network for ever',
    run(make) {
      const d = make();
      const second = descriptor(1, { sequence: 2, issuedAt: instant(NOW + 1) });
      const later = instant(NOW + parameters.reissueMicros);
      d.add(NOW, descriptor(1, { sequence: 1, issuedAt: NOW }));
      expect(codes([d.add(NOW, second), d.add(later, second)])).toEqual([
        'ignore too-soon',
        'accept replaced',
      ]);
    },
  },
  {
    name: 'descriptors of other times, lives and networks are refused, each by its own code',
    run(make) {
      const d = make();
      const life = parameters.descriptorLifeMicros;
      const skew = parameters.clockSkewMicros;
      const other = { networkId: new Uint8Array(16) };
      expect(
        codes([
          d.add(NOW, descriptor(1, { issuedAt: at(skew + 1) })),
          d.add(NOW, descriptor(1, { issuedAt: at(-HOUR), expiresAt: NOW })),
          d.add(NOW, descriptor(1, { expiresAt: at(life + 1) })),
          d.add(NOW, descriptor(1, { firstEpoch: 99 })),
          d.add(NOW, descriptor(1, { firstEpoch: 101 })),
          d.add(NOW, descriptor(1, other)),
          d.add(
            NOW,
            descriptor(1, { routingKeys: Array.from({ length: 10 }, (_, k) => routingKey(1, k)) }),
          ),
          d.add(NOW, new Uint8Array(0)),
          d.add(NOW, new Uint8Array(3000)),
          d.add(NOW, descriptor(1, { issuedAt: at(skew) })),
          d.add(NOW, descriptor(2, { expiresAt: at(life) })),
        ]),
      ).toEqual([
        'ignore future',
        'ignore expired',
        'reject lifetime',
        'reject first-epoch',
        'reject first-epoch',
        'reject network',
        'reject key-count',
        'reject length',
        'reject length',
        'accept new',
        'accept new',
      ]);
      expect(d.counts()).toMatchObject({ future: 1, expired: 1, network: 1, length: 2, new: 2 });
    },
  },
  {
    name: 'an entry ends with its descriptor, but the older one does not come back',
    run(make) {
      const d = make();
      const old = descriptor(1, { issuedAt: at(-60 * SECOND), expiresAt: at(20 * HOUR) });
      d.add(NOW, old);
      d.add(NOW, descriptor(1, { sequence: 2, expiresAt: at(HOUR) }));
      expect(sequences(d, at(HOUR - 1))).toEqual([2]);
      expect(d.entries(at(HOUR))).toEqual([]);
      expect(d.snapshot(at(HOUR))).toEqual([]);
      expect(codes([d.add(at(2 * HOUR), old)])).toEqual(['ignore stale']);
      // Once nothing older can be live the identity is forgotten, and its place is free.
      const later = at(parameters.descriptorLifeMicros);
      expect(codes([d.add(later, old)])).toEqual(['ignore expired']);
      expect(d.size).toBe(0);
    },
  },
  {
    name: 'two descriptors of one sequence number convict their signer, and others by the proof',
    run(make) {
      const d = make();
      const a = descriptor(1);
      const b = descriptor(1, { addresses: ['/ip4/10.0.0.1/tcp/1'] });
      d.add(NOW, a);
      d.add(NOW, descriptor(2));
      const answer = d.add(NOW, b);
      expect(codes([answer])).toEqual(['ignore equivocation']);
      expect(d.entries(NOW).map(({ identityKey }) => identityKey)).toEqual([identity(2).publicKey]);
      expect(answer.proof).toEqual(proofOf(a, b));
      expect(d.proofs(NOW)).toEqual([proofOf(a, b)]);
      const next = descriptor(1, { sequence: 9, issuedAt: at(HOUR) });
      expect(codes([d.add(at(HOUR), next), d.add(NOW, a)])).toEqual([
        'ignore banned',
        'ignore banned',
      ]);

      const others = make();
      others.add(NOW, a);
      expect(codes([others.receive(NOW, proofOf(a, b)), others.add(NOW, a)])).toEqual([
        'accept convicted',
        'ignore banned',
      ]);
      expect(others.entries(NOW)).toEqual([]);
      const stranger = make();
      expect(codes([stranger.addProof(NOW, proofOf(a, b))])).toEqual(['accept convicted']);
      expect(codes([stranger.addProof(NOW, proofOf(a, b))])).toEqual(['ignore banned']);
      // The ban outlives whatever could have been signed with it, and then ends.
      const end = at(parameters.descriptorLifeMicros);
      const fresh = descriptor(1, { sequence: 10, issuedAt: end });
      expect(codes([d.add(end, fresh)])).toEqual(['accept new']);
    },
  },
  {
    name: 'a forged conflict convicts nobody',
    run(make) {
      const d = make();
      const a = descriptor(1);
      d.add(NOW, a);
      const b = descriptor(1, { addresses: ['/ip4/10.0.0.1/tcp/1'] });
      const forged = signBody(2, b.subarray(0, -64));
      expect(codes([d.add(NOW, forged)])).toEqual(['reject forged']);
      expect(codes([d.addProof(NOW, proofOf(a, forged))])).toEqual(['reject proof-forged']);
      expect(codes([d.addProof(NOW, proofOf(forged, a))])).toEqual(['reject proof-forged']);
      // Another signature under the same body, which a weak backend might let anybody make, is no conflict.
      expect(codes([d.add(NOW, flipped(a, a.length - 1))])).toEqual(['ignore known']);
      expect(d.entries(NOW).length).toBe(1);
    },
  },
  {
    name: 'a proof of a pair that is none is refused, each by its own code',
    run(make) {
      const d = make();
      const a = descriptor(1);
      const b = descriptor(1, { addresses: [] });
      const good = proofOf(a, b);
      const { first, second } = equivocationProof(read(a), read(b));
      const outdated = (n: number) =>
        descriptor(1, { issuedAt: at(-24 * HOUR), expiresAt: at(-HOUR), addresses: [`/${n}`] });
      const future = descriptor(1, { issuedAt: at(HOUR) });
      expect(
        codes([
          d.addProof(NOW, good.subarray(0, 4)),
          d.addProof(NOW, new Uint8Array(4102).fill(0x81)),
          d.addProof(NOW, flipped(good, 0)),
          d.addProof(NOW, good.subarray(0, -1)),
          d.addProof(NOW, concat(good, new Uint8Array(1))),
          d.addProof(NOW, flipped(good, 3)),
          d.addProof(NOW, proofOf(a, descriptor(2))),
          d.addProof(NOW, proofOf(a, descriptor(1, { sequence: 2 }))),
          d.addProof(NOW, encodeProof({ first: second, second: first })),
          d.addProof(NOW, encodeProof({ first, second: first })),
          d.addProof(NOW, proofOf(a, future)),
          d.addProof(NOW, proofOf(outdated(1), outdated(2))),
          d.addProof(NOW, flipped(good, good.length - 1)),
        ]),
      ).toEqual([
        'reject proof-length',
        'reject proof-length',
        'reject proof-kind',
        'reject proof-size',
        'reject proof-size',
        'reject proof-descriptor',
        'reject proof-identity',
        'reject proof-sequence',
        'reject proof-order',
        'reject proof-order',
        'ignore proof-future',
        'ignore proof-expired',
        'reject proof-forged',
      ]);
      expect(d.proofs(NOW)).toEqual([]);
    },
  },
  {
    name: 'confessions of one identity cannot keep the network busy',
    run(make) {
      const d = make();
      const pair = (issued: number) =>
        proofOf(
          descriptor(1, { issuedAt: at(issued) }),
          descriptor(1, { issuedAt: at(issued), addresses: [] }),
        );
      expect(
        codes(
          [0, 1, parameters.reissueMicros - 1, parameters.reissueMicros].map((issued) =>
            d.addProof(NOW, pair(issued)),
          ),
        ),
      ).toEqual(['accept convicted', 'ignore banned', 'ignore banned', 'accept convicted']);
    },
  },
  {
    name: 'memory is bounded: when full a new identity is refused and a known one goes on',
    run(make) {
      const d = make();
      for (let n = 1; n <= 8; n++) d.add(NOW, descriptor(n));
      const ninth = proofOf(descriptor(10), descriptor(10, { addresses: [] }));
      const renewed = descriptor(1, { sequence: 2, issuedAt: at(HOUR) });
      expect(
        codes([d.add(NOW, descriptor(9)), d.addProof(NOW, ninth), d.add(at(HOUR), renewed)]),
      ).toEqual(['ignore full', 'ignore full', 'accept replaced']);
      expect(d.size).toBe(8);
      const free = at(parameters.descriptorLifeMicros);
      expect(codes([d.add(free, descriptor(9, { issuedAt: free }))])).toEqual(['accept new']);
    },
  },
  {
    name: 'the snapshot has one order whatever came first, and makes an equal directory',
    run(make) {
      const one = make();
      const two = make();
      for (const n of [1, 2, 3, 4]) one.add(NOW, descriptor(n));
      for (const n of [4, 2, 3, 1]) two.add(NOW, descriptor(n));
      expect(two.snapshot(NOW)).toEqual(one.snapshot(NOW));
      const third = make();
      for (const bytes of one.snapshot(NOW)) third.receive(NOW, bytes);
      expect(third.snapshot(NOW)).toEqual(one.snapshot(NOW));
    },
  },
];
