import {
  type AcceptedKey,
  Builder,
  decodeSurb,
  type Delivered,
  encodeEmbeddedSurb,
  encodeSurb,
  type KeyFor,
  type Peeled,
  Peeler,
  type PeelReason,
  type SurbRecord,
  type SurbTerminal,
  type Terminal,
  type TagFilter,
} from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { fromHex, type Result, toHex } from '@sotto/wire';
import type {
  AttemptShape,
  DeliveredShape,
  EndShape,
  ForwardCase,
  JourneyShape,
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

/** The nodes of one vector file with empty filters, over one backend. */
export class VectorNetwork {
  readonly #suite: CryptoSuite;
  readonly #nodes: readonly NodeShape[];
  readonly #epoch: number;
  readonly #filters: readonly Tags[];
  readonly #peeler: Peeler;

  constructor(
    suite: CryptoSuite,
    file: { readonly nodes: readonly NodeShape[]; readonly epoch: number },
  ) {
    this.#suite = suite;
    this.#nodes = file.nodes;
    this.#epoch = file.epoch;
    this.#filters = file.nodes.map(() => new Tags());
    this.#peeler = new Peeler(suite);
  }

  /** Builds a packet from the 32 bytes that stand in the vector. */
  forward(path: PathShape, body: string): string {
    const packet = this.#builder(path.random).forward({
      ...this.#path(path),
      terminal: terminalOf(path.terminal),
      body: bytes(body),
    });
    return toHex(packet);
  }

  /** Builds a reply block in the same way. */
  reply(path: PathShape): ReplyShape {
    const { random, path: nodes, delayClass, terminal } = path;
    const made = this.#builder(random).surb({
      ...this.#path(path),
      terminal: terminalOf(terminal) as SurbTerminal,
    });
    return {
      random,
      path: nodes,
      delayClass,
      terminal,
      surb: toHex(encodeSurb(made.surb)),
      embedded: toHex(encodeEmbeddedSurb(made.surb)),
      record: {
        name: toHex(made.record.name),
        hopKeys: made.record.hopKeys.map(toHex),
        bodySeed: toHex(made.record.bodySeed),
      },
    };
  }

  /** Builds a packet and carries it to its end. */
  send(path: PathShape, body: string): ForwardCase {
    const { random, path: nodes, delayClass, terminal } = path;
    const packet = this.forward(path, body);
    const journey = this.#carry(nodes[0] ?? 0, packet);
    return { random, path: nodes, delayClass, terminal, body, ...journey };
  }

  /** Lets a node run a reply block and carries what comes out to its end. */
  run(node: number, embedded: string, log: string, body: string): RunShape {
    const { outcome, tags } = this.#watch(node, () =>
      this.#peeler.runSurb(bytes(embedded), bytes(log), bytes(body), this.#keyFor(node)),
    );
    if (!outcome.ok) throw new Error(`node ${node} refused: ${outcome.error.code}`);
    const peeled = outcome.value;
    const start = { node, embedded, log, body, tags };
    if (peeled.kind !== 'transmit') return { ...start, links: [], end: endOf(peeled) };
    const { delayClass, half } = peeled;
    const next = this.#indexOf(peeled.next);
    return { ...start, delayClass, half, ...this.#carry(next, toHex(peeled.packet)) };
  }

  /** The verdict of node 0. */
  attempt(given: AttemptShape): string {
    const outcome =
      given.packet === undefined
        ? this.#peeler.runSurb(
            bytes(given.embedded),
            bytes(given.log),
            bytes(given.body),
            this.#keyFor(0),
          )
        : this.#peeler.peel(bytes(given.packet), this.#keyFor(0));
    return outcome.ok ? 'ok' : outcome.error.code;
  }

  #carry(first: number, start: string): JourneyShape {
    const links: LinkShape[] = [];
    let node = first;
    let packet = start;
    for (;;) {
      const { outcome, tags } = this.#watch(node, () =>
        this.#peeler.peel(bytes(packet), this.#keyFor(node)),
      );
      if (!outcome.ok) throw new Error(`node ${node} refused: ${outcome.error.code}`);
      const peeled = outcome.value;
      if (peeled.kind !== 'transmit') {
        links.push({ node, packet, tags });
        return { links, end: endOf(peeled) };
      }
      const { delayClass, half } = peeled;
      links.push({ node, packet, tags, delayClass, half });
      node = this.#indexOf(peeled.next);
      packet = toHex(peeled.packet);
    }
  }

  #watch(node: number, act: () => Outcome): { outcome: Outcome; tags: string[] } {
    const held = this.#filters[node]?.held ?? [];
    const before = held.length;
    const outcome = act();
    return { outcome, tags: held.slice(before) };
  }

  #keyFor(index: number): KeyFor {
    const node = this.#node(index);
    const accepted: AcceptedKey = {
      key: {
        secret: bytes(node.secret),
        public: bytes(node.public),
        epoch: this.#epoch,
        nodeName: bytes(node.name),
      },
      filter: this.#filters[index] ?? new Tags(),
    };
    return (byte) => (byte === this.#epoch % 256 ? accepted : undefined);
  }

  #builder(random: string): Builder {
    return new Builder(this.#suite, { fill: (out) => out.set(bytes(random)) });
  }

  #path(path: PathShape) {
    return {
      hops: path.path.map((index) => {
        const node = this.#node(index);
        return { name: bytes(node.name), routingKey: bytes(node.public) };
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

function terminalOf(shape: TerminalShape): Terminal {
  switch (shape.kind) {
    case 'deliver':
      return { kind: 'deliver', box: bytes(shape.box) };
    case 'drop':
      return { kind: 'drop' };
    case 'arrive':
      return { kind: 'arrive', service: shape.service ?? 0 };
    case 'contact':
      return { kind: 'contact', box: bytes(shape.box), credential: bytes(shape.credential) };
    case 'cross': {
      const surb = decodeSurb(bytes(shape.surb));
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
