import {
  type CryptoSuite,
  KEM_CIPHERTEXT_BYTES,
  KEM_PUBLIC_BYTES,
  KEM_SECRET_BYTES,
  KEM_SEED_BYTES,
  KEY_BYTES,
} from '@sotto/suite';
import { ByteReader, ByteWriter, concat, isZero, randomBytes, type Rng, wipe } from '@sotto/wire';
import { MAX_PIECES, PIECE_BYTES, PieceCollector, Pieces } from './erasure.ts';
import { labelled } from './key-schedule.ts';

/** What a run of pieces is of; 0 is padding. */
const KIND = { key: 1, ciphertext: 2 } as const;
/** Kind u8 ‖ exchange u8 ‖ index of the first piece u8 ‖ count u8. */
const RUN_HEAD_BYTES = 4;

/**
 * Where one side stands. The _giver_ makes a key pair, the _taker_ encapsulates to it; the giver,
 * who is the last to learn the secret, puts it into the root and the roles change (Spec 09 §6.7).
 */
type Stage =
  /** Giver, before it has drawn its key pair. */
  | { readonly kind: 'resting' }
  | { readonly kind: 'giving'; readonly seed: Uint8Array; readonly ciphertext: PieceCollector }
  /** Giver, with the secret: it goes into the root with the next ratchet key of our own. */
  | { readonly kind: 'ready'; readonly secret: Uint8Array }
  | { readonly kind: 'taking'; readonly key: PieceCollector }
  /** Taker, until the giver is seen to have put the secret into the root. */
  | { readonly kind: 'answering'; readonly ciphertext: Uint8Array; readonly secret: Uint8Array };

const KINDS = ['resting', 'giving', 'ready', 'taking', 'answering'] as const;

/** The KEM ratchet of one session: one exchange after another, in the padding of messages. */
export class KemExchange {
  readonly #suite: CryptoSuite;
  readonly #sessionId: Uint8Array;
  #stage: Stage;
  /** Next piece to send of what this stage sends. */
  #cursor = 0;
  /** What this stage sends, cut; made when it is first needed. */
  #pieces: Pieces | undefined;

  /** @param giver - whether this side makes the first key pair: the one who answered the invite's first message. */
  constructor(suite: CryptoSuite, sessionId: Uint8Array, giver: boolean) {
    this.#suite = suite;
    this.#sessionId = sessionId;
    this.#stage = giver ? { kind: 'resting' } : taking();
  }

  /** The secret that the next ratchet key of our own must bring along; undefined when there is none. */
  get toBring(): Uint8Array | undefined {
    return this.#stage.kind === 'ready' ? this.#stage.secret : undefined;
  }

  /** The secret that the peer may bring along with its next ratchet key; undefined when there is none. */
  get toExpect(): Uint8Array | undefined {
    return this.#stage.kind === 'answering' ? this.#stage.secret : undefined;
  }

  /** The secret is in the root: it is erased, and the roles change. */
  settled(): void {
    const { kind } = this.#stage;
    this.#become(kind === 'answering' ? { kind: 'resting' } : taking());
  }

  /**
   * What goes into `room` free bytes of a message; empty when nothing fits or nothing is to be said.
   *
   * @param exchange - its number: secrets in the root so far, modulo 256.
   */
  fill(rng: Rng, room: number, exchange: number): Uint8Array {
    const most = Math.floor((room - RUN_HEAD_BYTES) / PIECE_BYTES);
    if (most < 1) return new Uint8Array(0);
    if (this.#stage.kind === 'resting') {
      const seed = randomBytes(rng, KEM_SEED_BYTES);
      this.#become({
        kind: 'giving',
        seed,
        ciphertext: new PieceCollector(KEM_CIPHERTEXT_BYTES),
      });
    }
    if (this.#stage.kind === 'taking' && this.#stage.key.complete) {
      this.#encapsulate(rng, this.#stage.key.value(), exchange);
    }
    return this.#run(most, exchange);
  }

  /**
   * Takes what stood in a message's free bytes.
   *
   * @returns false when it is neither pieces nor zeros. What is of another exchange changes nothing.
   */
  take(filling: Uint8Array, exchange: number): boolean {
    const reader = new ByteReader(filling);
    if (reader.remaining === 0 || filling[0] === 0) return isZero(filling);
    const kind = reader.u8();
    const number = reader.u8();
    const first = reader.u8();
    const count = reader.u8();
    const pieces = Array.from({ length: count }, () => reader.take(PIECE_BYTES));
    const known = kind === KIND.key || kind === KIND.ciphertext;
    const inRange = count > 0 && first + count <= MAX_PIECES;
    if (!known || !inRange || !reader.ok || !isZero(reader.rest())) return false;
    const collector = this.#collectorOf(kind);
    if (number !== exchange || collector === undefined) return true;
    for (const [i, piece] of pieces.entries()) collector.add(first + i, piece);
    const { kind: stage } = this.#stage;
    if (stage === 'giving' && collector.complete) this.#decapsulate(collector.value(), exchange);
    return true;
  }

  /** Stage u8 ‖ cursor u8 ‖ the secret of the stage ‖ pieces: count u8 ‖ count × (index u8 ‖ 16). */
  export(): Uint8Array {
    const stage = this.#stage;
    const head = Uint8Array.of(KINDS.indexOf(stage.kind), this.#cursor);
    switch (stage.kind) {
      case 'resting':
        return head;
      case 'giving':
        return concat(head, stage.seed, exportPieces(stage.ciphertext));
      case 'ready':
        return concat(head, stage.secret);
      case 'taking':
        return concat(head, exportPieces(stage.key));
      case 'answering':
        return concat(head, stage.ciphertext, stage.secret);
    }
  }

  /** Reads what {@link KemExchange.export} wrote; marks the reader refused when it is not that. */
  static read(suite: CryptoSuite, sessionId: Uint8Array, reader: ByteReader): KemExchange {
    const exchange = new KemExchange(suite, sessionId, true);
    const kind = KINDS[reader.u8()];
    const cursor = reader.u8();
    if (kind === undefined || cursor >= MAX_PIECES) reader.refuse();
    if (kind !== undefined) exchange.#become(readStage(kind, reader));
    exchange.#cursor = cursor;
    return exchange;
  }

  /** Overwrites its secrets. */
  wipe(): void {
    this.#become({ kind: 'resting' });
  }

  #become(stage: Stage): void {
    const before = this.#stage;
    if (before.kind === 'giving') wipe(before.seed);
    if (before.kind === 'ready' || before.kind === 'answering') wipe(before.secret);
    this.#stage = stage;
    this.#cursor = 0;
    this.#pieces = undefined;
  }

  #collectorOf(kind: number): PieceCollector | undefined {
    if (this.#stage.kind === 'giving' && kind === KIND.ciphertext) return this.#stage.ciphertext;
    return this.#stage.kind === 'taking' && kind === KIND.key ? this.#stage.key : undefined;
  }

  /** The next pieces in turn: whoever has enough of any of them has the value. */
  #run(most: number, exchange: number): Uint8Array {
    const stage = this.#stage;
    if (stage.kind !== 'giving' && stage.kind !== 'answering') return new Uint8Array(0);
    this.#pieces ??= new Pieces(
      stage.kind === 'giving' ? this.#publicKey(stage.seed) : stage.ciphertext,
    );
    const first = this.#cursor;
    const count = Math.min(most, MAX_PIECES - first);
    const writer = new ByteWriter(RUN_HEAD_BYTES + count * PIECE_BYTES)
      .u8(stage.kind === 'giving' ? KIND.key : KIND.ciphertext)
      .u8(exchange)
      .u8(first)
      .u8(count);
    for (let i = 0; i < count; i++) writer.put(this.#pieces.at(first + i));
    this.#cursor = (first + count) % MAX_PIECES;
    return writer.bytes;
  }

  #encapsulate(rng: Rng, key: Uint8Array, exchange: number): void {
    const coins = randomBytes(rng, KEY_BYTES);
    const ciphertext = new Uint8Array(KEM_CIPHERTEXT_BYTES);
    const shared = new Uint8Array(KEY_BYTES);
    const usable = this.#suite.kemEncapsulate(ciphertext, shared, key, coins);
    wipe(coins);
    // A key that fails the modulus check is the peer's own harm: it may send a better one.
    if (usable) {
      const secret = this.#secretOf(shared, key, ciphertext, exchange);
      this.#become({ kind: 'answering', ciphertext, secret });
    } else this.#become(taking());
    wipe(shared);
  }

  #decapsulate(ciphertext: Uint8Array, exchange: number): void {
    if (this.#stage.kind !== 'giving') return;
    const { publicKey, secretKey } = this.#keyPair(this.#stage.seed);
    const shared = new Uint8Array(KEY_BYTES);
    if (!this.#suite.kemDecapsulate(shared, ciphertext, secretKey)) {
      // The pair was made from its seed a moment ago: only a broken backend gets here.
      throw new TypeError('"suite" expected to take the ML-KEM key that it made');
    }
    wipe(secretKey);
    const secret = this.#secretOf(shared, publicKey, ciphertext, exchange);
    wipe(shared);
    this.#become({ kind: 'ready', secret });
  }

  #publicKey(seed: Uint8Array): Uint8Array {
    const { publicKey, secretKey } = this.#keyPair(seed);
    wipe(secretKey);
    return publicKey;
  }

  /** The caller wipes `secretKey`. */
  #keyPair(seed: Uint8Array): {
    readonly publicKey: Uint8Array;
    readonly secretKey: Uint8Array;
  } {
    const publicKey = new Uint8Array(KEM_PUBLIC_BYTES);
    const secretKey = new Uint8Array(KEM_SECRET_BYTES);
    this.#suite.kemKeypair(publicKey, secretKey, seed);
    return { publicKey, secretKey };
  }

  /** Key and ciphertext go in: ML-KEM's own binding of them is not relied on. */
  #secretOf(
    shared: Uint8Array,
    key: Uint8Array,
    ciphertext: Uint8Array,
    exchange: number,
  ): Uint8Array {
    const number = Uint8Array.of(exchange);
    const parts = [this.#sessionId, number, shared, key, ciphertext];
    return labelled(this.#suite, KEY_BYTES, 'kemStep', ...parts);
  }
}

const taking = (): Stage => ({ kind: 'taking', key: new PieceCollector(KEM_PUBLIC_BYTES) });

function exportPieces({ held }: PieceCollector): Uint8Array {
  const writer = new ByteWriter(1 + held.size * (1 + PIECE_BYTES)).u8(held.size);
  for (const [index, piece] of held) writer.u8(index).put(piece);
  return writer.bytes;
}

function readPieces(reader: ByteReader, length: number): PieceCollector {
  const collector = new PieceCollector(length);
  const count = reader.u8();
  for (let i = 0; i < count && reader.ok; i++) {
    const index = reader.u8();
    if (index >= MAX_PIECES) reader.refuse();
    collector.add(index, reader.take(PIECE_BYTES));
  }
  if (collector.held.size !== count) reader.refuse();
  return collector;
}

function readStage(kind: (typeof KINDS)[number], reader: ByteReader): Stage {
  switch (kind) {
    case 'resting':
      return { kind };
    case 'giving': {
      const seed = reader.take(KEM_SEED_BYTES);
      return { kind, seed, ciphertext: readPieces(reader, KEM_CIPHERTEXT_BYTES) };
    }
    case 'ready':
      return { kind, secret: reader.take(KEY_BYTES) };
    case 'taking':
      return { kind, key: readPieces(reader, KEM_PUBLIC_BYTES) };
    case 'answering': {
      const ciphertext = reader.take(KEM_CIPHERTEXT_BYTES);
      return { kind, ciphertext, secret: reader.take(KEY_BYTES) };
    }
  }
}
