import { MESSAGE_ID_BYTES, Reassembly } from '@sotto/endpoint';
import {
  boxOf,
  credentialHash,
  type GreetingTerms,
  greetingToken,
  HINT_BYTES,
  MAX_PUZZLE_COST,
  MAX_STASH,
} from '@sotto/mailbox';
import {
  createPrekey,
  encodeAddress,
  type Identity,
  type Prekey,
  PREKEY_SECRET_BYTES,
  prekeyFromSecret,
} from '@sotto/ratchet';
import { NAME_BYTES } from '@sotto/sphinx';
import { type CryptoSuite, KEY_BYTES } from '@sotto/suite';
import {
  ByteReader,
  ByteWriter,
  fromHex,
  type Instant,
  randomBytes,
  type Rng,
  toHex,
} from '@sotto/wire';
import { bundleChunk, bundleSteps, INCOMPLETE_MICROS, type InviteStep } from './own-invite.ts';

/** People that an address lets in in one epoch at most: two epochs' reply blocks fit a box. */
export const MAX_PEOPLE_PER_EPOCH = 10;
/** Packets of a first message, each of which opens a reply block. */
const GREETING_PACKETS = 3;
/** Handshakes that one address may lead to, so that what names them stays bounded; then it is closed. */
export const MAX_HANDSHAKES = 1024;
/** Fragments of first messages that are kept until they are whole: as many as a stash holds blocks. */
const MAX_FRAGMENTS_KEPT = MAX_STASH;
/** First messages that may be incomplete at a time. */
const MAX_INCOMPLETE = 32;
const HANDSHAKE_ID_BYTES = 16;
const STATE_VERSION = 2;
/** Before the people of an epoch were counted. */
const UNCOUNTED_VERSION = 1;

interface AddressFields {
  readonly node: string;
  readonly boxSecret: Uint8Array;
  /** g of Spec 06 §5.6. */
  readonly key: Uint8Array;
  readonly hint: Uint8Array;
  readonly prekey: Prekey;
  /** Strangers that are let in in one epoch. */
  readonly people: number;
  /** Zero bits of a proof; 0 for none. */
  readonly cost: number;
}

/** An address of one's own: strangers may write by it until it is given up. */
export class OwnAddress {
  readonly id: string;
  readonly fields: AddressFields;
  /** What must still leave; a step is taken out while its packet waits for a slot. */
  steps: InviteStep[] = [];
  /** Steps under way, by the endpoint's number. */
  readonly underWay: Map<number, InviteStep> = new Map();
  readonly reassembly: Reassembly = new Reassembly({
    incomplete: MAX_INCOMPLETE,
    lifeMicros: INCOMPLETE_MICROS,
    remembered: 4 * MAX_INCOMPLETE,
  });
  /** Names of the handshakes that it has led to, hexadecimal: a first message counts once. */
  readonly handshakes: Set<string>;
  /** When the link may be shown; undefined before the first part has left, or once it was shown. */
  readyAt: Instant | undefined;
  shown: boolean;
  filledUpTo = -1;
  /** People who came in the epoch in which the last of them did. */
  came: { readonly epoch: number; readonly people: number } = { epoch: 0, people: 0 };
  /** Where fragments are stored, by message; oldest first. */
  readonly #fragmentKeys = new Map<string, string[]>();
  #fragments = 0;
  #lastFragment = 0;

  constructor(fields: AddressFields, shown: boolean, handshakes: Iterable<string> = []) {
    this.id = toHex(fields.hint);
    this.fields = fields;
    this.shown = shown;
    this.handshakes = new Set(handshakes);
  }

  /** Draws a new one. */
  static create(
    suite: CryptoSuite,
    rng: Rng,
    options: { readonly identity: Identity } & Pick<AddressFields, 'node' | 'people' | 'cost'>,
  ): OwnAddress {
    const { node, people, cost, identity } = options;
    const fields = {
      node,
      boxSecret: randomBytes(rng, KEY_BYTES),
      key: randomBytes(rng, KEY_BYTES),
      hint: randomBytes(rng, HINT_BYTES),
      prekey: createPrekey(suite, rng, identity),
      people,
      cost,
    };
    return new OwnAddress(fields, false);
  }

  /** Reply blocks that strangers open in one epoch. */
  get #perEpoch(): number {
    return this.fields.people * GREETING_PACKETS;
  }

  /** Epochs beyond the current one that are filled: with the one before, whose blocks are there until its grace is over, as many as fit. */
  ahead(horizonEpochs: number): number {
    return Math.min(Math.floor(MAX_STASH / this.#perEpoch) - 1, horizonEpochs - 1);
  }

  /** Somebody came by it. */
  meet(epoch: number, handshake: string): void {
    this.handshakes.add(handshake);
    this.came = { epoch, people: this.#cameIn(epoch) + 1 };
  }

  /** People who may still come in an epoch, as far as is known here: who tried in vain is not counted. */
  left(epoch: number): number {
    return Math.max(0, this.fields.people - this.#cameIn(epoch));
  }

  #cameIn(epoch: number): number {
    return this.came.epoch === epoch ? this.came.people : 0;
  }

  /** Plans what strangers need in an epoch, and the bundle, which the contact point may have lost. */
  planEpoch(epoch: number): void {
    if (epoch <= this.filledUpTo) return;
    this.filledUpTo = epoch;
    this.steps.push(...bundleSteps(this.fields.prekey));
    for (let left = this.#perEpoch; left > 0; left -= 3) {
      this.steps.push({ kind: 'stash', epoch, surbs: 3, grant: true });
    }
  }

  /** One chunk of the bundle. */
  chunk(index: number): Uint8Array {
    return bundleChunk(this.fields.prekey, index);
  }

  /** What the contact point is told of it. */
  terms(suite: CryptoSuite): GreetingTerms {
    const { key, hint, cost } = this.fields;
    const tokenHash = credentialHash(suite, greetingToken(suite, key));
    const price = cost === 0 ? {} : { cost };
    return { tokenHash, hint, perEpoch: this.#perEpoch, ...price };
  }

  /** The link. */
  link(suite: CryptoSuite, networkId: Uint8Array): string {
    const { node, boxSecret, key, prekey, cost } = this.fields;
    const contactPoint = fromHex(node) ?? new Uint8Array(NAME_BYTES);
    const box = boxOf(suite, boxSecret);
    const bundleHash = prekey.bundle.hash;
    return encodeAddress(suite, { networkId, contactPoint, box, key, bundleHash, cost });
  }

  /**
   * Notes where a fragment is stored, and makes room.
   *
   * @param key - of a stored one; undefined gives a new one its place.
   * @returns the place, and those to be deleted.
   */
  keepFragment(
    content: Uint8Array,
    key?: string,
  ): { readonly place: string; readonly gone: readonly string[] } {
    const message = toHex(content.subarray(0, MESSAGE_ID_BYTES));
    const place = key ?? `${this.id}/${(this.#lastFragment + 1).toString(16)}`;
    const number = Number.parseInt(place.slice(place.lastIndexOf('/') + 1), 16);
    this.#lastFragment = Math.max(this.#lastFragment, Number.isNaN(number) ? 0 : number);
    const places = this.#fragmentKeys.get(message) ?? [];
    places.push(place);
    this.#fragmentKeys.set(message, places);
    this.#fragments++;
    const gone: string[] = [];
    for (const oldest of this.#fragmentKeys.keys()) {
      if (this.#fragments <= MAX_FRAGMENTS_KEPT) break;
      gone.push(...this.#letGo(oldest));
    }
    return { place, gone };
  }

  /** A message is whole. @returns where its fragments were. */
  forgetFragments(content: Uint8Array): readonly string[] {
    return this.#letGo(toHex(content.subarray(0, MESSAGE_ID_BYTES)));
  }

  /** It is over. @returns where all fragments were. */
  forgetAll(): readonly string[] {
    return [...this.#fragmentKeys.keys()].flatMap((message) => this.#letGo(message));
  }

  #letGo(message: string): readonly string[] {
    const places = this.#fragmentKeys.get(message) ?? [];
    this.#fragmentKeys.delete(message);
    this.#fragments -= places.length;
    return places;
  }

  /** Last epoch of which everything has left. */
  get #leftUpTo(): number {
    const pending = [...this.steps, ...this.underWay.values()];
    const epochs = pending.flatMap((step) => (step.kind === 'stash' ? [step.epoch - 1] : []));
    return Math.min(this.filledUpTo, ...epochs);
  }

  /** The whole state; secret. */
  export(): Uint8Array {
    const { node, boxSecret, key, hint, prekey, people, cost } = this.fields;
    const fixed = 2 + 4 + NAME_BYTES + 2 * KEY_BYTES + HINT_BYTES + 2 + 5 + PREKEY_SECRET_BYTES;
    const writer = new ByteWriter(fixed + this.handshakes.size * HANDSHAKE_ID_BYTES)
      .u8(STATE_VERSION)
      .u8(this.shown ? 1 : 0)
      // One more, since the first epoch of a network is 0.
      .u32(this.shown ? this.#leftUpTo + 1 : 0)
      .put(fromHex(node) ?? new Uint8Array(NAME_BYTES))
      .put(boxSecret)
      .put(key)
      .put(hint)
      .u8(people)
      .u8(cost)
      .u32(this.came.epoch)
      .u8(Math.min(this.came.people, 0xff))
      .put(prekey.secret);
    for (const id of this.handshakes) writer.put(fromHex(id) ?? new Uint8Array(HANDSHAKE_ID_BYTES));
    return writer.bytes;
  }

  /** Reads what {@link OwnAddress.export} wrote; undefined when it is not that. */
  static import(suite: CryptoSuite, identity: Identity, bytes: Uint8Array): OwnAddress | undefined {
    const reader = new ByteReader(bytes);
    const version = reader.u8();
    if (version !== STATE_VERSION && version !== UNCOUNTED_VERSION) return undefined;
    const shown = reader.u8();
    const filledUpTo = reader.u32() - 1;
    const node = toHex(reader.take(NAME_BYTES));
    const boxSecret = reader.take(KEY_BYTES);
    const key = reader.take(KEY_BYTES);
    const hint = reader.take(HINT_BYTES);
    const people = reader.u8();
    const cost = reader.u8();
    const counted = version === STATE_VERSION;
    const came = counted ? { epoch: reader.u32(), people: reader.u8() } : { epoch: 0, people: 0 };
    const prekeySecret = reader.take(PREKEY_SECRET_BYTES);
    const count = reader.remaining / HANDSHAKE_ID_BYTES;
    const inRange = people >= 1 && people <= MAX_PEOPLE_PER_EPOCH && cost <= MAX_PUZZLE_COST;
    if (!reader.ok || shown > 1 || !inRange) return undefined;
    if (!Number.isInteger(count) || count > MAX_HANDSHAKES) return undefined;
    const handshakes = Array.from({ length: count }, () => toHex(reader.take(HANDSHAKE_ID_BYTES)));
    const prekey = prekeyFromSecret(suite, prekeySecret, identity);
    const fields = { node, boxSecret, key, hint, prekey, people, cost };
    const address = new OwnAddress(fields, shown === 1, handshakes);
    address.filledUpTo = filledUpTo;
    address.came = came;
    return address;
  }
}
