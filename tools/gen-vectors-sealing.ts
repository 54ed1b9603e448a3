/** Makes spec/vectors/sealing.json: bundle, invite, handshake, sealed messages, acknowledgements (Spec 09). */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { open } from '@sotto/noble';
import {
  contactBodySeed,
  encodeInvite,
  identityFromSecret,
  initiate,
  prekeyFromSecret,
  respond,
  safetyNumber,
  type Session,
} from '@sotto/ratchet';
import { encodeAcknowledgements } from '@sotto/reliable';
import type { CryptoSuite } from '@sotto/suite';
import { SeededRng } from '@sotto/suite/testing';
import { concat, type Result, type Rng, toHex, toUtf8 } from '@sotto/wire';
import { Pieces } from '../packages/protocol/ratchet/src/erasure.ts';
import {
  firstTranscript,
  identityKey,
  rootKey,
  type RootStep,
  secondTranscript,
  splitRoot,
  stepRoot,
} from '../packages/protocol/ratchet/src/key-schedule.ts';
import { encodeHeader, sealHeader } from '../packages/protocol/ratchet/src/ratchet-header.ts';

/** Where the vectors stand. */
export const VECTORS_FILE: string = fileURLToPath(
  new URL('../spec/vectors/sealing.json', import.meta.url),
);

/** Where those of a copied chain stand (§6.9). */
export const COPY_VECTORS_FILE: string = fileURLToPath(
  new URL('../spec/vectors/sealing-copy.json', import.meta.url),
);

/** `length` bytes that start at `from` and count up. */
const count = (from: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => from + i);

function must<T>(result: Result<T, { readonly code: string }>): T {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}

/** Hands out `bytes` in order, once. */
function listed(bytes: Uint8Array): { readonly fill: (out: Uint8Array) => void } {
  let at = 0;
  return {
    fill(out): void {
      out.set(bytes.subarray(at, at + out.length));
      at += out.length;
    },
  };
}

function shared(suite: CryptoSuite, scalar: Uint8Array, point: Uint8Array): Uint8Array {
  const out = new Uint8Array(32);
  if (!suite.x25519(out, scalar, point)) throw new Error('low order');
  return out;
}

/** Lengths without and with room for pieces of the KEM ratchet. */
const PADDED = [24, 700, 1300] as const;

/**
 * A talk of strict turns, each message heard at once, long enough for one exchange of the KEM ratchet
 * and its secret in the root. `drawn` is the randomness of a sealing, in the order drawn.
 */
function talk(suite: CryptoSuite, initiator: Session, responder: Session): object[] {
  const rng = new SeededRng(suite, 'spec/vectors/sealing.json');
  return Array.from({ length: 10 }, (_, i) => {
    const fromInitiator = i % 2 === 1;
    const [from, to] = fromInitiator ? [initiator, responder] : [responder, initiator];
    const drawn: string[] = [];
    const recorded: Rng = {
      fill(out) {
        rng.fill(out);
        drawn.push(toHex(out));
      },
    };
    const plaintext = toUtf8(`message ${i}`);
    const paddedLength = PADDED[i % 3] ?? 24;
    const sealed = must(from.seal(recorded, plaintext, paddedLength));
    must(to.open(sealed));
    return {
      from: fromInitiator ? 'initiator' : 'responder',
      plaintext: toHex(plaintext),
      paddedLength,
      drawn: drawn.join(''),
      sealed: toHex(sealed),
    };
  });
}

function talkVector(suite: CryptoSuite, initiator: Session, responder: Session): object {
  const talked = talk(suite, initiator, responder);
  // One lost, so that a key stands in the state.
  const rng = new SeededRng(suite, 'lost');
  must(responder.seal(rng, toUtf8('lost'), 24));
  must(initiator.open(must(responder.seal(rng, toUtf8('heard'), 24))));
  return {
    talk: talked,
    initiatorState: toHex(initiator.export()),
    responderState: toHex(responder.export()),
  };
}

function rootStepVector(suite: CryptoSuite): object {
  const given = { root: count(0x01, 32), dh: count(0x41, 32), kemSecret: count(0x81, 32) };
  const { root, dh, kemSecret } = given;
  const shown = (step: RootStep): object => ({
    root: toHex(step.root),
    chain: toHex(step.chain),
    nextHeader: toHex(step.nextHeader),
  });
  return {
    ...Object.fromEntries(Object.entries(given).map(([name, value]) => [name, toHex(value)])),
    withKem: shown(stepRoot(suite, root, dh, kemSecret)),
    withoutKem: shown(stepRoot(suite, root, dh)),
  };
}

function headerVector(suite: CryptoSuite): object {
  const headerKey = count(0x21, 32);
  const bodyTag = count(0xc0, 16);
  const fields = { key: count(0x61, 32), kems: 3, previous: 7, counter: 258 };
  const header = encodeHeader(fields);
  return {
    headerKey: toHex(headerKey),
    bodyTag: toHex(bodyTag),
    ...fields,
    key: toHex(fields.key),
    encoded: toHex(header),
    sealed: toHex(sealHeader(suite, headerKey, header, bodyTag)),
  };
}

function pieceVector(): object {
  const value = Uint8Array.from({ length: 48 }, (_, i) => (7 * i + 1) & 255);
  const pieces = new Pieces(value);
  const indices = [0, 2, 3, 4, 254];
  return {
    value: toHex(value),
    pieces: indices.map((index) => ({ index, piece: toHex(pieces.at(index)) })),
  };
}

/** The text of the generated file. */
export function sealingVectors(suite: CryptoSuite): string {
  const initiator = identityFromSecret(suite, count(0x10, 32));
  const responder = identityFromSecret(suite, count(0x30, 32));
  const prekeySecret = count(0x50, 96);
  const prekey = prekeyFromSecret(suite, prekeySecret, responder);
  const secret = count(0xb0, 32);
  const invite = {
    networkId: count(0x01, 16),
    contactPoint: count(0x11, 16),
    box: count(0x21, 16),
    credential: count(0x31, 16),
    secret,
    bundleHash: prekey.bundle.hash,
    expiryEpoch: 20_779,
  };
  const ephemeralSecret = count(0xd0, 32);
  const coins = count(0x05, 32);
  const payload = toUtf8('first words');
  const begun = must(
    initiate(suite, listed(concat(ephemeralSecret, coins)), {
      identity: initiator,
      bundle: prekey.bundle,
      secret,
      payload,
      paddedLength: 32,
    }),
  );
  const heard = must(respond(suite, { identity: responder, prekeySecret, secret }, begun.message));

  // The schedule once more, from its inputs, so that the file shows what is in between.
  const kemCiphertext = new Uint8Array(1088);
  const kemShared = new Uint8Array(32);
  suite.kemEncapsulate(kemCiphertext, kemShared, prekey.bundle.kemKey, coins);
  const ephemeral = identityFromSecret(suite, ephemeralSecret).public;
  const { prekey: prekeyPublic, hash } = prekey.bundle;
  const agreements = {
    identityPrekey: shared(suite, initiator.secret, prekeyPublic),
    ephemeralIdentity: shared(suite, ephemeralSecret, responder.public),
    ephemeralPrekey: shared(suite, ephemeralSecret, prekeyPublic),
    kemShared,
  };
  const first = firstTranscript(suite, hash, ephemeral, kemCiphertext);
  const closing = identityKey(suite, { secret, ...agreements, transcript: first });
  const sealedIdentity = begun.message.slice(1121, 1169);
  const second = secondTranscript(suite, first, initiator.public, sealedIdentity);
  const root = rootKey(suite, { secret, ...agreements, transcript: second });
  const keys = splitRoot(suite, root);
  const acknowledged = [0, 7, 0xffff_fffe];

  const vectors = {
    spec: '09',
    what: 'byte strings in lower-case hexadecimal; names as in the chapter',
    bundle: {
      responderIdentitySecret: toHex(responder.secret),
      prekeySecret: toHex(prekeySecret),
      encoded: toHex(prekey.encoded),
      hash: toHex(hash),
    },
    invite: {
      networkId: toHex(invite.networkId),
      contactPoint: toHex(invite.contactPoint),
      box: toHex(invite.box),
      credential: toHex(invite.credential),
      secret: toHex(secret),
      expiryEpoch: invite.expiryEpoch,
      link: encodeInvite(suite, invite),
      contactBodySeed: toHex(contactBodySeed(suite, secret)),
    },
    handshake: {
      initiatorIdentitySecret: toHex(initiator.secret),
      ephemeralSecret: toHex(ephemeralSecret),
      coins: toHex(coins),
      payload: toHex(payload),
      paddedLength: 32,
      ...Object.fromEntries(
        Object.entries(agreements).map(([name, value]) => [name, toHex(value)]),
      ),
      firstTranscript: toHex(first),
      identityKey: toHex(closing),
      secondTranscript: toHex(second),
      root: toHex(root),
      keys: Object.fromEntries(
        Object.entries(keys).map(([name, value]: [string, Uint8Array]) => [name, toHex(value)]),
      ),
      handshakeId: toHex(begun.handshakeId),
      message: toHex(begun.message),
    },
    rootStep: rootStepVector(suite),
    header: headerVector(suite),
    pieces: pieceVector(),
    ...talkVector(suite, begun.session, heard.session),
    safetyNumber: safetyNumber(suite, initiator.public, responder.public),
    acknowledgements: {
      numbers: acknowledged,
      encoded: toHex(encodeAcknowledgements(acknowledged)),
    },
  };
  const text = JSON.stringify(vectors, undefined, 2);
  // A list of numbers stands on one line, as the formatter has it.
  const inline = (list: string): string =>
    list.replaceAll(/\s+/gu, ' ').replaceAll(/\[ | \]/gu, (end) => end.trim());
  return `${text.replaceAll(/\[\s+\d[\d,\s]*\]/gu, inline)}\n`;
}

/** The text of the generated file of §6.9: one message of an initiator's first chain, which was copied. */
export function copyVectors(suite: CryptoSuite): string {
  const responder = identityFromSecret(suite, count(0x30, 32));
  const prekeySecret = count(0x50, 96);
  const { bundle } = prekeyFromSecret(suite, prekeySecret, responder);
  const secret = count(0xb0, 32);
  const identity = identityFromSecret(suite, count(0x10, 32));
  const first = { identity, bundle, secret, payload: toUtf8('first words'), paddedLength: 32 };
  const begun = must(initiate(suite, listed(concat(count(0xd0, 32), count(0x05, 32))), first));
  const heard = must(respond(suite, { identity: responder, prekeySecret, secret }, begun.message));
  const state = begun.session.export();
  const peerState = heard.session.export();
  begun.session.markCopied();
  const copiedState = begun.session.export();
  const plaintext = toUtf8('from the copy');
  const paddedLength = 60;
  const drawn = count(0xe0, 12);
  const sealed = must(begun.session.seal(listed(drawn), plaintext, paddedLength));
  must(heard.session.open(sealed));
  const bytes = { state, copiedState, peerState, drawn, plaintext, sealed };
  const vectors = {
    spec: '09 §6.9',
    what: 'byte strings in lower-case hexadecimal; drawn is the nonce',
    ...Object.fromEntries(Object.entries(bytes).map(([name, value]) => [name, toHex(value)])),
    paddedLength,
  };
  return `${JSON.stringify(vectors, undefined, 2)}\n`;
}

if (import.meta.main) {
  const suite = await open();
  writeFileSync(VECTORS_FILE, sealingVectors(suite));
  writeFileSync(COPY_VECTORS_FILE, copyVectors(suite));
}
