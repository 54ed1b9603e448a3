/**
 * A mailbox without the network, in a process of its own that can be killed: the node's core with
 * its files in a folder and its records in the database of `SOTTO_DATABASE`. Takes packets from its
 * parent and tells how many have their receipt.
 */
import { Redacted, toHex } from '@sotto/wire';
import { epoch, MailboxNode } from '../../../../bench/mailbox-node.ts';
import { withDatabase } from '../src/records.ts';

/** What it tells: how to address it, then its receipts. */
export type MailboxTold =
  | {
      readonly kind: 'up';
      readonly name: readonly number[];
      readonly routingKey: readonly number[];
      readonly epoch: number;
    }
  | { readonly kind: 'acknowledged'; readonly packets: number };

const url = new Redacted(process.env['SOTTO_DATABASE'] ?? '');
const node = await MailboxNode.start(process.argv[2] ?? '', (folder, name) =>
  withDatabase(folder, url, toHex(name)),
);
await node.restored;
const tell = (told: MailboxTold): void => void process.send?.(told);
const { name, routingKey } = node.hop();
tell({ kind: 'up', name: [...name], routingKey: [...routingKey], epoch: epoch() });
process.on('message', (packets: readonly string[]) => {
  node.give(packets.map((packet) => new Uint8Array(Buffer.from(packet, 'base64'))));
});
let told = 0;
for (;;) {
  await node.until(() => node.acknowledged > told);
  told = node.acknowledged;
  tell({ kind: 'acknowledged', packets: told });
}
