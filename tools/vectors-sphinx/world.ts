import { type PacketFormat, SUITE_1 } from '@sotto/sphinx';
import { type CryptoSuite, KEM_PUBLIC_BYTES, KEM_SECRET_BYTES } from '@sotto/suite';
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
  readonly format: PacketFormat;

  constructor(suite: CryptoSuite, subject: string, format: PacketFormat = SUITE_1) {
    this.suite = suite;
    this.format = format;
    this.seed = `${SEED}: ${subject}`;
    this.rng = new SeededRng(suite, this.seed);
    for (let i = 0; i < NODES; i++) this.nodes.push(this.#node());
  }

  /** The same nodes with empty filters: a case does not know of the one before. */
  network(): VectorNetwork {
    return new VectorNetwork(this.suite, this, this.format);
  }

  /** The head and the cases of a file. */
  file<Case>(spec: string, what: string, cases: readonly Case[]): VectorFile<Case> {
    const { seed, epoch, nodes } = this;
    return { wireVersion: this.format.version, spec, what, seed, epoch, nodes, cases };
  }

  /** Fresh bytes of the stream, in hexadecimal. */
  hex(length: number): string {
    return toHex(randomBytes(this.rng, length));
  }

  /** A path that ends at node `last`, of distinct nodes. */
  pathTo(last: number, length: number, terminal: TerminalShape): PathShape {
    const all = Array.from({ length: NODES }, (_, i) => i).filter((node) => node !== last);
    return this.path([...shuffle(this.rng, all).slice(0, length - 1), last], terminal);
  }

  /** A path of distinct nodes drawn from the stream, or the one given; the sub-hop at `at`, or drawn. */
  path(length: number | readonly number[], terminal: TerminalShape, at?: number): PathShape {
    const all = shuffle(
      this.rng,
      Array.from({ length: NODES }, (_, i) => i),
    );
    const path = typeof length === 'number' ? all.slice(0, length) : [...length];
    const delayClass = below(this.rng, 2) === 0 ? 'fast' : 'slow';
    const random = this.hex(32);
    if (!this.format.hasSubHop) return { random, path, delayClass, terminal };
    const subHop = at ?? below(this.rng, path.length);
    return { random, path, subHop, delayClass, terminal };
  }

  #node(): NodeShape {
    const secret = randomBytes(this.rng, 32);
    const publicKey = new Uint8Array(32);
    this.suite.x25519Base(publicKey, secret);
    const node = { name: this.hex(16), secret: toHex(secret), public: toHex(publicKey) };
    if (!this.format.hasSubHop) return node;
    const kemSeed = randomBytes(this.rng, 64);
    const kemPublic = new Uint8Array(KEM_PUBLIC_BYTES);
    this.suite.kemKeypair(kemPublic, new Uint8Array(KEM_SECRET_BYTES), kemSeed);
    return { ...node, kemSeed: toHex(kemSeed), kemPublic: toHex(kemPublic) };
  }
}
