import { epochStart, type NetworkParameters } from '@sotto/directory';
import { decodeInvite } from '@sotto/ratchet';
import type { CryptoSuite } from '@sotto/suite';
import type { Invitation } from './people-io.ts';

/** An invite of one's own as it is handed out; it works to the end of its last epoch. */
export function invitationOf(
  suite: CryptoSuite,
  parameters: NetworkParameters,
  id: string,
  link: string,
): Invitation {
  const invite = decodeInvite(suite, link);
  if (!invite.ok) throw new Error(`own invite refused: ${invite.error.code}`);
  const expires = new Date(epochStart(parameters, invite.value.expiryEpoch + 1) / 1000);
  return { id, link, expires };
}
