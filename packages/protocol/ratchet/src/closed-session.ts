import { err, wipe } from '@sotto/wire';
import type { Session } from './session.ts';

/**
 * A stored session of a sealing version that this code does not speak: it seals and opens nothing,
 * and its bytes are kept as they are, for code that speaks it (Spec 09 §2).
 *
 * @param state - its export, taken over.
 */
export const closedSession = (state: Uint8Array): Session => ({
  version: state[0] ?? 0,
  id: new Uint8Array(0),
  peerIdentity: new Uint8Array(0),
  nonceBytes: 0,
  seal: () => err({ code: 'closed' }),
  markCopied: () => undefined,
  skip: () => undefined,
  open: () => err({ code: 'unknown-version' }),
  export: () => state,
  wipe: () => wipe(state),
});
