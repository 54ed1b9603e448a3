// Made by tools/gen-examples.ts from packages/protocol/messaging/README.md: change it there.
import { HOME } from '@sotto/endpoint';
import { Person } from '@sotto/messaging';
import type { MessagingStage as Stage } from '../stages.ts';

/** Line 6. */
export async function example1({ contact, drive, link, nodes, now, parameters, rng, show, stored, suite, write }: Pick<Stage, 'contact' | 'drive' | 'link' | 'nodes' | 'now' | 'parameters' | 'rng' | 'show' | 'stored' | 'suite' | 'write'>) {
  const person = new Person({ suite, rng, parameters, plan: HOME, stored });
  person.handle(now, { kind: 'directory', nodes });
  person.createInvite(now, 'Bob'); // an `invite-ready` event brings the link
  const friend = person.acceptInvite(now, link, 'Ada'); // then `contact-added` or `contact-failed`
  const sent = person.send(now, contact, 'hello'); // then `message-state` events
  for (let out = person.poll(now); out !== undefined; out = person.poll(now)) {
    if (out.kind === 'persist') {
      await write(out.entries);
      person.handle(now, { kind: 'stored', sequence: out.sequence });
    } else if (out.kind === 'event') show(out.event);
    else drive(out); // 'connect' and 'frame'
  }
  const due = person.nextAt(); // then person.wake(now)
  return { person, friend, sent, due };
}
