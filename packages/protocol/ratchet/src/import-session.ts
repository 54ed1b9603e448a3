import type { CryptoSuite } from '@sotto/suite';
import { err, ok, type Result } from '@sotto/wire';
import { RatchetSession } from './ratchet-session.ts';
import { decodeState } from './ratchet-state.ts';
import { SEALING_VERSION } from './sealing-version.ts';
import type { ImportError, Session } from './session.ts';

/**
 * Reads what {@link Session.export} wrote. Any bytes.
 *
 * @returns `unknown-version` of a state that another version of this code made.
 */
export function importSession(suite: CryptoSuite, state: Uint8Array): Result<Session, ImportError> {
  const version = state[0];
  if (version === undefined) return err({ code: 'malformed' });
  if (version !== SEALING_VERSION) return err({ code: 'unknown-version' });
  const decoded = decodeState(suite, state);
  return decoded.ok ? ok(new RatchetSession(suite, decoded.value)) : decoded;
}
