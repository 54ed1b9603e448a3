import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { HOME } from '@sotto/endpoint';
import { createIdentity, createInviteSecret, createPrekey, initiate } from '@sotto/ratchet';
import type { CryptoSuite } from '@sotto/suite';
import { SeededRng } from '@sotto/suite/testing';
import { instant } from '@sotto/wire';
import { Contact } from '../src/contact.ts';
import { Person } from '../src/person.ts';

export const now = instant(1_800_000_000_000_000);

export type Entry = { readonly key: string; readonly value: Uint8Array | undefined };

/** A contact who has just accepted an invite; another `seed` is another person. */
export function contactOf(suite: CryptoSuite, seed: string): Contact {
  const rng = new SeededRng(suite, seed);
  const { bundle } = createPrekey(suite, rng, createIdentity(suite, rng));
  const identity = createIdentity(suite, rng);
  const secret = createInviteSecret(rng);
  const payload = new Uint8Array(0);
  const begun = initiate(suite, rng, { identity, bundle, secret, payload, paddedLength: 0 });
  if (!begun.ok) throw new Error(begun.error.code);
  const { session } = begun.value;
  return new Contact({ id: 'ab', label: '', stage: 'active', session, deadline: now, epoch: 1 });
}

export const personOf = (suite: CryptoSuite, stored: readonly Entry[]): Person =>
  new Person({
    suite,
    rng: new SeededRng(suite, 'person'),
    parameters: DEFAULT_PARAMETERS,
    plan: HOME,
    stored,
  });

/** What a person wants stored. */
export function persisted(person: Person): Map<string, Uint8Array | undefined> {
  const all = new Map<string, Uint8Array | undefined>();
  for (let out = person.poll(now); out !== undefined; out = person.poll(now)) {
    if (out.kind === 'persist') for (const { key, value } of out.entries) all.set(key, value);
  }
  return all;
}
