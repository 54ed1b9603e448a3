import { StorageError, type StorageErrorCode } from '@sotto/storage';
import { DatabaseError } from 'pg';

/** By the first characters of SQLSTATE (PostgreSQL, appendix A), the longest first. */
const codes: readonly (readonly [state: string, code: StorageErrorCode])[] = [
  ['53100', 'full'],
  ['55P03', 'locked'],
  ['XX001', 'corrupt'],
  ['XX002', 'corrupt'],
];

/**
 * The StorageError that stands for what the server or the line to it said. Everything that has no
 * name of its own is `unwritable`: nobody can tell whether the statement counted, and the store has
 * to be opened anew.
 */
export function asStorageError(error: unknown, where: string): StorageError {
  if (error instanceof StorageError) return error;
  const state = error instanceof DatabaseError ? (error.code ?? '') : '';
  const code = codes.find(([start]) => state.startsWith(start))?.[1] ?? 'unwritable';
  return new StorageError(code, where, saidBy(error));
}

/** Not the error itself, as `cause`: a printed one shows what the library hung on it. */
function saidBy(error: unknown): string {
  if (!(error instanceof Error)) return 'the server is gone';
  // Of several addresses of one host, each of which refused.
  if (error instanceof AggregateError) return error.errors.map(saidBy).join('; ');
  return error.message;
}
