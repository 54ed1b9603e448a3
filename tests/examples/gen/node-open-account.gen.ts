// Made by tools/gen-examples.ts from packages/product/client/src/node/open-account.ts: change it there.
import { importAccount, openAccount } from '@sotto/client/node';
import type { NodeOpenAccountStage as Stage } from '../stages.ts';

/** Line 47. */
export async function openAccountExample({ console, folder, network }: Pick<Stage, 'console' | 'folder' | 'network'>) {
  const client = await openAccount({ folder, network, passphrase: 'four or five random words' });
  console.log((await client.plan()).name); // home
  return { client };
}

/** Line 94. */
export async function importAccountExample({ file, folder, network }: Pick<Stage, 'file' | 'folder' | 'network'>) {
  const filePassphrase = 'four or five random words';
  await importAccount({ folder, network, file, filePassphrase });
  const client = await openAccount({ folder, network });
  return { filePassphrase, client };
}
