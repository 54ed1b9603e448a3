import type { CryptoSuite } from '../suite.ts';
import { type ComplianceCase, embedded, expectBytes, expectOutcome, pattern } from './check.ts';

interface Call {
  readonly name: string;
  /** Lengths of the outputs and of the inputs. */
  readonly outputs: readonly number[];
  readonly inputs: readonly Uint8Array[];
  readonly call: (
    suite: CryptoSuite,
    outputs: readonly Uint8Array[],
    inputs: readonly Uint8Array[],
  ) => void;
}

const none = new Uint8Array();
const at = (list: readonly Uint8Array[], index: number): Uint8Array => list[index] ?? none;

/** Every method, with inputs that it accepts: those of one may be the outputs of another. */
function calls(suite: CryptoSuite): readonly Call[] {
  const key = pattern(32, 1);
  const nonce = pattern(12, 2);
  const message = pattern(333, 3);
  const sealed = new Uint8Array(333 + 16);
  suite.aeadSeal(sealed, message, key, key, nonce);
  const publicKey = new Uint8Array(32);
  const secretKey = new Uint8Array(64);
  const signature = new Uint8Array(64);
  suite.signingKeypair(publicKey, secretKey, key);
  suite.sign(signature, message, secretKey);
  const kemPublic = new Uint8Array(1184);
  const kemSecret = new Uint8Array(2400);
  const ciphertext = new Uint8Array(1088);
  suite.kemKeypair(kemPublic, kemSecret, pattern(64, 4));
  suite.kemEncapsulate(ciphertext, new Uint8Array(32), kemPublic, key);
  return [
    {
      name: 'x25519',
      outputs: [32],
      inputs: [key, pattern(32, 5)],
      call: (s, o, i) => void s.x25519(at(o, 0), at(i, 0), at(i, 1)),
    },
    {
      name: 'x25519Base',
      outputs: [32],
      inputs: [key],
      call: (s, o, i) => s.x25519Base(at(o, 0), at(i, 0)),
    },
    {
      name: 'blake2b',
      outputs: [29],
      inputs: [message, key],
      call: (s, o, i) => s.blake2b(at(o, 0), at(i, 0), at(i, 1)),
    },
    {
      name: 'chacha20Stream',
      outputs: [333],
      inputs: [key, nonce],
      call: (s, o, i) => s.chacha20Stream(at(o, 0), at(i, 0), at(i, 1)),
    },
    {
      name: 'chacha20Xor',
      outputs: [333],
      inputs: [message, key, nonce],
      call: (s, o, i) => s.chacha20Xor(at(o, 0), at(i, 0), at(i, 1), at(i, 2)),
    },
    {
      name: 'poly1305',
      outputs: [16],
      inputs: [message, key],
      call: (s, o, i) => s.poly1305(at(o, 0), at(i, 0), at(i, 1)),
    },
    {
      name: 'aeadSeal',
      outputs: [349],
      inputs: [message, key, key, nonce],
      call: (s, o, i) => s.aeadSeal(at(o, 0), at(i, 0), at(i, 1), at(i, 2), at(i, 3)),
    },
    {
      name: 'aeadOpen',
      outputs: [333],
      inputs: [sealed, key, key, nonce],
      call: (s, o, i) => {
        expectOutcome(
          'aeadOpen',
          s.aeadOpen(at(o, 0), at(i, 0), at(i, 1), at(i, 2), at(i, 3)),
          true,
        );
      },
    },
    {
      name: 'signingKeypair',
      outputs: [32, 64],
      inputs: [key],
      call: (s, o, i) => s.signingKeypair(at(o, 0), at(o, 1), at(i, 0)),
    },
    {
      name: 'sign',
      outputs: [64],
      inputs: [message, secretKey],
      call: (s, o, i) => s.sign(at(o, 0), at(i, 0), at(i, 1)),
    },
    {
      name: 'verify',
      outputs: [],
      inputs: [signature, message, publicKey],
      call: (s, _, i) => expectOutcome('verify', s.verify(at(i, 0), at(i, 1), at(i, 2)), true),
    },
    {
      name: 'kemKeypair',
      outputs: [1184, 2400],
      inputs: [pattern(64, 4)],
      call: (s, o, i) => s.kemKeypair(at(o, 0), at(o, 1), at(i, 0)),
    },
    {
      name: 'kemEncapsulate',
      outputs: [1088, 32],
      inputs: [kemPublic, key],
      call: (s, o, i) => void s.kemEncapsulate(at(o, 0), at(o, 1), at(i, 0), at(i, 1)),
    },
    {
      name: 'kemDecapsulate',
      outputs: [32],
      inputs: [ciphertext, kemSecret],
      call: (s, o, i) => void s.kemDecapsulate(at(o, 0), at(i, 0), at(i, 1)),
    },
  ];
}

/** Where the bytes lie in memory must not matter, and nothing around them may change. */
export const viewCases: readonly ComplianceCase[] = [
  {
    name: 'views: off every boundary, results are the same, inputs and neighbouring bytes unchanged',
    run(suite) {
      for (const { name, outputs, inputs, call } of calls(suite)) {
        const expected = outputs.map((length) => new Uint8Array(length));
        call(suite, expected, inputs);
        for (const offset of [1, 2, 3, 13]) {
          const out = outputs.map((length) => embedded(pattern(length, 9), offset));
          const given = inputs.map((input, i) => embedded(input, offset + i));
          call(
            suite,
            out.map(({ view }) => view),
            given.map(({ view }) => view),
          );
          for (const [i, { view, intact }] of out.entries()) {
            expectBytes(`${name} at ${offset}: output ${i}`, view, at(expected, i));
            expectOutcome(`${name} at ${offset}: kept inside output ${i}`, intact(), true);
          }
          for (const [i, { view, intact }] of given.entries()) {
            expectBytes(`${name} at ${offset}: input ${i}`, view, at(inputs, i));
            expectOutcome(`${name} at ${offset}: kept around input ${i}`, intact(), true);
          }
        }
      }
    },
  },
];
