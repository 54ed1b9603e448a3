import {
  type AcceptedKey,
  Builder,
  decodeSurb,
  type Delivered,
  encodeEmbeddedSurb,
  encodeSurb,
  kemKeyHash,
  type KeyFor,
  type PacketFormat,
  type Peeled,
  Peeler,
  type PeelReason,
  SUITE_1,
  type SubHopKey,
  type SurbRecord,
  type SurbTerminal,
  type Terminal,
  type TagFilter,
} from '@sotto/sphinx';
import { type CryptoSuite, KEM_PUBLIC_BYTES, KEM_SECRET_BYTES } from '@sotto/suite';
import { fromHex, type Result, toHex } from '@sotto/wire';
import { layersOf, packetOfBlock } from '../../../../../tools/vectors-sphinx/reading.ts';
import type {
  AttemptShape,
  DeliveredShape,
  EndShape,
  ForwardCase,
  JourneyShape,
  LayerShape,
  LinkShape,
  NodeShape,
  PathShape,
  ReplyShape,
  RunShape,
  TerminalShape,
} from './shapes.ts';

/** Bytes of a vector's text. @throws TypeError when it is no hexadecimal. */
export function bytes(text: string | undefined): Uint8Array {
  const read = text === undefined ? undefined : fromHex(text);
  if (read === undefined) throw new TypeError(`"text" expected hexadecimal, got ${text}`);
  return read;
}

/** A filter that shows what it holds. */
class Tags implements TagFilter {
  readonly held: string[] = [];

  addIfNew(tag: Uint8Array): boolean {
    const key = toHex(tag);
    if (this.held.includes(key)) return false;
    this.held.push(key);
    return true;
  }
}

type Outcome = Result<Peeled, { readonly code: PeelReason }>;

/** What a node does with bytes. */
type Attempt = Result<unknown, { readonly code: string }>;

/** The nodes of one vector file with empty filters, over one backend. */
export class VectorNetwork {
  readonly #suite: CryptoSuite;
  readonly #format: PacketFormat;
  readonly #nodes: readonly NodeShape[];
  readonly #epoch: number;
  /** One a node and epoch. */
  readonly #filters = new Map<string, Tags>();
  readonly #peeler: Peeler;

  constructor(
    suite: CryptoSuite,
    file: { readonly nodes: readonly NodeShape[]; readonly epoch: number },
    format: PacketFormat = SUITE_1,
  ) {
    this.#suite = suite;
    this.#format = format;
    this.#nodes = file.nodes;
    this.#epoch = file.epoch;
    this.#peeler = new Peeler(suite, format);
  }

  /** Builds a packet from the 32 bytes that stand in the vector. */
  forward(path: PathShape, body: string): string {
    const packet = this.#builder(path.random).forward({
      ...this.#path(path),
      terminal: terminalOf(path.terminal, this.#format),
      body: bytes(body),
    });
    return toHex(packet);
  }

  /** Builds a reply block in the same way. */
  reply(path: PathShape): ReplyShape {
    const made = this.#builder(path.random).surb({
      ...this.#path(path),
      terminal: terminalOf(path.terminal, this.#format) as SurbTerminal,
    });
    return {
      ...givenOf(path),
      surb: toHex(encodeSurb(made.surb, this.#format)),
      embedded: toHex(encodeEmbeddedSurb(made.surb, this.#format)),
      record: {
        name: toHex(made.record.name),
        hopKeys: made.record.hopKeys.map(toHex),
        bodySeed: toHex(made.record.bodySeed),
      },
    };
  }

  /** Builds a packet and carries it to its end. */
  send(path: PathShape, body: string): ForwardCase {
    const packet = this.forward(path, body);
    return { ...givenOf(path), body, ...this.#carry(path.path[0] ?? 0, packet) };
  }

  /** Lets a node run a reply block and carries what comes out to its end. */
  run(node: number, embedded: string, log: string, body: string): RunShape {
    const { outcome, tags } = this.#watch(node, () =>
      this.#peeler.runSurb(bytes(embedded), bytes(log), bytes(body), this.#keyFor(node)),
    );
    if (!outcome.ok) throw new Error(`node ${node} refused: ${outcome.error.code}`);
    const peeled = outcome.value;
    const packet = packetOfBlock(this.#format.suite, bytes(embedded), bytes(log), bytes(body));
    const layers = this.#layers(node, packet, 'inner');
    const start = { node, embedded, log, body, layers, tags };
    if (peeled.kind !== 'transmit') return { ...start, links: [], end: endOf(peeled) };
    const { delayClass, half } = peeled;
    const next = this.#indexOf(peeled.next);
    return { ...start, delayClass, half, ...this.#carry(next, toHex(peeled.packet)) };
  }

  /** The verdict. */
  attempt(given: AttemptShape): string {
    const outcome = this.#attempt(given);
    return outcome.ok ? 'ok' : outcome.error.code;
  }

  #attempt(given: AttemptShape): Attempt {
    if (given.surb !== undefined) return decodeSurb(bytes(given.surb), this.#format);
    const keyFor = this.#keyFor(given.node ?? 0, given.accepts, given.hasSubHopKey);
    return given.packet === undefined
      ? this.#peeler.runSurb(bytes(given.embedded), bytes(given.log), bytes(given.body), keyFor)
      : this.#peeler.peel(bytes(given.packet), keyFor);
  }

  #carry(first: number, start: string): JourneyShape {
    const links: LinkShape[] = [];
    let node = first;
    let packet = start;
    for (;;) {
      const { outcome, tags } = this.#watch(node, () =>
        this.#peeler.peel(bytes(packet), this.#keyFor(node)),
      );
      const layers = this.#layers(node, bytes(packet), 'outer');
      if (!outcome.ok) throw new Error(`node ${node} refused: ${outcome.error.code}`);
      const peeled = outcome.value;
      if (peeled.kind !== 'transmit') {
        links.push({ node, packet, layers, tags });
        return { links, end: endOf(peeled) };
      }
      const { delayClass, half } = peeled;
      links.push({ node, packet, layers, tags, delayClass, half });
      node = this.#indexOf(peeled.next);
      packet = toHex(peeled.packet);
    }
  }

  #layers(node: number, packet: Uint8Array, decode: 'outer' | 'inner'): readonly LayerShape[] {
    const { suite } = this.#format;
    return layersOf(this.#suite, suite, this.#node(node), this.#epoch, packet, decode);
  }

  #watch(node: number, act: () => Outcome): { outcome: Outcome; tags: string[] } {
    const { held } = this.#filter(node, this.#epoch);
    const before = held.length;
    const outcome = act();
    return { outcome, tags: held.slice(before) };
  }

  #filter(node: number, epoch: number): Tags {
    const key = `${node} ${epoch}`;
    const filter = this.#filters.get(key) ?? new Tags();
    this.#filters.set(key, filter);
    return filter;
  }

  #keyFor(index: number, accepts: readonly number[] = [this.#epoch], hasSubHopKey = true): KeyFor {
    const node = this.#node(index);
    const { kemSeed } = node;
    const subHop =
      kemSeed === undefined || !hasSubHopKey ? {} : { subHop: this.#subHopKey(bytes(kemSeed)) };
    return (byte) => {
      const epoch = accepts.find((each) => each % 256 === byte);
      if (epoch === undefined) return undefined;
      const accepted: AcceptedKey = {
        key: {
          secret: bytes(node.secret),
          public: bytes(node.public),
          epoch,
          nodeName: bytes(node.name),
          ...subHop,
        },
        filter: this.#filter(index, epoch),
      };
      return accepted;
    };
  }

  #subHopKey(seed: Uint8Array): SubHopKey {
    const publicKey = new Uint8Array(KEM_PUBLIC_BYTES);
    const secret = new Uint8Array(KEM_SECRET_BYTES);
    this.#suite.kemKeypair(publicKey, secret, seed);
    return { secret, publicHash: kemKeyHash(this.#suite, publicKey) };
  }

  #builder(random: string): Builder {
    return new Builder(this.#suite, { fill: (out) => out.set(bytes(random)) }, this.#format);
  }

  #path(path: PathShape) {
    return {
      hops: path.path.map((index, i) => {
        const node = this.#node(index);
        const hop = { name: bytes(node.name), routingKey: bytes(node.public) };
        return i === path.subHop ? { ...hop, kemKey: bytes(node.kemPublic) } : hop;
      }),
      epoch: this.#epoch,
      delayClass: path.delayClass === 'slow' ? ('slow' as const) : ('fast' as const),
    };
  }

  #node(index: number): NodeShape {
    const node = this.#nodes[index];
    if (node === undefined) throw new RangeError(`"index" expected a node, got ${index}`);
    return node;
  }

  #indexOf(name: Uint8Array): number {
    return this.#nodes.findIndex((node) => node.name === toHex(name));
  }
}

/** What the builder was given. */
function givenOf(path: PathShape): PathShape {
  const { random, path: nodes, subHop, delayClass, terminal } = path;
  return { random, path: nodes, ...(subHop === undefined ? {} : { subHop }), delayClass, terminal };
}

function terminalOf(shape: TerminalShape, format: PacketFormat): Terminal {
  switch (shape.kind) {
    case 'deliver':
      return { kind: 'deliver', box: bytes(shape.box) };
    case 'drop':
      return { kind: 'drop' };
    case 'arrive':
      return { kind: 'arrive', service: shape.service ?? 0 };
    case 'contact':
      return { kind: 'contact', box: bytes(shape.box), credential: bytes(shape.credential) };
    case 'greet':
      return {
        kind: 'greet',
        box: bytes(shape.box),
        token: bytes(shape.token),
        proof: bytes(shape.proof),
      };
    case 'cross': {
      const surb = decodeSurb(bytes(shape.surb), format);
      if (!surb.ok) throw new Error(surb.error.code);
      return { kind: 'cross', surb: surb.value };
    }
    default:
      throw new RangeError(`"kind" expected a terminal, got ${shape.kind}`);
  }
}

function endOf(peeled: Exclude<Peeled, { kind: 'transmit' }>): EndShape {
  switch (peeled.kind) {
    case 'deliver':
      return {
        kind: 'deliver',
        half: peeled.half,
        box: toHex(peeled.box),
        ...shapeOf(peeled.delivered),
      };
    case 'drop':
      return { kind: 'drop', half: peeled.half };
    case 'arrive':
      return { kind: 'arrive', service: peeled.service, body: toHex(peeled.body) };
    case 'contact':
      return {
        kind: 'contact',
        box: toHex(peeled.box),
        credential: toHex(peeled.credential),
        body: toHex(peeled.body),
      };
    case 'greet':
      return {
        kind: 'greet',
        box: toHex(peeled.box),
        token: toHex(peeled.token),
        proof: toHex(peeled.proof),
        body: toHex(peeled.body),
      };
  }
}

/** In hexadecimal. */
export const shapeOf = (delivered: Delivered): DeliveredShape => ({
  name: toHex(delivered.name),
  log: toHex(delivered.log),
  body: toHex(delivered.body),
});

/** What a DELIVER handed over. */
export const deliveredOf = (end: EndShape | DeliveredShape): Delivered => ({
  name: bytes(end.name),
  log: bytes(end.log),
  body: bytes(end.body),
});

/** What the maker of a reply block kept. */
export const recordOf = (reply: ReplyShape): SurbRecord => ({
  name: bytes(reply.record.name),
  hopKeys: reply.record.hopKeys.map(bytes),
  bodySeed: bytes(reply.record.bodySeed),
});
