import { fragment, FRAGMENT_BYTES } from '@sotto/endpoint';
import { open } from '@sotto/noble';
import { createIdentity } from '@sotto/ratchet';
import { NAME_BYTES } from '@sotto/sphinx';
import { SeededRng } from '@sotto/suite/testing';
import { instant, MICROS_PER_SECOND as SECOND, randomBytes } from '@sotto/wire';
import { expect, test } from 'vitest';
import { OwnInvite, stepsFrom } from '../src/own-invite.ts';

const suite = await open();
const rng = new SeededRng(suite, 'own invite');
const HOUR = 3600 * SECOND;

const inviteOf = (expiryEpoch: number): OwnInvite => {
  const identity = createIdentity(suite, rng);
  return OwnInvite.create(suite, rng, { identity, node: '11'.repeat(NAME_BYTES), expiryEpoch });
};

test('a first message whose packets come a day apart, as under a slow plan, is put together', () => {
  const { reassembly } = inviteOf(9);
  const message = randomBytes(rng, 2 * FRAGMENT_BYTES + 1);
  const contents = fragment(randomBytes(rng, 8), message);
  const arrives = (hours: number, index: number): Uint8Array | undefined => {
    const added = reassembly.add(instant(hours * HOUR), contents[index] ?? new Uint8Array(0));
    return added.ok ? added.value : undefined;
  };
  expect([arrives(0, 2), arrives(4, 0)]).toEqual([undefined, undefined]);
  expect(arrives(24, 1)).toEqual(message);
});

test('what an epoch that is over was to have is let go of, the bundle is not', () => {
  const invite = inviteOf(9);
  invite.planBundle();
  const bundle = invite.steps.length;
  invite.planStash(5);
  const planned = invite.steps.length;
  expect(planned).toBeGreaterThan(bundle);
  expect(stepsFrom(invite.steps, 5)).toHaveLength(planned);
  expect(stepsFrom(invite.steps, 6)).toHaveLength(bundle);
  invite.steps = stepsFrom(invite.steps, 6);
  invite.planStash(6);
  // Its first packet brings the credential, as every epoch's does.
  expect(invite.steps.find(({ kind }) => kind === 'stash')).toMatchObject({
    epoch: 6,
    grant: true,
  });
  expect(invite.steps).toHaveLength(planned);
});
