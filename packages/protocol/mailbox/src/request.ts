import {
  BOX_BYTES,
  CREDENTIAL_BYTES,
  EMBEDDED_SURB_BYTES,
  GEOMETRY,
  PACKET_NAME_BYTES,
} from '@sotto/sphinx';
import { KEY_BYTES } from '@sotto/suite';
import { ByteReader, ByteWriter, err, isZero, ok, type Result } from '@sotto/wire';
import { BUNDLE_CHUNK_BYTES, MAX_BUNDLE_CHUNKS } from './answer.ts';
import { BOX_SECRET_BYTES, CREDENTIAL_HASH_BYTES, HINT_BYTES } from './box.ts';
import { type GreetingTerms, MAX_GREETINGS_PER_EPOCH } from './greeting.ts';
import { MAX_PUZZLE_COST } from './greeting-puzzle.ts';

/** The service byte of an ARRIVE command (Spec 06 §3). */
export const SERVICE = {
  fetch: 1,
  stash: 2,
  bundlePut: 3,
  bundleGet: 4,
  greeting: 5,
  // 6 is refused by published vectors of this wire version.
  pricedGreeting: 7,
  close: 8,
} as const;

/** Reply blocks that one request carries at most. */
export const MAX_REQUEST_SURBS = 3;
/** Names that one fetch deletes at most: an alias holds no more. */
export const MAX_DELETES = 8;
/** Credentials that one stash sets at most. */
export const MAX_REQUEST_CREDENTIALS = 2;
/** Reply blocks that a credential opens at most: a post-quantum first message takes three packets, and may be sent twice. */
export const MAX_CREDENTIAL_USES = 6;

/** Asks for the mail of one alias; the first announces it, and may carry no reply block. */
export interface FetchRequest {
  readonly kind: 'fetch';
  /** Secret of the alias, 32 bytes. */
  readonly secret: Uint8Array;
  /** Key of answers that are no mail, 32 bytes. */
  readonly answerKey: Uint8Array;
  /** Names of mail that has arrived, 16 bytes each, at most 8. */
  readonly deletes: readonly Uint8Array[];
  /** Embedded reply blocks, 263 bytes each, at most 3. */
  readonly surbs: readonly Uint8Array[];
}

/** What a contact point lets a credential do. */
export interface CredentialGrant {
  /** BLAKE2b-128 of the credential. */
  readonly hash: Uint8Array;
  /** 16 bytes for the owner: who this is likely to be. */
  readonly hint: Uint8Array;
  /** Reply blocks that it opens, 0 to 6; 0 takes the credential back. */
  readonly uses: number;
}

/** Refills the stash of a contact box; the first makes the box. */
export interface StashRequest {
  readonly kind: 'stash';
  /** Secret of the box, 32 bytes. */
  readonly secret: Uint8Array;
  /** At most 2. */
  readonly credentials: readonly CredentialGrant[];
  /** Embedded reply blocks, 263 bytes each, at most 3. */
  readonly surbs: readonly Uint8Array[];
}

/** Stores one chunk of the prekey bundle of a contact box. */
export interface BundlePutRequest {
  readonly kind: 'bundle-put';
  /** Secret of the box, 32 bytes. */
  readonly secret: Uint8Array;
  /** Which chunk, below `count`. */
  readonly index: number;
  /** Chunks of the whole bundle, 1 to 4. */
  readonly count: number;
  /** 1 to 987 bytes. */
  readonly chunk: Uint8Array;
}

/** Asks for chunks of a prekey bundle, one for each reply block. */
export interface BundleGetRequest {
  readonly kind: 'bundle-get';
  /** Contact box, 16 bytes. */
  readonly box: Uint8Array;
  /** 16 bytes; looked at, not spent. */
  readonly credential: Uint8Array;
  /** Key of the answers, 32 bytes. */
  readonly answerKey: Uint8Array;
  /** Chunk of the first answer, 0 to 3; the next answers go on from there and round. */
  readonly first: number;
  /** Embedded reply blocks, 263 bytes each, at most 3. */
  readonly surbs: readonly Uint8Array[];
}

/** Opens a contact box to strangers, or closes it; refills its stash; the first makes the box. */
export interface GreetingRequest extends GreetingTerms {
  readonly kind: 'greeting';
  /** Secret of the box, 32 bytes. */
  readonly secret: Uint8Array;
  /** Embedded reply blocks, 263 bytes each, at most 3. */
  readonly surbs: readonly Uint8Array[];
}

/** Gives a contact box up, with all that is in it. */
export interface CloseRequest {
  readonly kind: 'close';
  /** Secret of the box, 32 bytes. */
  readonly secret: Uint8Array;
}

/** A request to a service of a node: the body of an ARRIVE packet. */
export type Request =
  | FetchRequest
  | StashRequest
  | BundlePutRequest
  | BundleGetRequest
  | GreetingRequest
  | CloseRequest;

/** Why bytes are not a request. */
export interface RequestError {
  /** Unknown service byte; not a body's length; more items than fit; a field out of range; padding or an unused slot that is not zero. */
  readonly code:
    | 'service-unknown'
    | 'request-length'
    | 'request-count'
    | 'request-field'
    | 'request-padding';
}

const GRANT_BYTES = CREDENTIAL_HASH_BYTES + HINT_BYTES + 1;
/** What strangers must prove: nothing, or that they have solved a puzzle of a cost. */
const TERMS = { none: 0, puzzle: 1 } as const;

/** Reads `count` slots of the `slots` that are there; undefined when an unused one is not zero. */
function readSlots(
  reader: ByteReader,
  count: number,
  slots: number,
  slotBytes: number,
): readonly Uint8Array[] | undefined {
  const used: Uint8Array[] = [];
  for (let i = 0; i < count; i++) used.push(reader.take(slotBytes));
  return isZero(reader.take((slots - count) * slotBytes)) ? used : undefined;
}

function writeSlots(
  writer: ByteWriter,
  name: string,
  items: readonly Uint8Array[],
  slots: number,
  slotBytes: number,
): void {
  if (items.length > slots)
    throw new RangeError(`"${name}" expected at most ${slots}, got ${items.length}`);
  writer.u8(items.length);
  for (const item of items) put(writer, name, item, slotBytes);
  for (let i = items.length; i < slots; i++) writer.put(new Uint8Array(slotBytes));
}

function put(writer: ByteWriter, name: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length)
    throw new RangeError(`"${name}" expected ${length} bytes, got ${bytes.length}`);
  writer.put(bytes);
}

function integer(name: string, value: number, from: number, to: number): number {
  if (!Number.isInteger(value) || value < from || value > to)
    throw new RangeError(`"${name}" expected an integer in ${from}..${to}, got ${value}`);
  return value;
}

/**
 * Writes a request as the body of a packet that ends in ARRIVE.
 *
 * @returns the service byte, and 1,024 fresh bytes.
 * @throws RangeError when a field has another length or range than it must have.
 */
export function encodeRequest(request: Request): {
  readonly service: number;
  readonly body: Uint8Array;
} {
  const writer = new ByteWriter(GEOMETRY.bodyBytes);
  switch (request.kind) {
    case 'fetch':
      put(writer, 'secret', request.secret, BOX_SECRET_BYTES);
      put(writer, 'answerKey', request.answerKey, KEY_BYTES);
      writeSlots(writer, 'deletes', request.deletes, MAX_DELETES, PACKET_NAME_BYTES);
      writeSlots(writer, 'surbs', request.surbs, MAX_REQUEST_SURBS, EMBEDDED_SURB_BYTES);
      return { service: SERVICE.fetch, body: writer.bytes };
    case 'stash': {
      put(writer, 'secret', request.secret, BOX_SECRET_BYTES);
      const grants = request.credentials.map(({ hash, hint, uses }) => {
        const grant = new ByteWriter(GRANT_BYTES);
        put(grant, 'hash', hash, CREDENTIAL_HASH_BYTES);
        put(grant, 'hint', hint, HINT_BYTES);
        return grant.u8(integer('uses', uses, 0, MAX_CREDENTIAL_USES)).bytes;
      });
      writeSlots(writer, 'credentials', grants, MAX_REQUEST_CREDENTIALS, GRANT_BYTES);
      writeSlots(writer, 'surbs', request.surbs, MAX_REQUEST_SURBS, EMBEDDED_SURB_BYTES);
      return { service: SERVICE.stash, body: writer.bytes };
    }
    case 'bundle-put': {
      const { chunk } = request;
      const count = integer('count', request.count, 1, MAX_BUNDLE_CHUNKS);
      put(writer, 'secret', request.secret, BOX_SECRET_BYTES);
      writer.u8(integer('index', request.index, 0, count - 1)).u8(count);
      writer.u16(integer('chunk.length', chunk.length, 1, BUNDLE_CHUNK_BYTES)).put(chunk);
      return { service: SERVICE.bundlePut, body: writer.bytes };
    }
    case 'bundle-get':
      put(writer, 'box', request.box, BOX_BYTES);
      put(writer, 'credential', request.credential, CREDENTIAL_BYTES);
      put(writer, 'answerKey', request.answerKey, KEY_BYTES);
      writer.u8(integer('first', request.first, 0, MAX_BUNDLE_CHUNKS - 1));
      writeSlots(writer, 'surbs', request.surbs, MAX_REQUEST_SURBS, EMBEDDED_SURB_BYTES);
      return { service: SERVICE.bundleGet, body: writer.bytes };
    case 'greeting':
      put(writer, 'secret', request.secret, BOX_SECRET_BYTES);
      put(writer, 'tokenHash', request.tokenHash, CREDENTIAL_HASH_BYTES);
      put(writer, 'hint', request.hint, HINT_BYTES);
      writer.u8(integer('perEpoch', request.perEpoch, 0, MAX_GREETINGS_PER_EPOCH));
      if (request.cost === undefined) writer.u8(TERMS.none).u8(0);
      else writer.u8(TERMS.puzzle).u8(integer('cost', request.cost, 1, MAX_PUZZLE_COST));
      writeSlots(writer, 'surbs', request.surbs, MAX_REQUEST_SURBS, EMBEDDED_SURB_BYTES);
      return {
        service: request.cost === undefined ? SERVICE.greeting : SERVICE.pricedGreeting,
        body: writer.bytes,
      };
    case 'close':
      put(writer, 'secret', request.secret, BOX_SECRET_BYTES);
      return { service: SERVICE.close, body: writer.bytes };
  }
}

/** What was read, or why it was not. */
export type Decoded<T> = Result<T, RequestError>;
const wrong = (code: RequestError['code']): Decoded<never> => err({ code });
const ended = (reader: ByteReader): boolean => isZero(reader.rest()) && reader.done;

function decodeFetch(reader: ByteReader): Decoded<FetchRequest> {
  const secret = reader.take(BOX_SECRET_BYTES);
  const answerKey = reader.take(KEY_BYTES);
  const nDeletes = reader.u8();
  if (nDeletes > MAX_DELETES) return wrong('request-count');
  const deletes = readSlots(reader, nDeletes, MAX_DELETES, PACKET_NAME_BYTES);
  const nSurbs = reader.u8();
  if (nSurbs > MAX_REQUEST_SURBS) return wrong('request-count');
  const surbs = readSlots(reader, nSurbs, MAX_REQUEST_SURBS, EMBEDDED_SURB_BYTES);
  if (deletes === undefined || surbs === undefined || !ended(reader))
    return wrong('request-padding');
  return ok({ kind: 'fetch', secret, answerKey, deletes, surbs });
}

function decodeStash(reader: ByteReader): Decoded<StashRequest> {
  const secret = reader.take(BOX_SECRET_BYTES);
  const nCredentials = reader.u8();
  if (nCredentials > MAX_REQUEST_CREDENTIALS) return wrong('request-count');
  const grants = readSlots(reader, nCredentials, MAX_REQUEST_CREDENTIALS, GRANT_BYTES);
  const nSurbs = reader.u8();
  if (nSurbs > MAX_REQUEST_SURBS) return wrong('request-count');
  const surbs = readSlots(reader, nSurbs, MAX_REQUEST_SURBS, EMBEDDED_SURB_BYTES);
  if (grants === undefined || surbs === undefined || !ended(reader))
    return wrong('request-padding');
  const credentials = grants.map((grant) => {
    const fields = new ByteReader(grant);
    return {
      hash: fields.take(CREDENTIAL_HASH_BYTES),
      hint: fields.take(HINT_BYTES),
      uses: fields.u8(),
    };
  });
  if (credentials.some(({ uses }) => uses > MAX_CREDENTIAL_USES)) return wrong('request-field');
  return ok({ kind: 'stash', secret, credentials, surbs });
}

function decodeBundlePut(reader: ByteReader): Decoded<BundlePutRequest> {
  const secret = reader.take(BOX_SECRET_BYTES);
  const index = reader.u8();
  const count = reader.u8();
  const length = reader.u16();
  if (count < 1 || count > MAX_BUNDLE_CHUNKS || index >= count) return wrong('request-count');
  if (length < 1 || length > BUNDLE_CHUNK_BYTES) return wrong('request-field');
  const chunk = reader.take(length);
  if (!ended(reader)) return wrong('request-padding');
  return ok({ kind: 'bundle-put', secret, index, count, chunk });
}

function decodeBundleGet(reader: ByteReader): Decoded<BundleGetRequest> {
  const box = reader.take(BOX_BYTES);
  const credential = reader.take(CREDENTIAL_BYTES);
  const answerKey = reader.take(KEY_BYTES);
  const first = reader.u8();
  const nSurbs = reader.u8();
  if (nSurbs > MAX_REQUEST_SURBS) return wrong('request-count');
  if (first >= MAX_BUNDLE_CHUNKS) return wrong('request-field');
  const surbs = readSlots(reader, nSurbs, MAX_REQUEST_SURBS, EMBEDDED_SURB_BYTES);
  if (surbs === undefined || !ended(reader)) return wrong('request-padding');
  return ok({ kind: 'bundle-get', box, credential, answerKey, first, surbs });
}

function decodeGreetingRequest(reader: ByteReader, priced: boolean): Decoded<GreetingRequest> {
  const secret = reader.take(BOX_SECRET_BYTES);
  const tokenHash = reader.take(CREDENTIAL_HASH_BYTES);
  const hint = reader.take(HINT_BYTES);
  const perEpoch = reader.u8();
  const terms = reader.u8();
  const cost = reader.u8();
  const nSurbs = reader.u8();
  if (nSurbs > MAX_REQUEST_SURBS) return wrong('request-count');
  const fits = priced
    ? terms === TERMS.puzzle && cost >= 1 && cost <= MAX_PUZZLE_COST
    : terms === TERMS.none && cost === 0;
  if (perEpoch > MAX_GREETINGS_PER_EPOCH || !fits) return wrong('request-field');
  const surbs = readSlots(reader, nSurbs, MAX_REQUEST_SURBS, EMBEDDED_SURB_BYTES);
  if (surbs === undefined || !ended(reader)) return wrong('request-padding');
  const price = priced ? { cost } : {};
  return ok({ kind: 'greeting', secret, tokenHash, hint, perEpoch, ...price, surbs });
}

/**
 * Reads the body of a packet that ended in ARRIVE: any bytes (Spec 06 §3). One spelling only:
 * padding and unused slots are zero, so that nothing can be hidden in a request.
 */
export function decodeRequest(service: number, body: Uint8Array): Decoded<Request> {
  if (body.length !== GEOMETRY.bodyBytes) return wrong('request-length');
  const reader = new ByteReader(body);
  switch (service) {
    case SERVICE.fetch:
      return decodeFetch(reader);
    case SERVICE.stash:
      return decodeStash(reader);
    case SERVICE.bundlePut:
      return decodeBundlePut(reader);
    case SERVICE.bundleGet:
      return decodeBundleGet(reader);
    case SERVICE.greeting:
      return decodeGreetingRequest(reader, false);
    case SERVICE.pricedGreeting:
      return decodeGreetingRequest(reader, true);
    case SERVICE.close: {
      const secret = reader.take(BOX_SECRET_BYTES);
      return ended(reader) ? ok({ kind: 'close', secret }) : wrong('request-padding');
    }
    default:
      return wrong('service-unknown');
  }
}
