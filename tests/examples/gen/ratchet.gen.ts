// Made by tools/gen-examples.ts from packages/protocol/ratchet/README.md: change it there.
import { createPrekey, decodeBundle, decodeInvite, encodeInvite, initiate, respond } from '@sotto/ratchet';
import { toUtf8 } from '@sotto/wire';
import type { RatchetStage as Stage } from '../stages.ts';

/** Line 8. */
export async function example1({ alice, bob, console, expiryEpoch, place, rng, secret, suite }: Pick<Stage, 'alice' | 'bob' | 'console' | 'expiryEpoch' | 'place' | 'rng' | 'secret' | 'suite'>) {
  const prekey = createPrekey(suite, rng, bob); // Bob serves prekey.encoded, keeps prekey.secret
  const { hash: bundleHash } = prekey.bundle;
  const link = encodeInvite(suite, { ...place, secret, bundleHash, expiryEpoch });

  const invite = decodeInvite(suite, link); // Alice, of any text
  if (!invite.ok) throw new Error(invite.error.code);
  const bundle = decodeBundle(suite, prekey.encoded, invite.value.bundleHash);
  if (!bundle.ok) throw new Error(bundle.error.code);
  const begun = initiate(suite, rng, {
    identity: alice,
    bundle: bundle.value,
    secret: invite.value.secret,
    payload: toUtf8('it is me'),
    paddedLength: 64,
  });
  if (!begun.ok) throw new Error(begun.error.code);

  const own = { identity: bob, prekeySecret: prekey.secret, secret };
  const heard = respond(suite, own, begun.value.message); // Bob, of any bytes
  if (!heard.ok) throw new Error(heard.error.code);
  const sealed = heard.value.session.seal(rng, toUtf8('hello'), 600);
  if (sealed.ok) console.log(begun.value.session.open(sealed.value)); // Alice
  return { prekey, bundleHash, link, invite, bundle, begun, own, heard, sealed };
}
