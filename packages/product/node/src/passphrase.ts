import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CommandFailure } from './exit-codes.ts';

/** Which passphrase is meant. */
export interface PassphraseKind {
  /** Environment variable that may hold it. */
  readonly name: string;
  readonly question: string;
  /** A new one is typed twice: what was mistyped opens nothing. */
  readonly twice?: boolean;
}

const OF_ACCOUNT: PassphraseKind = { name: 'SOTTO_PASSPHRASE', question: 'Passphrase: ' };

/**
 * Asks for a passphrase, without showing it; takes the environment's where there is one.
 *
 * @throws CommandFailure `usage` when there is none.
 */
export async function readPassphrase(
  environment: Readonly<Record<string, string | undefined>>,
  { name, question, twice = false }: PassphraseKind = OF_ACCOUNT,
): Promise<string> {
  const given = environment[name];
  if (given !== undefined && given !== '') return given;
  if (!process.stdin.isTTY) {
    throw new CommandFailure(
      'usage',
      `passphrase: expected a terminal to ask on, or ${name} in the environment`,
    );
  }
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  const ask = async (words: string): Promise<string> => {
    process.stderr.write(words);
    const typed = await lines.question('');
    process.stderr.write('\n');
    if (typed === '') throw new CommandFailure('usage', 'passphrase: expected one, got nothing');
    return typed;
  };
  try {
    const typed = await ask(question);
    if (twice && (await ask('Once more: ')) !== typed) {
      throw new CommandFailure('usage', 'passphrase: the two are not the same');
    }
    return typed;
  } finally {
    lines.close();
  }
}
