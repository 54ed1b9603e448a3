import { open } from '@sotto/noble';
import {
  contactBodySeed,
  decodeBundle,
  decodeInvite,
  encodeInvite,
  identityFromSecret,
  importSession,
  initiate,
  prekeyFromSecret,
  respond,
  safetyNumber,
} from '@sotto/ratchet';
import { concat, fromHex, toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import vectors from '../../../../spec/vectors/sealing.json' with { type: 'json' };
import { PieceCollector } from '../src/erasure.ts';
import {
  firstTranscript,
  identityKey,
  rootKey,
  type RootStep,
  secondTranscript,
  splitRoot,
  stepRoot,
} from '../src/key-schedule.ts';
import { openHeader } from '../src/ratchet-header.ts';

const suite = await open();
const { bundle, invite, handshake } = vectors;
const hex = (text: string): Uint8Array => fromHex(text) ?? new Uint8Array(0);
const responder = identityFromSecret(suite, hex(bundle.responderIdentitySecret));
const initiator = identityFromSecret(suite, hex(handshake.initiatorIdentitySecret));

/** Randomness in the order drawn. */
function drawn(bytes: Uint8Array): { readonly fill: (out: Uint8Array) => void } {
  let left = bytes;
  return {
    fill(out): void {
      out.set(left.subarray(0, out.length));
      left = left.subarray(out.length);
    },
  };
}

test('vectors: the bundle of a secret', () => {
  const prekey = prekeyFromSecret(suite, hex(bundle.prekeySecret), responder);
  expect(toHex(prekey.encoded)).toBe(bundle.encoded);
  expect(toHex(prekey.bundle.hash)).toBe(bundle.hash);
});

test('vectors: the invite', () => {
  const fields = {
    networkId: hex(invite.networkId),
    contactPoint: hex(invite.contactPoint),
    box: hex(invite.box),
    credential: hex(invite.credential),
    secret: hex(invite.secret),
    bundleHash: hex(bundle.hash),
    expiryEpoch: invite.expiryEpoch,
  };
  expect(encodeInvite(suite, fields)).toBe(invite.link);
  expect(decodeInvite(suite, invite.link)).toEqual({ ok: true, value: fields });
  expect(toHex(contactBodySeed(suite, fields.secret))).toBe(invite.contactBodySeed);
});

test('vectors: the key schedule', () => {
  const message = hex(handshake.message);
  const ephemeral = message.subarray(1, 33);
  const first = firstTranscript(suite, hex(bundle.hash), ephemeral, message.subarray(33, 1121));
  expect(toHex(first)).toBe(handshake.firstTranscript);
  const inputs = {
    secret: hex(invite.secret),
    identityPrekey: hex(handshake.identityPrekey),
    ephemeralIdentity: hex(handshake.ephemeralIdentity),
    ephemeralPrekey: hex(handshake.ephemeralPrekey),
    kemShared: hex(handshake.kemShared),
    transcript: first,
  };
  expect(toHex(identityKey(suite, inputs))).toBe(handshake.identityKey);
  const sealedIdentity = message.subarray(1121, 1169);
  const second = secondTranscript(suite, first, initiator.public, sealedIdentity);
  expect(toHex(second)).toBe(handshake.secondTranscript);
  const root = rootKey(suite, { ...inputs, transcript: second });
  expect(toHex(root)).toBe(handshake.root);
  const keys = splitRoot(suite, root);
  expect(handshake.keys).toEqual(
    Object.fromEntries(
      Object.entries(keys).map(([name, value]: [string, Uint8Array]) => [name, toHex(value)]),
    ),
  );
});

test('vectors: a step of the root, a header, pieces, the safety number', () => {
  const { rootStep, header, pieces } = vectors;
  const shown = (step: RootStep): object =>
    Object.fromEntries(
      Object.entries(step).map(([name, value]: [string, Uint8Array]) => [name, toHex(value)]),
    );
  const [root, shared, kem] = [hex(rootStep.root), hex(rootStep.dh), hex(rootStep.kemSecret)];
  expect(shown(stepRoot(suite, root, shared, kem))).toEqual(rootStep.withKem);
  expect(shown(stepRoot(suite, root, shared))).toEqual(rootStep.withoutKem);
  const opened = openHeader(suite, hex(header.headerKey), hex(header.sealed), hex(header.bodyTag));
  const { kems, previous, counter } = header;
  expect(opened).toEqual({ key: hex(header.key), kems, previous, counter });
  const collector = new PieceCollector(48);
  for (const { index, piece } of pieces.pieces.slice(2)) collector.add(index, hex(piece));
  expect(toHex(collector.value())).toBe(pieces.value);
  expect(safetyNumber(suite, responder.public, initiator.public)).toBe(vectors.safetyNumber);
});

test('vectors: the first message and all that follow, from both ends', () => {
  const served = decodeBundle(suite, hex(bundle.encoded), hex(bundle.hash));
  if (!served.ok) throw new Error(served.error.code);
  const secret = hex(invite.secret);
  const { paddedLength } = handshake;
  const payload = hex(handshake.payload);
  const begun = initiate(
    suite,
    drawn(concat(hex(handshake.ephemeralSecret), hex(handshake.coins))),
    {
      identity: initiator,
      bundle: served.value,
      secret,
      payload,
      paddedLength,
    },
  );
  if (!begun.ok) throw new Error(begun.error.code);
  expect(toHex(begun.value.message)).toBe(handshake.message);
  expect(toHex(begun.value.handshakeId)).toBe(handshake.handshakeId);
  const prekeySecret = hex(bundle.prekeySecret);
  const heard = respond(suite, { identity: responder, prekeySecret, secret }, begun.value.message);
  if (!heard.ok) throw new Error(heard.error.code);
  expect(heard.value.payload).toEqual(payload);
  const sides = { initiator: begun.value.session, responder: heard.value.session };
  for (const { from, plaintext, paddedLength: length, drawn: bytes, sealed } of vectors.talk) {
    const [one, other] =
      from === 'initiator'
        ? [sides.initiator, sides.responder]
        : [sides.responder, sides.initiator];
    const made = one.seal(drawn(hex(bytes)), hex(plaintext), length);
    expect(made.ok && toHex(made.value)).toBe(sealed);
    expect(other.open(hex(sealed))).toEqual({ ok: true, value: hex(plaintext) });
  }
  for (const state of [hex(vectors.initiatorState), hex(vectors.responderState)]) {
    const restored = importSession(suite, state);
    expect(restored.ok && restored.value.export()).toEqual(state);
  }
});
