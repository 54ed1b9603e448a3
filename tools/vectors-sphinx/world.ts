import type { CryptoSuite } from '@sotto/suite';
import { SeededRng } from '@sotto/suite/testing';
import { below, randomBytes, shuffle, toHex } from '@sotto/wire';
import type {
  NodeShape,
  PathShape,
  TerminalShape,
  VectorFile,
} from '../../packages/protocol/sphinx/test/vectors/shapes.ts';
import { VectorNetwork } from '../../packages/protocol/sphinx/test/vectors/journey.ts';

/** The published seed; each file's stream is of this and the file's subject. */
const SEED = 'sotto vectors 1';
const NODES = 8;
/** Above 255, so that the packet's byte and the full number differ. */
const EPOCH = 0x0123;

/** Nodes and randomness of one vector file. */
export class World {
  readonly suite: CryptoSuite;
  readonly rng: SeededRng;
  readonly seed: string;
  readonly nodes: NodeShape[] = [];
  readonly epoch: number = EPOCH;

  constructor(suite: CryptoSuite, subject: string) {
    this.suite = suite;
    this.seed = `${SEED}: ${subject}`;
    this.rng = new SeededRng(suite, this.seed);
    for (let i = 0; i < NODES; i++) this.nodes.push(this.#node());
  }

  /** The same nodes with empty filters: a case does not know of the one before. */
  network(): VectorNetwork {
    return new VectorNetwork(this.suite, this);
  }

  /** The head and the cases of a file. */
  file<Case>(spec: string, what: string, cases: readonly Case[]): VectorFile<Case> {
    const { seed, epoch, nodes } = this;
    return { wireVersion: 17, spec, what, seed, epoch, nodes, cases };
  }

  /** Fresh bytes of the stream, in hexadecimal. */
  hex(length: number): string {
    return toHex(randomBytes(this.rng, length));
  }

  /** A path of distinct nodes drawn from the stream, or the one given. */
  path(length: number | readonly number[], terminal: TerminalShape): PathShape {
    const all = shuffle(
      this.rng,
      Array.from({ length: NODES }, (_, i) => i),
    );
    const path = typeof length === 'number' ? all.slice(0, length) : [...length];
    const delayClass = below(this.rng, 2) === 0 ? 'fast' : 'slow';
    return { random: this.hex(32), path, delayClass, terminal };
  }

  #node(): NodeShape {
    const secret = randomBytes(this.rng, 32);
    const publicKey = new Uint8Array(32);
    this.suite.x25519Base(publicKey, secret);
    return { name: this.hex(16), secret: toHex(secret), public: toHex(publicKey) };
  }
}
