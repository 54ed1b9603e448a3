import type { CryptoSuite } from '@sotto/suite';
import { err, type Result } from '@sotto/wire';
import { importChainSession } from './chain-session.ts';
import { SEALING_VERSION } from './sealing-version.ts';
import type { ImportError, Session } from './session.ts';

/** Reads what {@link Session.export} wrote, of any version that this code speaks. Any bytes. */
export function importSession(suite: CryptoSuite, state: Uint8Array): Result<Session, ImportError> {
  const version = state[0];
  if (version === undefined) return err({ code: 'malformed' });
  if (version !== SEALING_VERSION) return err({ code: 'unknown-version' });
  return importChainSession(suite, state);
}
