// Made by tools/gen-examples.ts from packages/protocol/mailbox/README.md: change it there.
import { AggregationPoint, boxOf, decodeRequest, encodeRequest } from '@sotto/mailbox';
import type { MailboxStage as Stage } from '../stages.ts';

/** Line 6. */
export async function example1({ answerKey, delivered, handle, later, now, rng, secret, suite, surbs }: Pick<Stage, 'answerKey' | 'delivered' | 'handle' | 'later' | 'now' | 'rng' | 'secret' | 'suite' | 'surbs'>) {
  const parameters = { answerMeanMicros: 1_000_000, mailLifeMicros: 14 * 86_400e6, aliasQuota: 8 };
  const point = new AggregationPoint({ suite, rng, parameters });
  const fetch = encodeRequest({ kind: 'fetch', secret, answerKey, deletes: [], surbs });
  const request = decodeRequest(fetch.service, fetch.body); // at the node, of any bytes
  if (request.ok && request.value.kind === 'fetch') point.fetch(now, request.value);
  point.deliver(now, boxOf(suite, secret), delivered);
  point.wake(later); // when point.nextAt() has come
  for (let output = point.poll(); output !== undefined; output = point.poll()) handle(output);
  return { parameters, point, fetch, request };
}
