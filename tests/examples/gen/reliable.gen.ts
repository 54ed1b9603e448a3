// Made by tools/gen-examples.ts from packages/protocol/reliable/README.md: change it there.
import { Inbox, Outbox, Sequence, decodeAcknowledgements, encodeAcknowledgements } from '@sotto/reliable';
import type { ReliableStage as Stage } from '../stages.ts';

/** Line 8. */
export async function example1({ later, now, send, show, text, theirId }: Pick<Stage, 'later' | 'now' | 'send' | 'show' | 'text' | 'theirId'>) {
  const outbox = new Outbox({
    firstTimeoutMicros: 30_000_000,
    maxTimeoutMicros: 3_600_000_000,
    maxAttempts: 12,
    capacity: 1000,
  });
  const id = outbox.enqueue(now); // keep the words under id.value
  for (const due of outbox.due(now)) {
    if (!send(due)) continue; // no reply block in hand: it stays due
    outbox.sent(now, due);
  }
  for (const failed of outbox.wake(later)) show(failed, 'failed'); // at outbox.nextAt()

  const inbox = new Inbox({ acknowledgeAfterMicros: 5_000_000 });
  const order = new Sequence<string>(256);
  if (inbox.received(now, theirId) === 'new') order.add(theirId, text);
  for (let next = order.take(); next !== undefined; next = order.take()) show(theirId, next);
  const acks = encodeAcknowledgements(inbox.acksToSend(later)); // at inbox.nextAt()
  const read = decodeAcknowledgements(acks); // at the peer, of any bytes
  if (read.ok) for (const each of read.value) outbox.acked(each);
  return { outbox, id, inbox, order, acks, read };
}
