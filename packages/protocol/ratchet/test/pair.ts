import type { CryptoSuite } from '@sotto/suite';
import {
  createIdentity,
  createInviteSecret,
  createPrekey,
  type Identity,
  initiate,
  type Initiated,
  type Prekey,
  respond,
  type Responded,
} from '@sotto/ratchet';
import { seededRng } from './seeded-rng.ts';

/** Both sides before anything was said. */
export interface People {
  readonly alice: Identity;
  readonly bob: Identity;
  readonly prekey: Prekey;
  readonly secret: Uint8Array;
}

/** Alice accepts Bob's invite. */
export interface Pair extends People {
  readonly initiated: Initiated;
  readonly responded: Responded;
}

export function people(suite: CryptoSuite, seed: number): People {
  const rng = seededRng(suite, seed);
  const alice = createIdentity(suite, rng);
  const bob = createIdentity(suite, rng);
  return { alice, bob, prekey: createPrekey(suite, rng, bob), secret: createInviteSecret(rng) };
}

export function pair(
  suite: CryptoSuite,
  seed: number,
  payload: Uint8Array = Uint8Array.of(1, 2, 3),
): Pair {
  const both = people(suite, seed);
  const { alice, bob, prekey, secret } = both;
  const initiated = initiate(suite, seededRng(suite, seed + 1e6), {
    identity: alice,
    bundle: prekey.bundle,
    secret,
    payload,
    paddedLength: 100,
  });
  if (!initiated.ok) throw new Error(initiated.error.code);
  const responded = respond(
    suite,
    { identity: bob, prekeySecret: prekey.secret, secret },
    initiated.value.message,
  );
  if (!responded.ok) throw new Error(responded.error.code);
  return { ...both, initiated: initiated.value, responded: responded.value };
}
