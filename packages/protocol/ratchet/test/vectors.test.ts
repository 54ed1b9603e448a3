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
} from '@sotto/ratchet';
import { concat, fromHex, toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import vectors from '../../../../spec/vectors/sealing.json' with { type: 'json' };
import {
  firstTranscript,
  identityKey,
  rootKey,
  secondTranscript,
  splitRoot,
} from '../src/key-schedule.ts';

const suite = await open();
const { bundle, invite, handshake } = vectors;
const hex = (text: string): Uint8Array => fromHex(text) ?? new Uint8Array(0);
const responder = identityFromSecret(suite, hex(bundle.responderIdentitySecret));
const initiator = identityFromSecret(suite, hex(handshake.initiatorIdentitySecret));

/** The randomness of the handshake vector, in the order drawn. */
function drawn(): { readonly fill: (out: Uint8Array) => void } {
  let left = concat(hex(handshake.ephemeralSecret), hex(handshake.coins));
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
  for (const name of ['payloadKey', 'initiatorChain', 'responderChain', 'sessionId'] as const) {
    expect(toHex(keys[name]), name).toBe(handshake[name]);
  }
});

test('vectors: the first message and all that follow, from both ends', () => {
  const served = decodeBundle(suite, hex(bundle.encoded), hex(bundle.hash));
  if (!served.ok) throw new Error(served.error.code);
  const secret = hex(invite.secret);
  const { paddedLength } = handshake;
  const payload = hex(handshake.payload);
  const begun = initiate(suite, drawn(), {
    identity: initiator,
    bundle: served.value,
    secret,
    payload,
    paddedLength,
  });
  if (!begun.ok) throw new Error(begun.error.code);
  expect(toHex(begun.value.message)).toBe(handshake.message);
  expect(toHex(begun.value.handshakeId)).toBe(handshake.handshakeId);
  const prekeySecret = hex(bundle.prekeySecret);
  const heard = respond(suite, { identity: responder, prekeySecret, secret }, begun.value.message);
  if (!heard.ok) throw new Error(heard.error.code);
  expect(heard.value.payload).toEqual(payload);
  const [a, b] = [begun.value.session, heard.value.session];
  expect(vectors.fromInitiator.length + vectors.fromResponder.length).toBe(4);
  for (const [from, to, list] of [
    [a, b, vectors.fromInitiator],
    [b, a, vectors.fromResponder],
  ] as const) {
    for (const { plaintext, paddedLength: length, sealed } of list) {
      const made = from.seal(hex(plaintext), length);
      expect(made.ok && toHex(made.value)).toBe(sealed);
      if (to === b) expect(to.open(hex(sealed))).toEqual({ ok: true, value: hex(plaintext) });
    }
  }
  expect(toHex(a.export())).toBe(vectors.initiatorState);
  const restored = importSession(suite, hex(vectors.initiatorState));
  if (!restored.ok) throw new Error(restored.error.code);
  for (const { plaintext, sealed } of vectors.fromResponder) {
    expect(restored.value.open(hex(sealed))).toEqual({ ok: true, value: hex(plaintext) });
  }
});
