import { Reassembly } from '@sotto/endpoint';
import {
  BUNDLE_CHUNK_BYTES,
  credentialHash,
  HINT_BYTES,
  MAX_CREDENTIAL_USES,
} from '@sotto/mailbox';
import {
  createInviteSecret,
  createPrekey,
  encodeInvite,
  type Identity,
  type Prekey,
  PREKEY_SECRET_BYTES,
  prekeyFromSecret,
} from '@sotto/ratchet';
import { CREDENTIAL_BYTES, NAME_BYTES } from '@sotto/sphinx';
import { type CryptoSuite, KEY_BYTES } from '@sotto/suite';
import {
  ByteReader,
  ByteWriter,
  fromHex,
  type Instant,
  MICROS_PER_SECOND,
  randomBytes,
  type Rng,
  toHex,
} from '@sotto/wire';

/** Reply blocks that stand ready for one acceptance, each epoch: as many as its credential opens. */
const INVITE_SURBS = MAX_CREDENTIAL_USES;
const STATE_VERSION = 1;

/** How long a first message may stay incomplete: under a slow plan hours pass between two fetches of its alias. */
export const INCOMPLETE_MICROS: number = 2 * 86_400 * MICROS_PER_SECOND;

/** What is still to be sent before somebody can accept. */
export type InviteStep =
  | {
      readonly kind: 'stash';
      readonly epoch: number;
      readonly surbs: number;
      readonly grant: boolean;
    }
  | { readonly kind: 'bundle'; readonly index: number; readonly count: number };

/** The steps of a whole bundle. */
export function bundleSteps(prekey: Prekey): readonly InviteStep[] {
  const count = Math.ceil(prekey.encoded.length / BUNDLE_CHUNK_BYTES);
  return Array.from({ length: count }, (_, index) => ({ kind: 'bundle', index, count }));
}

/** One chunk of a bundle. */
export const bundleChunk = ({ encoded }: Prekey, index: number): Uint8Array =>
  encoded.slice(index * BUNDLE_CHUNK_BYTES, (index + 1) * BUNDLE_CHUNK_BYTES);

/** Steps without those for an epoch that is over: they find nobody any more, and could not be made. */
export const stepsFrom = (steps: readonly InviteStep[], epoch: number): InviteStep[] =>
  steps.filter((step) => step.kind !== 'stash' || step.epoch >= epoch);

/** A packet was given up before its turn: its step is taken again. @returns false when it is of none of these. */
export function takeAgain(
  open: Iterable<{ readonly underWay: Map<number, InviteStep>; readonly steps: InviteStep[] }>,
  order: number,
): boolean {
  for (const { underWay, steps } of open) {
    const step = underWay.get(order);
    if (step === undefined) continue;
    underWay.delete(order);
    steps.push(step);
    return true;
  }
  return false;
}

interface InviteFields {
  readonly node: string;
  readonly boxSecret: Uint8Array;
  readonly credential: Uint8Array;
  readonly hint: Uint8Array;
  readonly secret: Uint8Array;
  readonly prekey: Prekey;
  readonly expiryEpoch: number;
}

/** An invite of one's own: open until somebody accepts it, or until it expires. */
export class OwnInvite {
  readonly id: string;
  readonly fields: InviteFields;
  /** What must still leave; a step is taken out while its packet waits for a slot. */
  steps: InviteStep[] = [];
  /** Steps under way, by the endpoint's number. */
  readonly underWay: Map<number, InviteStep> = new Map();
  /** Where fragments of first messages are stored until one is whole. */
  readonly fragmentKeys: string[] = [];
  /** No more are stored: two epochs' uses of the credential. */
  readonly maxFragments: number = 2 * MAX_CREDENTIAL_USES;
  readonly reassembly: Reassembly = new Reassembly({
    incomplete: 2,
    lifeMicros: INCOMPLETE_MICROS,
    remembered: 16,
  });
  /** When the link may be shown; undefined before the first part has left, or once it was shown. */
  readyAt: Instant | undefined;
  shown: boolean;
  /** Stored by an earlier program: over, and its box still to be given up. */
  revoking = false;
  filledUpTo: number;

  constructor(fields: InviteFields, shown: boolean, filledUpTo: number) {
    this.id = toHex(fields.hint);
    this.fields = fields;
    this.shown = shown;
    this.filledUpTo = filledUpTo;
  }

  /** Draws a new one. */
  static create(
    suite: CryptoSuite,
    rng: Rng,
    options: { readonly identity: Identity; readonly node: string; readonly expiryEpoch: number },
  ): OwnInvite {
    const fields = {
      node: options.node,
      boxSecret: randomBytes(rng, KEY_BYTES),
      credential: randomBytes(rng, CREDENTIAL_BYTES),
      hint: randomBytes(rng, HINT_BYTES),
      secret: createInviteSecret(rng),
      prekey: createPrekey(suite, rng, options.identity),
      expiryEpoch: options.expiryEpoch,
    };
    return new OwnInvite(fields, false, -1);
  }

  /** Plans the bundle, whole. */
  planBundle(): void {
    this.steps.push(...bundleSteps(this.fields.prekey));
  }

  /** Whether what somebody needs in order to accept today has left. */
  get firstPartLeft(): boolean {
    return this.shown || this.readyAt !== undefined;
  }

  /** Plans what follows the first part: the bundle once more, since nobody confirms it, and the next stash. */
  planRest(): void {
    this.planBundle();
    this.planStash(this.filledUpTo + 1);
  }

  /** Plans a stash for one more epoch. */
  planStash(epoch: number): void {
    if (epoch <= this.filledUpTo || epoch > this.fields.expiryEpoch) return;
    this.filledUpTo = epoch;
    for (let left = INVITE_SURBS; left > 0; left -= 3) {
      const surbs = Math.min(left, 3);
      this.steps.push({ kind: 'stash', epoch, surbs, grant: left === INVITE_SURBS });
    }
  }

  /** One chunk of the bundle. */
  chunk(index: number): Uint8Array {
    return bundleChunk(this.fields.prekey, index);
  }

  /** What the contact point is told of the credential. */
  grant(suite: CryptoSuite, uses: number): { hash: Uint8Array; hint: Uint8Array; uses: number } {
    return { hash: credentialHash(suite, this.fields.credential), hint: this.fields.hint, uses };
  }

  /** The link. */
  link(suite: CryptoSuite, networkId: Uint8Array, box: Uint8Array): string {
    const { node, credential, secret, prekey, expiryEpoch } = this.fields;
    const contactPoint = fromHex(node) ?? new Uint8Array(NAME_BYTES);
    const bundleHash = prekey.bundle.hash;
    return encodeInvite(suite, {
      networkId,
      contactPoint,
      box,
      credential,
      secret,
      bundleHash,
      expiryEpoch,
    });
  }

  /** Last epoch whose stash has left whole. */
  get #leftUpTo(): number {
    const pending = [...this.steps, ...this.underWay.values()];
    const epochs = pending.flatMap((step) => (step.kind === 'stash' ? [step.epoch - 1] : []));
    return Math.min(this.filledUpTo, ...epochs);
  }

  /** The whole state; secret. */
  export(): Uint8Array {
    const { node, boxSecret, credential, hint, secret, prekey, expiryEpoch } = this.fields;
    return (
      new ByteWriter(
        2 +
          4 +
          NAME_BYTES +
          2 * KEY_BYTES +
          CREDENTIAL_BYTES +
          HINT_BYTES +
          4 +
          PREKEY_SECRET_BYTES,
      )
        .u8(STATE_VERSION)
        .u8(this.shown ? 1 : 0)
        // One more, since the first epoch of a network is 0.
        .u32(this.shown ? this.#leftUpTo + 1 : 0)
        .put(fromHex(node) ?? new Uint8Array(NAME_BYTES))
        .put(boxSecret)
        .put(credential)
        .put(hint)
        .put(secret)
        .u32(expiryEpoch)
        .put(prekey.secret).bytes
    );
  }

  /** Reads what {@link OwnInvite.export} wrote; undefined when it is not that. */
  static import(suite: CryptoSuite, identity: Identity, bytes: Uint8Array): OwnInvite | undefined {
    const reader = new ByteReader(bytes);
    if (reader.u8() !== STATE_VERSION) return undefined;
    const flags = reader.u8();
    const filledUpTo = reader.u32() - 1;
    const node = toHex(reader.take(NAME_BYTES));
    const boxSecret = reader.take(KEY_BYTES);
    const credential = reader.take(CREDENTIAL_BYTES);
    const hint = reader.take(HINT_BYTES);
    const secret = reader.take(KEY_BYTES);
    const expiryEpoch = reader.u32();
    const prekeySecret = reader.take(PREKEY_SECRET_BYTES);
    if (!reader.done || flags > 3) return undefined;
    const prekey = prekeyFromSecret(suite, prekeySecret, identity);
    const fields = { node, boxSecret, credential, hint, secret, prekey, expiryEpoch };
    const invite = new OwnInvite(fields, (flags & 1) === 1, filledUpTo);
    invite.revoking = flags > 1;
    return invite;
  }
}
