import { readFile } from 'node:fs/promises';
import { readNetwork, type ReadNetwork } from '../network.ts';
import { SottoError } from '../sotto-error.ts';

/**
 * Reads the file of a network, as `sotto network` writes it.
 *
 * @throws SottoError `network-invalid` or `few-peers`; its message names the file and the field.
 */
export async function readNetworkFile(path: string): Promise<ReadNetwork> {
  const refuse = (why: string, cause: unknown): SottoError =>
    new SottoError('network-invalid', `network file "${path}" ${why}`, { cause });
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw refuse(`cannot be read: ${error instanceof Error ? error.message : ''}`, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse('is not JSON', error);
  }
  try {
    return readNetwork(value);
  } catch (error) {
    if (!(error instanceof SottoError)) throw error;
    const detail = `network file "${path}": ${error.detail}`;
    throw new SottoError(error.code, detail, { cause: error });
  }
}
