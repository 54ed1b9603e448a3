import { concat, toUtf8 } from '@sotto/wire';
import { type ComplianceCase, expectBytes, hex } from './check.ts';

// RFC 7693 appendix A, and the reference vectors of BLAKE2b (blake2b-kat, unkeyed 0 and keyed 0, 255).
const abc =
  'ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923';
const empty =
  '786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce';
const keyedEmpty =
  '10ebb67700b1868efb4417987acf4690ae9d972fb7a590c2f02871799aaa4786b5e996e8f0f4eb981fc214b005f42d2ff4233499391653df7aefcbc13fc51568';
const keyed255 =
  '142709d62e28fcccd0af97fad0f8465b971e82201dc51070faa0372aa43e92484be1c1e73ba10906d5d1853db6a4106e0a7bf9800d373d6dee2d46d62ef2a461';
const selfTest = 'c23a7800d98123bd10f506c61e29da5603d763b8bbad2e737f5e765a7bccd475';

const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i);

// RFC 7693 appendix E: the deterministic sequence that the self-test feeds to the hash.
function sequence(length: number, seed: number): Uint8Array {
  let a = Math.imul(0xdead4bad, seed);
  let b = 1;
  return Uint8Array.from({ length }, () => {
    const sum = (a + b) | 0;
    a = b;
    b = sum;
    return (sum >>> 24) & 255;
  });
}

/** BLAKE2b, RFC 7693. */
export const hashCases: readonly ComplianceCase[] = [
  {
    name: 'blake2b: RFC 7693 appendix A, and no message',
    run(suite) {
      const out = new Uint8Array(64);
      suite.blake2b(out, toUtf8('abc'));
      expectBytes('abc', out, hex(abc));
      suite.blake2b(out, new Uint8Array());
      expectBytes('no message', out, hex(empty));
    },
  },
  {
    name: 'blake2b: keyed reference vectors, 0 and 255 bytes',
    run(suite) {
      const out = new Uint8Array(64);
      suite.blake2b(out, new Uint8Array(), counting(64));
      expectBytes('no message', out, hex(keyedEmpty));
      suite.blake2b(out, counting(255), counting(64));
      expectBytes('255 bytes', out, hex(keyed255));
    },
  },
  {
    name: 'blake2b: RFC 7693 appendix E, the self-test of 4 output and 6 input lengths',
    run(suite) {
      const parts: Uint8Array[] = [];
      for (const outLength of [20, 32, 48, 64]) {
        for (const inLength of [0, 3, 128, 129, 255, 1024]) {
          const message = sequence(inLength, inLength);
          for (const key of [undefined, sequence(outLength, outLength)]) {
            const out = new Uint8Array(outLength);
            suite.blake2b(out, message, key);
            parts.push(out);
          }
        }
      }
      const out = new Uint8Array(32);
      suite.blake2b(out, concat(...parts));
      expectBytes('hash of all', out, hex(selfTest));
    },
  },
  {
    name: 'blake2b: the length of the output and of the key are part of the hash',
    run(suite) {
      const long = new Uint8Array(32);
      const short = new Uint8Array(16);
      const padded = new Uint8Array(32);
      suite.blake2b(long, counting(40), counting(16));
      suite.blake2b(short, counting(40), counting(16));
      suite.blake2b(padded, counting(40), Uint8Array.of(...counting(16), 0));
      // From the BLAKE2b of the Python standard library.
      expectBytes(
        '32 bytes',
        long,
        hex('e5e40ab380b4c2f7d6115d08266a10bf9360221e498aa5919849b81da6fd1e0b'),
      );
      expectBytes('16 bytes', short, hex('754b8c1fe49c9edc93d35ab698ddd1a1'));
      expectBytes(
        'a key of 17',
        padded,
        hex('2c7c566e84efbf05be48abe63d094e471b0c3e7245daa48c0fe934163c42ebf0'),
      );
    },
  },
];
