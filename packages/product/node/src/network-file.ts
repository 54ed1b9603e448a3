import { type ReadNetwork, SottoError } from '@sotto/client';
import { readNetworkFile as read } from '@sotto/client/node';
import { CommandFailure } from './exit-codes.ts';

/**
 * Reads a network file for a command.
 *
 * @throws CommandFailure `usage`; its message names the file and the field.
 */
export async function readNetworkFile(path: string): Promise<ReadNetwork> {
  try {
    return await read(path);
  } catch (error) {
    if (!(error instanceof SottoError)) throw error;
    throw new CommandFailure('usage', error.detail, error);
  }
}
