import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CommandFailure } from './exit-codes.ts';

/**
 * Asks for a passphrase, without showing it; takes `SOTTO_PASSPHRASE` where there is no terminal.
 *
 * @throws CommandFailure `usage` when there is none.
 */
export async function readPassphrase(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const given = environment['SOTTO_PASSPHRASE'];
  if (given !== undefined && given !== '') return given;
  if (!process.stdin.isTTY) {
    throw new CommandFailure(
      'usage',
      '--passphrase: expected a terminal to ask on, or SOTTO_PASSPHRASE in the environment',
    );
  }
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write('Passphrase: ');
  try {
    const typed = await lines.question('');
    if (typed === '') throw new CommandFailure('usage', '--passphrase: expected one, got nothing');
    return typed;
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
